"""Many refunds of many named units: the work grows with what is named, not with its square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from ordo.pricing.errors import RefundExceedsPaid
from ordo.pricing.refund_model import Grant, Purchase, RefundBooking, RefundRequest, ReturnedLine
from ordo.pricing.refunds import preview_after, preview_refund
from ordo.pricing.returned import Ledger
from tests.unit.pricing.shop import fixed_off, priced, promotion

LINES, NAMED, REFUNDS = 2, 200, 10


def purchase(units: int) -> Purchase:
    offers = [promotion(f"p{number}", fixed_off(1_000 + 7 * number), priority=number) for number in range(5)]
    return Purchase(priced([(4_999 + line, units) for line in range(LINES)], offers), {("p0", 1): offers[0]})


def asked(number: int) -> RefundRequest:
    """Every second unit of a part of each line, and something on one that stays."""
    begin = number * 2 * NAMED
    units = tuple(range(begin, begin + 2 * NAMED, 2))
    lines = tuple(ReturnedLine(str(line), units=units) for line in range(1, LINES + 1))
    return RefundRequest(lines, grants=(Grant("1", 5, begin + 1), Grant("2", 700)))


def running(bought: Purchase, count: int = REFUNDS) -> list[RefundBooking]:
    ledger, booked = Ledger.of(bought, ()), []
    for number in range(count):
        booked.append(preview_after(bought, ledger, asked(number)))
        ledger.book(booked[-1])
    return booked


def calls(work: Callable[[], object]) -> int:
    """How many functions are called."""
    counted = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def test_one_running_ledger_previews_what_the_refunds_before_do() -> None:
    bought = purchase(4_000)
    booked = running(bought, 4)
    again: list[RefundBooking] = []
    for number in range(4):
        again.append(preview_refund(bought, again, asked(number)))
    assert booked == again
    assert booked[3].refund > 0


def test_ten_refunds_of_named_units_are_previewed_in_few_steps() -> None:
    bought = purchase(2 * NAMED * REFUNDS)
    named = LINES * NAMED * REFUNDS
    assert calls(lambda: running(bought)) < 400 * named


def test_units_may_be_named_in_any_order_and_are_booked_as_spans() -> None:
    found = preview_refund(purchase(10), (), RefundRequest((ReturnedLine("1", units=(7, 2, 9, 3, 8)),)))
    line = next(each for each in found.figures if each.kind == "line")
    assert [(span.start, span.count) for span in line.units] == [(2, 2), (7, 3)]


@pytest.mark.parametrize(("units", "wrong"), [((5, 1, 5), 5), ((3, 10), 10), ((4, 2), 4)])
def test_the_first_named_unit_that_is_not_there_is_told(units: tuple[int, ...], wrong: int) -> None:
    bought = purchase(10)
    first = preview_refund(bought, (), RefundRequest((ReturnedLine("1", units=(4,)),)))
    with pytest.raises(RefundExceedsPaid) as refused:
        preview_refund(bought, (first,), RefundRequest((ReturnedLine("1", units=units),)))
    assert (refused.value.pointer, refused.value.facts["unit"]) == ("/lines/0/units", wrong)
