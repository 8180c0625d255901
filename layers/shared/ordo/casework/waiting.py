"""An execution that waits for its case: the token it is told by, kept beside what the case belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ordo.kernel.clock import Clock, system_clock, to_iso


class StepFailed(Exception):
    """The token could not be kept. Machines know it by this name, to try again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An execution that waits: its token, and its number among those of the case.

    `subject` is what the case belongs to and where its events are numbered: an order, or the case itself.
    """

    subject: str
    case_id: str
    run: int
    execution: str
    token: str
    kept_at: str = ""
    """When it began to wait (an ISO text); empty of one that an older release kept."""


class TokenStore(Protocol):
    """Where tokens are kept; DynamoDB and memory pass the same tests."""

    def put(self, waiting: Waiting) -> bool:
        """Keep the token in place of an older run's; False when a newer run's is there."""

    def get(self, subject: str, case_id: str) -> Waiting | None:
        """The token that waits, or None."""

    def remove(self, waiting: Waiting) -> None:
        """Forget the token; nothing happens when another is there by now."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The step of a machine that waits. `wake` puts one message on the queue of `ordo.casework.signals`."""

    kind: str
    tokens: TokenStore
    wake: Callable[[dict[str, Any]], None]
    clock: Clock = system_clock

    def keep(
        self, waiting: Waiting, has_ended: Callable[[], bool], has_news: Callable[[], bool] = lambda: False
    ) -> None:
        """Keep the token, then look: an end, or news, that came before the token was kept has told nobody.

        Raises `StepFailed` when it could not be kept; it may be called again.
        """
        try:
            if not self.tokens.put(replace(waiting, kept_at=to_iso(self.clock()))):
                self.wake({"token": waiting.token, "outcome": "superseded"})
            elif has_ended():
                self.wake({"kind": self.kind, "subject": waiting.subject})
            elif has_news():
                self.wake({"token": waiting.token, "outcome": "woken"})
        except Exception as error:
            raise StepFailed(type(error).__name__) from error


class InMemoryTokenStore:
    """A `TokenStore` in a dictionary, by case, open to a test's eyes."""

    def __init__(self) -> None:
        self.tokens: dict[str, Waiting] = {}

    def put(self, waiting: Waiting) -> bool:
        known = self.tokens.get(waiting.case_id)
        if known is not None and known.run > waiting.run:
            return False
        self.tokens[waiting.case_id] = waiting
        return True

    def get(self, _subject: str, case_id: str) -> Waiting | None:
        return self.tokens.get(case_id)

    def remove(self, waiting: Waiting) -> None:
        if self.tokens.get(waiting.case_id) == waiting:
            del self.tokens[waiting.case_id]
