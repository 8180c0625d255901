"""What every `OrderRepository` does: one suite, run against memory and against DynamoDB (moto)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from ordo.catalog.uses import CouponTake
from ordo.catalog.writes import coupon_pk, customer_sk, limit_updates
from ordo.inventory.lot_writes import lot_update, read_lots
from ordo.inventory.lots import Lot, LotMove
from ordo.inventory.model import MAIN, StockCounter, StockMove, release, reserve
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.writes import stock_update
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Conflict
from ordo.orders.decision import Claim, Commit, ContactWrite, Decision, make_commit
from ordo.orders.errors import ClaimTaken, CouponShort, OrderNotFound, StaleVersion, StockShort
from ordo.orders.history import OrderHistory
from ordo.orders.listing import OrderFilter, OrderListing
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import Actor, ChangeState, OrderChange, OrderHeader, TakenCoupon
from ordo.orders.place import placement_commit
from ordo.orders.ports import OrderRepository
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.taken import first_order_claim, first_order_claims, uses_given_back
from ordo.payments.model import Payment, PaymentKind
from ordo.runtime import clients, dynamo
from ordo.shipments.model import FulfilmentState, LineQuantity, Parcel, Shipment, TrackingEvent, TrackingStatus
from tests.support.orders import CONTACT, NOON, ORDER, SHIP_TO, STAFF, draft_for, placement

OTHER = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H8"
Counters = Callable[[str, str], StockCounter]


class Memory:
    """The in-memory repository and its counters."""

    def __init__(self) -> None:
        self.repository = InMemoryOrderRepository()

    def stock(self, sku: str, node: str, on_hand: int) -> None:
        self.repository.counters[sku, node, MAIN] = StockCounter(sku, node, on_hand)

    def counter(self, sku: str, node: str) -> StockCounter:
        return self.repository.counters[sku, node, MAIN]

    def lot(self, units: int) -> None:
        lot = Lot("TEE", "hz", "L1", "2026-04-01", units)
        self.repository.by_lot[lot.key] = lot
        main = self.repository.counters["TEE", "hz", MAIN]
        self.repository.counters["TEE", "hz", MAIN] = replace(main, by_lot=True)

    def lots(self) -> dict[str, int]:
        return {lot.lot: lot.units for lot in self.repository.by_lot.values()}

    def found_by(self, kind: Literal["phone", "email"], value: str) -> list[str]:
        return self.repository.found_by(kind, value)

    def uses(self, code: str, left: dict[int, int]) -> None:
        self.repository.uses.change_limit(code, left)

    def used(self, code: str, customer_id: str) -> int:
        return self.repository.uses.used.get((code, customer_id), 0)

    def has_ordered(self, customer_id: str) -> bool:
        return self.repository.has_ordered(customer_id)


class Dynamo:
    """DynamoDB as moto has it, with the template's tables."""

    def __init__(self) -> None:
        tables = OrderTables("OrdersTable", "SupplyTable", "CustomersTable", "CatalogTable")
        self.repository = DynamoOrderRepository(tables)

    def stock(self, sku: str, node: str, on_hand: int) -> None:
        dynamo.write(stock_update("SupplyTable", StockMove(sku, node, on_hand, 0)))

    def counter(self, sku: str, node: str) -> StockCounter:
        return DynamoStockRepository("SupplyTable").counters([(sku, node, MAIN)], consistent=True)[0]

    def lot(self, units: int) -> None:
        dynamo.write(lot_update("SupplyTable", LotMove("TEE", "hz", "L1", "2026-04-01", units)))
        dynamo.write(stock_update("SupplyTable", StockMove("TEE", "hz", 0, 0), begins_lots=True))

    def lots(self) -> dict[str, int]:
        return {lot.lot: lot.units for lot in read_lots("SupplyTable", "TEE", "hz")}

    def found_by(self, kind: Literal["phone", "email"], value: str) -> list[str]:
        listing = OrderListing("OrdersTable", "CustomersTable")
        wanted = OrderFilter(phone=value) if kind == "phone" else OrderFilter(email=value)
        return [row.order_id for row in listing.find(wanted, lambda _: True, limit=10).rows]

    def uses(self, code: str, left: dict[int, int]) -> None:
        dynamo.transact([*limit_updates("CatalogTable", code, left)])

    def used(self, code: str, customer_id: str) -> int:
        item = dynamo.get_item("CatalogTable", coupon_pk(code), customer_sk(customer_id))
        return item["used"] if item else 0

    def has_ordered(self, customer_id: str) -> bool:
        return OrderHistory("OrdersTable").has_ordered(customer_id)


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


