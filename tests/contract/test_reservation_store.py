"""What every `ReservationStore` does, alone and with orders that take over: run against memory and DynamoDB (moto)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ordo.inventory.errors import StockExhausted
from ordo.inventory.model import MAIN, StockCounter, StockKey, StockMove
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.reservation_memory import InMemoryReservations
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.reservation_writes import QUOTA_SK, quota_pk
from ordo.inventory.reservations import (
    HeldUnits,
    KeyTaken,
    QuotaShort,
    Reservation,
    ReservationState,
    ReservationStore,
)
from ordo.inventory.writes import stock_update
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Commit
from ordo.orders.errors import ClaimTaken, ReservationGone, StockShort
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.place import placement_commit
from ordo.orders.ports import OrderRepository
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime import dynamo
from tests.support.orders import CONTACT, NOON, ORDER, SHIP_TO, draft_for

LIMIT = 4
OTHER = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H8"
LATER = to_iso(NOON + timedelta(minutes=30))


class Memory:
    """Both in-memory stores, on the same counters."""

    def __init__(self) -> None:
        repository = InMemoryOrderRepository()
        self.orders: OrderRepository = repository
        self._kept: InMemoryReservations = repository.reservations
        self.reservations: ReservationStore = self._kept

    def stock(self, sku: str, node: str, on_hand: int) -> None:
        self._kept.counters[sku, node, MAIN] = StockCounter(sku, node, on_hand)

    def reserved(self, *key: str) -> int:
        return self._kept.counters[key[0], key[1], key[2] if len(key) > 2 else MAIN].reserved

    def quota(self, holder: str, sku: str) -> int:
        return self._kept.quotas.get((holder, sku), 0)


class Dynamo:
    """DynamoDB as moto has it, with the template's tables."""

    def __init__(self) -> None:
        tables = OrderTables("OrdersTable", "SupplyTable", "CustomersTable", "CatalogTable")
        self.orders: OrderRepository = DynamoOrderRepository(tables)
        self.reservations: ReservationStore = DynamoReservations("SupplyTable")

    def stock(self, sku: str, node: str, on_hand: int) -> None:
        dynamo.write(stock_update("SupplyTable", StockMove(sku, node, on_hand, 0)))

    def reserved(self, *key: str) -> int:
        where: StockKey = (key[0], key[1], key[2] if len(key) > 2 else MAIN)
        return DynamoStockRepository("SupplyTable").counters([where], consistent=True)[0].reserved

    def quota(self, holder: str, sku: str) -> int:
        item = dynamo.get_item("SupplyTable", quota_pk(holder, sku), QUOTA_SK, consistent=True)
        return int(item["held"]) if item else 0


Store = Memory | Dynamo


@pytest.fixture
def dynamo_store(tables: None) -> Dynamo:
    return Dynamo()


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = Memory() if request.param == "memory" else request.getfixturevalue("dynamo_store")
    for sku, node in (("TEE", "hz"), ("TEE", "sh"), ("MUG", "sh")):
        found.stock(sku, node, 5)
    return found


def reservation(name: str, *held: tuple[str, str, int], minutes: int = 15, **fields: Any) -> Reservation:
    given: dict[str, Any] = {
        "reservation_id": name,
        "channel": "web",
        "client_id": "shop",
        "customer_id": "c-1",
        "session_id": None,
        "created_at": to_iso(NOON),
        "expires_at": to_iso(NOON + timedelta(minutes=minutes)),
        "latest_at": to_iso(NOON + timedelta(minutes=60)),
        "lines": ({"line_id": "1", "sku": "TEE", "quantity": 2, "options": {"size": "M"}},),
        "held": tuple(HeldUnits(sku, node, MAIN, units) for sku, node, units in held),
        "key": f"key-{name}",
        "body_hash": "hash",
    }
    return Reservation(**(given | fields))


def taken(store: Store, name: str = "r1", *held: tuple[str, str, int], **fields: Any) -> Reservation:
    made = reservation(name, *(held or (("TEE", "hz", 2),)), **fields)
    store.reservations.take(made, LIMIT)
    return made


def order(made: Reservation, order_id: str = ORDER, *, units: int = 2, key: str = "key-1") -> Commit:
    draft = draft_for(order_id, (("hz", (("1", "TEE", units),)),), key=key)
    draft = draft.with_(reservation_id=made.reservation_id, reserved=made.pending.to_dict())
    return placement_commit(draft, {"contact": CONTACT, "ship_to": SHIP_TO}, now=NOON, event_id=f"evt_{order_id}_{key}")


