"""A priced cart as plain JSON values and back: in a placement's draft, and in the order for ever.

Fields that have their usual value are left out; lines are as short as `line_codec` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordo.catalog.charges import STANDARD, STANDARD_NAME
from ordo.catalog.taxes import TaxMode
from ordo.pricing.line_codec import lines_from_json, lines_to_json
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
)
from ordo.pricing.plain import Json, from_plain, to_plain


def priced_to_json(priced: PricedCart) -> Json:
    """The cart as nested dicts and lists, named as the fields are."""
    return {
        **to_plain(priced, "lines", "shipping", "totals", "trace"),
        "lines": lines_to_json(priced.lines),
        "shipping": shipping_to_json(priced.shipping),
        "totals": to_plain(priced.totals),
        "trace": trace_to_json(priced.trace),
    }


def priced_from_json(body: Mapping[str, Any]) -> PricedCart:
    """What `priced_to_json` was given."""
    return from_plain(
        PricedCart,
        {
            **body,
            "lines": lines_from_json(body["lines"]),
            "shipping": shipping_in(body),
            "totals": Totals(**body["totals"]),
            "trace": trace_from_json(body["trace"]),
        },
    )


def priced_from_order(lines: Iterable[PricedLine], price: Mapping[str, Any], totals: Totals) -> PricedCart:
    """The priced cart of a placed order, of what it keeps: lines, the `price` of its trace, and totals."""
    return from_plain(
        PricedCart,
        {
            **price,
            "lines": tuple(lines),
            "shipping": shipping_in(price),
            "totals": totals,
            "trace": trace_from_json(price),
        },
    )


def shipping_to_json(shipping: Shipping) -> Json:
    """Shipping with its charges."""
    charges = [
        {**to_plain(charge, "adjustments"), "adjustments": [each._asdict() for each in charge.adjustments]}
        for charge in shipping.charges
    ]
    return {**to_plain(shipping, "charges"), "charges": charges}


def shipping_in(price: Mapping[str, Any]) -> Shipping:
    """The shipping of a price (a cart's, or that of an order's trace): what `shipping_to_json` was given.

    Older orders have one flat price and its rate: it is lifted to the charge that it would be now.
    """
    body = price["shipping"]
    if "tax_rate_percent" in body:
        return _lifted_shipping(body, TaxMode(price["tax_mode"]))
    charges = tuple(
        from_plain(Charge, {**each, "adjustments": tuple(Adjustment(**one) for one in each["adjustments"])})
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
        **to_plain(priced, "lines", "shipping", "totals", "trace"),
        "shipping": shipping_to_json(priced.shipping),
        **trace_to_json(priced.trace),
    }


def trace_to_json(trace: Trace) -> Json:
    """The trace."""
    return {
        "applied": [to_plain(each) for each in trace.applied],
        "not_applied": [to_plain(each) for each in trace.not_applied],
        **({} if trace.combined is None else {"combined": to_plain(trace.combined)}),
    }


def trace_from_json(body: Mapping[str, Any]) -> Trace:
    """What `trace_to_json` was given."""
    combined = body.get("combined")
    return Trace(
        tuple(from_plain(AppliedPromotion, each) for each in body["applied"]),
        tuple(from_plain(RejectedPromotion, each) for each in body["not_applied"]),
        None if combined is None else Combined(**combined),
    )
