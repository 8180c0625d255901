"""Holds stop an order until someone releases them."""

from __future__ import annotations

import pytest

from ordo.kernel.errors import Code, NotFound, OrdoError
from ordo.orders.changes import ProposeChange, apply_change, propose_change
from ordo.orders.errors import OrderNotFound, VersionConflict
from ordo.orders.holds import MAX_HOLDS, HoldPlaced, PlaceHold, place_hold, release_hold
from ordo.orders.keys import CommandKey
from ordo.orders.model import HoldKind, OrderStatus
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from tests.support.orders import ORDER, STAFF, World, shop

CANCEL = ProposeChange("chg_1", "cancel", "staff", "x")


def hold(
    world: World, key: str = "k1", kind: HoldKind = "fraud", body: str = "h", version: int | None = None
) -> HoldPlaced:
    command = PlaceHold(world.desk.new_id("hld"), kind, "Two cards, one address")
    held_by = CommandKey.of("desk", key, "hold", ORDER, body)
    return place_hold(world.desk, ORDER, command, held_by, actor=STAFF, version=version)


def pay(world: World) -> None:
    report = PaymentReport(PaymentKind.CAPTURED, 40_000, "CNY", "alipay", "r1")
    record_payment(world.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)


def test_a_held_order_is_not_released_by_its_payment_but_by_its_last_hold() -> None:
    world = shop()
    world.place()
    first, second = hold(world, "k1"), hold(world, "k2", "price")
    pay(world)
    assert world.header().status is OrderStatus.PLACED
    release_hold(world.desk, ORDER, first.hold.hold_id, actor=STAFF)
    assert world.header().status is OrderStatus.PLACED
    release_hold(world.desk, ORDER, second.hold.hold_id, actor=STAFF)
    assert world.header().status is OrderStatus.RELEASED
    assert world.types()[-2:] == ["order.hold_released", "order.released"]


def test_a_hold_does_not_change_where_a_released_order_is() -> None:
    world = shop()
    world.place()
    pay(world)
    hold(world)
    assert world.header().status is OrderStatus.RELEASED
    assert "dispatch" not in world.header().deadlines


def test_the_same_key_gives_the_same_hold_even_after_its_release() -> None:
    world = shop()
    world.place()
    first = hold(world)
    assert hold(world) == first
    release_hold(world.desk, ORDER, first.hold.hold_id, actor=STAFF)
    assert hold(world) == first
    assert world.header().holds == ()
    assert world.types().count("order.held") == 1


def test_the_same_key_gives_the_same_hold_even_when_the_order_has_moved_on() -> None:
    world = shop()
    world.place()
    first = hold(world, version=1)
    assert hold(world, version=1) == first
    key = CommandKey.of("desk", "c", "change", ORDER, "b")
    change = propose_change(world.desk, ORDER, CANCEL, key, world.means, actor=STAFF)
    apply_change(world.desk, ORDER, change.change_id, world.means, actor=STAFF)
    assert hold(world, version=1) == first


def test_a_key_with_another_body_is_refused() -> None:
    world = shop()
    world.place()
    hold(world)
    with pytest.raises(OrdoError) as refused:
        hold(world, body="another")
    assert refused.value.code is Code.IDEMPOTENCY_KEY_REUSED
    assert len(world.header().holds) == 1


def test_a_key_with_another_body_gets_the_refusal_of_that_body_not_the_other_answer() -> None:
    world = shop()
    world.place()
    hold(world, version=1)
    with pytest.raises(VersionConflict):
        hold(world, body="another", version=1)


def test_the_key_that_placed_the_order_cannot_hold_it() -> None:
    world = shop()
    world.place(key="k1")
    command = PlaceHold("hld_1", "fraud", "x")
    with pytest.raises(OrdoError) as refused:
        place_hold(world.desk, ORDER, command, CommandKey.of("shop", "k1", "hold", ORDER, "b"), actor=STAFF)
    assert refused.value.code is Code.IDEMPOTENCY_KEY_REUSED


def test_a_hold_on_a_version_that_has_gone_is_refused() -> None:
    world = shop()
    world.place()
    with pytest.raises(VersionConflict) as refused:
        hold(world, version=2)
    assert refused.value.facts == {"expected": 2, "version": 1}


def test_a_closed_order_is_not_held() -> None:
    world = shop()
    world.place()
    key = CommandKey.of("desk", "c", "change", ORDER, "b")
    propose_change(world.desk, ORDER, CANCEL, key, world.means, actor=STAFF)
    apply_change(world.desk, ORDER, "chg_1", world.means, actor=STAFF)
    with pytest.raises(OrdoError) as refused:
        hold(world)
    assert refused.value.code is Code.NOT_ALLOWED_NOW
    assert refused.value.facts == {"status": "cancelled"}


def test_an_order_has_a_limited_number_of_holds() -> None:
    world = shop()
    world.place()
    for number in range(MAX_HOLDS):
        hold(world, f"k{number}")
    with pytest.raises(OrdoError) as refused:
        hold(world, "one too many")
    assert refused.value.facts == {"limit": MAX_HOLDS}


def test_releasing_a_hold_again_changes_nothing() -> None:
    world = shop()
    world.place()
    placed = hold(world)
    release_hold(world.desk, ORDER, placed.hold.hold_id, actor=STAFF)
    before = world.header()
    assert release_hold(world.desk, ORDER, placed.hold.hold_id, actor=STAFF).event is None
    assert world.header() == before


def test_the_hold_of_an_unknown_address_is_released_once_and_again() -> None:
    world = shop()
    world.place(location="unknown")
    held = world.header().holds[0].hold_id
    assert release_hold(world.desk, ORDER, held, actor=STAFF).event is not None
    assert release_hold(world.desk, ORDER, held, actor=STAFF).event is None


def test_a_hold_that_never_was_is_not_found() -> None:
    world = shop()
    world.place()
    with pytest.raises(NotFound):
        release_hold(world.desk, ORDER, "hld_of_nobody", actor=STAFF)


def test_an_order_of_another_channel_is_not_found_even_with_a_used_key() -> None:
    world = shop()
    world.place()
    hold(world)
    command = PlaceHold("hld_9", "fraud", "x")
    with pytest.raises(OrderNotFound):
        place_hold(
            world.desk,
            ORDER,
            command,
            CommandKey.of("desk", "k1", "hold", ORDER, "h"),
            actor=STAFF,
            visible=lambda header: header.channel == "other",
        )
