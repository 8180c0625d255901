"""The state machine speaks its steps' language: what it passes fits their inputs, what it asks of them they give."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonata import Jsonata

from ordo.runtime.steps import StepInput, StepOutput
from tools.openapi import load_app

ROOT = Path(__file__).parents[2]
MACHINE: dict[str, Any] = json.loads((ROOT / "infrastructure/statemachines/place_order.asl.json").read_text())
TASKS = {name: state for name, state in MACHINE["States"].items() if state["Type"] == "Task"}
OUTPUT_MODELS = {
    "PriceOrder": ("price_order", "PriceOrderOutput"),
    "CheckStock": ("check_stock", "CheckStockOutput"),
    "AllocateOrder": ("allocate_order", "AllocateOrderOutput"),
    "CommitOrder": ("commit_order", "CommitOutput"),
}


def evaluated(template: Any, states: dict[str, Any]) -> Any:
    """A JSONata payload template with its expressions replaced by their values."""
    if isinstance(template, dict):
        return {name: evaluated(value, states) for name, value in template.items()}
    match = re.fullmatch(r"\{%(.*)%\}", template, re.DOTALL) if isinstance(template, str) else None
    if match is None:
        return template
    expression = Jsonata(match[1])
    expression.assign("states", states)
    return expression.evaluate(None)


def outcomes_of(task: str) -> set[str]:
    """The closed set of a step's output model."""
    function, model = OUTPUT_MODELS[task]
    output: type[StepOutput] = getattr(load_app(function), model)
    return set(get_args(output.model_fields["outcome"].annotation))


def branches_after(task: str) -> set[str]:
    """The outcomes on which the machine branches after a task."""
    choice = MACHINE["States"][TASKS[task]["Next"]]
    assert choice["Type"] == "Choice"
    return {found for rule in choice["Choices"] for found in re.findall(r"'([a-z_]+)'", rule["Condition"])}


def test_every_task_is_a_step_with_a_model() -> None:
    assert set(TASKS) == set(OUTPUT_MODELS)


@pytest.mark.parametrize("task", TASKS)
def test_what_the_machine_passes_fits_the_steps_input(task: str) -> None:
    given = {"draft": "x", "attempt": 3, "gifts": 2, "outcome": "any"}
    payload = evaluated(TASKS[task]["Arguments"]["Payload"], {"input": given})
    assert StepInput.model_validate(payload) == StepInput(draft="x", attempt=3)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("counted", [{"attempt": 2}, {"attempt": 2, "gifts": 1}], ids=["first", "later"])
def test_a_steps_output_is_what_the_next_state_reads(task: str, counted: dict[str, int]) -> None:
    outcome = sorted(outcomes_of(task))[0]
    given = StepOutput(outcome=outcome, draft="y").model_dump(mode="json")
    states = {"input": {"draft": "x", **counted}, "result": {"Payload": given}}
    assert evaluated(TASKS[task]["Output"], states) == given | counted


@pytest.mark.parametrize("task", TASKS)
def test_the_machine_branches_on_every_outcome_and_on_no_other(task: str) -> None:
    assert branches_after(task) == outcomes_of(task)


@pytest.mark.parametrize("state", ["PlanAgain", "PriceAgain", "PriceWithoutGifts"])
def test_rounds_because_of_gifts_are_counted_apart_from_those_of_a_changed_world(state: str) -> None:
    def after(**counted: int) -> tuple[int, int]:
        output = evaluated(MACHINE["States"][state]["Output"], {"input": {"draft": "x", **counted}})
        return output["attempt"], output["gifts"]

    attempt, gifts = (0, 1) if state == "PriceWithoutGifts" else (1, 0)
    assert after(attempt=0) == (attempt, gifts)
    assert after(attempt=3, gifts=7) == (3 + attempt, 7 + gifts)
