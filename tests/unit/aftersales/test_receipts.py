"""What comes back is counted: stock, money and what is left of the return, in parts, more, other, or by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.aftersales.model import NewLine
from ordo.catalog.return_policies import ReturnPolicy
from ordo.inventory.movements import MovementKind
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.kernel.percent import percent
from tests.support.returning import ALONE, Returns

DONE = ["return.received", "return.inspected", "return.settled"]


def test_good_goods_are_on_the_shelf_and_paid_for_with_one_commit() -> None:
    way = Returns().come()
    way.approved(("1", 2))
    before = way.on_hand()["TEE", "hz"]
    found = way.count(("1", 2))
    assert (found.state, found.refunded, way.due) == ("settled", 20_000, 20_000)
    assert way.on_hand()["TEE", "hz"] == (before[0] + 2, before[1])
    row = way.repository.movements[f"return#{found.return_id}#1"]
    assert (row.kind, row.order_id, row.entries[0].on_hand) == (MovementKind.RETURN, found.order_id, 2)
    assert [each for each in way.types() if each.startswith("return.")][-3:] == DONE
    assert way.header.open_returns == {}
    (posting,) = way.state.postings.values()
    assert (posting.kind, posting.amount, posting.source) == ("returned", -20_000, found.return_id)


@pytest.mark.parametrize("disposition", ["refurbish", "quarantine", "scrap", "vendor"])
def test_what_is_not_restocked_moves_no_stock_and_is_refunded_all_the_same(disposition: str) -> None:
    way = Returns().come()
    way.approved(("1", 1))
    before = way.on_hand()
    found = way.count(("1", 1), disposition=disposition, condition="damaged")
    assert (way.on_hand(), way.repository.movements.keys(), found.refunded) == (before, _dispatches(way), 10_000)


def _dispatches(way: Returns) -> object:
    return {name for name in way.repository.movements if name.startswith("dispatch#")}


def test_it_comes_in_parts_and_each_is_paid_for_once() -> None:
    way = Returns().come()
    way.approved(("1", 2), ("2", 1))
    part = way.count(("1", 1))
    assert (part.state, part.refunded, way.due) == ("part_received", 10_000, 10_000)
    part = way.count(("2", 1))
    assert (part.state, part.refunded) == ("part_received", 20_000)
    whole = way.count(("1", 1), node="sh")
    assert (whole.state, whole.refunded, way.due, whole.receipts) == ("settled", 30_000, 30_000, 3)
    assert whole.differences() == ()


def test_a_return_of_which_no_more_comes_says_what_is_missing() -> None:
    way = Returns().come()
    way.approved(("1", 2))
    found = way.count(("1", 1), complete=True)
    assert (found.state, found.differences()) == ("settled", ({"line": "1", "announced": 2, "received": 1},))
    assert way.ask(("1", 2)).announced == 2  # what did not come may be asked for again


def test_nothing_came_at_all() -> None:
    way = Returns().come()
    way.approved(("1", 2))
    found = way.count(complete=True)
    assert (found.state, found.ending, way.due) == ("ended", "nothing_came", 0)


def test_more_and_other_than_announced_is_taken_and_told() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    found = way.count(("1", 2), ("2", 1), (None, 1), disposition="quarantine")
    assert found.differences() == (
        {"line": "1", "announced": 1, "received": 2},
        {"line": "2", "announced": 0, "received": 1},
        {"sku": "OTHER", "announced": 0, "received": 1},
    )
    assert (found.refunded, way.due) == (30_000, 30_000)
    assert way.events()[-1]["data"]["differences"] == list(found.differences())


def test_more_than_the_customer_had_is_refused() -> None:
    way = Returns().come()
    first = way.approved(("1", 1))
    way.approved(("1", 1))
    with pytest.raises(OrdoError) as refused:
        way.count(("1", 3), found=first)
    assert (refused.value.code, refused.value.facts, way.due) == (Code.INVALID_QUANTITY, {"left": 2}, 0)
    with pytest.raises(OrdoError) as unknown:
        way.count(("9", 1), found=first)
    assert (unknown.value.code, unknown.value.pointer) == (Code.UNKNOWN_LINE, "/units/0/line_id")


def test_its_condition_costs_what_the_policy_says_or_the_inspector() -> None:
    way = Returns(policy=replace(ALONE, deductions={"used": percent("20")})).come()
    way.approved(("1", 3))
    used = way.count(("1", 1), condition="used", disposition="refurbish")
    assert (used.refunded, used.deducted, used.units[0].deduction) == (8_000, 2_000, 2_000)
    said = way.count(("1", 1), condition="used", disposition="scrap", deduction=9_000)
    assert (said.refunded, said.deducted) == (9_000, 11_000)
    all_of_it = way.count(("1", 1), deduction=99_000)
    assert (all_of_it.refunded, all_of_it.deducted, way.due) == (9_000, 21_000, 9_000)
    assert [each.kind for each in way.state.postings.values()].count("fee") == 3


def test_what_is_not_accepted_is_not_paid_for() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    found = way.count(("1", 1), accepted=False, disposition="quarantine", condition="used")
    assert (found.state, found.ending, way.due) == ("ended", "rejected", 0)
    with pytest.raises(OrdoError):
        way.ask(("1", 3))  # it is here: nobody sends it again


def test_goods_that_nobody_announced_begin_a_return_by_the_policy() -> None:
    way = Returns().come()
    found = way.drop_in(("1", 2))
    assert (found.state, found.unannounced, way.due, found.decided_by) == ("settled", True, 20_000, "policy")
    assert [each.rule for each in found.findings] == ["window", "automatic_up_to", "unannounced"]
    assert [each for each in way.types() if each.startswith("return.")][-3:] == DONE


def test_goods_that_nobody_announced_and_no_rule_approves_wait_for_somebody() -> None:
    way = Returns(policy=ReturnPolicy()).come()
    found = way.drop_in(("1", 1))
    assert (found.state, found.verdict, way.due) == ("inspected", "by_hand", 0)
    assert way.header.open_returns == {found.return_id: found.deadline}
    paid = way.choose("settle")
    assert (paid.state, paid.refunded, way.due) == ("settled", 10_000, 10_000)
    other = way.drop_in(("2", 1))
    ended = way.choose("reject", other)
    assert (ended.state, ended.ending, way.due) == ("ended", "rejected", 10_000)


def test_goods_that_are_quicker_than_the_decision_are_paid_for_with_it() -> None:
    way = Returns(policy=ReturnPolicy()).come()
    found = way.ask(("1", 2))
    part = way.count(("1", 1))
    assert (part.state, part.received, way.due) == ("requested", 1, 0)
    decided = way.choose("approve", found)
    assert (decided.state, decided.refunded, way.due) == ("part_received", 10_000, 10_000)
    assert way.count(("1", 1)).state == "settled"
    assert way.due == 20_000


def test_all_of_it_before_the_decision_waits_for_it() -> None:
    way = Returns(policy=ReturnPolicy()).come()
    way.ask(("1", 1))
    assert (way.count(("1", 1)).state, way.due) == ("inspected", 0)
    assert (way.choose("settle").state, way.due) == ("settled", 10_000)


def test_a_repair_takes_the_goods_and_pays_nothing() -> None:
    way = Returns().come()
    way.ask(("1", 1), outcome="repair", reason="defective")
    way.choose("approve")
    found = way.count(("1", 1), disposition="refurbish", condition="damaged")
    assert (found.state, way.due) == ("inspected", 0)
    assert (way.choose("repaired").state, way.due) == ("settled", 0)


def test_what_is_over_takes_no_goods() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    way.count(("1", 1))
    with pytest.raises(NotAllowedNow):
        way.count(("1", 1))


def test_serial_numbers_and_receipts_are_kept_with_the_units() -> None:
    way = Returns().come()
    way.approved(("1", 1))
    (unit,) = way.count(("1", 1), serial="SN-1").units
    assert (unit.serial, unit.receipt, unit.node_id) == ("SN-1", 1, "hz")
    assert "SN-1" not in str(way.events()[-1])


def test_a_label_that_the_customer_pays_is_held_back_once() -> None:
    policy = replace(ALONE, label_account="easypost", label_fee={"CNY": 800})
    way = Returns(policy=policy).come()
    way.approved(("1", 2), way="label")
    way.post("LABEL1", carrier="easypost", source="label")
    assert (way.count(("1", 1)).deducted, way.count(("1", 1)).deducted, way.due) == (800, 800, 19_200)


def test_a_credit_in_the_shop_is_what_is_due_then_and_nothing_else_is() -> None:
    way = Returns().come()
    way.approved(("1", 1), outcome="store_credit")
    way.count(("1", 1))
    assert (way.due, way.header.paying.credit_due) == (10_000, 10_000)
    way.approved(("1", 1))
    way.count(("1", 1))
    assert (way.due, way.header.paying.credit_due) == (20_000, 10_000)


def test_a_refund_may_be_part_credit_and_part_money_over_all_its_receipts() -> None:
    way = Returns().come()
    way.approved(("1", 2), store_credit=12_000)
    first, second = way.count(("1", 1)), way.count(("1", 1))
    assert (first.credited, second.credited, second.refunded) == (10_000, 12_000, 20_000)
    assert (way.due, way.header.paying.credit_due) == (20_000, 12_000)


def test_whoever_approves_or_settles_may_say_how_much_of_it_is_credit() -> None:
    way = Returns(policy=replace(ALONE, automatic={})).come()
    way.choose("approve", way.ask(("1", 2), store_credit=5_000), store_credit=1_000)
    way.count(("1", 1))
    assert (way.returned.credited, way.due) == (1_000, 10_000)
    with pytest.raises(OrdoError, match="part money"):
        way.choose("approve", way.ask(("2", 1), outcome="store_credit"), store_credit=1)
    with pytest.raises(OrdoError, match="paid for"):
        way.choose("refuse", store_credit=1)
    with pytest.raises(OrdoError, match="part money"):
        way.ask(("2", 1), outcome="repair", store_credit=1)


def test_a_cheaper_exchange_may_pay_its_difference_as_credit() -> None:
    way = Returns().come()
    way.goods.prices["CAP"] = 4_000
    way.world.stock(("CAP", "hz", 5))
    way.approved(("1", 1), outcome="exchange", exchange=(NewLine(sku="CAP", quantity=1),), store_credit=99_999)
    way.count(("1", 1))
    assert (way.returned.credited, way.due, way.header.paying.credit_due) == (6_000, 6_000, 6_000)