@pytest.fixture
def placed(store: Store) -> OrderRepository:
    store.repository.commit(placement())
    return store.repository


def next_commit(repository: OrderRepository, *, minutes: int = 1, **fields: Any) -> Commit:
    """The commit of a decision on the order as it is now."""
    state = repository.load(ORDER)
    decision = Decision("test.happened", fields.pop("header", state.header), **fields)
    return make_commit(
        state, decision, now=NOON + timedelta(minutes=minutes), actor=STAFF, event_id=f"evt_{state.header.seq}"
    )


def test_a_placed_order_reads_back_as_it_was_committed(store: Store) -> None:
    commit = placement(external_id="WEB-1")
    store.repository.commit(commit)
    state = store.repository.load(ORDER)
    assert state.header == commit.header
    assert state.lines == commit.decision.lines
    assert list(state.fulfilments.values()) == list(commit.records)
    assert (state.shipments, state.payments, state.change) == ({}, {}, None)
    assert store.repository.timeline(ORDER) == [commit.event]
    assert store.repository.trace(ORDER) == state.trace == commit.decision.trace
    assert store.repository.contact(ORDER) == {**CONTACT, "ship_to": SHIP_TO}
    assert store.repository.claim("external", ("web", "WEB-1")) is not None
    assert [store.counter("TEE", "hz"), store.counter("TEE", "sh"), store.counter("MUG", "sh")] == [
        StockCounter("TEE", "hz", 5, 2),
        StockCounter("TEE", "sh", 5, 1),
        StockCounter("MUG", "sh", 5, 1),
    ]


def test_an_order_of_many_lines_reads_back_whole(store: Store) -> None:
    lines = [(f"line-{number}", f"SKU-{number % 3}", 1 + number) for number in range(200)]
    for sku in {sku for _, sku, _ in lines}:
        store.stock(sku, "hz", 100_000)
    commit = placement(parts=(("hz", lines),))
    store.repository.commit(commit)
    assert store.repository.load(ORDER).lines == commit.decision.lines
    assert store.repository.trace(ORDER) == commit.decision.trace


def test_an_order_that_does_not_exist_is_not_found(store: Store) -> None:
    with pytest.raises(OrderNotFound):
        store.repository.load("ord_nobody")
    assert store.repository.timeline("ord_nobody") == []
    assert store.repository.trace("ord_nobody") is None
    assert store.repository.contact("ord_nobody") is None
    assert store.repository.claim("idem", ("shop", "nothing")) is None


def test_an_order_is_placed_once(store: Store) -> None:
    store.repository.commit(placement())
    again = placement(key="another key")
    with pytest.raises(StaleVersion):
        store.repository.commit(replace(again, decision=replace(again.decision, claims=())))
    assert len(store.repository.timeline(ORDER)) == 1
    assert store.counter("TEE", "hz").reserved == 2


def test_a_key_places_one_order_and_tells_which(store: Store) -> None:
    store.repository.commit(placement(key="k"))
    with pytest.raises(ClaimTaken) as taken:
        store.repository.commit(placement(OTHER, key="k"))
    assert (taken.value.kind, taken.value.held["order_id"]) == ("idem", ORDER)
    assert taken.value.held["body_hash"] == f"body of {ORDER}"
    with pytest.raises(OrderNotFound):
        store.repository.load(OTHER)
    assert store.counter("TEE", "hz").reserved == 2


def test_an_external_id_is_one_order_in_its_channel_and_may_be_another_in_another(store: Store) -> None:
    store.repository.commit(placement(external_id="WEB-1"))
    with pytest.raises(ClaimTaken) as taken:
        store.repository.commit(placement(OTHER, external_id="WEB-1"))
    assert (taken.value.kind, taken.value.held["order_id"]) == ("external", ORDER)
    store.repository.commit(placement(OTHER, external_id="WEB-1", channel="app"))
    assert store.repository.load(OTHER).header.channel == "app"


