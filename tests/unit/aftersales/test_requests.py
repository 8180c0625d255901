"""What may come back: by the policy, with every rule that spoke; and what is refused without a trace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ordo.catalog.return_policies import CN_7_DAYS, EU_14_DAYS, ReturnPolicy
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.kernel.percent import percent
from tests.support.returning import ALONE, Returns


def rules(found: Any) -> list[tuple[str, str]]:
    return [(each.rule, each.verdict) for each in found.findings]


def test_a_request_keeps_what_every_rule_says_and_waits_for_who_carries_it() -> None:
    way = Returns().come()
    found = way.ask(("1", 2))
    assert (found.state, found.verdict, found.worth) == ("requested", "automatic", 20_000)
    assert rules(found) == [("window", "automatic"), ("automatic_up_to", "automatic")]
    assert found.findings[0].facts["days"] == 14
    assert way.header.open_returns == {found.return_id: found.deadline}
    assert way.header.deadlines == {"return": found.deadline}
    assert way.types()[-1] == "return.requested"
    assert way.events()[-1]["data"]["rules"] == ["window", "automatic_up_to"]


def test_what_is_dearer_than_the_policy_approves_is_decided_by_hand() -> None:
    way = Returns(policy=replace(ALONE, automatic={"CNY": 19_999})).come()
    assert way.ask(("1", 2)).verdict == "by_hand"
    assert way.ask(("1", 1)).verdict == "automatic"
    assert Returns(policy=ReturnPolicy()).come().ask(("1", 1)).verdict == "by_hand"


def test_the_window_counts_whole_days_from_the_receipt() -> None:
    way = Returns().come()
    way.wait(days=14, hours=23)
    assert way.ask(("1", 1)).verdict == "automatic"
    way.wait(hours=1)
    late = way.ask(("1", 1))
    assert (late.verdict, rules(late)[0]) == ("refused", ("window", "refused"))


def test_a_category_may_have_a_longer_window() -> None:
    policy = replace(ALONE, windows={"shoes": 60, "sale": 3})
    assert policy.window_of(("sale", "shoes")) == 60
    assert policy.window_of(("sale",)) == 3
    assert policy.window_of(()) == 14


@pytest.mark.parametrize(
    ("policy", "name", "rule"),
    [
        (CN_7_DAYS, "custom", "cn_25_1_custom"),
        (CN_7_DAYS, "perishable", "cn_25_2_perishable"),
        (CN_7_DAYS, "digital", "cn_25_3_digital"),
        (CN_7_DAYS, "periodical", "cn_25_4_periodical"),
        (CN_7_DAYS, "agreed", "cn_25_by_nature_agreed"),
        (EU_14_DAYS, "price_bound", "eu_16_b_price_bound"),
        (EU_14_DAYS, "custom", "eu_16_c_custom"),
        (EU_14_DAYS, "perishable", "eu_16_d_perishable"),
        (EU_14_DAYS, "mixed", "eu_16_f_mixed"),
        (EU_14_DAYS, "aged_alcohol", "eu_16_g_aged_alcohol"),
        (EU_14_DAYS, "urgent_repair", "eu_16_h_urgent_repair"),
        (EU_14_DAYS, "periodical", "eu_16_j_periodical"),
        (EU_14_DAYS, "auction", "eu_16_k_auction"),
        (EU_14_DAYS, "dated_service", "eu_16_l_dated_service"),
        (EU_14_DAYS, "digital", "eu_16_m_digital"),
    ],
)
def test_the_law_leaves_out_what_it_names(policy: ReturnPolicy, name: str, rule: str) -> None:
    own = replace(policy, automatic={"CNY": 99_999})
    way = Returns(policy=own, classes={"TEE": (name,)}).come()
    refused = way.ask(("1", 1), reason="no_reason")
    assert (refused.verdict, (rule, "refused") in rules(refused)) == ("refused", True)
    assert way.ask(("2", 1), reason="no_reason").verdict == "automatic"


@pytest.mark.parametrize(
    ("policy", "name", "rule"),
    [
        (CN_7_DAYS, "sealed_media", "cn_25_3_unsealed_media"),
        (EU_14_DAYS, "hygiene", "eu_16_e_unsealed_hygiene"),
        (EU_14_DAYS, "sealed_media", "eu_16_i_unsealed_media"),
    ],
)
def test_what_counts_only_unsealed_is_judged_at_inspection(policy: ReturnPolicy, name: str, rule: str) -> None:
    own = replace(policy, automatic={"CNY": 99_999})
    way = Returns(policy=own, classes={"TEE": (name,)}).come()
    assert way.ask(("1", 1, None, True), reason="no_reason").verdict == "refused"  # type: ignore[arg-type]
    found = way.ask(("1", 2), reason="no_reason")
    assert found.verdict == "automatic"
    way.choose("approve", found)
    way.count(("1", 1), found=found)
    opened = way.count(("1", 1), found=found, condition="opened", disposition="scrap")
    assert [each.accepted for each in opened.units] == [True, False]
    assert (opened.findings[-1].rule, opened.findings[-1].verdict) == (rule, "refused")
    assert (opened.state, opened.refunded, way.due) == ("settled", 10_000, 10_000)


def test_the_chinese_window_is_seven_days_and_the_european_fourteen() -> None:
    for policy, days, rule in ((CN_7_DAYS, 7, "cn_25"), (EU_14_DAYS, 14, "eu_9")):
        way = Returns(policy=replace(policy, automatic={"CNY": 99_999})).come()
        way.wait(days=days, hours=23)
        assert way.ask(("1", 1), reason="no_reason").verdict == "automatic"
        way.wait(hours=1)
        assert (rule, "refused") in rules(way.ask(("1", 1), reason="no_reason"))


def test_a_fault_goes_before_windows_and_exclusions_and_costs_the_customer_nothing() -> None:
    policy = replace(CN_7_DAYS, automatic_faults={"CNY": 10_000}, label_account="easypost", label_fee={"CNY": 800})
    policy = replace(policy, deductions={"damaged": percent("100")}, fee=True)
    way = Returns(policy=policy, classes={"TEE": ("custom",)}).come()
    way.wait(days=100)
    found = way.ask(("1", 1), reason="defective", way="label")
    assert (found.verdict, rules(found)[0]) == ("automatic", ("fault_window", "automatic"))
    assert (found.terms.fee, found.terms.label_fee, found.terms.deductions) == (False, 0, {})
    assert way.ask(("1", 2), reason="defective").verdict == "by_hand"
    other = way.ask(("2", 1), reason="too_large", way="label")
    assert (other.terms.fee, other.terms.label_fee, other.terms.deductions) == (True, 800, {"damaged": "100"})


def test_what_is_excluded_may_be_left_to_people() -> None:
    way = Returns(policy=replace(ALONE, refuse_alone=False), classes={"TEE": ("custom",)}).come()
    assert way.ask(("1", 1)).verdict == "by_hand"


def test_staff_may_approve_with_the_request_whatever_the_policy_says() -> None:
    way = Returns(classes={"TEE": ("custom",)}).come()
    found = way.ask(("1", 1), approved=True, requested_by="ana")
    assert (found.verdict, found.findings[-1].rule) == ("automatic", "staff")
    assert found.findings[-1].facts == {"policy": "refused"}


def test_an_outcome_that_the_channel_does_not_offer_is_refused() -> None:
    way = Returns(policy=replace(ALONE, outcomes=("refund",))).come()
    assert ("outcome", "refused") in rules(way.ask(("1", 1), outcome="store_credit"))
    assert Returns().come().ask(("1", 1), outcome="repair").verdict == "by_hand"


def test_no_unit_is_asked_for_twice() -> None:
    way = Returns().come()
    way.ask(("1", 2))
    with pytest.raises(OrdoError) as refused:
        way.ask(("1", 2))
    assert (refused.value.code, refused.value.facts) == (Code.INVALID_QUANTITY, {"left": 1})
    assert refused.value.pointer == "/lines/0/quantity"
    way.choose("withdraw")
    assert way.ask(("1", 3)).announced == 3


def test_one_line_named_twice_is_one_wish() -> None:
    way = Returns().come()
    found = way.ask(("1", 1), ("1", 2))
    assert [(each.line_id, each.quantity) for each in found.lines] == [("1", 3)]
    with pytest.raises(OrdoError):
        Returns().come().ask(("1", 2), ("1", 2))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"without_goods": True}, "/reason"),
        ({"without_goods": True, "reason": "missing", "outcome": "repair"}, "/outcome"),
        ({"reship": True, "reason": "missing"}, "/reship"),
        ({"outcome": "exchange"}, "/exchange"),
        ({"way": "label"}, "/way"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(fields: dict[str, Any], pointer: str) -> None:
    way = Returns().come()
    with pytest.raises(OrdoError) as refused:
        way.ask(("1", 1), **fields)
    assert (refused.value.pointer, way.state.returns) == (pointer, {})


def test_unknown_lines_and_empty_wishes_are_refused() -> None:
    way = Returns().come()
    for units, code in (
        ((("9", 1),), Code.UNKNOWN_LINE),
        ((("1", 0),), Code.INVALID_QUANTITY),
        ((), Code.INVALID_REQUEST),
    ):
        with pytest.raises(OrdoError) as refused:
            way.ask(*units)
        assert refused.value.code is code


def test_what_has_not_come_cannot_come_back() -> None:
    way = Returns()
    way.sent()
    with pytest.raises(NotAllowedNow):
        way.ask(("1", 1))
    way.tell("delivered", "HZ1")
    with pytest.raises(OrdoError) as refused:
        way.ask(("1", 3))
    assert refused.value.facts == {"left": 2}


def test_what_the_customer_wrote_is_beside_the_contact_and_nowhere_else() -> None:
    way = Returns().come()
    found = way.ask(("1", 1), personal={"note": "Too tight for 示例顾客", "salt": "00"})
    assert way.repository.contact(found.order_id, f"return#{found.return_id}") == {
        "note": "Too tight for 示例顾客",
        "salt": "00",
    }
    assert "示例" not in str(way.events()[-1])
    assert "示例" not in found.model_dump_json()
    assert found.personal_hash
