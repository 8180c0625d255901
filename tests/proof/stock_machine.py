"""The stateful proof of stock: whoever takes, gives, counts or arranges, in any interleaving of reads and writes.

An actor is begun by one rule and goes on by others: it reads, stops before its write, and meanwhile others do what they
do. It may die there, or its answer may be lost, and then it is sent again. After every step the books
(`tests.proof.stock_books`: what came, what left, who has a right to what) must agree with what is stored.

A kind of actor that is new is a function in `tests.proof.stock_actors` and a rule here:

    @rule(place=places, units=quantities)
    def reserve(self, place: Place, units: int) -> None:
        self.begin(reserving(self.shop, place, units))

and whatever it stores that has a right to units is added to `StockWorld.held`. Queues (backorders) are judged by their
command's `book`: the owner that is served must be the first that waits.
"""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ordo.catalog.availability import Availability, AvailabilityMode
from ordo.inventory.layout import Fence
from ordo.inventory.movements import MovementKind
from ordo.inventory.reservations import Reservation
from ordo.shipments.answers import Reason
from tests.proof.stock_actors import arranging, movement
from tests.proof.stock_backorders import filling
from tests.proof.stock_buyers import cancelling, dispatching, paying, placing, settling
from tests.proof.stock_catalogue import CHANNELS, NODES, SKUS, SOFT
from tests.proof.stock_nodes import answering, asking_again
from tests.proof.stock_reservations import expiring, extending, giving_back, reserving
from tests.proof.stock_rounds import StockRounds, which
from tests.proof.stock_waiting import Place

K = MovementKind
places = st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES))
quantities = st.integers(1, 8)
kinds = st.sampled_from([K.RECEIVE, K.RETURN, K.DAMAGE, K.TRANSFER])
fences = st.dictionaries(
    st.sampled_from(CHANNELS),
    st.builds(Fence, quantity=st.integers(1, 6)) | st.builds(Fence, share=st.sampled_from([10, 50])),
    max_size=2,
)
orders = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 6), min_size=1)
customers = st.sampled_from(["c-1", "c-2"])
corrections = st.one_of(
    st.tuples(st.just(K.ADJUST), st.integers(-5, 5).filter(bool)),
    st.tuples(st.just(K.COUNT), st.integers(0, 20)),
    st.tuples(st.just(K.SAFETY), st.integers(0, 6)),
)
SOON = Availability(AvailabilityMode.BACKORDER, lead_days=2, max_units=7)
LATE = Availability(AvailabilityMode.BACKORDER, lead_days=5)
policies = st.sampled_from([Availability(), SOON, LATE])
reasons = st.sampled_from(list(get_args(Reason)))
ENOUGH_WAIT = 3
"""So many parts wait before none is made to wait on purpose."""
careful = st.sampled_from([False, False, True])
"""Whether an actor stops before each of its reads too."""


