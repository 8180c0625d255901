"""The stock machine with what is wider than a SKU on a shelf: bundles, lots, orders of more than one commit.

It plays on tables, since these are in the product's writes: on quick ones (`tests.support.quick_tables`), or on moto's.
All other actors go on beside. Not here: pre-orders and their caps, dated supply; lots that a pick or a way out names.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from ordo.inventory.movements import MovementKind
from ordo.shipments.answers import Reason
from tests.proof.stock_actors import movement
from tests.proof.stock_buyers import cancelling, dispatching, placing
from tests.proof.stock_catalogue import BUNDLE, CHANNELS, IN_BUNDLE, NODES, SKUS
from tests.proof.stock_large import begin_in_turns, settling_job, shrink
from tests.proof.stock_lots import LotBooks, night, picking
from tests.proof.stock_machine import StockMachine, customers, orders, places
from tests.proof.stock_nodes import answering
from tests.proof.stock_reservations import reserving
from tests.proof.stock_rounds import AT_ONCE, which
from tests.proof.stock_rules import careful, quantities, reasons
from tests.proof.stock_tables import Tables, TablesWorld
from tests.proof.stock_waiting import Place
from tests.proof.stock_worlds import StockWorld

K = MovementKind
USUAL = 100
dates = st.sampled_from(["2026-03-02", "2026-03-04", "2026-03-20"])
some = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 2))


class WideMachine(StockMachine):
    """On tables only."""

    def __init__(self) -> None:
        super().__init__()
        self.lots = LotBooks(self.shop)
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

    # ------------------------------------------------------------------ lots
    @initialize(days=st.fixed_dictionaries({}, optional=dict.fromkeys(SKUS, st.sampled_from([0, 2]))))
    def keep_by_lot(self, days: dict[str, int]) -> None:
        self.shop.catalogue.lot_days.update(days)

    @invariant()
    def agree(self) -> None:
        super().agree()
        self.lots.agree(alone=not self.underway)

    @precondition(lambda self: self.may_begin() and self.shop.catalogue.lot_days)
    @rule(place=places, units=quantities, expires_on=dates, kind=st.sampled_from([K.RECEIVE, K.RETURN]), slow=careful)
    def receive_lot(self, place: Place, units: int, expires_on: str, kind: MovementKind, slow: bool) -> None:
        self.begin(movement(self.shop, kind, place, units, fills=True, expires_on=expires_on), careful=slow)

    @precondition(lambda self: self.chosen_order("paid") is not None)
    @rule(number=which, slow=careful)
    def pick(self, number: int, slow: bool) -> None:
        order_id = self._order("paid", number)
        parts = self.shop.parts_of(order_id)
        self.begin(picking(self.shop, order_id, parts[-1 - number % len(parts)]), careful=slow)

    @precondition(StockMachine.may_begin)
    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 4), expires_on=dates, number=which, reason=reasons)
    def pick_what_was_bought(self, sku: str, units: int, expires_on: str, number: int, reason: Reason) -> None:
        """And then somebody wants it back, or finds that it is not there."""
        for node in NODES:
            self.at_once(movement(self.shop, K.RECEIVE, (sku, node), units, fills=True, expires_on=expires_on))
        for order_id in self._bought("web", {sku: units}, pays=True):
            part = self.shop.parts_of(order_id)[0]
            self.at_once(picking(self.shop, order_id, part))
            after = (answering(self.shop, order_id, part, reason, None), cancelling(self.shop, order_id))
            self.begin((*after, dispatching(self.shop, order_id, part))[number % 3])

    @precondition(lambda self: self.may_begin() and self.shop.raw.lots())
    @rule(number=which, days=st.integers(0, 3), slow=careful)
    def night_falls(self, number: int, days: int, slow: bool) -> None:
        self.shop.wait(days * 24 * 60)
        kept = sorted(self.shop.raw.lots())
        self.begin(night(self.shop, kept[number % len(kept)]), careful=slow)

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
