"""Reservations before the order: their times and what they show, and any interleaving of takers against a model that
knows only units in a list.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.reservation_terms import ReservationTerms
from ordo.inventory.demand import availability
from ordo.inventory.errors import StockExhausted
from ordo.inventory.layout import Layout
from ordo.inventory.model import MAIN, StockCounter, StockKey
from ordo.inventory.relief import MAX_LOOKS, Foreseen, OwnCounted, Relief, worth_a_look
from ordo.inventory.reservation_memory import InMemoryReservations
from ordo.inventory.reservations import (
    HeldUnits,
    Pending,
    QuotaShort,
    Reservation,
    ReservationState,
    own_counted,
    own_pending,
    times,
)
from ordo.inventory.spread import usable
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import OrdoError
from ordo.orders.errors import ReservationGone, StockShort
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.place import placement_commit
from ordo.orders.placement import MAX_TAKES, pack_draft, read_draft, require_commit
from tests.support.orders import CONTACT, NOON, SHIP_TO, draft_for

PLACES = [("a", "x"), ("a", "y"), ("b", "x")]
LIMIT = 3


def made(
    name: str = "r1", *held: tuple[str, str, int], at: datetime = NOON, minutes: int = 15, **fields: object
) -> Reservation:
    start, end, latest = times(at, minutes, ReservationTerms())
    given: dict[str, object] = {
        "reservation_id": name,
        "channel": "web",
        "client_id": "shop",
        "customer_id": "c-1",
        "session_id": None,
        "created_at": start,
        "expires_at": end,
        "latest_at": latest,
        "lines": (),
        "held": tuple(HeldUnits(sku, node, MAIN, units) for sku, node, units in held),
        "key": name,
        "body_hash": "hash",
    }
    return Reservation(**(given | fields))  # type: ignore[arg-type]


# ---------------------------------------------------------------- times
def test_it_lasts_as_the_channel_says_or_as_asked_but_no_longer_than_it_may() -> None:
    terms = ReservationTerms(minutes=10, max_minutes=40)
    start, usual, latest = times(NOON, None, terms)
    assert (start, usual) == (to_iso(NOON), to_iso(NOON + timedelta(minutes=10)))
    assert times(NOON, 20, terms)[1] == to_iso(NOON + timedelta(minutes=20))
    assert times(NOON, 90, terms)[1] == latest == to_iso(NOON + timedelta(minutes=40))


def test_it_has_expired_from_its_very_end_on() -> None:
    found, end = made(), NOON + timedelta(minutes=15)
    assert found.shown(end - timedelta(milliseconds=1)) == "pending"
    assert found.shown(end) == "expired"


@given(st.integers(0, 59), st.integers(1, 200))
def test_an_extension_is_never_earlier_and_never_beyond_the_limit(passed: int, minutes: int) -> None:
    now = NOON + timedelta(minutes=passed)
    before = made()
    after = before.extended(minutes, now)
    assert before.expires_at <= after.expires_at <= before.latest_at
    assert after.expires_at in {before.expires_at, before.latest_at, to_iso(now + timedelta(minutes=minutes))}


def test_a_channel_that_says_nothing_has_the_usual_terms_and_null_means_none() -> None:
    assert ReservationTerms.of({}) == ReservationTerms(15, 60, 20)
    assert ReservationTerms.of({"reservations": None}) is None
    assert ReservationTerms.of({"reservations": {"minutes": 5}}) == ReservationTerms(minutes=5)


# ---------------------------------------------------------------- whose it is
def test_it_is_its_own_clients_and_channels_while_pending_expired_or_not() -> None:
    found = made("r1", ("a", "x", 1))
    assert own_pending(found, "shop", "web") == found.pending
    assert own_pending(found, "another", "web") is None
    assert own_pending(found, "shop", "pos") is None
    assert own_pending(None, "shop", "web") is None
    for state in (ReservationState.COMMITTED, ReservationState.RELEASED):
        assert own_pending(made(state=state), "shop", "web") is None


def test_holders_are_customers_or_sessions_of_a_client_and_never_the_same() -> None:
    holders = {
        made(customer_id="c").holder,
        made(customer_id="c", channel="pos").holder,
        made(customer_id=None, session_id="c").holder,
        made(customer_id=None, session_id="c", client_id="another").holder,
    }
    assert len(holders) == 4


def test_what_a_draft_carries_reads_back() -> None:
    pending = made("r1", ("a", "x", 1), ("b", "x", 2)).pending
    draft = draft_for().with_(reservation_id="r1", reserved=pending.to_dict())
    assert read_draft(pack_draft(draft)).pending() == pending
    assert Pending.of(pending.to_dict()) == pending
    assert draft_for().pending() is None


def test_an_order_must_have_room_for_what_ends_with_its_reservation() -> None:
    held = tuple(HeldUnits(f"s{n}", "x", MAIN, 1) for n in range(20))
    pending = made(held=held).pending
    assert pending.writes == 41

    def plan(nodes: int) -> dict[str, object]:
        line = {"line_id": "1", "sku": "s1", "quantity": 1}
        return {"fulfilments": [{"node_id": f"n{number}", "lines": [line]} for number in range(nodes)]}

    fits = MAX_TAKES - 41 - 2  # the header of what is taken in parts, and one part
    require_commit(plan(fits), reserved=pending)
    with pytest.raises(OrdoError) as refused:
        require_commit(plan(fits + 1), reserved=pending)
    assert refused.value.facts == {"takes": MAX_TAKES + 1, "limit": MAX_TAKES}
    require_commit(plan(fits + 1))


# ---------------------------------------------------------------- who is short
class Shelf:
    """Counters and reservations in memory, with a clock."""

    def __init__(self, **units: int) -> None:
        self.now = NOON
        self.by_key: dict[StockKey, StockCounter] = {
            ("a", node, MAIN): StockCounter("a", node, on_hand) for node, on_hand in units.items()
        }
        self.store = InMemoryReservations(self.by_key)
        self.relief = Relief(self.store, lambda: self.now)

    def counters(self, skus: object, nodes: object, *, consistent: bool = False) -> list[StockCounter]:
        return [counter for _, counter in sorted(self.by_key.items())]

    def take(self, name: str, node: str, units: int, minutes: int = 15) -> Reservation:
        found = made(name, ("a", node, units), minutes=minutes)
        self.store.take(found, 100)
        return found

    def states(self) -> dict[str, str]:
        return {name: each.state.value for name, each in self.store.by_id.items()}

    def everything(self) -> list[StockCounter]:
        return self.counters((), ())


def test_no_more_is_given_back_than_is_missing_the_oldest_first() -> None:
    shelf = Shelf(x=9)
    for name, minutes in (("r2", 12), ("r1", 10), ("r3", 14)):
        shelf.take(name, "x", 2, minutes)
    shelf.now += timedelta(minutes=20)
    assert shelf.relief.relieve(shelf.everything(), {"a": 3}) == "some_expired"
    assert shelf.states() == {"r1": "released", "r2": "released", "r3": "pending"}


def test_what_has_not_expired_is_left_alone() -> None:
    shelf = Shelf(x=9)
    assert shelf.relief.relieve(shelf.everything(), {"a": 1}) == "nothing_reserved"
    shelf.take("r1", "x", 2)
    assert shelf.relief.relieve(shelf.everything(), {"a": 1}) == "none_expired"
    assert shelf.states() == {"r1": "pending"}
    assert shelf.relief.expire("r1") == ()
    assert shelf.relief.expire("none") == ()


def test_the_orders_own_is_left_alone() -> None:
    shelf = Shelf(x=9)
    shelf.take("own", "x", 2)
    shelf.take("other", "x", 2)
    shelf.now += timedelta(minutes=20)
    relief = Relief(shelf.store, lambda: shelf.now, spare="own")
    assert relief.relieve(shelf.everything(), {"a": 9}) == "some_expired"
    assert shelf.states() == {"own": "pending", "other": "released"}
    assert relief.relieve(shelf.everything(), {"a": 9}) == "none_expired"


def test_counters_with_the_most_reserved_are_looked_at_first_and_not_too_many() -> None:
    counters = [StockCounter("a", f"n{number:03d}", 9, reserved=number) for number in range(MAX_LOOKS + 5)]
    looked = worth_a_look(counters)
    assert len(looked) == MAX_LOOKS
    assert looked[0] == ("a", f"n{MAX_LOOKS + 4:03d}", MAIN)
    assert ("a", "n000", MAIN) not in worth_a_look(counters[:3])


def test_who_only_asks_sees_what_has_expired_as_free_and_writes_nothing() -> None:
    shelf = Shelf(x=5, y=5)
    shelf.take("gone", "x", 4)
    shelf.take("live", "y", 4, minutes=50)
    shelf.now += timedelta(minutes=20)
    foreseen = Foreseen(shelf, shelf.store, lambda: shelf.now)
    assert [each.available for each in foreseen.counters(["a"], ["x", "y"])] == [1, 1]
    assert foreseen.relieve(shelf.everything(), {"a": 1}) == "none_expired"
    assert [each.available for each in foreseen.counters(["a"], ["x", "y"])] == [5, 1]
    assert shelf.states() == {"gone": "pending", "live": "pending"}


def test_an_order_sees_its_own_reservation_as_available() -> None:
    shelf = Shelf(x=5)
    shelf.take("r1", "x", 4)
    draft = draft_for().with_(reservation_id="r1")
    assert [each.available for each in OwnCounted.of(shelf, shelf.store, draft).counters([], [])] == [5]
    assert [each.available for each in OwnCounted.of(shelf, shelf.store, draft_for()).counters([], [])] == [1]


def test_who_waits_takes_nothing_of_what_an_order_has_reserved() -> None:
    own = made("r1", ("a", "x", 2)).pending
    main = StockCounter("a", "x", 2, reserved=5, backordered=3)  # two of the order's, three that others wait for
    other = StockCounter("a", "y", 2, reserved=5, backordered=3)
    assert availability([main], "web") == {}
    seen = own_counted([main, other], own)
    assert availability(seen, "web") == {"a": {"x": 2}}
    assert seen[1] == other

    bucket = made("r1", held=(HeldUnits("a", "x", "1", 2),)).pending
    layout = Layout(2, 2)
    shelf = [StockCounter("a", "x", 0, reserved=3, backordered=3, layout=layout)]
    shelf += [StockCounter("a", "x", 3, reserved=2, bucket="1")]  # one is free there, and owed to those who wait
    assert availability(own_counted(shelf, bucket), "web") == {"a": {"x": 2}}
    assert usable(own_counted(shelf, bucket), "web") == {"a": {"x": {"0": 0, "1": 2}}}


# ---------------------------------------------------------------- any interleaving
class Units:
    """The oracle: every unit of goods is an entry that says who holds it. It knows no counters and no conditions."""

    def __init__(self, each: int) -> None:
        self.at: dict[tuple[str, str], list[str]] = {place: ["free"] * each for place in PLACES}
        self.pending: dict[str, tuple[str, datetime]] = {}
        """Customer and end, by reservation."""

    def holds(self, name: str) -> Counter[tuple[str, str]]:
        return Counter({place: units.count(name) for place, units in self.at.items() if name in units})

    def of_customer(self, customer: str, sku: str) -> int:
        mine = [name for name, (who, _) in self.pending.items() if who == customer]
        return sum(count for name in mine for (s, _), count in self.holds(name).items() if s == sku)

    def hand_over(self, giver: str, taker: str, place: tuple[str, str], count: int) -> None:
        for _ in range(count):
            self.at[place][self.at[place].index(giver)] = taker

    def take(self, taker: str, wanted: Counter[tuple[str, str]], own: str | None = None) -> bool:
        """Of its own first; what it does not need of that becomes free."""
        left = {place: count - (self.at[place].count(own) if own else 0) for place, count in wanted.items()}
        if any(self.at[place].count("free") < count for place, count in left.items()):
            return False
        if own:
            for place, count in self.holds(own).items():
                self.hand_over(own, "free", place, count)
            del self.pending[own]
        for place, count in wanted.items():
            self.hand_over("free", taker, place, count)
        return True

    def release(self, name: str) -> None:
        for place, count in self.holds(name).items():
            self.hand_over(name, "free", place, count)
        del self.pending[name]


wanted = st.lists(st.tuples(st.sampled_from(PLACES), st.integers(1, 3)), min_size=1, max_size=3)
name = st.integers(0, 5)
action = st.one_of(
    st.tuples(st.just("reserve"), st.sampled_from(["c-1", "c-2"]), wanted),
    st.tuples(st.just("order"), st.none() | name, wanted),
    st.tuples(st.just("release"), name, st.just([])),
    st.tuples(st.just("extend"), name, st.just([])),
    st.tuples(st.just("relieve"), st.sampled_from(PLACES), st.just([])),
    st.tuples(st.just("pass"), st.integers(1, 20), st.just([])),
)


class Run:
    """The product in memory and the oracle, side by side."""

    def __init__(self) -> None:
        self.now, self.minted, self.oracle = NOON, 0, Units(4)
        self.orders = InMemoryOrderRepository()
        self.orders.counters.update({(sku, node, MAIN): StockCounter(sku, node, 4) for sku, node in PLACES})
        self.store = self.orders.reservations
        self.relief = Relief(self.store, lambda: self.now)

    def reserve(self, customer: str, units: list[tuple[tuple[str, str], int]]) -> None:
        wanted, reservation = _summed(units), f"r{self.minted}"
        self.minted += 1
        found = made(
            reservation, *[(*place, count) for place, count in wanted.items()], at=self.now, customer_id=customer
        )
        by_sku = Counter[str]()
        for (sku, _), count in wanted.items():
            by_sku[sku] += count
        allowed = all(self.oracle.of_customer(customer, sku) + count <= LIMIT for sku, count in by_sku.items())
        try:
            self.store.take(found, LIMIT)
        except QuotaShort:
            assert not allowed
            return
        except StockExhausted:
            assert allowed
            assert not self.oracle.take(reservation, wanted)
            return
        assert allowed
        assert self.oracle.take(reservation, wanted)
        self.oracle.pending[reservation] = (customer, self.now + timedelta(minutes=15))

    def order(self, number: int | None, units: list[tuple[tuple[str, str], int]]) -> None:
        wanted, order_id = _summed(units), f"ord_{self.minted}"
        self.minted += 1
        named = self.store.find(f"r{number}")
        own = own_pending(named, "shop", "web")
        by_node: dict[str, list[tuple[str, str, int]]] = {}
        for line, ((sku, node), count) in enumerate(sorted(wanted.items())):
            by_node.setdefault(node, []).append((str(line), sku, count))
        draft = draft_for(order_id, tuple((node, tuple(lines)) for node, lines in by_node.items()))
        if named is not None:  # also one that has ended: the commit must find out
            draft = draft.with_(reservation_id=named.reservation_id, reserved=named.pending.to_dict())
        personal = {"contact": CONTACT, "ship_to": SHIP_TO}
        try:
            self.orders.commit(placement_commit(draft, personal, now=NOON, event_id=f"evt_{order_id}"))
        except ReservationGone:
            assert own is None
            return
        except StockShort:
            assert not self.oracle.take(order_id, wanted, own.reservation_id if own else None)
            return
        assert self.oracle.take(order_id, wanted, own.reservation_id if own else None)

    def release(self, number: int) -> None:
        found = self.store.find(f"r{number}")
        if found is None:
            return
        released = self.store.release(found.pending, to_iso(self.now))
        assert released == (found.reservation_id in self.oracle.pending)
        if released:
            self.oracle.release(found.reservation_id)

    def extend(self, number: int) -> None:
        found = self.store.find(f"r{number}")
        if found is not None and found.shown(self.now) == "pending":
            after = found.extended(30, self.now)
            assert self.store.extend(found.pending, after.expires_at)
            customer, _ = self.oracle.pending[found.reservation_id]
            until = datetime.fromisoformat(after.expires_at)
            self.oracle.pending[found.reservation_id] = (customer, until)

    def relieve(self, place: tuple[str, str]) -> None:
        counter = self.orders.counters[(*place, MAIN)]
        gone = [n for n, (_, end) in self.oracle.pending.items() if end <= self.now and place in self.oracle.holds(n)]
        looked = self.relief.relieve([counter], {place[0]: 100})
        assert (looked == "some_expired") == bool(gone)
        for each in gone:
            self.oracle.release(each)

    def agree(self) -> None:
        for place, units in self.oracle.at.items():
            assert self.orders.counters[(*place, MAIN)].reserved == len(units) - units.count("free"), place
        for (holder, sku), held in self.store.quotas.items():
            assert held == self.oracle.of_customer(holder.rpartition("#")[2], sku)
        assert {n for n, each in self.store.by_id.items() if each.state is ReservationState.PENDING} == set(
            self.oracle.pending
        )


def _summed(units: list[tuple[tuple[str, str], int]]) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for place, count in units:
        found[place] += count
    return found


@given(st.lists(action, max_size=25))
def test_no_interleaving_oversells_or_loses_a_unit(actions: list[tuple[str, object, list[object]]]) -> None:
    run = Run()
    for what, subject, units in actions:
        if what == "pass":
            run.now += timedelta(minutes=subject)  # type: ignore[arg-type]
        else:
            getattr(run, what)(*((subject, units) if what in {"reserve", "order"} else (subject,)))
        run.agree()
