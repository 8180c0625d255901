"""Actors that take turns: each runs the product's own code and stops before its calls of a repository.

The test decides who goes on, so read and write are steps apart and another actor may run between them. Each actor has a
thread, but only one thread ever runs: the same choices give the same history.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 60.0
"""No call of a repository takes so long: the actor hangs."""


class Dies(BaseException):
    """The actor's process ends here; not an `Exception`, so that nothing in it goes on."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write that was done: the method and what it was given."""

    method: str
    given: tuple[Any, ...]


class Turn:
    """One actor's work. `waits_for` names the call that it is about to make; None when it has ended.

    Then `answer` is what the work gave, or `error` what it raised. `written` are its writes that were done.
    """

    def __init__(self, turns: Turns, work: Callable[[], Any], *, stops_at_reads: bool) -> None:
        self.waits_for: str | None = None
        self.answer: Any = None
        self.error: BaseException | None = None
        self.written: list[Written] = []
        self.stops_at_reads = stops_at_reads
        self._turns, self._work = turns, work
        self._dies, self._dies_after_write = False, False
        self._mine, self._others = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._let_run()

    @property
    def ended(self) -> bool:
        """Whether it has given its answer, or died."""
        return self.waits_for is None

    def go_on(self) -> None:
        """Make the call that it waits for, and run to the next one or to the end."""
        self._let_run()

    def die(self) -> None:
        """End before the call that it waits for."""
        self._dies = True
        self._let_run()

    def lose_answer(self) -> bool:
        """Make the call; if it is a write that is done, end right after it. Whether it did."""
        self._dies_after_write = True
        self._let_run()
        self._dies_after_write = False
        return isinstance(self.error, Dies)

    def stop_before(self, method: str, *, write: bool) -> None:
        """Called in the actor's thread."""
        if not write and not self.stops_at_reads:
            return
        self.waits_for = method
        self._others.release()
        self._mine.acquire()
        if self._dies:
            raise Dies(method)

    def has_written(self, written: Written) -> None:
        """Called in the actor's thread."""
        self.written.append(written)
        if self._dies_after_write:
            raise Dies(written.method)

    def _let_run(self) -> None:
        self._mine.release()
        if not self._others.acquire(timeout=PATIENCE_S):
            raise TimeoutError(f"an actor hangs at {self.waits_for}")

    def _run(self) -> None:
        self._turns.of_this_thread.turn = self
        self._mine.acquire()
        try:
            self.answer = self._work()
        except BaseException as error:
            self.error = error
        self.waits_for = None
        self._others.release()


class Turns:
    """Begins actors, and makes repositories stop for them. Threads that are no actors are not stopped."""

    def __init__(self) -> None:
        self.of_this_thread = threading.local()

    def begin(self, work: Callable[[], Any], *, stops_at_reads: bool = False) -> Turn:
        """Run `work` to its first stop: before its first write, or with `stops_at_reads` before its first call."""
        return Turn(self, work, stops_at_reads=stops_at_reads)

    def repository(self, inner: Any, writes: Collection[str], reads: Collection[str]) -> Any:
        """`inner`, whose named methods stop the actor that calls them."""
        return _Stopping(self, inner, frozenset(writes), frozenset(reads))

    def function(self, name: str, call: Callable[..., Any], *, write: bool) -> Callable[..., Any]:
        """`call`, before which the actor that calls it stops."""

        def stopping(*given: Any, **named: Any) -> Any:
            turn: Turn | None = getattr(self.of_this_thread, "turn", None)
            if turn is None:
                return call(*given, **named)
            turn.stop_before(name, write=write)
            found = call(*given, **named)
            if write:
                turn.has_written(Written(name, given))
            return found

        return stopping


class _Stopping:
    def __init__(self, turns: Turns, inner: Any, writes: frozenset[str], reads: frozenset[str]) -> None:
        self._turns, self._inner, self._writes, self._reads = turns, inner, writes, reads

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in self._writes | self._reads:
            return method

        return self._turns.function(name, method, write=name in self._writes)