def test_a_reservation_reads_back_as_it_was_taken(store: Store) -> None:
    made = taken(store, "r1", ("TEE", "hz", 2), ("MUG", "sh", 1))
    assert store.reservations.find("r1") == made
    assert (store.reserved("TEE", "hz"), store.reserved("MUG", "sh")) == (2, 1)
    assert (store.quota(made.holder, "TEE"), store.quota(made.holder, "MUG")) == (2, 1)


def test_what_is_not_there_is_not_found(store: Store) -> None:
    assert store.reservations.find("r1") is None
    assert store.reservations.find("r" * 3000) is None
    assert store.reservations.by_key("shop", "none") is None


def test_all_is_taken_or_nothing(store: Store) -> None:
    with pytest.raises(StockExhausted):
        taken(store, "r1", ("TEE", "hz", 2), ("MUG", "none", 1))
    assert store.reservations.find("r1") is None
    assert (store.reserved("TEE", "hz"), store.quota("web#customer#c-1", "TEE")) == (0, 0)
    assert store.reservations.by_key("shop", "key-r1") is None


def test_a_key_takes_once_and_tells_what(store: Store) -> None:
    taken(store)
    with pytest.raises(KeyTaken) as refused:
        taken(store, "r2", key="key-r1")
    assert (refused.value.reservation_id, refused.value.body_hash) == ("r1", "hash")
    assert store.reservations.by_key("shop", "key-r1") == KeyTaken("r1", "hash")
    assert store.reserved("TEE", "hz") == 2
    taken(store, "r3", key="key-r1", client_id="another")


def test_a_quota_is_of_a_holder_and_a_sku_over_all_nodes(store: Store) -> None:
    taken(store, "r1", ("TEE", "hz", 2), ("TEE", "sh", 1))
    with pytest.raises(QuotaShort) as refused:
        taken(store, "r2", ("TEE", "hz", 2))
    assert (refused.value.sku, refused.value.held, refused.value.reservations) == ("TEE", 3, ("r1",))
    taken(store, "r3", ("TEE", "hz", 1))
    taken(store, "r4", ("TEE", "hz", 2), customer_id="c-2")
    taken(store, "r5", ("MUG", "sh", 4))
    assert store.quota("web#customer#c-1", "TEE") == 4


def test_a_quota_names_the_reservations_that_are_still_pending(store: Store) -> None:
    taken(store, "r1", ("TEE", "hz", 2))
    gone, over = taken(store, "r2", ("TEE", "hz", 1)), taken(store, "r3", ("TEE", "hz", 1))
    store.reservations.release(gone.pending, LATER)
    store.orders.commit(order(over, units=1))
    taken(store, "r4", ("TEE", "sh", 2))
    with pytest.raises(QuotaShort) as refused:
        taken(store, "r5", ("TEE", "sh", 1))
    assert refused.value.reservations == ("r1", "r4")


def test_more_than_the_limit_is_refused_from_a_holder_of_nothing_too(store: Store) -> None:
    with pytest.raises(QuotaShort) as refused:
        taken(store, "r1", ("TEE", "hz", LIMIT + 1))
    assert (refused.value.held, refused.value.reservations) == (0, ())
    assert store.reserved("TEE", "hz") == 0


def test_a_quota_is_told_before_stock_and_after_a_key(store: Store) -> None:
    taken(store, "r1", ("TEE", "hz", 3))
    with pytest.raises(QuotaShort):
        taken(store, "r2", ("TEE", "hz", 3))
    with pytest.raises(KeyTaken):
        taken(store, "r2", ("TEE", "hz", 3), key="key-r1")


def test_what_is_released_is_given_back_once(store: Store) -> None:
    made = taken(store, "r1", ("TEE", "hz", 2), ("MUG", "sh", 1))
    assert store.reservations.release(made.pending, LATER)
    assert not store.reservations.release(made.pending, LATER)
    assert (store.reserved("TEE", "hz"), store.reserved("MUG", "sh"), store.quota(made.holder, "TEE")) == (0, 0, 0)
    found = store.reservations.find("r1")
    assert found == replace(made, state=ReservationState.RELEASED, ended_at=LATER)


def test_an_extension_moves_the_end_and_who_read_it_before_can_no_longer_end_it(store: Store) -> None:
    made = taken(store)
    until = to_iso(NOON + timedelta(minutes=40))
    assert store.reservations.extend(made.pending, until)
    longer = store.reservations.find("r1")
    assert longer == replace(made, expires_at=until)
    assert not store.reservations.release(made.pending, LATER)
    assert not store.reservations.extend(made.pending, until)
    assert store.reservations.expired([("TEE", "hz", MAIN)], to_iso(NOON + timedelta(minutes=39))) == []
    assert store.reservations.release(longer.pending, LATER)


