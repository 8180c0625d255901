"""The interpreter that the workflow and proof tests stand on behaves as Step Functions does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.asl import Machine, TaskFailed, Unsupported


def machine(states: dict[str, Any], functions: dict[str, Any] | None = None, **options: Any) -> Machine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    return Machine({**definition, **options.pop("top", {})}, functions or {}, **options)


def task(**fields: Any) -> dict[str, Any]:
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "${StepArn}", "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
    return {**invoke, **fields}


def failing(times: int, error: Exception) -> Any:
    calls: list[Any] = []

    def step(payload: Any) -> Any:
        calls.append(payload)
        if len(calls) <= times:
            raise error
        return {"calls": len(calls)}

    return step


def test_a_task_gets_its_arguments_and_gives_its_output() -> None:
    state = task(Output="{% $merge([$states.result.Payload, {'was': $states.input.a}]) %}")
    ended = machine({"A": state}, {"StepArn": lambda payload: {"got": payload["a"] + 1}}).run({"a": 1})
    assert (ended.status, ended.output) == ("SUCCEEDED", {"got": 2, "was": 1})


def test_a_choice_takes_the_first_condition_that_holds_and_otherwise_the_default() -> None:
    states = {
        "A": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.n > 5 %}", "Next": "Big"},
                {"Condition": "{% $states.input.n > 1 %}", "Next": "Middle"},
            ],
            "Default": "Small",
        },
        **{name: {"Type": "Pass", "Output": name, "End": True} for name in ("Big", "Middle", "Small")},
    }
    assert [machine(states).run({"n": n}).output for n in (9, 3, 0)] == ["Big", "Middle", "Small"]


def test_a_choice_without_a_match_or_a_default_fails() -> None:
    states = {"A": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "A"}]}}
    assert machine(states).run({}).error == "States.NoChoiceMatched"


def test_a_null_is_a_value_but_what_is_undefined_is_an_error() -> None:
    states = {"A": {"Type": "Pass", "Output": {"x": "{% $states.input.x %}"}, "End": True}}
    assert machine(states).run({"x": None}).output == {"x": None}
    assert machine(states).run({}).error == "States.QueryEvaluationError"


def test_variables_live_on_through_later_states() -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"kept": "{% $states.input.n * 2 %}"}, "Output": {}, "Next": "B"},
        "B": {"Type": "Pass", "Output": "{% $kept + 1 %}", "Next": "C"},
        "C": {"Type": "Succeed"},
    }
    assert machine(states).run({"n": 3}).output == 7


def test_a_function_that_raises_is_retried_under_its_exceptions_name() -> None:
    retry = [{"ErrorEquals": ["KeyError"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 3}]
    waits: list[float] = []
    ended = machine({"A": task(Retry=retry)}, {"StepArn": failing(2, KeyError("x"))}, sleep=waits.append).run({})
    assert (ended.output, waits) == ({"calls": 3}, [1, 3])


def test_retries_end_and_the_catcher_gets_the_error() -> None:
    states = {
        "A": task(
            Retry=[{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Output": {"e": "{% $states.errorOutput.Error %}"}, "Next": "B"}],
        ),
        "B": {"Type": "Fail", "Error": "Broken", "Cause": "{% 'because ' & $states.input.e %}"},
    }
    ended = machine(states, {"StepArn": failing(2, ValueError("no"))}).run({})
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "Broken", "because ValueError")


def test_each_retrier_counts_for_itself_and_the_first_that_matches_decides() -> None:
    retry = [
        {"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 1},
        {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1},
    ]
    throttled = failing(2, TaskFailed("Lambda.TooManyRequestsException"))
    assert machine({"A": task(Retry=retry)}, {"StepArn": throttled}).run({}).status == "FAILED"


def test_a_timeout_is_not_a_task_failure_but_all_catches_it() -> None:
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 5}]
    late = failing(1, TaskFailed("States.Timeout"))
    assert machine({"A": task(Retry=retry)}, {"StepArn": late}).run({}).error == "States.Timeout"
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}])
    states = {"A": caught, "B": {"Type": "Pass", "End": True}}
    late = failing(1, TaskFailed("States.Timeout", "5 s"))
    assert machine(states, {"StepArn": late}).run({}).output == {"Error": "States.Timeout", "Cause": "5 s"}


def test_full_jitter_waits_at_most_the_interval() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 6, "MaxDelaySeconds": 4, "JitterStrategy": "FULL"}]
    waits: list[float] = []
    machine({"A": task(Retry=retry)}, {"StepArn": failing(6, OSError())}, sleep=waits.append).run({})
    assert len(waits) == 6
    assert all(wait <= limit for wait, limit in zip(waits, (1, 2, 4, 4, 4, 4), strict=True))
    assert len(set(waits)) == 6


def test_a_machine_whose_retries_wait_longer_than_its_timeout_times_out() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 9, "IntervalSeconds": 8, "BackoffRate": 1}]
    made = machine({"A": task(Retry=retry)}, {"StepArn": failing(9, OSError())}, top={"TimeoutSeconds": 20})
    assert made.run({}).status == "TIMED_OUT"


def test_more_than_a_state_may_carry_fails_and_nothing_catches_it() -> None:
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "A"}])
    assert machine({"A": caught}, {"StepArn": lambda _: "x" * 262_145}).run({}).error == "States.DataLimitExceeded"


def test_what_the_interpreter_does_not_know_is_refused() -> None:
    with pytest.raises(Unsupported):
        machine({"A": {"Type": "Map", "End": True}})
    with pytest.raises(Unsupported):
        Machine({"StartAt": "A", "States": {}}, {})
