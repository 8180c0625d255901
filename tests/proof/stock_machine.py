"""The stateful proof of stock: whoever takes, gives, counts or arranges, in any interleaving of reads and writes.

An actor is begun by one rule and goes on by others: it reads, stops before its write, and meanwhile others do what they
do. It may die there, or its answer may be lost, and then it is sent again. After every step the books
(`tests.proof.stock_books`: what came, what left, who has a right to what) must agree with what is stored.

A kind of actor that is new is a function in `tests.proof.stock_actors` and a rule here:

    @rule(place=places, units=quantities)
    def reserve(self, place: Place, units: int) -> None:
        self.begin(reserving(self.shop, place, units))

and whatever it stores that has a right to units is added to `StockWorld.held`. Rules about those who wait and about
nodes that do not give are in `tests.proof.stock_rules`: whoever is served must be the first that waits, and of no order
anything may be lost or had twice. Bundles, lots and orders of more than one commit are in `tests.proof.stock_wide`,
which plays on tables. Not here nor there: pre-orders and their caps, dated supply.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ordo.catalog.availability import Availability
from ordo.inventory.layout import Fence
from ordo.inventory.movements import MovementKind
from ordo.inventory.reservations import Reservation
from tests.proof.stock_actors import arranging, movement
from tests.proof.stock_buyers import cancelling, dispatching, paying, placing, settling
from tests.proof.stock_catalogue import CHANNELS, NODES, SKUS, SOFT
from tests.proof.stock_reservations import expiring, extending, giving_back, reserving
from tests.proof.stock_rounds import which
from tests.proof.stock_rules import StockRules, careful, policies, quantities
from tests.proof.stock_waiting import Place

K = MovementKind
places = st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES))
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


class StockMachine(StockRules):
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
    @precondition(StockRules.may_begin)
    @rule(place=places, units=quantities, kind=kinds, fills=st.booleans(), slow=careful)
    def move(self, place: Place, units: int, kind: MovementKind, fills: bool, slow: bool) -> None:
        other = next(node for node in NODES if node != place[1])
        to_node = other if kind is K.TRANSFER else None
        self.begin(movement(self.shop, kind, place, units, to_node, fills=fills), careful=slow)

    @precondition(StockRules.may_begin)
    @rule(place=places, how=corrections, slow=careful)
    def correct(self, place: Place, how: tuple[MovementKind, int], slow: bool) -> None:
        self.begin(movement(self.shop, how[0], place, how[1]), careful=slow)

    @precondition(StockRules.may_begin)
    @rule(place=places, buckets=st.none() | st.integers(1, 4), kept=st.none() | fences, slow=careful)
    def arrange(self, place: Place, buckets: int | None, kept: dict[str, Fence] | None, slow: bool) -> None:
        self.begin(arranging(self.shop, place, buckets, kept), careful=slow)

    # ------------------------------------------------------------------ orders
    @precondition(StockRules.may_begin)
    @rule(channel=st.sampled_from([*CHANNELS, SOFT]), wanted=orders, slow=careful)
    def place(self, channel: str, wanted: dict[str, int], slow: bool) -> None:
        self.begin(placing(self.shop, channel, wanted), careful=slow)

    @precondition(StockRules.may_begin)
    @rule(channel=st.sampled_from(CHANNELS), wanted=orders, pays=st.booleans())
    def buy(self, channel: str, wanted: dict[str, int], pays: bool) -> None:
        """An order from end to end while the others wait."""
        self._bought(channel, wanted, pays=pays)

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

    # ------------------------------------------------------------------ reservations before the order
    @precondition(StockRules.may_begin)
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