def test_expired_ones_are_found_beside_their_counters_the_oldest_first(store: Store) -> None:
    taken(store, "late", ("TEE", "hz", 1), minutes=20)
    taken(store, "early", ("TEE", "hz", 1), minutes=10, customer_id="c-2")
    taken(store, "both", ("TEE", "hz", 1), ("MUG", "sh", 1), minutes=15, customer_id="c-3")
    taken(store, "long", ("TEE", "hz", 1), minutes=50)
    taken(store, "elsewhere", ("TEE", "sh", 1), minutes=5)
    tee, mug = ("TEE", "hz", MAIN), ("MUG", "sh", MAIN)
    assert store.reservations.expired([tee], LATER) == ["early", "both", "late"]
    assert store.reservations.expired([mug, mug], LATER) == ["both"]
    assert sorted(store.reservations.expired([tee, mug], LATER)) == ["both", "early", "late"]
    assert store.reservations.expired([tee], to_iso(NOON + timedelta(minutes=10))) == ["early"]  # at its very end
    assert store.reservations.expired([], LATER) == []


def test_what_has_ended_is_not_found_beside_the_counters(store: Store) -> None:
    store.reservations.release(taken(store, "r1").pending, LATER)
    store.orders.commit(order(taken(store, "r2")))
    assert store.reservations.expired([("TEE", "hz", MAIN)], LATER) == []


def test_of_many_at_once_the_last_units_are_reserved_once(store: Store) -> None:
    lock, outcome = threading.Lock(), list[str]()

    def customer(number: int) -> None:
        try:
            with lock:  # moto's transactions are not safe from threads
                taken(store, f"r{number}", ("TEE", "hz", 1), customer_id=f"c-{number}")
            outcome.append("taken")
        except StockExhausted:
            outcome.append("short")

    threads = [threading.Thread(target=customer, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["short"] * 4 + ["taken"] * 5
    assert store.reserved("TEE", "hz") == 5


# ---------------------------------------------------------------- the order's commit
def test_an_order_takes_its_reservation_over(store: Store) -> None:
    made = taken(store)
    store.orders.commit(order(made))
    found = store.reservations.find("r1")
    assert found is not None
    assert (found.state, found.order_id) == (ReservationState.COMMITTED, ORDER)
    assert (store.reserved("TEE", "hz"), store.quota(made.holder, "TEE")) == (2, 0)
    assert not store.reservations.release(made.pending, LATER)
    assert store.reserved("TEE", "hz") == 2


def test_an_order_takes_what_its_reservation_holds_and_no_more_than_is_free(store: Store) -> None:
    made = taken(store, "r1", ("TEE", "hz", 4))
    with pytest.raises(StockShort):
        store.orders.commit(order(made, units=6))
    assert store.reservations.find("r1") == made
    store.orders.commit(order(made, units=5))
    assert store.reserved("TEE", "hz") == 5


def test_an_order_gives_back_what_it_does_not_take_of_its_reservation(store: Store) -> None:
    made = taken(store, "r1", ("TEE", "hz", 3), ("MUG", "sh", 1))
    store.orders.commit(order(made, units=1))
    assert (store.reserved("TEE", "hz"), store.reserved("MUG", "sh")) == (1, 0)


@pytest.mark.parametrize("how", ["released", "extended", "taken over", "never there"])
def test_an_order_whose_reservation_is_not_as_it_was_read_writes_nothing(store: Store, how: str) -> None:
    made = reservation("r1", ("TEE", "hz", 2)) if how == "never there" else taken(store)
    if how == "released":
        store.reservations.release(made.pending, LATER)
    elif how == "extended":
        store.reservations.extend(made.pending, LATER)
    elif how == "taken over":
        store.orders.commit(order(made, OTHER, key="key-2"))
    before = store.reserved("TEE", "hz")
    with pytest.raises(ReservationGone):
        store.orders.commit(order(made))
    assert store.reserved("TEE", "hz") == before
    assert store.orders.claim("idem", ("shop", "key-1")) is None


def test_a_key_that_is_taken_is_told_before_a_reservation_that_is_gone(store: Store) -> None:
    made = taken(store)
    store.orders.commit(order(made))
    with pytest.raises(ClaimTaken):
        store.orders.commit(order(made, OTHER))
