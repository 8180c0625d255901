"""What `ordo redrive` sets going besides queues."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any, cast

from tools.home import PROJECT_ROOT
from tools.redrive import QUEUES, redrive
from tools.target import Target
from tools.template_yaml import read_template


class Functions:
    """Answers for the functions of a stack; remembers who was called with what."""

    def __init__(self, parked: int = 0) -> None:
        self.parked = parked
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        event = json.loads(Payload)
        self.calls.append((FunctionName, event))
        redriven = min(self.parked, event.get("redrive", 0))
        self.parked -= redriven
        return {"Payload": io.BytesIO(json.dumps({"redriven": [["pk", "sk"]] * redriven}).encode())}

    @property
    def target(self) -> Target:
        return cast(Target, SimpleNamespace(name=lambda name: name, aws=SimpleNamespace(lambda_=self)))


def handle(queue: str, *messages: dict[str, Any]) -> list[str]:
    functions = Functions()
    QUEUES[queue][1](functions.target, cast(Any, list(messages)))
    return [name for name, _ in functions.calls]


def test_parked_items_are_made_due_in_batches_until_none_is_left() -> None:
    functions = Functions(parked=230)
    report = redrive(functions.target, "parked", 10_000)
    assert (report.moved, report.problems, functions.parked) == (230, [], 0)
    assert [event for _, event in functions.calls] == [{"redrive": 100}] * 3


def test_no_more_is_made_due_than_was_asked_for() -> None:
    functions = Functions(parked=230)
    assert redrive(functions.target, "parked", 120).moved == 120
    assert functions.parked == 110


def test_failed_runs_of_the_watch_are_made_good_by_one_run() -> None:
    failed = {"Body": json.dumps({"requestContext": {"functionArn": "arn:…:ordo-WatchDeadlinesFunction-1X"}})}
    assert handle("schedule", failed, failed) == ["WatchDeadlinesFunction"]


def test_a_failed_daily_sweep_is_run_again() -> None:
    failed = {"Body": json.dumps({"requestContext": {"functionArn": "arn:…:ordo-PublishEventsFunction-1X"}})}
    assert handle("schedule", failed) == ["WatchDeadlinesFunction", "PublishEventsFunction"]
    not_started = {"Body": "{}", "MessageAttributes": {"SCHEDULE": {"StringValue": "…/ordo-publish_events"}}}
    assert handle("schedule", not_started) == ["WatchDeadlinesFunction", "PublishEventsFunction"]


def test_a_failed_look_at_open_cases_is_made_good_too() -> None:
    failed = {"Body": json.dumps({"requestContext": {"functionArn": "arn:…:ordo-SignalCaseFunction-1X"}})}
    assert handle("schedule", failed) == ["WatchDeadlinesFunction", "SignalCaseFunction"]


def test_there_is_a_way_to_redrive_every_dead_letter_queue_of_the_template() -> None:
    resources = read_template(PROJECT_ROOT / "infrastructure" / "messaging.yaml")["Resources"]
    letters = {name for name, each in resources.items() if each["Type"] == "AWS::SQS::Queue" and name.endswith("Dlq")}
    assert {queue for queue, _ in QUEUES.values()} == letters