def test_all_stock_is_taken_or_none(store: Store) -> None:
    store.stock("RARE", "sh", 1)
    parts = (("hz", (("1", "TEE", 2),)), ("sh", (("2", "RARE", 2), ("3", "MUG", 9))))
    with pytest.raises(StockShort) as short:
        store.repository.commit(placement(parts=parts))
    assert ("RARE", "sh", "0") in short.value.available or ("MUG", "sh", "0") in short.value.available
    assert store.counter("TEE", "hz").reserved == 0
    assert store.counter("RARE", "sh").reserved == 0
    with pytest.raises(OrderNotFound):
        store.repository.load(ORDER)
    assert store.repository.claim("idem", ("shop", ORDER)) is None
    assert store.repository.contact(ORDER) is None


def test_stock_that_was_never_counted_is_short(store: Store) -> None:
    with pytest.raises(StockShort) as short:
        store.repository.commit(placement(parts=(("nowhere", (("1", "TEE", 1),)),)))
    assert short.value.available == {("TEE", "nowhere", "0"): 0}


def test_the_last_unit_is_sold_once(store: Store) -> None:
    parts = (("hz", (("1", "TEE", 5),)),)
    store.repository.commit(placement(parts=parts))
    with pytest.raises(StockShort) as short:
        store.repository.commit(placement(OTHER, parts=(("hz", (("1", "TEE", 1),)),)))
    assert short.value.available == {("TEE", "hz", "0"): 0}
    assert store.counter("TEE", "hz") == StockCounter("TEE", "hz", 5, 5)


def test_nothing_is_given_back_that_was_not_reserved(placed: OrderRepository, store: Store) -> None:
    with pytest.raises(StockShort):
        placed.commit(next_commit(placed, stock=(release("TEE", "hz", 3),)))
    assert store.counter("TEE", "hz").reserved == 2
    assert placed.load(ORDER).header.seq == 1


def test_a_commit_on_a_version_that_has_gone_writes_nothing(placed: OrderRepository, store: Store) -> None:
    stale = next_commit(placed, stock=(reserve("TEE", "hz", 1),), contacts=(ContactWrite("change#1", {"a": 1}),))
    placed.commit(next_commit(placed))
    with pytest.raises(StaleVersion):
        placed.commit(stale)
    assert [event.seq for event in placed.timeline(ORDER)] == [1, 2]
    assert store.counter("TEE", "hz").reserved == 2
    assert placed.contact(ORDER, "change#1") is None


def test_a_commit_on_an_order_that_does_not_exist_writes_nothing(placed: OrderRepository) -> None:
    commit = next_commit(placed)
    elsewhere = replace(commit, header=commit.header.model_copy(update={"order_id": OTHER}))
    with pytest.raises(StaleVersion):
        placed.commit(elsewhere)
    with pytest.raises(OrderNotFound):
        placed.load(OTHER)


def test_records_of_every_kind_read_back(placed: OrderRepository) -> None:
    moment, line = to_iso(NOON), LineQuantity(line_id="1", sku="TEE", quantity=2)
    told = TrackingEvent(
        identity="e1", status=TrackingStatus.IN_TRANSIT, occurred_at=moment, received_at=moment, place="上海"
    )
    shipment = Shipment(
        shipment_id="shp_1",
        order_id=ORDER,
        fulfilment_id="ful_1",
        carrier="generic",
        dispatched_at=moment,
        parcels=(Parcel(tracking_number="T1", lines=(line,), status=TrackingStatus.IN_TRANSIT, history=(told,)),),
    )
    payment = Payment(
        payment_id="pay_1",
        order_id=ORDER,
        kind=PaymentKind.CAPTURED,
        amount=10**13,
        provider="alipay",
        reference="r1",
        reported_at=moment,
    )
    change = OrderChange(
        change_id="chg_1",
        order_id=ORDER,
        kind="cancel",
        state=ChangeState.PROPOSED,
        requested_by=Actor(type="customer", id="shop"),
        reason="why",
        based_on=2,
        preview={"allowed": True, "refund": {"amount": 1, "currency": "CNY"}, "promised_at": None, "list": ["a"]},
        created_at=moment,
    )
    picked = next(iter(placed.load(ORDER).fulfilments.values())).model_copy(update={"state": FulfilmentState.PICKED})
    placed.commit(next_commit(placed, records=(shipment, payment, change, picked)))
    state = placed.load(ORDER, "chg_1")
    assert state.shipments == {"shp_1": shipment}
    assert state.payments == {"pay_1": payment}
    assert state.change == change
    assert state.fulfilments[picked.fulfilment_id] == picked
    assert len(state.fulfilments) == 2
    assert placed.load(ORDER).change is None
    assert placed.load(ORDER, "chg_2").change is None


