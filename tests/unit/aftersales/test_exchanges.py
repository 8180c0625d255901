"""New goods for old: even and uneven, either sign, after the old ones are back or in advance, or if they never come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ordo.aftersales.model import NewLine, Return
from ordo.inventory.errors import OutOfStock
from ordo.kernel.errors import NotAllowedNow
from ordo.kernel.percent import percent
from ordo.orders.model import OrderStatus
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from tests.support.orders import ORDER, STAFF
from tests.support.returning import ALONE, Returns


def exchanging(
    sku: str = "MUG", price: int = 10_000, *, advance: bool = False, **policy: Any
) -> tuple[Returns, Return]:
    """A TEE of line 1 is to be exchanged for another thing, and that is approved."""
    way = Returns(policy=replace(ALONE, advance=True, **policy)).come()
    way.goods.prices[sku] = price
    found = way.approved(("1", 1), outcome="exchange", exchange=(NewLine(sku=sku, quantity=1),), advance=advance)
    return way, found


def work(way: Returns) -> Any:
    return list(way.state.fulfilments.values())[-1]


def send_new(way: Returns) -> None:
    way.send(3, "NEW1")
    way.tell("delivered", "NEW1")


def test_new_goods_are_reserved_at_approval_and_wait_for_the_old_ones() -> None:
    way, found = exchanging()
    assert (work(way).state, work(way).awaits) == ("planned", found.return_id)
    assert way.world.reserved() == {("MUG", "hz"): 1}
    assert (way.due, way.header.owed, way.header.funds.kept) == (0, 40_000, 40_000)
    assert (found.exchange and found.exchange.price, found.exchange and found.exchange.credit) == (10_000, 10_000)
    assert "dispatch" not in way.header.deadlines
    with pytest.raises(NotAllowedNow):
        way.send(3, "NEW1")


def test_an_even_exchange_costs_nothing_and_leaves_when_the_old_goods_are_back() -> None:
    way, _ = exchanging()
    found = way.count(("1", 1))
    assert (found.state, work(way).state, work(way).awaits) == ("settled", "open", None)
    assert (way.due, way.header.owed) == (0, 40_000)
    send_new(way)
    assert way.header.status is OrderStatus.DELIVERED
    assert way.on_hand()["TEE", "hz"] == (8, 0)


def test_a_cheaper_thing_is_refunded_when_the_old_one_is_back_and_not_before() -> None:
    way, _ = exchanging(price=7_000)
    assert (way.due, way.header.owed) == (0, 40_000)
    way.count(("1", 1))
    assert (way.due, way.header.owed, work(way).state) == (3_000, 37_000, "open")


def test_a_dearer_thing_is_paid_for_before_it_leaves() -> None:
    way, _ = exchanging(price=12_500)
    assert (way.header.owed, way.due) == (42_500, 0)
    way.count(("1", 1))
    assert (work(way).state, way.header.owed) == ("planned", 42_500)
    report = PaymentReport(PaymentKind.CAPTURED, 2_500, "CNY", "alipay", "r2")
    record_payment(way.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)
    assert work(way).state == "open"


def test_what_the_old_goods_condition_costs_is_asked_for() -> None:
    way, _ = exchanging(deductions={"used": percent("20")})
    way.count(("1", 1), condition="used", disposition="refurbish")
    assert (way.header.owed, work(way).state) == (42_000, "planned")


def test_in_advance_it_leaves_at_once_and_nothing_is_asked_for_when_the_old_goods_come() -> None:
    way, found = exchanging(advance=True)
    assert (work(way).state, found.state) == ("open", "approved")
    send_new(way)
    way.post()
    assert way.count(("1", 1)).state == "settled"
    assert (way.header.owed, way.due) == (40_000, 0)


def test_what_went_out_in_advance_is_charged_when_the_old_goods_never_come() -> None:
    way, found = exchanging(advance=True)
    send_new(way)
    way.wait(days=14)
    way.sweep()
    assert way.returned.expired
    ended = way.choose("give_up")
    assert (ended.state, ended.ending, way.header.owed, way.header.funds.kept) == ("ended", "timed_out", 50_000, 40_000)
    assert [each.kind for each in way.state.postings.values()] == ["added", "exchange", "charge"]
    assert way.state.returns[found.return_id].expired is False


def test_an_exchange_whose_old_goods_never_come_gives_back_what_it_reserved() -> None:
    way, _ = exchanging(price=12_500)
    way.wait(days=14)
    way.sweep()
    ended = way.choose("give_up")
    assert (ended.ending, way.header.owed, way.world.reserved(), work(way).state) == (
        "timed_out",
        40_000,
        {},
        "cancelled",
    )
    assert way.counts() == {"total": 5, "cancelled": 1, "started": 4, "dispatched": 4, "delivered": 4}


def test_a_customer_may_change_their_mind_until_the_new_goods_have_left() -> None:
    way, _ = exchanging()
    assert way.choose("withdraw").ending == "withdrawn"
    assert (way.header.owed, way.world.reserved(), way.header.status) == (40_000, {}, OrderStatus.DELIVERED)
    way, _ = exchanging(advance=True)
    send_new(way)
    with pytest.raises(NotAllowedNow):
        way.choose("withdraw")


def test_worthless_old_goods_end_it_and_nothing_leaves() -> None:
    way, _ = exchanging()
    found = way.count(("1", 1), accepted=False, disposition="quarantine")
    assert (found.state, found.ending, way.header.owed, way.world.reserved()) == ("ended", "rejected", 40_000, {})


def test_what_is_not_there_is_not_promised() -> None:
    way = Returns().come()
    for node in ("hz", "sh"):
        way.world.stock(("MUG", node, 0))
    way.ask(("1", 1), outcome="exchange", exchange=(NewLine(sku="MUG", quantity=1),))
    with pytest.raises(OutOfStock):
        way.choose("approve")
    assert (way.returned.state, way.header.owed) == ("requested", 40_000)


def test_an_exchange_of_a_completed_order_lets_it_go_on() -> None:
    way = Returns(policy=ALONE).come()
    way.wait(days=8)
    way.sweep()
    way.approved(("1", 1), outcome="exchange", exchange=(NewLine(sku="MUG", quantity=1),))
    seen = [str(way.header.status)]
    way.count(("1", 1))
    send_new(way)
    seen.append(str(way.header.status))
    way.wait(days=8)
    way.sweep()
    assert (*seen, str(way.header.status)) == ("partially_shipped", "delivered", "completed")


def test_new_goods_may_come_back_like_any() -> None:
    way, _ = exchanging(price=7_000)
    way.count(("1", 1))
    send_new(way)
    way.approved(("add-1", 1))
    found = way.count(("add-1", 1))
    assert (found.refunded, way.due, way.header.owed) == (7_000, 10_000, 30_000)
