"""Lines as JSON: short, and exactly what they were."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ordo.catalog.channels import TaxMode
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import GiftReward, LinesReward, NthReward, OverrideReward, Per, PercentOff, UnitLimit
from ordo.kernel.percent import percent
from ordo.pricing.line_codec import lines_from_json, lines_to_json
from ordo.pricing.model import PricedLine
from tests.unit.pricing.shop import channel, fixed_off, percent_off, priced, promotion

HALF = PercentOff(percent("50"))
MIXED = (
    promotion("override", OverrideReward(PercentOff(percent("3"))), priority=9),
    promotion("nth", NthReward(2, HALF), priority=8, consumes=True),
    promotion("dearest", LinesReward(HALF, Per.UNIT, UnitLimit(max_units=1)), priority=7),
    promotion("order", fixed_off(1_000), priority=6),
    promotion("tenth", percent_off("10"), priority=5),
    promotion("gift", GiftReward("S1", 2)),
)


def sold(mode: TaxMode = TaxMode.INCLUSIVE, offers: tuple[Promotion, ...] = MIXED) -> tuple[PricedLine, ...]:
    return priced([(999, 7), (1_250, 3), (80, 1)], offers, channel(mode, rate="13")).lines


def through(lines: tuple[PricedLine, ...]) -> tuple[Any, tuple[PricedLine, ...]]:
    body = json.loads(json.dumps(lines_to_json(lines)))
    return body, lines_from_json(body)


@pytest.mark.parametrize("mode", TaxMode)
@pytest.mark.parametrize("offers", [(), MIXED])
def test_lines_read_back_as_they_were(mode: TaxMode, offers: tuple[Promotion, ...]) -> None:
    lines = sold(mode, offers)
    assert through(lines)[1] == lines


def test_a_promotion_is_told_once_and_adjustments_are_its_number() -> None:
    lines = sold()
    body, _ = through(lines)
    told = [promotion_id for promotion_id, _, _ in body["promotions"]]
    assert sorted(told) == sorted({each.promotion_id for line in lines for each in line.adjustments})
    assert len(told) == 5
    assert all(isinstance(each, int) for row in body["lines"] for each in row["adjustments"])


def test_versions_of_one_promotion_are_told_apart() -> None:
    line = sold()[1]
    other = replace(line, adjustments=tuple(each._replace(version=2) for each in line.adjustments))
    assert through((line, other))[1] == (line, other)


def test_what_does_not_follow_from_the_units_is_kept_as_it_is() -> None:
    first, *others = sold()
    odd = tuple(each._replace(amount=each.amount + 1, base=7, units=99) for each in first.adjustments)
    runs = tuple(replace(run, net=run.net + 5, gross=run.gross + 5) for run in first.runs)
    shorter = tuple(replace(run, shares=()) for run in first.runs)
    for line in (replace(first, adjustments=odd), replace(first, runs=runs), replace(first, runs=shorter)):
        assert through((line, *others))[1] == (line, *others)


def test_twenty_promotions_are_about_as_long_as_the_shares_that_they_give() -> None:
    offers = tuple(promotion(f"p{number}", fixed_off(1_000 + number)) for number in range(20))
    lines = priced([(9_999, 10)] * 5, offers).lines
    body, again = through(lines)
    shares = len(json.dumps([[run.shares for run in line.runs] for line in lines]))
    assert again == lines
    assert len(json.dumps([[row["adjustments"], row["units"]] for row in body["lines"]])) < shares + 1_000
