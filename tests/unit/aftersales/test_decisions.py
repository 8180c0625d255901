"""What is decided about returns, by people, by the policy and by time; claims without goods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.aftersales.deciding import left_to_people, may_decide
from ordo.catalog.return_policies import CN_7_DAYS, ReturnPolicy
from ordo.inventory.errors import OutOfStock
from ordo.kernel.clock import from_iso
from ordo.kernel.errors import NotAllowedNow, NotFound
from ordo.orders.model import OrderStatus
from tests.support.orders import ORDER
from tests.support.returning import ALONE, ANA, Returns


def test_what_is_approved_has_its_time_to_be_sent() -> None:
    way = Returns().come()
    found = way.approved(("1", 2))
    assert (found.state, found.decided_by, found.deadline) == ("approved", "ordo", found.send_by)
    assert (from_iso(found.send_by or "") - from_iso(found.decided_at or "")).days == 14
    assert way.header.deadlines["return"] == found.send_by
    assert way.events()[-1]["type"] == "return.approved"


def test_the_same_decision_again_changes_nothing() -> None:
    way = Returns().come()
    way.approved(("1", 2))
    seq = way.header.seq
    way.choose("approve")
    way.count(("1", 2))
    way.choose("approve")
    assert way.header.seq == seq + 1


def test_what_is_refused_is_over_and_says_why() -> None:
    way = Returns().come()
    way.ask(("1", 1))
    found = way.choose("refuse", reason="Worn", rule="staff")
    assert (found.state, found.ending, way.header.open_returns) == ("refused", "refused", {})
    assert (way.events()[-1]["type"], way.events()[-1]["reason"]) == ("return.refused", "Worn")
    with pytest.raises(NotAllowedNow):
        way.choose("approve", found)
    assert way.choose("refuse", found).state == "refused"
    assert way.ask(("1", 3)).announced == 3


def test_a_customer_may_change_their_mind_until_it_is_on_its_way() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    assert way.choose("withdraw").ending == "withdrawn"
    way.approved(("1", 1))
    way.post()
    with pytest.raises(NotAllowedNow):
        way.choose("withdraw")


def test_what_may_be_decided_is_told() -> None:
    way = Returns().come()
    assert may_decide(way.ask(("1", 1))) == ("approve", "refuse", "withdraw")
    assert may_decide(way.choose("approve")) == ("withdraw", "give_up")
    assert may_decide(way.post()) == ("give_up",)
    assert may_decide(way.count(("1", 1))) == ()
    with pytest.raises(NotAllowedNow):
        way.choose("settle", way.ask(("1", 1)))
    with pytest.raises(NotFound):
        way.choose("refuse", way.returned.model_copy(update={"return_id": "ret_01KJM1TD80QF4RNX9Z5TTWJ1H7_9"}))


def test_goods_that_were_never_sent_end_it() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    way.wait(days=14, seconds=-5)
    assert way.sweep().outcome == "rearmed"
    way.wait(seconds=10)
    assert way.sweep().outcome == "ended"
    found = way.returned
    assert (found.state, found.ending, way.due, way.header.open_returns) == ("ended", "timed_out", 0, {})
    assert way.types()[-1] == "return.ended"


def test_goods_that_do_not_arrive_are_said_every_day_and_never_forgotten() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    way.post()
    assert way.returned.state == "in_transit"
    way.wait(days=22)
    for reminders in (1, 2):
        assert way.sweep().metrics == ("OverdueOrders",)
        assert (way.returned.state, way.returned.reminders) == ("in_transit", reminders)
        assert way.sweep().outcome == "rearmed"
        way.wait(days=1)
    assert way.count(("1", 1)).state == "settled"


@pytest.mark.parametrize(
    ("unanswered", "state", "verdict"),
    [("remind", "requested", "by_hand"), ("approve", "requested", "automatic"), ("refuse", "refused", "by_hand")],
)
def test_what_nobody_answers_in_time_is_as_the_policy_says(unanswered: str, state: str, verdict: str) -> None:
    way = Returns(policy=replace(ReturnPolicy(), unanswered=unanswered)).come()  # type: ignore[arg-type]
    way.ask(("1", 1))
    way.wait(hours=48)
    way.sweep()
    assert (way.returned.state, way.returned.verdict) == (state, verdict)
    assert CN_7_DAYS.unanswered == "approve"


def test_a_return_of_an_order_that_is_completed_has_its_deadlines_too() -> None:
    way = Returns().come()
    way.wait(days=8)
    way.sweep()
    assert way.header.status is OrderStatus.COMPLETED
    way.approved(("1", 1))
    assert way.header.deadlines == {"return": way.returned.deadline}
    way.wait(days=14)
    assert way.sweep().outcome == "ended"
    assert way.header.deadlines == {}


def test_an_order_does_not_complete_while_a_return_of_it_is_open() -> None:
    way = Returns().come()
    way.ask(("1", 1))
    assert "completion" not in way.header.deadlines
    way.choose("refuse")
    assert "completion" in way.header.deadlines


def test_what_the_policy_cannot_do_is_left_to_people() -> None:
    way = Returns().come()
    found = way.ask(("1", 1))
    way.desk.change(ORDER, left_to_people(found.return_id, "out_of_stock"), actor=ANA)
    assert (way.returned.verdict, way.returned.findings[-1].facts) == ("by_hand", {"code": "out_of_stock"})
    assert way.choose("approve").state == "approved"


def test_a_claim_is_refunded_by_the_price_rules_without_anything_coming_back() -> None:
    way = Returns(policy=replace(ALONE, automatic_faults={"CNY": 10_000})).come()
    found = way.approved(("2", 1), reason="missing", without_goods=True)
    assert (found.state, found.ending, found.refunded, way.due) == ("settled", "kept", 10_000, 10_000)
    assert [each.kind for each in way.state.postings.values()] == ["claim"]
    with pytest.raises(Exception, match="0 units"):
        way.ask(("2", 1))


def test_a_claim_may_be_paid_as_credit_in_the_shop_or_a_part_of_it() -> None:
    way = Returns(policy=replace(ALONE, automatic_faults={"CNY": 10_000})).come()
    all_of_it = way.approved(("2", 1), reason="missing", without_goods=True, outcome="store_credit")
    assert (all_of_it.credited, way.due, way.header.paying.credit_due) == (10_000, 10_000, 10_000)
    part = way.approved(("1", 1), reason="missing", without_goods=True, store_credit=2_500)
    assert (part.credited, way.due, way.header.paying.credit_due) == (2_500, 20_000, 12_500)


def test_a_claim_is_sent_again_free_of_charge_and_the_order_goes_on() -> None:
    way = Returns().come()
    way.wait(days=8)
    way.sweep()
    way.wait(days=1)
    found = way.approved(("2", 1), reason="wrong_item", without_goods=True, reship=True)
    assert (found.state, way.due, way.header.status) == ("settled", 0, OrderStatus.PARTIALLY_SHIPPED)
    assert way.counts() == {"total": 4, "started": 3, "dispatched": 3, "delivered": 3, "lost": 1}
    again = list(way.state.fulfilments.values())[-1]
    assert (again.replaces, again.units, again.state) == (found.return_id, 1, "open")
    assert way.events()[-1]["data"]["sourced"][0]["fulfilment_id"] == again.fulfilment_id
    way.send(3, "NEW1")
    way.tell("delivered", "NEW1")
    assert way.ask(("2", 1)).announced == 1


def test_what_is_nowhere_is_not_promised_again() -> None:
    way = Returns().come()
    for node in ("hz", "sh"):
        way.world.stock(("MUG", node, 0))
    way.ask(("2", 1), reason="missing", without_goods=True, reship=True)
    with pytest.raises(OutOfStock):
        way.choose("approve")
    assert way.returned.state == "requested"
