"""Watches the in-process Ordo while it works: every AWS call, every invocation with its CPU time, every log byte."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import Call
from tests.support.world import World


@dataclass
class Invocation:
    """One run of a function. `cpu_s` is user and system time of its code, what the emulator used taken away."""

    function: str
    cpu_s: float
    log_bytes: int


@dataclass
class Watched:
    """What happened while watching."""

    calls: list[Call] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)

    @property
    def handler_calls(self) -> list[Call]:
        """AWS calls that handlers made; the state machine starting its steps is apart."""
        return [call for call in self.calls if not call.is_workflow]

    def round_trips(self) -> int:
        """Calls one after the other: those that overlap in time count once. A call that waits for others inside it
        (the workflow) is one more.
        """
        trips, busy_until = 0, 0.0
        for call in sorted(self.handler_calls, key=lambda each: each.started):
            if call.operation == "StartSyncExecution":
                trips += 1
            elif call.started >= busy_until:
                trips, busy_until = trips + 1, call.ended
            else:
                busy_until = max(busy_until, call.ended)
        return trips


class Watch:
    """Counts CPU of handlers by the thread's clock: the time inside the wire (moto, metering) is not theirs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._local = threading.local()

    @contextmanager
    def on(self) -> Iterator[Watched]:
        """Watch what happens in the block."""
        watched = Watched()
        world, wire = self.world, self.world.wire
        invoke, attempt = world.invoke, wire._try

        def timed_try(request: Any, moto: Callable[[], Any]) -> Any:
            away_before, started = self._away, time.thread_time()
            try:
                return attempt(request, moto)
            finally:
                self._away = away_before + (time.thread_time() - started)

        def timed_invoke(name: str, event: Any) -> Any:
            printed = io.StringIO()
            away_before, started = self._away, time.thread_time()
            try:
                with contextlib.redirect_stdout(printed):
                    return invoke(name, event)
            finally:
                spent = time.thread_time() - started - (self._away - away_before)
                watched.invocations.append(Invocation(name, spent, len(printed.getvalue().encode())))
                self._away = away_before + (time.thread_time() - started)

        world.invoke = timed_invoke  # type: ignore[method-assign]
        world.edge._invoke = timed_invoke
        wire._try = timed_try  # type: ignore[method-assign]
        try:
            with world.record() as calls:
                yield watched
            watched.calls = calls
        finally:
            world.invoke, world.edge._invoke, wire._try = invoke, invoke, attempt  # type: ignore[method-assign]

    @property
    def _away(self) -> float:
        away: float = getattr(self._local, "away", 0.0)
        return away

    @_away.setter
    def _away(self, seconds: float) -> None:
        self._local.away = seconds