def test_every_field_of_a_header_reads_back(placed: OrderRepository) -> None:
    header = placed.load(ORDER).header
    rich = header.model_copy(
        update={
            "units": header.units.model_copy(update={"started": 3, "dispatched": 2, "delivered": 1}),
            "funds": header.funds.model_copy(update={"captured": 1, "last_failed": True, "refund_due": 3}),
            "moved_at": to_iso(NOON),
            "delivered_at": to_iso(NOON),
            "cancel_reason": "customer",
            "reminded": {"dispatch": to_iso(NOON)},
        }
    )
    commit = next_commit(placed, header=rich)
    placed.commit(commit)
    assert placed.load(ORDER).header == commit.header


# ---------------------------------------------------------------- uses of coupons, and first orders
BOTH = CouponTake("SALE", "p", buckets=2, customer_limit=1)


def test_uses_are_taken_with_the_order_given_back_and_taken_once(store: Store) -> None:
    store.uses("SALE", {0: 1, 1: 0})
    bucket = {"SALE": 0}
    store.repository.commit(taking(ORDER, BOTH, buckets=bucket))
    assert (store.repository.uses_left("SALE"), store.used("SALE", "c-1")) == ({0: 0, 1: 0}, 1)
    header = store.repository.load(ORDER).header
    assert header.coupons == (TakenCoupon(code="SALE", bucket=0, customer_limit=1),)
    store.repository.commit(next_commit(store.repository, coupons=uses_given_back(header)))
    assert (store.repository.uses_left("SALE"), store.used("SALE", "c-1")) == ({0: 1, 1: 0}, 0)


@pytest.mark.parametrize(
    ("bucket", "used", "limit"), [(1, 0, "total"), (0, 1, "customer"), (1, 1, "customer"), (7, 0, "total")]
)
def test_a_use_that_is_not_there_is_short_and_nothing_is_written(
    store: Store, bucket: int, used: int, limit: str
) -> None:
    store.uses("SALE", {0: 1, 1: 0})
    if used:
        store.repository.commit(taking(OTHER, CouponTake("SALE", "p", customer_limit=1)))
    with pytest.raises(CouponShort) as short:
        store.repository.commit(taking(ORDER, BOTH, buckets={"SALE": bucket}))
    assert short.value.limits == {"SALE": limit}
    assert (store.repository.uses_left("SALE"), store.used("SALE", "c-1")) == ({0: 1, 1: 0}, used)
    with pytest.raises(OrderNotFound):
        store.repository.load(ORDER)


def test_a_coupon_is_told_before_stock_and_after_a_key_that_is_taken(store: Store) -> None:
    store.uses("SALE", {0: 1, 1: 0})
    much = (("hz", (("1", "TEE", 99),)),)
    with pytest.raises(CouponShort):
        store.repository.commit(taking(ORDER, BOTH, parts=much, buckets={"SALE": 1}))
    store.repository.commit(placement(OTHER, key="k"))
    with pytest.raises(ClaimTaken):
        store.repository.commit(taking(ORDER, BOTH, parts=much, buckets={"SALE": 1}, key="k"))


def test_a_code_without_a_total_limit_has_no_buckets(store: Store) -> None:
    store.uses("SALE", {0: 1})
    assert store.repository.uses_left("OTHER") == {}
    store.repository.commit(taking(ORDER, CouponTake("OTHER", "p", customer_limit=2)))
    assert (store.repository.uses_left("OTHER"), store.used("OTHER", "c-1")) == ({}, 1)


def test_a_first_order_is_claimed_once_for_each_customer_until_it_is_released(store: Store) -> None:
    store.repository.commit(placement(ORDER, first_order_of="c-1"))
    with pytest.raises(ClaimTaken) as taken:
        store.repository.commit(placement(OTHER, first_order_of="c-1"))
    assert (taken.value.kind, taken.value.held["order_id"]) == ("first_order", ORDER)
    header = store.repository.load(ORDER).header
    assert header.first_order
    store.repository.commit(next_commit(store.repository, unclaimed=first_order_claims(header)))
    assert store.repository.claim("first_order", ("c-1",)) is None
    store.repository.commit(placement(OTHER, first_order_of="c-1"))


