"""A priced cart as plain JSON values and back: in a placement's draft, and in the order for ever.

Fields that have their usual value are left out, and runs are short lists `[count, shares, net, tax]`, with who used
the units up where somebody did: orders keep them for ever, and a unit of writing is 1,024 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from ordo.catalog.charges import STANDARD, STANDARD_NAME
from ordo.catalog.taxes import TaxMode
from ordo.kernel.money import allocate
from ordo.pricing.model import (
    Adjustment,
    AppliedPromotion,
    Charge,
    Combined,
    PricedCart,
    PricedLine,
    RejectedPromotion,
    Shipping,
    Totals,
    Trace,
    UnitRun,
)

Json = dict[str, Any]
T = TypeVar("T")


def priced_to_json(priced: PricedCart) -> Json:
    """The cart as nested dicts and lists, named as the fields are."""
    return {
        **_plain(priced, "lines", "shipping", "totals", "trace"),
        "lines": [line_to_json(line) for line in priced.lines],
        "shipping": shipping_to_json(priced.shipping),
        "totals": _plain(priced.totals),
        "trace": trace_to_json(priced.trace),
    }


def priced_from_json(body: Mapping[str, Any]) -> PricedCart:
    """What `priced_to_json` was given."""
    return _read(
        PricedCart,
        {
            **body,
            "lines": tuple(map(line_from_json, body["lines"])),
            "shipping": shipping_in(body),
            "totals": Totals(**body["totals"]),
            "trace": trace_from_json(body["trace"]),
        },
    )


def priced_from_order(lines: Iterable[PricedLine], price: Mapping[str, Any], totals: Totals) -> PricedCart:
    """The priced cart of a placed order, of what it keeps: lines, the `price` of its trace, and totals."""
    return _read(
        PricedCart,
        {
            **price,
            "lines": tuple(lines),
            "shipping": shipping_in(price),
            "totals": totals,
            "trace": trace_from_json(price),
        },
    )


def line_to_json(line: PricedLine) -> Json:
    """One line; its runs follow from their prices, shares and taxes."""
    return {
        **_plain(line, "adjustments", "runs"),
        "adjustments": [each._asdict() for each in line.adjustments],
        "runs": [
            [run.count, list(run.shares), run.net, run.tax, *([run.used_by] if run.used_by else [])]
            for run in line.runs
        ],
    }


def line_from_json(body: Mapping[str, Any]) -> PricedLine:
    """What `line_to_json` was given; lines of the time before shares were kept are lifted."""
    if body["runs"] and isinstance(body["runs"][0], Mapping):
        body = _lifted(body)
    price = body["price"]
    return _read(
        PricedLine,
        {
            **body,
            "adjustments": tuple(Adjustment(**each) for each in body["adjustments"]),
            "runs": tuple(
                UnitRun(count, price, tuple(shares), net, tax, net + tax, *used_by)
                for count, shares, net, tax, *used_by in body["runs"]
            ),
        },
    )


def _lifted(body: Mapping[str, Any]) -> Json:
    """A line that kept a discount for each unit, but not which adjustment gave how much of it: that is shared by what
    each adjustment took off the line.
    """
    weights = [each["amount"] for each in body["adjustments"]]
    runs = [
        [run["count"], allocate(run["discount"], weights) if weights else [], run["net"], run["tax"]]
        for run in body["runs"]
    ]
    adjustments = [{"units": body["quantity"], **each} for each in body["adjustments"]]
    return {"price": body["list_price"], **body, "adjustments": adjustments, "runs": runs}


def shipping_to_json(shipping: Shipping) -> Json:
    """Shipping with its charges."""
    charges = [
        {**_plain(charge, "adjustments"), "adjustments": [each._asdict() for each in charge.adjustments]}
        for charge in shipping.charges
    ]
    return {**_plain(shipping, "charges"), "charges": charges}


def shipping_in(price: Mapping[str, Any]) -> Shipping:
    """The shipping of a price (a cart's, or that of an order's trace): what `shipping_to_json` was given.

    Older orders have one flat price and its rate: it is lifted to the charge that it would be now.
    """
    body = price["shipping"]
    if "tax_rate_percent" in body:
        return _lifted_shipping(body, TaxMode(price["tax_mode"]))
    charges = tuple(
        _read(Charge, {**each, "adjustments": tuple(Adjustment(**one) for one in each["adjustments"])})
        for each in body.get("charges", ())
    )
    return Shipping(body["net"], body["tax"], body["gross"], body.get("method"), charges)


def _lifted_shipping(body: Mapping[str, Any], mode: TaxMode) -> Shipping:
    net, tax, gross = body["net"], body["tax"], body["gross"]
    listed = gross if mode is TaxMode.INCLUSIVE else net
    charge = Charge("shipping", STANDARD, STANDARD_NAME, listed, (), net, tax, gross, body["tax_rate_percent"])
    return Shipping(net, tax, gross, STANDARD, (charge,) if gross else ())


def terms_to_json(priced: PricedCart) -> Json:
    """What else a refund goes by, and the invoice: all but lines, totals and trace."""
    return {
        **_plain(priced, "lines", "shipping", "totals", "trace"),
        "shipping": shipping_to_json(priced.shipping),
        **trace_to_json(priced.trace),
    }


def trace_to_json(trace: Trace) -> Json:
    """The trace."""
    return {
        "applied": [_plain(each) for each in trace.applied],
        "not_applied": [_plain(each) for each in trace.not_applied],
        **({} if trace.combined is None else {"combined": _plain(trace.combined)}),
    }


def trace_from_json(body: Mapping[str, Any]) -> Trace:
    """What `trace_to_json` was given."""
    combined = body.get("combined")
    return Trace(
        tuple(_read(AppliedPromotion, each) for each in body["applied"]),
        tuple(_read(RejectedPromotion, each) for each in body["not_applied"]),
        None if combined is None else Combined(**combined),
    )


_FIELDS: dict[type, tuple[tuple[str, Any], ...]] = {}


def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Names and usual values of a dataclass's fields."""
    known = _FIELDS.get(kind)
    if known is None:
        usual = (
            (each, each.default if each.default_factory is MISSING else each.default_factory()) for each in fields(kind)
        )
        known = _FIELDS[kind] = tuple((each.name, default) for each, default in usual)
    return known


def _plain(value: Any, *but: str) -> Json:
    """The fields of a dataclass that have not their usual value, tuples as lists."""
    found: Json = {}
    for name, usual in _fields(type(value)):
        if name in but:
            continue
        each = getattr(value, name)
        if usual is MISSING or each != usual:
            found[name] = list(each) if isinstance(each, tuple) else each
    return found


def _read(kind: type[T], body: Mapping[str, Any]) -> T:
    """The dataclass of what `_plain` gave; what is not known here (of newer writers) is passed over."""
    names = [name for name, _ in _fields(kind)]
    return kind(**{name: _tupled(body[name]) for name in names if name in body})


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
