"""Runs a real Amazon States Language file (JSONata) in process: the state machine as it is deployed, without a cloud.

Knows the states Task (`lambda:invoke`, also with `.waitForTaskToken`), Choice, Pass, Succeed, Fail; Arguments, Output,
Assign; Retry and Catch. An execution that waits for its token is `RUNNING`; `resume` and `expire` let it go on.
What it does not know it refuses, so that no test passes on a state that was skipped.
Error names are those of Step Functions: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jsonata import jexception, jsonata

Handler = Callable[[Any], Any]
"""A Lambda function as the machine sees it: JSON in, JSON out; an exception is the function's failure."""

MAX_STATE_BYTES = 262_144
"""What a state may take or give."""

_KNOWN = {"Task", "Choice", "Pass", "Succeed", "Fail"}
_UNCAUGHT_BY_ALL = {"States.DataLimitExceeded", "States.Runtime"}
_NOT_A_TASK_FAILURE = {"States.Timeout", "States.QueryEvaluationError", *_UNCAUGHT_BY_ALL}
_TERMINAL_DEFAULTS = {"IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 3}


class Unsupported(Exception):
    """The definition uses something that this interpreter does not know."""


class TaskFailed(Exception):
    """A failure with the error name that Step Functions would give, such as `Lambda.TooManyRequestsException`."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass(frozen=True)
class Visit:
    """One entry into a state. `attempts` counts the calls of a task."""

    state: str
    input: Any
    output: Any
    attempts: int = 1


@dataclass
class Waits:
    """Where an execution waits: the state, what it sees, and the tries of its retriers so far."""

    state: str
    scope: Scope
    tries: dict[int, int]


class Suspended(Exception):
    """The execution waits for a token."""


@dataclass
class Execution:
    """How a run ended, and the way it went."""

    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT"] = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    visits: list[Visit] = field(default_factory=list)
    waited_s: float = 0.0
    variables: dict[str, Any] = field(default_factory=dict)
    name: str = "test"
    given: Any = None
    token: str | None = None
    """What it waits for."""
    waits: Waits | None = None

    @property
    def arn(self) -> str:
        """Its `Execution.Id`."""
        return f"arn:aws:states:us-east-1:123456789012:execution:machine:{self.name}"

    @property
    def path(self) -> list[str]:
        """Names of the states in the order in which they were entered."""
        return [visit.state for visit in self.visits]


class Machine:
    """A state machine. `functions` maps the substitution names in the file (`PriceOrderFunctionArn`) to handlers."""

    def __init__(
        self,
        definition: Mapping[str, Any],
        functions: Mapping[str, Handler],
        *,
        sleep: Callable[[float], None] = lambda _seconds: None,
        random_source: random.Random | None = None,
    ) -> None:
        if definition.get("QueryLanguage") != "JSONata":
            raise Unsupported("only JSONata definitions")
        unknown = {state["Type"] for state in definition["States"].values()} - _KNOWN
        if unknown:
            raise Unsupported(f"states of type {', '.join(sorted(unknown))}")
        self._definition = definition
        self._functions = functions
        self._sleep = sleep
        self._random = random_source or random.Random(0)

    def run(self, state_input: Any, name: str = "test") -> Execution:
        """Run to the end; a failure is an execution that says so, never an exception of the interpreter."""
        execution = Execution(name=name, given=_json(state_input))
        return self._go_on(execution, lambda: (self._definition["StartAt"], execution.given))

    def begin(self, execution: Execution) -> Execution:
        """Run one that was only made."""
        return self._go_on(execution, lambda: (self._definition["StartAt"], execution.given))

    def resume(self, execution: Execution, output: Any) -> Execution:
        """The token of an execution that waits is told, with this output."""
        return self._go_on(execution, lambda: self._told(execution, output))

    def expire(self, execution: Execution, error: str = "States.Timeout") -> Execution:
        """Nobody told the token in time."""
        return self._go_on(execution, lambda: self._told(execution, None, TaskFailed(error)))

    def _told(self, execution: Execution, output: Any, failure: TaskFailed | None = None) -> tuple[str | None, Any]:
        waits, execution.waits, execution.token = execution.waits, None, None
        if waits is None:
            raise AssertionError("the execution does not wait")
        state = self._definition["States"][waits.state]
        if failure is not None:
            if self._again(state, failure, waits.tries, execution):
                return self._task(waits.state, state, waits.scope, execution, waits.tries)
            return self._caught(waits.state, state, failure, waits.scope, execution, 1)
        waits.scope.result = _json(output)
        given = waits.scope.value(state["Output"]) if "Output" in state else waits.scope.result
        waits.scope.assign(state)
        execution.visits.append(Visit(waits.state, waits.scope.input, given))
        return (None if _is_end(state) else state["Next"]), _limited(given)

    def _go_on(self, execution: Execution, begin: Callable[[], tuple[str | None, Any]]) -> Execution:
        try:
            place, data = begin()
            while place is not None:
                place, data = self._enter(place, data, execution, execution.name)
                self._check_time(execution)
        except Suspended:
            return execution
        except TaskFailed as failure:
            execution.status = "TIMED_OUT" if failure.error == "Execution.Timeout" else "FAILED"
            execution.error, execution.cause = failure.error, failure.cause
            return execution
        execution.status, execution.output = "SUCCEEDED", data
        return execution

    def _check_time(self, execution: Execution) -> None:
        limit = self._definition.get("TimeoutSeconds")
        if limit is not None and execution.waited_s > limit:
            raise TaskFailed("Execution.Timeout", "the waits of retries alone exceed the machine's TimeoutSeconds")

    def _enter(self, name: str, data: Any, execution: Execution, run: str) -> tuple[str | None, Any]:
        state = self._definition["States"][name]
        scope = Scope(
            data,
            execution.variables,
            {"Execution": {"Name": run, "Id": execution.arn, "Input": execution.given}, "State": {"Name": name}},
        )
        if state["Type"] == "Task":
            return self._task(name, state, scope, execution)
        if state["Type"] == "Fail":
            execution.visits.append(Visit(name, data, None))
            raise TaskFailed(scope.value(state.get("Error", "")), scope.value(state.get("Cause", "")))
        chosen = _choose(state, scope) if state["Type"] == "Choice" else state
        output = scope.value(chosen["Output"]) if "Output" in chosen else data
        scope.assign(chosen)
        execution.visits.append(Visit(name, data, output))
        return (None if _is_end(state) else chosen["Next"]), _limited(output)

    def _task(
        self,
        name: str,
        state: dict[str, Any],
        scope: Scope,
        execution: Execution,
        tries: dict[int, int] | None = None,
    ) -> tuple[str | None, Any]:
        tries = {} if tries is None else tries
        attempts = 0
        while True:
            attempts += 1
            try:
                output = self._attempt(name, state, scope, execution, tries)
            except TaskFailed as failure:
                if self._again(state, failure, tries, execution):
                    continue
                return self._caught(name, state, failure, scope, execution, attempts)
            execution.visits.append(Visit(name, scope.input, output, attempts))
            return (None if _is_end(state) else state["Next"]), output

    def _attempt(
        self, name: str, state: dict[str, Any], scope: Scope, execution: Execution, tries: dict[int, int]
    ) -> Any:
        resource, waits, rest = state["Resource"].partition(".waitForTaskToken")
        if resource != "arn:aws:states:::lambda:invoke" or rest:
            raise Unsupported(state["Resource"])
        if waits:
            execution.token = f"{execution.name}/{next(_tokens)}"
            execution.waits = Waits(name, scope, tries)
            scope.context["Task"] = {"Token": execution.token}
            self._invoke(scope.value(state["Arguments"]))
            raise Suspended
        arguments = scope.value(state["Arguments"])
        scope.result = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": self._invoke(arguments)}
        output = scope.value(state["Output"]) if "Output" in state else scope.result
        scope.assign(state)
        return _limited(output)

    def _invoke(self, arguments: Any) -> Any:
        name = arguments["FunctionName"].removeprefix("${").removesuffix("}")
        payload = _limited(arguments["Payload"])
        try:
            return _json(self._functions[name](payload))
        except TaskFailed:
            raise
        except Exception as error:
            cause = {"errorMessage": str(error), "errorType": type(error).__name__}
            raise TaskFailed(type(error).__name__, json.dumps(cause)) from error

    def _again(self, state: dict[str, Any], failure: TaskFailed, tries: dict[int, int], execution: Execution) -> bool:
        for place, retrier in enumerate(state.get("Retry", ())):
            if not _matches(retrier["ErrorEquals"], failure.error):
                continue
            rule = {**_TERMINAL_DEFAULTS, **retrier}
            done = tries.get(place, 0)
            if done >= rule["MaxAttempts"]:
                return False
            tries[place] = done + 1
            wait = min(rule["IntervalSeconds"] * rule["BackoffRate"] ** done, rule.get("MaxDelaySeconds", 31_622_400))
            if rule.get("JitterStrategy") == "FULL":
                wait = self._random.uniform(0, wait)
            execution.waited_s += wait
            self._check_time(execution)
            self._sleep(wait)
            return True
        return False

    @staticmethod
    def _caught(
        name: str, state: dict[str, Any], failure: TaskFailed, scope: Scope, execution: Execution, attempts: int
    ) -> tuple[str, Any]:
        for catcher in state.get("Catch", ()):
            if _matches(catcher["ErrorEquals"], failure.error):
                scope.error = {"Error": failure.error, "Cause": failure.cause}
                output = scope.value(catcher["Output"]) if "Output" in catcher else scope.error
                scope.assign(catcher)
                execution.visits.append(Visit(name, scope.input, output, attempts))
                return catcher["Next"], output
        raise failure


class Scope:
    """What an expression of one state sees: `$states` and the variables."""

    def __init__(self, state_input: Any, variables: dict[str, Any], context: dict[str, Any]) -> None:
        self.input = state_input
        self.result: Any = None
        self.error: Any = None
        self._variables = variables
        self.context = context

    def value(self, template: Any) -> Any:
        """The template with every `{% … %}` text replaced by what it evaluates to."""
        if isinstance(template, dict):
            return {key: self.value(inner) for key, inner in template.items()}
        if isinstance(template, list):
            return [self.value(inner) for inner in template]
        if isinstance(template, str) and template.startswith("{%") and template.endswith("%}"):
            return self._evaluate(template[2:-2].strip())
        return template

    def assign(self, state: Mapping[str, Any]) -> None:
        """Set the variables of an `Assign`, all from the values before it."""
        self._variables.update({name: self.value(inner) for name, inner in state.get("Assign", {}).items()})

    def _evaluate(self, text: str) -> Any:
        states = {"input": self.input, "context": self.context}
        if self.result is not None:
            states["result"] = self.result
        if self.error is not None:
            states["errorOutput"] = self.error
        value = evaluate(text, {"states": states, **self._variables})
        if value is None and not evaluate(f"$exists({text})", {"states": states, **self._variables}):
            raise TaskFailed("States.QueryEvaluationError", f"{text} is undefined")
        return value


_tokens = itertools.count(1)
_lock = threading.Lock()
_compiled: dict[str, Any] = {}


def evaluate(text: str, bindings: Mapping[str, Any]) -> Any:
    """A JSONata expression's value as plain JSON; one at a time, since the library's objects are not thread-safe."""
    with _lock:
        try:
            expression = _compiled.get(text) or _compiled.setdefault(text, jsonata.Jsonata(text))
            frame = expression.create_frame()
            for name, value in bindings.items():
                frame.bind(name, value)
            return _json(expression.evaluate(None, frame))
        except jexception.JException as error:
            raise TaskFailed("States.QueryEvaluationError", f"{text}: {error}") from error


def _choose(state: dict[str, Any], scope: Scope) -> dict[str, Any]:
    for choice in state["Choices"]:
        holds = scope.value(choice["Condition"])
        if not isinstance(holds, bool):
            raise TaskFailed("States.QueryEvaluationError", f"{choice['Condition']} is not true or false")
        if holds:
            return dict(choice)
    if "Default" not in state:
        raise TaskFailed("States.NoChoiceMatched")
    return {"Next": state["Default"]}


def _is_end(state: Mapping[str, Any]) -> bool:
    return bool(state.get("End")) or state["Type"] == "Succeed"


def _matches(names: list[str], error: str) -> bool:
    if error in names:
        return True
    if "States.ALL" in names and error not in _UNCAUGHT_BY_ALL:
        return True
    return "States.TaskFailed" in names and error not in _NOT_A_TASK_FAILURE


def _limited(value: Any) -> Any:
    if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_STATE_BYTES:
        raise TaskFailed("States.DataLimitExceeded", f"more than {MAX_STATE_BYTES} bytes")
    return value


def _json(value: Any) -> Any:
    """As JSON would carry it: the library's own lists and floats become plain ones, whole numbers stay whole."""
    return json.loads(json.dumps(value), parse_float=_number)


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
