"""Changes do exactly what their preview said, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordo.kernel.errors import Code, NotFound, OrdoError
from ordo.orders.changes import ProposeChange, apply_change, drop_change, propose_change
from ordo.orders.due import settle_due
from ordo.orders.errors import VersionConflict
from ordo.orders.holds import PlaceHold, decide_hold
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor, ChangeKind, ChangeState, OrderChange, OrderStatus, Requester
from ordo.payments.model import PaymentKind, PaymentStatus
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.model import FulfilmentState
from tests.support.orders import CONTACT, ORDER, STAFF, World, shop

NEW_HOME: dict[str, Any] = {"ship_to": {"country": "CN", "line1": "新家 2 号"}, "phone": "+8613900000000"}


def propose(
    world: World, kind: ChangeKind = "cancel", by: Requester = "customer", key: str = "k", body: str = "b"
) -> OrderChange:
    contact = NEW_HOME if kind == "address" else None
    command = ProposeChange(world.desk.new_id("chg"), kind, by, "Ordered twice", contact)
    claim = CommandKey.of("shop", key, "change", ORDER, body)
    return propose_change(world.desk, ORDER, command, claim, world.means, actor=Actor(type=by, id="shop"))


def book(world: World, change: OrderChange) -> OrderChange:
    return apply_change(world.desk, ORDER, change.change_id, world.means, actor=STAFF)[0]


def pay(world: World, kind: PaymentKind = PaymentKind.CAPTURED, amount: int = 40_000, reference: str = "r1") -> None:
    report = PaymentReport(kind, amount, "CNY", "alipay", reference)
    record_payment(world.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)


def paid() -> World:
    world = shop()
    world.place()
    pay(world)
    return world


def test_a_proposal_previews_the_cancellation_and_changes_nothing_yet() -> None:
    world = paid()
    change = propose(world)
    refunds = change.preview.pop("refunds")
    assert [(each["figure_id"], each["units"], each["returned"]) for each in refunds[0]["figures"]] == [
        ("1", [{"start": 0, "count": 3}], {"net": 30_000}),
        ("2", [{"start": 0, "count": 1}], {"net": 10_000}),
    ]
    assert change.preview == {
        "allowed": True,
        "refund": {"amount": 40_000, "currency": "CNY"},
        "to_pay": {"amount": 0, "currency": "CNY"},
        "fee": {"amount": 0, "currency": "CNY"},
        "owed": {"before": 40_000, "after": 0},
        "bookings": [{"kind": "cancelled", "amount": -40_000}],
        "tax_rates": [{"rate_percent": "0", "net": -40_000, "tax": 0, "gross": -40_000}],
        "lines_ended": [
            {"line_id": "1", "sku": "TEE", "quantity": 3},
            {"line_id": "2", "sku": "MUG", "quantity": 1},
        ],
        "lines_added": [],
        "stock_taken": [],
        "fulfilments_changed": [],
        "fulfilments_added": [],
        "incidents_resolved": [],
        "promise": None,
        "stock_returned": [
            {"sku": "MUG", "node_id": "sh", "quantity": 1},
            {"sku": "TEE", "node_id": "hz", "quantity": 2},
            {"sku": "TEE", "node_id": "sh", "quantity": 1},
        ],
        "fulfilments_cancelled": [each.fulfilment_id for each in world.state().fulfilments.values()],
        "holds_released": [],
        "promised_at": None,
        "warnings": [],
    }
    assert (change.state, change.based_on) == (ChangeState.PROPOSED, world.header().version)
    assert world.header().status is OrderStatus.RELEASED
    assert sum(world.reserved().values()) == 4


def test_an_applied_cancellation_does_what_was_previewed() -> None:
    world = paid()
    change = propose(world)
    applied = book(world, change)
    assert applied.state is ChangeState.APPLIED
    header = world.header()
    assert (header.status, header.cancel_reason, header.cancelled_at) == (
        "cancelled",
        "customer",
        "2026-03-01T12:00:00.000Z",
    )
    assert (header.funds.refund_due, header.payment_status) == (40_000, PaymentStatus.PAID)
    assert world.reserved() == {}
    assert {each.state for each in world.state().fulfilments.values()} == {FulfilmentState.CANCELLED}
    assert header.deadlines == {"money": "2026-03-04T12:00:00.000Z"}  # the storefront gives it back and says so
    event = world.repository.timeline(ORDER)[-1].read()
    assert (event["type"], event["reason"], event["data"]["change_id"]) == (
        "order.cancelled",
        "Ordered twice",
        change.change_id,
    )


def test_applying_again_gives_the_same_answer() -> None:
    world = paid()
    change = propose(world)
    assert book(world, change) == book(world, change)
    assert world.types().count("order.cancelled") == 1


def test_the_refund_of_a_cancelled_order_settles_what_is_due() -> None:
    world = paid()
    book(world, propose(world))
    pay(world, PaymentKind.REFUNDED, 15_000)
    assert (world.header().funds.refund_due, world.header().payment_status) == (25_000, PaymentStatus.PART_REFUNDED)
    pay(world, PaymentKind.REFUNDED, 25_000, "r2")
    assert (world.header().funds.refund_due, world.header().payment_status) == (0, PaymentStatus.REFUNDED)


def test_the_same_key_gives_the_same_proposal_even_once_it_is_applied() -> None:
    world = paid()
    change = propose(world)
    assert propose(world) == change
    book(world, change)
    assert propose(world) == change
    assert world.types().count("change.proposed") == 1


def test_a_key_with_another_proposal_is_refused() -> None:
    world = paid()
    propose(world)
    with pytest.raises(OrdoError) as refused:
        propose(world, by="staff", body="other")
    assert refused.value.code is Code.IDEMPOTENCY_KEY_REUSED


def test_a_change_is_refused_when_the_order_moved_on_so_that_it_would_do_something_else() -> None:
    world = shop()
    world.place()
    change = propose(world)
    pay(world)
    with pytest.raises(VersionConflict) as refused:
        book(world, change)
    assert refused.value.facts == {"expected": 2, "version": 3, "differs": ["refund"]}
    assert world.header().status is OrderStatus.RELEASED


def test_a_change_is_applied_when_what_happened_since_does_not_matter_to_it() -> None:
    world = paid()
    change = propose(world)
    key = CommandKey("desk", "h", ORDER, "h")
    world.desk.change(ORDER, lambda s, n: decide_hold(s, n, PlaceHold("hld_1", "other", "x"), key), actor=STAFF)
    assert book(world, change).state is ChangeState.APPLIED


def test_a_change_of_an_order_that_was_cancelled_meanwhile_is_refused() -> None:
    world = shop()
    world.place()
    change = propose(world, "address")
    world.wait(hours=1)
    settle_due(world.desk, ORDER)
    with pytest.raises(OrdoError) as refused:
        book(world, change)
    assert (refused.value.code, refused.value.facts) == (Code.NOT_ALLOWED_NOW, {"status": "cancelled"})


@pytest.mark.parametrize(
    ("state", "customer", "staff"),
    [
        (FulfilmentState.OPEN, True, True),
        (FulfilmentState.ACCEPTED, True, True),
        (FulfilmentState.PICKED, False, True),
        (FulfilmentState.PACKED, False, True),
        (FulfilmentState.DISPATCHED, False, False),
    ],
)
def test_who_may_cancel_depends_on_how_far_the_first_node_is(
    state: FulfilmentState, customer: bool, staff: bool
) -> None:
    requesters: dict[Requester, bool] = {"customer": customer, "staff": staff}
    for by, allowed in requesters.items():
        world = paid()
        world.work(state, only=1)
        if allowed:
            book(world, propose(world, by=by))
            assert (world.header().status, world.header().cancel_reason) == ("cancelled", by)
            assert world.reserved() == {}
        else:
            with pytest.raises(OrdoError) as refused:
                propose(world, by=by)
            assert refused.value.code is Code.NOT_ALLOWED_NOW
            assert list(refused.value.facts["fulfilments"].values()) == [state]


def test_a_cancellation_warns_of_an_authorisation_and_of_work_done() -> None:
    world = shop()
    world.place()
    pay(world, PaymentKind.AUTHORISED)
    world.work(FulfilmentState.ACCEPTED, only=1)
    change = propose(world)
    assert change.preview["warnings"] == ["work_started", "authorisation_to_be_voided"]
    assert change.preview["refund"]["amount"] == 0


def test_a_new_address_is_kept_apart_and_put_in_place_when_applied() -> None:
    world = paid()
    change = propose(world, "address")
    assert world.repository.contact(ORDER) is not None
    assert world.repository.contact(ORDER, f"change#{change.change_id}") == NEW_HOME
    book(world, change)
    assert world.repository.contact(ORDER) == {**CONTACT, **NEW_HOME}
    assert world.repository.contact(ORDER, f"change#{change.change_id}") is None
    assert world.repository.found_by("phone", "+8613900000000") == [ORDER]
    assert world.repository.found_by("email", CONTACT["email"]) == [ORDER]
    assert world.types()[-1] == "order.changed"


def test_no_event_and_no_record_of_an_address_change_holds_personal_data() -> None:
    world = paid()
    change = propose(world, "address")
    book(world, change)
    told = "".join(event.body for event in world.repository.timeline(ORDER))
    told += json.dumps([record.model_dump(mode="json") for record in world.repository.records[ORDER].values()])
    for secret in ("新家", "13900000000", "示例顾客"):
        assert secret not in told


def test_a_new_address_releases_the_hold_of_an_unknown_one_and_so_the_order() -> None:
    world = shop()
    world.place(location="unknown")
    pay(world)
    assert world.header().status is OrderStatus.PLACED
    change = propose(world, "address")
    assert change.preview["holds_released"] == [world.header().holds[0].hold_id]
    book(world, change)
    assert world.header().holds == ()
    assert world.types()[-3:] == ["order.changed", "order.hold_released", "order.released"]


@pytest.mark.parametrize("state", [FulfilmentState.PACKED, FulfilmentState.DISPATCHED])
def test_the_address_stays_once_a_node_has_packed(state: FulfilmentState) -> None:
    world = paid()
    world.work(state, only=2)
    with pytest.raises(OrdoError) as refused:
        propose(world, "address")
    assert refused.value.code is Code.NOT_ALLOWED_NOW


def test_an_address_change_whose_data_was_erased_is_refused() -> None:
    world = paid()
    change = propose(world, "address")
    del world.repository.contacts[ORDER, f"change#{change.change_id}"]
    with pytest.raises(OrdoError) as refused:
        book(world, change)
    assert refused.value.code is Code.NOT_ALLOWED_NOW


def test_a_dropped_change_leaves_nothing_and_cannot_be_applied() -> None:
    world = paid()
    change = propose(world, "address")
    drop_change(world.desk, ORDER, change.change_id, actor=STAFF)
    drop_change(world.desk, ORDER, change.change_id, actor=STAFF)
    assert world.repository.contact(ORDER, f"change#{change.change_id}") is None
    assert world.types().count("change.dropped") == 1
    with pytest.raises(OrdoError) as refused:
        book(world, change)
    assert refused.value.facts == {"state": "dropped"}


def test_an_applied_change_cannot_be_dropped() -> None:
    world = paid()
    change = propose(world)
    book(world, change)
    with pytest.raises(OrdoError) as refused:
        drop_change(world.desk, ORDER, change.change_id, actor=STAFF)
    assert refused.value.facts == {"state": "applied"}


def test_an_unknown_change_is_not_found() -> None:
    world = paid()
    with pytest.raises(NotFound):
        apply_change(world.desk, ORDER, "chg_of_nobody", world.means, actor=STAFF)
    with pytest.raises(NotFound):
        drop_change(world.desk, ORDER, "chg_of_nobody", actor=STAFF)