def test_nobody_releases_a_claim_that_another_holds_or_nobody(store: Store) -> None:
    store.repository.commit(placement(ORDER))
    mine = (first_order_claim("c-1", ORDER),)
    with pytest.raises(ClaimTaken):
        store.repository.commit(next_commit(store.repository, unclaimed=mine))
    store.repository.commit(placement(OTHER, first_order_of="c-1"))
    with pytest.raises(ClaimTaken) as taken:
        store.repository.commit(next_commit(store.repository, unclaimed=mine))
    assert taken.value.held["order_id"] == OTHER
    assert store.repository.load(ORDER).header.seq == 1


def test_a_customer_has_ordered_who_has_an_order_that_is_not_cancelled(store: Store) -> None:
    assert not store.has_ordered("c-1")
    store.stock("TEE", "hz", 100)
    ids = [f"ord_01KJM1TD80QF4RNX9Z5TTWJ1{number:02d}" for number in range(23)]
    for number, order_id in enumerate(ids):
        parts = (("hz", (("1", "TEE", 1),)),)
        store.repository.commit(placement(order_id, parts, now=NOON + timedelta(minutes=number)))
        state = store.repository.load(order_id)
        decision = Decision("order.cancelled", cancelled(state.header))
        if number:
            store.repository.commit(make_commit(state, decision, now=NOON, actor=STAFF, event_id=f"evt_{number}"))
    assert store.has_ordered("c-1")  # the oldest
    assert not store.has_ordered("c-2")
    state = store.repository.load(ids[0])
    decision = Decision("order.cancelled", cancelled(state.header))
    store.repository.commit(make_commit(state, decision, now=NOON, actor=STAFF, event_id="evt_last"))
    assert not store.has_ordered("c-1")


def cancelled(header: OrderHeader) -> OrderHeader:
    return header.model_copy(update={"units": header.units.model_copy(update={"cancelled": header.units.total})})


def taking(order_id: str, *takes: CouponTake, buckets: Mapping[str, int] | None = None, **fields: Any) -> Commit:
    """The commit of an order that takes uses of coupons, from these buckets."""
    draft = draft_for(order_id, coupon_takes=takes, **fields)
    personal = {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}
    return placement_commit(draft, personal, now=NOON, event_id=f"evt_of_{order_id}", buckets=buckets)


def test_the_timeline_reads_in_parts(placed: OrderRepository) -> None:
    for _ in range(11):
        placed.commit(next_commit(placed))
    assert [event.seq for event in placed.timeline(ORDER)] == list(range(1, 13))
    assert [event.seq for event in placed.timeline(ORDER, after_seq=9)] == [10, 11, 12]
    assert [event.seq for event in placed.timeline(ORDER, after_seq=1, limit=2)] == [2, 3]
    assert placed.timeline(ORDER, after_seq=12) == []


def test_a_claim_of_a_change_is_kept_with_its_facts(placed: OrderRepository) -> None:
    claim = Claim(
        "idem", ("desk", "k#1"), {"order_id": ORDER, "body_hash": "h", "hold": {"kind": "fraud"}, "version": 2}
    )
    placed.commit(next_commit(placed, claims=(claim,)))
    held = placed.claim("idem", ("desk", "k#1"))
    assert held is not None
    assert {name: held[name] for name in claim.facts} == claim.facts
    with pytest.raises(ClaimTaken) as taken:
        placed.commit(next_commit(placed, claims=(claim,)))
    assert taken.value.held["version"] == 2
    assert placed.load(ORDER).header.seq == 2


def test_a_tracking_number_belongs_to_one_shipment(placed: OrderRepository) -> None:
    claim = Claim("tracking", ("generic", "T1"), {"order_id": ORDER, "shipment_id": "shp_1"})
    placed.commit(next_commit(placed, claims=(claim,)))
    held = placed.claim("tracking", ("generic", "T1"))
    assert held is not None
    assert held["shipment_id"] == "shp_1"
    assert placed.claim("tracking", ("other", "T1")) is None
    with pytest.raises(ClaimTaken):
        placed.commit(next_commit(placed, claims=(replace(claim, facts={"order_id": OTHER}),)))


