"""How workflows are written: time-outs, retries with jitter, catches; outcomes are values, and no ARNs inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.checks.estate import Estate, Finding
from tools.checks.roles import all_states


def tasks_end_are_retried_and_caught(estate: Estate) -> Iterator[Finding]:
    """Every task has a time-out, retries with full jitter and a limit, and a catch for all errors."""
    for machine, definition in estate.workflows.items():
        if not definition.get("TimeoutSeconds"):
            yield Finding(machine, "has no time-out of its own")
        for name, state in all_states(definition):
            if state["Type"] == "Task":
                yield from (Finding(f"{machine}.{name}", text) for text in _task_faults(state))


def _task_faults(state: dict[str, Any]) -> Iterator[str]:
    if not state.get("TimeoutSeconds"):
        yield "has no time-out"
    if not state.get("Retry"):
        yield "is never retried"
    for retrier in state.get("Retry", []):
        if retrier.get("JitterStrategy") != "FULL":
            yield "retries without full jitter"
        if not 1 <= retrier.get("MaxAttempts", 3) <= 5:
            yield "retries without a sensible limit (MaxAttempts 1 to 5)"
    if not any("States.ALL" in catcher["ErrorEquals"] for catcher in state.get("Catch", [])):
        yield "does not catch all errors"
    if ".waitForTaskToken" in state["Resource"] and not state.get("HeartbeatSeconds"):
        yield "waits for a token without a heartbeat"


def choices_have_a_default(estate: Estate) -> Iterator[Finding]:
    """An outcome that is not in the closed set must not go anywhere by chance."""
    for machine, definition in estate.workflows.items():
        for name, state in all_states(definition):
            if state["Type"] == "Choice" and "Default" not in state:
                yield Finding(f"{machine}.{name}", "has no Default")


def definitions_are_jsonata_without_arns(estate: Estate) -> Iterator[Finding]:
    """Definitions are portable: JSONata, and functions come in by DefinitionSubstitutions."""
    for machine, definition in estate.workflows.items():
        if definition.get("QueryLanguage") != "JSONata":
            yield Finding(machine, "is not written in JSONata")
        for name, state in all_states(definition):
            for arn in re.findall(r"arn:aws[\w-]*:[^\"']*", str({**state, "Resource": ""})):
                yield Finding(f"{machine}.{name}", f"holds the ARN {arn}")
            if state["Type"] == "Task" and not str(state["Resource"]).startswith("arn:aws:states:::"):
                yield Finding(f"{machine}.{name}", "calls a resource by its ARN instead of a service integration")
