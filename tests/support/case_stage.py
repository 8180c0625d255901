"""A machine that carries cases, run from its own file in memory: executions, tokens, and the queue that wakes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from ordo.casework.signals import Executions, Kind, Signals
from ordo.casework.waiting import InMemoryTokenStore
from tests.support.asl import Execution, Machine
from tests.support.blueprint import ROOT


class CaseStage:
    """What the queue holds is handed on by `hear`. A test's own stage makes its desk and then says by `carry` what is
    carried how.
    """

    def __init__(self) -> None:
        self.tokens = InMemoryTokenStore()
        self.executions: dict[str, Execution] = {}
        self.queue: list[dict[str, Any]] = []
        self.published = 0
        """How many of the events have been told."""

    def carry(
        self,
        machine: str,
        task: str,
        run: Callable[[Any], Any],
        kinds: Callable[[Callable[[str, dict[str, Any]], bool]], Iterable[Kind]],
        events: Callable[[], list[dict[str, Any]]],
        heard: Iterable[str],
        subject: str = "order_id",
    ) -> None:
        """By the file of this machine, whose task's function `run` stands in for. `kinds` makes the kinds of cases of
        what begins an execution; of `events`, in the order that they were written, those of types in `heard` are
        told by their `subject`.
        """
        definition = json.loads((ROOT / f"infrastructure/statemachines/{machine}.asl.json").read_text())
        self.machine = Machine(definition, {task: run})
        executions = Executions(lambda arn: self._by_arn(arn).status == "RUNNING", self._tell)
        self.signals = Signals(self.tokens, executions, tuple(kinds(self._start)))
        self._events, self._heard, self._subject = events, frozenset(heard), subject
        self.published = len(events())

    def _start(self, name: str, given: dict[str, Any]) -> bool:
        if name in self.executions:
            return self.executions[name].status == "RUNNING"
        self.executions[name] = Execution(name=name, given=given)
        self.machine.begin(self.executions[name])
        return True

    def _by_arn(self, arn: str) -> Execution:
        return self.executions[arn.rpartition(":")[2]]

    def _tell(self, token: str, output: dict[str, Any]) -> bool:
        waiting = [each for each in self.executions.values() if each.token == token]
        for each in waiting:
            self.machine.resume(each, output)
        return bool(waiting)

    def hear(self, times: int = 1) -> None:
        """What the bus and the queue have is told to the signals, each so many times, until nothing is left."""
        while True:
            self._publish()
            if not self.queue:
                return
            while self.queue:
                message = self.queue.pop(0)
                for _ in range(times):
                    self.signals.take(message)

    def _publish(self) -> None:
        events = self._events()[self.published :]
        self.published += len(events)
        for event in events:
            for type_ in (event["type"], *event["implies"]):
                if type_ in self._heard:
                    detail = {self._subject: event[self._subject], "seq": event["seq"]}
                    self.queue.append({"detail-type": type_, "detail": detail})

    def states(self) -> list[tuple[str, str]]:
        """Every execution with its status, in the order that they began."""
        return [(name, each.status) for name, each in self.executions.items()]