def test_an_order_is_found_by_the_phone_and_the_email_of_its_contact(store: Store) -> None:
    store.repository.commit(placement())
    store.repository.commit(placement(OTHER))
    assert store.found_by("phone", "+8613800000000") == [OTHER, ORDER]
    assert store.found_by("email", "Customer@Example.com") == [OTHER, ORDER]
    assert store.found_by("phone", "customer@example.com") == []
    assert store.found_by("email", "+8613800000000") == []


def test_an_order_is_found_by_its_contact_as_it_is_now(placed: OrderRepository, store: Store) -> None:
    moved = {**CONTACT, "phone": "+8613900000000"}
    placed.commit(next_commit(placed, contacts=(ContactWrite("contact", moved),)))
    assert store.found_by("phone", "+8613900000000") == [ORDER]
    assert store.found_by("phone", "+8613800000000") == []
    assert store.found_by("email", CONTACT["email"]) == [ORDER]


def test_a_proposed_contact_finds_nothing(placed: OrderRepository, store: Store) -> None:
    placed.commit(next_commit(placed, contacts=(ContactWrite("change#1", {"phone": "+8613900000000"}),)))
    assert store.found_by("phone", "+8613900000000") == []


def test_a_contact_that_is_erased_or_says_less_finds_nothing(placed: OrderRepository, store: Store) -> None:
    placed.commit(next_commit(placed, contacts=(ContactWrite("contact", {"name": "示例顾客", "email": None}),)))
    assert (store.found_by("phone", CONTACT["phone"]), store.found_by("email", CONTACT["email"])) == ([], [])
    placed.commit(next_commit(placed, contacts=(ContactWrite("contact", CONTACT),)))
    assert store.found_by("phone", CONTACT["phone"]) == [ORDER]
    placed.commit(next_commit(placed, contacts=(ContactWrite("contact", None),)))
    assert (store.found_by("phone", CONTACT["phone"]), store.found_by("email", CONTACT["email"])) == ([], [])


def test_contacts_are_written_replaced_and_removed_with_their_commit(placed: OrderRepository) -> None:
    placed.commit(next_commit(placed, contacts=(ContactWrite("change#1", {"ship_to": SHIP_TO}),)))
    assert placed.contact(ORDER, "change#1") == {"ship_to": SHIP_TO}
    moved = (ContactWrite("contact", {"name": "新"}), ContactWrite("change#1", None))
    placed.commit(next_commit(placed, contacts=moved))
    assert placed.contact(ORDER) == {"name": "新"}
    assert placed.contact(ORDER, "change#1") is None


def test_an_entry_of_the_deadline_index_moves_only_while_the_order_stands_still(placed: OrderRepository) -> None:
    before = placed.load(ORDER).header
    placed.rearm(before, to_iso(NOON + timedelta(days=1)))
    assert placed.load(ORDER).header.deadline_at == to_iso(NOON + timedelta(days=1))
    placed.rearm(before, None)
    assert placed.load(ORDER).header == before.model_copy(update={"deadline_at": None})
    placed.commit(next_commit(placed))
    with pytest.raises(StaleVersion):
        placed.rearm(before, to_iso(NOON))


def test_of_many_writers_at_once_one_wins_each_version(placed: OrderRepository) -> None:
    """In threads on memory; one by one on moto, whose transactions (unlike DynamoDB's) do not exclude each other."""
    commits = [next_commit(placed, minutes=number) for number in range(8)]
    won: list[int] = []

    def write(number: int) -> None:
        try:
            placed.commit(commits[number])
            won.append(number)
        except StaleVersion:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
        if isinstance(placed, DynamoOrderRepository):
            thread.join()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert placed.load(ORDER).header == commits[won[0]].header
    assert placed.timeline(ORDER)[1:] == [commits[won[0]].event]


def taken(*units: int) -> tuple[LotMove, ...]:
    return tuple(LotMove("TEE", "hz", "L1", "2026-04-01", -each) for each in units)


def test_lots_are_taken_and_given_back_with_the_order(placed: OrderRepository, store: Store) -> None:
    store.lot(5)
    placed.commit(next_commit(placed, lots=taken(2, 3)))
    assert store.lots() == {"L1": 0}
    new = LotMove("TEE", "hz", "L2", "2026-05-01", 1)
    placed.commit(next_commit(placed, minutes=2, lots=(*taken(-4), new)))
    assert store.lots() == {"L1": 4, "L2": 1}


