"""Refund cases: what a shop books for units, amounts and shipping that it gives back."""

from __future__ import annotations

from typing import Any

from ordo.catalog.promotions import Promotion
from ordo.pricing.errors import RefundExceedsPaid
from ordo.pricing.refund_model import (
    Grant,
    Purchase,
    RefundBooking,
    RefundRequest,
    ReturnedLine,
    ShippingRefund,
)
from ordo.pricing.refunds import preview_refund, return_everything
from tests.conformance.pricing_cases import PricedCase, price_case
from tests.conformance.pricing_facts import Differences, check_laws, differences
from tests.conformance.pricing_scopes import only
from tests.conformance.results import Case, Unsupported

_REFUND_KEYS = {"sku", "qty", "shipping", "all", "gross_minor", "line"}
_OWN_FACTS = {"refund_total_minor", "net_minor", "tax_minor", "rejected", "refunded_net_minor", "refunded_tax_minor"}


def check_refund(case: Case) -> Differences:
    """Price the order, book what was refunded before, then what the case asks; raises `Unsupported`."""
    order = {
        **{name: value for name, value in case.items() if name not in {"refund", "already_refunded_minor"}},
        "kind": "order",
        "expected": {name: value for name, value in case["expected"].items() if name not in _OWN_FACTS},
    }
    priced = price_case(order)
    check_laws(priced)
    found = differences(order, priced)
    purchase = Purchase(priced.cart, _versions(priced))
    booked = _booked_before(case, priced, purchase)
    before = sum(each.refund for each in booked)
    try:
        booking = preview_refund(purchase, booked, _request(case, case["refund"], priced, purchase, booked))
    except RefundExceedsPaid:
        booking = None
    for name, expected in case["expected"].items():
        if name in _OWN_FACTS:
            actual = _fact(name, booking, before)
            if actual != expected:
                found[name] = (expected, actual)
    return found


def _versions(priced: PricedCase) -> dict[tuple[str, int], Promotion]:
    return {(each.promotion_id, each.version): each for each in priced.rules.promotions}


def _fact(name: str, booking: RefundBooking | None, before: int) -> Any:
    if name == "rejected":
        return booking is None
    if name == "refund_total_minor":
        return before + (booking.refund if booking else 0)
    figures = booking.figures if booking else ()
    return sum(each.total.tax if "tax" in name else each.total.net for each in figures)


def _booked_before(case: Case, priced: PricedCase, purchase: Purchase) -> tuple[RefundBooking, ...]:
    """An amount that was refunded before, of the first thing that the case refunds."""
    amount = case.get("already_refunded_minor", 0)
    if not amount:
        return ()
    first = {name: value for name, value in case["refund"][0].items() if name not in {"qty", "gross_minor"}}
    return (preview_refund(purchase, (), _request(case, [{**first, "gross_minor": amount}], priced, purchase, ())),)


def _request(
    case: Case, wanted: list[dict[str, Any]], priced: PricedCase, purchase: Purchase, booked: tuple[RefundBooking, ...]
) -> RefundRequest:
    lines: list[ReturnedLine] = []
    grants: list[Grant] = []
    shipping: ShippingRefund | int = ShippingRefund.NONE
    for each in wanted:
        only(each, _REFUND_KEYS, "the refund's")
        if each.get("all"):
            return return_everything(purchase, booked)
        if each.get("shipping"):
            shipping = each.get("gross_minor", ShippingRefund.ALL)
            continue
        line = _line(case, each, priced)
        if "gross_minor" in each:
            grants.append(Grant(line, each["gross_minor"]))
        else:
            lines.append(ReturnedLine(line, each.get("qty", 1)))
    return RefundRequest(tuple(lines), tuple(grants), shipping, fee=False)


def _line(case: Case, wanted: dict[str, Any], priced: PricedCase) -> str:
    """The id of the line that is meant, by its place or its SKU."""
    places = (
        [wanted["line"]]
        if "line" in wanted
        else [place for place, line in enumerate(case["lines"]) if line["sku"] == wanted.get("sku")]
    )
    line = priced.lines[places[0]] if places else None
    if line is None:
        raise Unsupported(f"a refund of {wanted}, which the order does not have")
    return line.line_id
