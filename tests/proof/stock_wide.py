"""The stock machine with what is wider than a SKU on a shelf."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ordo.inventory.movements import MovementKind
from tests.proof.stock_actors import movement
from tests.proof.stock_buyers import placing
from tests.proof.stock_large import begin_in_turns, settling_job, shrink
from tests.proof.stock_machine import StockMachine, orders
from tests.proof.stock_rounds import AT_ONCE, which
from tests.proof.stock_rules import careful

USUAL = 100


class WideMachine(StockMachine):
    """On tables only."""

    def __init__(self) -> None:
        super().__init__()
        begin_in_turns(self.patch, self.shop.turns)

    @initialize(most=st.sampled_from([0, 8, USUAL]))
    def commits_hold(self, most: int) -> None:
        """So many writes; above them an order is large."""
        if most != USUAL:
            shrink(self.patch, most)

    # ------------------------------------------------------------------ large orders
    @precondition(lambda self: self.may_begin() and self.shop.raw.jobs())
    @rule(number=which, slow=careful)
    def look_after(self, number: int, slow: bool) -> None:
        self.shop.wait(2)
        jobs = self.shop.raw.jobs()
        self.begin(settling_job(self.shop, jobs[number % len(jobs)]), careful=slow)

    @precondition(lambda self: len(self.underway) < AT_ONCE - 1)
    @rule(wanted=orders, calls=st.integers(1, 6), more=st.integers(1, 6), back=st.integers(0, 3), slow=st.booleans())
    def ask_twice(self, wanted: dict[str, int], calls: int, more: int, back: int, slow: bool) -> None:
        """The same request again while the first is between its parts: each gives back what the other took."""
        command = placing(self.shop, "web", wanted)
        first = self.begin(command)
        self.step(first, calls)
        second = self.begin(command, careful=slow)
        self.step(second, more)
        self.step(first, back)

    def look_after_all(self) -> None:
        self.shop.wait(2)
        for pk in self.shop.raw.jobs():
            self.at_once(settling_job(self.shop, pk))
            for key, units in self.shop.raw.underway().items() if pk in self.shop.raw.jobs() else ():
                if units.on_hand:  # somebody counted too few: he finds the rest
                    self.at_once(movement(self.shop, MovementKind.RECEIVE, key[:2], units.on_hand))
            if pk in self.shop.raw.jobs():
                self.at_once(settling_job(self.shop, pk))