def test_a_lot_that_has_too_little_refuses_nothing_but_this_choice(placed: OrderRepository, store: Store) -> None:
    store.lot(2)
    seq, stock = placed.load(ORDER).header.seq, (StockMove("TEE", "hz", 1, 0),)
    with pytest.raises(Conflict):
        placed.commit(next_commit(placed, lots=taken(1, 2), stock=stock))
    assert (store.lots(), placed.load(ORDER).header.seq) == ({"L1": 2}, seq)
    assert store.counter("TEE", "hz").on_hand == 5


def test_a_dispatch_that_found_no_lots_is_decided_again_when_there_are_some(
    placed: OrderRepository, store: Store
) -> None:
    leaving = StockMove("TEE", "hz", -1, 0, without_lots=True)
    placed.commit(next_commit(placed, stock=(leaving,)))
    store.lot(4)
    with pytest.raises(Conflict):
        placed.commit(next_commit(placed, minutes=2, stock=(leaving,)))
    assert store.counter("TEE", "hz").on_hand == 4
    placed.commit(next_commit(placed, minutes=3, stock=(replace(leaving, without_lots=False),), lots=taken(1)))
    assert (store.counter("TEE", "hz").on_hand, store.lots()) == (3, {"L1": 3})


def test_units_of_one_counter_in_two_lines_are_taken_together(store: Store) -> None:
    parts = (("hz", (("1", "TEE", 2), ("2", "TEE", 3))),)
    store.repository.commit(placement(parts=parts))
    assert store.counter("TEE", "hz").reserved == 5


@pytest.mark.moto
def test_a_commit_that_is_sent_again_carries_its_token_and_meets_itself(dynamo_store: Dynamo) -> None:
    """DynamoDB answers a known token with success; moto knows no tokens, so here the commit meets its own claim."""
    for sku, node in (("TEE", "hz"), ("TEE", "sh"), ("MUG", "sh")):
        dynamo_store.stock(sku, node, 5)
    tokens: list[str] = []
    clients.client("dynamodb").meta.events.register(
        "before-parameter-build.dynamodb.TransactWriteItems",
        lambda params, **_: tokens.append(params["ClientRequestToken"]),
    )
    commit, repository = placement(), dynamo_store.repository
    repository.commit(commit)
    with pytest.raises(ClaimTaken) as taken:
        repository.commit(commit)
    assert taken.value.held["order_id"] == ORDER
    repository.commit(next_commit(repository))
    assert tokens[0] == tokens[1] != tokens[2]
    assert dynamo_store.counter("TEE", "hz").reserved == 2
    clients.forget()


@pytest.mark.moto
def test_an_order_is_in_the_indexes_that_its_state_asks_for(dynamo_store: Dynamo) -> None:
    for sku, node in (("TEE", "hz"), ("TEE", "sh"), ("MUG", "sh")):
        dynamo_store.stock(sku, node, 5)
    repository = dynamo_store.repository
    repository.commit(placement())
    assert _indexed() == {"by_status": 1, "by_customer": 1, "by_deadline": 1}
    header = repository.load(ORDER).header
    paid = header.model_copy(update={"funds": header.funds.model_copy(update={"captured": 40_000})})
    repository.commit(next_commit(repository, header=paid))
    assert _indexed() == {"by_status": 1, "by_customer": 1, "by_deadline": 1, "by_node": 2}
    header = repository.load(ORDER).header
    ended = header.model_copy(update={"units": header.units.model_copy(update={"cancelled": 4})})
    gone = [
        each.model_copy(update={"state": FulfilmentState.CANCELLED})
        for each in repository.load(ORDER).fulfilments.values()
    ]
    repository.commit(next_commit(repository, header=ended, records=tuple(gone)))
    assert _indexed() == {"by_customer": 1}


def _indexed() -> dict[str, int]:
    """Items of the Orders table in each index."""
    found: dict[str, int] = {}
    for index in ("by_status", "by_customer", "by_deadline", "by_node"):
        items = clients.client("dynamodb").scan(TableName="OrdersTable", IndexName=index)["Items"]
        if items:
            found[index] = len(items)
    return found