class StockMachine(StockRounds):
    """In memory; others say where else by `make_world`."""

    @initialize(
        units=st.lists(st.integers(0, 12), min_size=4, max_size=4),
        buckets=st.sampled_from([1, 2, 3]),
        capacity=st.sampled_from([None, 10]),
        sold=st.fixed_dictionaries(dict.fromkeys(SKUS, policies)),
    )
    def stock_up(self, units: list[int], buckets: int, capacity: int | None, sold: dict[str, Availability]) -> None:
        self.shop.catalogue.capacity = capacity
        self.shop.catalogue.policies.update(sold)
        for place, count in zip([(sku, node) for sku in SKUS for node in NODES], units, strict=True):
            if count:
                self.at_once(movement(self.shop, K.RECEIVE, place, count))
            if buckets > 1:
                self.at_once(arranging(self.shop, place, buckets, None))

    # ------------------------------------------------------------------ goods
    @precondition(StockRounds.may_begin)
    @rule(place=places, units=quantities, kind=kinds, fills=st.booleans(), slow=careful)
    def move(self, place: Place, units: int, kind: MovementKind, fills: bool, slow: bool) -> None:
        other = next(node for node in NODES if node != place[1])
        to_node = other if kind is K.TRANSFER else None
        self.begin(movement(self.shop, kind, place, units, to_node, fills=fills), careful=slow)

    @precondition(StockRounds.may_begin)
    @rule(place=places, how=corrections, slow=careful)
    def correct(self, place: Place, how: tuple[MovementKind, int], slow: bool) -> None:
        self.begin(movement(self.shop, how[0], place, how[1]), careful=slow)

    @precondition(StockRounds.may_begin)
    @rule(place=places, buckets=st.none() | st.integers(1, 4), kept=st.none() | fences, slow=careful)
    def arrange(self, place: Place, buckets: int | None, kept: dict[str, Fence] | None, slow: bool) -> None:
        self.begin(arranging(self.shop, place, buckets, kept), careful=slow)

    # ------------------------------------------------------------------ orders
    @precondition(StockRounds.may_begin)
    @rule(channel=st.sampled_from([*CHANNELS, SOFT]), wanted=orders, slow=careful)
    def place(self, channel: str, wanted: dict[str, int], slow: bool) -> None:
        self.begin(placing(self.shop, channel, wanted), careful=slow)

    @precondition(StockRounds.may_begin)
    @rule(channel=st.sampled_from(CHANNELS), wanted=orders, pays=st.booleans())
    def buy(self, channel: str, wanted: dict[str, int], pays: bool) -> None:
        """An order from end to end while the others wait."""
        self._bought(channel, wanted, pays=pays)

    def _bought(self, channel: str, wanted: dict[str, int], *, pays: bool) -> list[str]:
        """Its id, if it was placed."""
        known = set(self.shop.wanted)
        self.at_once(placing(self.shop, channel, wanted))
        placed = sorted(set(self.shop.wanted) - known)
        for order_id in placed if pays else ():
            self.at_once(paying(self.shop, order_id))
        return placed

    @precondition(lambda self: self.chosen_order("unpaid") is not None)
    @rule(number=which, slow=careful)
    def pay(self, number: int, slow: bool) -> None:
        self.begin(paying(self.shop, self._order("unpaid", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("cancelled") is not None)
    @rule(number=which, slow=careful)
    def pay_late(self, number: int, slow: bool) -> None:
        self.begin(paying(self.shop, self._order("cancelled", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("any") is not None)
    @rule(number=which, slow=careful)
    def cancel(self, number: int, slow: bool) -> None:
        self.begin(cancelling(self.shop, self._order("any", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("unpaid") is not None)
    @rule(number=which, minutes=st.sampled_from([0, 31]), slow=careful)
    def fall_due(self, number: int, minutes: int, slow: bool) -> None:
        self.shop.wait(minutes)
        self.begin(settling(self.shop, self._order("unpaid", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("paid") is not None)
    @rule(number=which, slow=careful)
    def dispatch(self, number: int, slow: bool) -> None:
        order_id = self._order("paid", number)
        parts = self.shop.parts_of(order_id)
        self.begin(dispatching(self.shop, order_id, parts[-1 - number % len(parts)]), careful=slow)

    # ------------------------------------------------------------------ those who wait
    @rule(sku=st.sampled_from(SKUS), policy=policies)
    def sell(self, sku: str, policy: Availability) -> None:
        """From now on, beyond what is there or not."""
        self.shop.catalogue.policies[sku] = policy

    @precondition(lambda self: self.may_begin() and len(self.people()) < ENOUGH_WAIT)
    @rule(sku=st.sampled_from(SKUS), policy=st.sampled_from([SOON, LATE]), more=st.integers(1, 4), pays=st.booleans())
    def queue_up(self, sku: str, policy: Availability, more: int, pays: bool) -> None:
        """An order takes all there is, and waits for more: from end to end while the others wait."""
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

    # ------------------------------------------------------------------ reservations before the order
    @precondition(StockRounds.may_begin)
    @rule(channel=st.sampled_from(CHANNELS), customer=customers, wanted=orders, slow=careful)
    def reserve(self, channel: str, customer: str, wanted: dict[str, int], slow: bool) -> None:
        self.begin(reserving(self.shop, channel, customer, wanted), careful=slow)

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, wanted=st.none() | orders, slow=careful)
    def place_reserved(self, number: int, wanted: dict[str, int] | None, slow: bool) -> None:
        """Of what was reserved, or of something else."""
        found = self._reservation(number)
        self.begin(
            placing(self.shop, found.channel, wanted or found.pending.by_sku(), found.reservation_id), careful=slow
        )

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, slow=careful)
    def give_back(self, number: int, slow: bool) -> None:
        self.begin(giving_back(self.shop, self._reservation(number).reservation_id), careful=slow)

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, minutes=st.sampled_from([1, 20, 60]), slow=careful)
    def extend(self, number: int, minutes: int, slow: bool) -> None:
        self.begin(extending(self.shop, self._reservation(number).reservation_id, minutes), careful=slow)

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, minutes=st.sampled_from([0, 16]), slow=careful)
    def expire(self, number: int, minutes: int, slow: bool) -> None:
        self.shop.wait(minutes)
        self.begin(expiring(self.shop, self._reservation(number).reservation_id), careful=slow)

    @precondition(lambda self: bool(self.known_reservations()))
    @rule()
    def time_goes_by(self) -> None:
        self.shop.wait(16)

    def known_reservations(self) -> list[str]:
        """All there ever were: whoever comes may come too late."""
        books = self.shop.books
        return sorted(name for name in {*books.owners, *books.ended} if name.startswith("res_"))

    def _reservation(self, number: int) -> Reservation:
        known = self.known_reservations()
        found = self.shop.raw.reservations.find(known[number % len(known)])
        assert found is not None
        return found
