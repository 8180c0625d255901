"""A priced cart as plain JSON values and back: in a placement's draft, and in the order for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ordo.pricing.model import (
    Adjustment,
    AppliedPromotion,
    PricedCart,
    PricedLine,
    RejectedPromotion,
    Shipping,
    Totals,
    Trace,
    UnitRun,
)

Json = dict[str, Any]


def priced_to_json(priced: PricedCart) -> Json:
    """The cart as nested dicts and lists, named as the fields are."""
    return {
        **_flat(priced, "lines", "shipping", "totals", "trace", "coupons"),
        "lines": [line_to_json(line) for line in priced.lines],
        "shipping": _flat(priced.shipping),
        "totals": _flat(priced.totals),
        "trace": trace_to_json(priced.trace),
        "coupons": list(priced.coupons),
    }


def priced_from_json(body: Mapping[str, Any]) -> PricedCart:
    """What `priced_to_json` was given."""
    return PricedCart(
        currency=body["currency"],
        price_list=body["price_list"],
        tax_mode=body["tax_mode"],
        lines=tuple(map(line_from_json, body["lines"])),
        shipping=Shipping(**body["shipping"]),
        totals=Totals(**body["totals"]),
        trace=trace_from_json(body["trace"]),
        coupons=tuple(body["coupons"]),
    )


def line_to_json(line: PricedLine) -> Json:
    """One line."""
    return {
        **_flat(line, "adjustments", "runs"),
        "adjustments": [_flat(each) for each in line.adjustments],
        "runs": [_flat(each) for each in line.runs],
    }


def line_from_json(body: Mapping[str, Any]) -> PricedLine:
    """What `line_to_json` was given."""
    return PricedLine(
        **{
            **body,
            "adjustments": tuple(Adjustment(**each) for each in body["adjustments"]),
            "runs": tuple(UnitRun(**each) for each in body["runs"]),
        }
    )


def trace_to_json(trace: Trace) -> Json:
    """The trace; what a rejection does not say is left out."""
    return {
        "applied": [_flat(each) for each in trace.applied],
        "not_applied": [
            {name: value for name, value in _flat(each).items() if value is not None} for each in trace.not_applied
        ],
    }


def trace_from_json(body: Mapping[str, Any]) -> Trace:
    """What `trace_to_json` was given."""
    return Trace(
        tuple(AppliedPromotion(**each) for each in body["applied"]),
        tuple(RejectedPromotion(**each) for each in body["not_applied"]),
    )


_NAMES: dict[type, tuple[str, ...]] = {}


def _flat(value: Any, *but: str) -> Json:
    """The fields of a dataclass, as they are; `dataclasses.asdict` would copy each of them deeply."""
    kind = type(value)
    names = _NAMES.get(kind) or _NAMES.setdefault(kind, tuple(field.name for field in fields(kind)))
    return {name: getattr(value, name) for name in names if name not in but}
