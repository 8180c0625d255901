"""How much work a price may be: counted and not timed, so that the same cart is priced, or refused, everywhere."""

from __future__ import annotations

from ordo.pricing.errors import TooMuchToPrice

MAX_WORK = 300_000
"""Runs of equal units that promotions look at, each time that one is asked. A second or two of work; 500 lines of 1,000
units with twenty promotions for all of them are a third of it."""

MAX_SEARCH = 200_000
"""The same of the search for the best combination, beside that: there it ends the search, and refuses nothing."""


class Budget:
    """What may still be spent."""

    __slots__ = ("left", "limit")

    def __init__(self, limit: int = MAX_WORK) -> None:
        self.limit = self.left = limit

    def spend(self, runs: int) -> None:
        """Before so many runs are looked at. Raises `TooMuchToPrice`."""
        self.left -= runs
        if self.left < 0:
            raise TooMuchToPrice(self.limit)
