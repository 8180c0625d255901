"""What customers are told about promotions that gave nothing, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ordo.pricing.model import RejectedPromotion
from ordo.pricing.reasons import REASONS, reason_text

NAME = {"en": "50 off 300", "zh": "满300减50"}


def told(reason: str, currency: str = "CNY", **facts: Any) -> dict[str, str]:
    return dict(reason_text(RejectedPromotion("p", 1, NAME, reason, **facts), currency))


def test_what_is_missing_is_told_as_an_amount() -> None:
    assert told("threshold_not_reached", missing=2000) == {
        "en": "20.00 more for: 50 off 300",
        "zh": "再买20.00元享：满300减50",
    }


@pytest.mark.parametrize(
    ("currency", "english", "chinese"),
    [
        ("JPY", "2000 more for: 50 off 300", "再买2000 JPY 享：满300减50"),
        ("KWD", "2.000 more for: 50 off 300", "再买2.000 KWD 享：满300减50"),
    ],
)
def test_amounts_have_their_currencys_own_decimals(currency: str, english: str, chinese: str) -> None:
    assert told("threshold_not_reached", currency, missing=2000) == {"en": english, "zh": chinese}


def test_what_is_missing_in_units_is_told_as_units() -> None:
    assert told("threshold_not_reached", missing_units=2)["zh"] == "再买2件享：满300减50"
    assert told("no_complete_set", missing_units=1) == {
        "en": "1 more of the set for: 50 off 300",
        "zh": "再凑1件享：满300减50",
    }


def test_every_reason_that_a_trace_can_have_is_told_in_both_languages() -> None:
    documented = (RejectedPromotion.__doc__ or "").partition("`reason` is one of")[2]
    without_facts = re.sub(r"\([^()]*\)", "", documented)
    named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|\bended\b", without_facts))
    assert named == set(REASONS)
    for reason in REASONS:
        texts = told(reason)
        assert texts["en"].endswith(NAME["en"])
        assert texts["zh"].endswith(NAME["zh"])
        assert texts["en"] != texts["zh"]


def test_a_name_in_one_language_only_is_told_in_both() -> None:
    rejected = RejectedPromotion("p", 1, {"zh": "九折"}, "coupon_missing")
    assert reason_text(rejected, "CNY") == {"en": "With a coupon code: 九折", "zh": "需使用优惠码：九折"}
