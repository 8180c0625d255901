"""The stock machine with what is wider than a SKU on a shelf."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ordo.inventory.movements import MovementKind
from ordo.shipments.answers import Reason
from tests.proof.stock_actors import movement
from tests.proof.stock_buyers import placing
from tests.proof.stock_catalogue import BUNDLE, CHANNELS, IN_BUNDLE, NODES, SKUS
from tests.proof.stock_large import begin_in_turns, settling_job, shrink
from tests.proof.stock_machine import StockMachine, customers, orders
from tests.proof.stock_nodes import answering
from tests.proof.stock_reservations import reserving
from tests.proof.stock_rounds import AT_ONCE, which
from tests.proof.stock_rules import careful, reasons
from tests.proof.stock_tables import Tables, TablesWorld
from tests.proof.stock_worlds import StockWorld

K = MovementKind
USUAL = 100
some = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 2))


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

    # ------------------------------------------------------------------ bundles
    @precondition(StockMachine.may_begin)
    @rule(channel=st.sampled_from(CHANNELS), sets=st.integers(1, 3), wanted=some, slow=careful)
    def place_bundles(self, channel: str, sets: int, wanted: dict[str, int], slow: bool) -> None:
        """Beside other lines of the same goods."""
        self.begin(placing(self.shop, channel, {BUNDLE: sets, **wanted}), careful=slow)

    @precondition(StockMachine.may_begin)
    @rule(channel=st.sampled_from(CHANNELS), customer=customers, sets=st.integers(1, 3), slow=careful)
    def reserve_bundles(self, channel: str, customer: str, sets: int, slow: bool) -> None:
        self.begin(reserving(self.shop, channel, customer, {BUNDLE: sets}), careful=slow)

    @precondition(StockMachine.may_begin)
    @rule(sets=st.integers(1, 2), units=st.integers(1, 4), number=which, reason=reasons, short=st.none() | which)
    def give_up_of_bundles(self, sets: int, units: int, number: int, reason: Reason, short: int | None) -> None:
        """One part of a bundle is not given, the other is."""
        for node in NODES:
            for sku, count in IN_BUNDLE:
                self.at_once(movement(self.shop, K.RECEIVE, (sku, node), count * units, fills=True))
        for order_id in self._bought("web", {BUNDLE: sets}, pays=True):
            parts = self.shop.parts_of(order_id)
            self.begin(answering(self.shop, order_id, parts[number % len(parts)], reason, short))

    def look_after_all(self) -> None:
        self.shop.wait(2)
        for pk in self.shop.raw.jobs():
            self.at_once(settling_job(self.shop, pk))
            for key, units in self.shop.raw.underway().items() if pk in self.shop.raw.jobs() else ():
                if units.on_hand:  # somebody counted too few: he finds the rest
                    self.at_once(movement(self.shop, MovementKind.RECEIVE, key[:2], units.on_hand))
            if pk in self.shop.raw.jobs():
                self.at_once(settling_job(self.shop, pk))


def on_tables(machine: type[StockMachine], tables: Tables, *, at_length: bool) -> type[StockMachine]:
    """The same over the product's DynamoDB repositories."""

    def make_world(_self: StockMachine) -> StockWorld:
        return TablesWorld(tables)

    return type("OnTables", (machine,), {"make_world": make_world, "at_length": at_length})
