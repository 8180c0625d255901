"""Telling an aggregator which numbers it is to watch: a port, and what may come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Watch:
    """A number to watch. `courier` is the aggregator's own code of its carrier, empty: it finds out by itself.

    `reference` comes back with every push; it must say nothing of a person.
    """

    tracking_number: str
    courier: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """The aggregator watches the number; `again`: it did before."""

    tracking_number: str
    again: bool = False


class WatchRefused(Exception):
    """The aggregator does not take this number or this account; the same again is refused again. `code` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The aggregator refused: {code}.")
        self.code = code


class WatchUnavailable(Exception):
    """The aggregator did not answer, or not now: the same again is right. `reason` is of a closed set.

    `timeout`, `transport`, `http_<status>`, `unreadable`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The aggregator did not answer: {reason}.")
        self.reason = reason


class Subscriber(Protocol):
    """An aggregator that pushes what happens to the numbers that it was told."""

    def subscribe(self, watch: Watch) -> Watched:
        """Have a number watched; the same again changes nothing. Raises `WatchRefused` or `WatchUnavailable`."""
