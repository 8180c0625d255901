"""Rules of the stock machine about those who wait, and about nodes that do not give what they were to give.

What seldom comes about by itself is brought about on purpose, one step after the other, while the others wait.
"""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ordo.catalog.availability import Availability, AvailabilityMode
from ordo.inventory.movements import MovementKind
from ordo.shipments.answers import Reason
from tests.proof.stock_actors import arranging, movement
from tests.proof.stock_backorders import filling
from tests.proof.stock_buyers import cancelling, paying, placing
from tests.proof.stock_catalogue import CHANNELS, NODES, SKUS
from tests.proof.stock_nodes import answering, asking_again
from tests.proof.stock_rounds import StockRounds, which
from tests.proof.stock_waiting import Place

K = MovementKind
quantities = st.integers(1, 8)
SOON = Availability(AvailabilityMode.BACKORDER, lead_days=2, max_units=7)
LATE = Availability(AvailabilityMode.BACKORDER, lead_days=5)
policies = st.sampled_from([Availability(), SOON, LATE])
reasons = st.sampled_from(list(get_args(Reason)))
ENOUGH_WAIT = 3
"""So many parts wait before none is made to wait on purpose."""
careful = st.sampled_from([False, False, True])
"""Whether an actor stops before each of its reads too."""


class StockRules(StockRounds):
    """See `tests.proof.stock_machine.StockMachine`."""

    at_length = True
    """Whether the longest scenes are played too."""

    # ------------------------------------------------------------------ those who wait
    @rule(sku=st.sampled_from(SKUS), policy=policies)
    def sell(self, sku: str, policy: Availability) -> None:
        """From now on, beyond what is there or not."""
        self.shop.catalogue.policies[sku] = policy

    @precondition(lambda self: self.may_begin() and len(self.people()) < ENOUGH_WAIT)
    @rule(sku=st.sampled_from(SKUS), policy=st.sampled_from([SOON, LATE]), more=st.integers(1, 4), pays=st.booleans())
    def make_wait(self, sku: str, policy: Availability, more: int, pays: bool) -> None:
        """An order takes all there is, and waits for more: from end to end while the others wait."""
        self._queue_up(sku, policy, more, pays=pays)

    def _queue_up(self, sku: str, policy: Availability, more: int, *, pays: bool) -> None:
        self.shop.catalogue.policies[sku] = policy
        self._bought("web", {sku: self.shop.open_to(sku, "web") + more}, pays=pays)

    @precondition(lambda self: self.may_begin() and self.places_with_queues())
    @rule(number=which, slow=careful)
    def fill(self, number: int, slow: bool) -> None:
        self.begin(filling(self.shop, self._queue(number)), careful=slow)

    @precondition(lambda self: self.may_begin() and self.places_with_queues())
    @rule(number=which, more=st.integers(-1, 5), fills=st.booleans(), slow=careful)
    def receive_what_is_waited_for(self, number: int, more: int, fills: bool, slow: bool) -> None:
        place, books = self._queue(number), self.shop.books
        first = books.waiting.first(place)
        units = max(1, (first.units if first else 0) - books.there(place) + more)
        self.begin(movement(self.shop, K.RECEIVE, place, units, fills=fills), careful=slow)

    @precondition(lambda self: self.may_begin() and self.places_with_queues())
    @rule(number=which, units=quantities, kind=st.sampled_from([None, K.DAMAGE, K.TRANSFER]), slow=careful)
    def want_what_is_waited_for(self, number: int, units: int, kind: MovementKind | None, slow: bool) -> None:
        """A newcomer, or goods that are to go: those who wait come first."""
        place = self._queue(number)
        other = next(node for node in NODES if node != place[1])
        if kind is None:
            self.begin(placing(self.shop, CHANNELS[0], {place[0]: units}), careful=slow)
        else:
            to_node = other if kind is K.TRANSFER else None
            self.begin(movement(self.shop, kind, place, units, to_node), careful=slow)

    @precondition(lambda self: self.may_begin() and self.places_with_queues())
    @rule(number=which, slow=careful)
    def cancel_who_waits(self, number: int, slow: bool) -> None:
        people = self.shop.books.waiting.by_place[self._queue(number)]
        self.begin(cancelling(self.shop, people[number % len(people)].order_id), careful=slow)

    @precondition(lambda self: self.at_length and self.may_begin() and len(self.people()) < ENOUGH_WAIT)
    @rule(sku=st.sampled_from(SKUS), more=st.integers(1, 4))
    def come_back_beside_a_queue(self, sku: str, more: int) -> None:
        """Units come back to another bucket than the one at which others wait."""
        for node in NODES:
            self.at_once(movement(self.shop, K.RECEIVE, (sku, node), 8, fills=True))
            self.at_once(arranging(self.shop, (sku, node), 2, None))
        bought = [each for _ in range(4) for each in self._bought("web", {sku: 4}, pays=False)]
        self._queue_up(sku, LATE, more, pays=False)
        for order_id in bought:
            if self.shop.stored_parts(order_id)[1] == {"1"}:
                self.at_once(cancelling(self.shop, order_id))

    @precondition(lambda self: self.may_begin() and len(self.people()) < ENOUGH_WAIT)
    @rule(sku=st.sampled_from(SKUS), more=st.integers(1, 2), goods=st.integers(0, 4), slow=careful)
    def join_while_another_is_filled(self, sku: str, more: int, goods: int, slow: bool) -> None:
        """There may be enough for both: whoever is promised earlier is first all the same."""
        self._queue_up(sku, LATE, more, pays=False)
        for place in [each for each in self.places_with_queues() if each[0] == sku]:
            first = self.shop.books.waiting.first(place)
            units = (first.units if first else 0) - self.shop.books.there(place) + goods
            if units > 0:
                self.at_once(movement(self.shop, K.RECEIVE, place, units))
            self.begin(filling(self.shop, place), careful=slow)
        self._queue_up(sku, SOON, 1, pays=False)

    def places_with_queues(self) -> list[Place]:
        """Where somebody waits."""
        return sorted(self.shop.books.waiting.told())

    def people(self) -> list[str]:
        """Parts that wait."""
        return [each.part for people in self.shop.books.waiting.by_place.values() for each in people]

    def _queue(self, number: int) -> Place:
        found = self.places_with_queues()
        return found[number % len(found)]

    # ------------------------------------------------------------------ nodes that do not give
    @precondition(lambda self: self.chosen_order("paid") is not None)
    @rule(number=which, reason=reasons, short=st.none() | which, slow=careful)
    def give_up(self, number: int, reason: Reason, short: int | None, slow: bool) -> None:
        order_id = self._order("paid", number)
        parts = self.shop.parts_of(order_id)
        self.begin(answering(self.shop, order_id, parts[-1 - number % len(parts)], reason, short), careful=slow)

    @precondition(StockRounds.may_begin)
    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 3), reason=reasons, short=st.none() | which, slow=careful)
    def give_up_what_was_bought(self, sku: str, units: int, reason: Reason, short: int | None, slow: bool) -> None:
        """There is enough at every node, and the one that has the order does not give it."""
        for node in NODES:
            self.at_once(movement(self.shop, K.RECEIVE, (sku, node), units, fills=True))
        for order_id in self._bought("web", {sku: units}, pays=True):
            part = self.shop.parts_of(order_id)[0]
            self.begin(answering(self.shop, order_id, part, reason, short), careful=slow)

    @precondition(lambda self: self.chosen_order("unsourced") is not None)
    @rule(number=which, slow=careful)
    def ask_again(self, number: int, slow: bool) -> None:
        self.begin(asking_again(self.shop, self._order("unsourced", number)), careful=slow)

    # ------------------------------------------------------------------ orders by what became of them
    def _bought(self, channel: str, wanted: dict[str, int], *, pays: bool) -> list[str]:
        """Its id, if it was placed."""
        known = set(self.shop.wanted)
        self.at_once(placing(self.shop, channel, wanted))
        placed = sorted(set(self.shop.wanted) - known)
        for order_id in placed if pays else ():
            self.at_once(paying(self.shop, order_id))
        return placed

    def chosen_order(self, kind: str, number: int = 0) -> str | None:
        """One of the orders that are so now (others may change that before it comes to the write)."""
        books = self.shop.books
        kinds = {
            "any": set(self.shop.wanted),
            "unpaid": set(books.owners) & set(self.shop.wanted) - books.paid,
            "paid": {owner for owner in books.paid if books.owners.get(owner)},
            "unsourced": {owner for owner, units in books.unsourced.items() if units.total()},
            "cancelled": books.ended & set(self.shop.wanted) - books.paid,
        }
        known = sorted(kinds[kind])
        return known[number % len(known)] if known and self.may_begin() else None

    def _order(self, kind: str, number: int) -> str:
        found = self.chosen_order(kind, number)
        assert found is not None
        return found
