"""A booked refund as plain JSON values and back; fields that have their usual value are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.pricing.figures import RateFigure, RatePart
from ordo.pricing.plain import Json, from_plain, to_plain
from ordo.pricing.refund_model import NOTHING, Amounts, ClawedBack, PartSpan, RefundBooking, RefundFigure, Span

_AMOUNTS = ("returned", "granted", "deduction")


def booking_to_json(booking: RefundBooking) -> Json:
    """The refund as nested dicts and lists, named as the fields are."""
    return {
        **to_plain(booking, "figures", "rates", "clawed_back"),
        "figures": [_figure_to_json(each) for each in booking.figures],
        "rates": [
            {**to_plain(each, "parts"), "parts": [to_plain(one) for one in each.parts]} for each in booking.rates
        ],
        "clawed_back": [to_plain(each) for each in booking.clawed_back],
    }


def booking_from_json(body: Mapping[str, Any]) -> RefundBooking:
    """What `booking_to_json` was given."""
    return from_plain(
        RefundBooking,
        {
            **body,
            "figures": [_figure_from_json(each) for each in body["figures"]],
            "rates": [
                from_plain(RateFigure, {**each, "parts": [from_plain(RatePart, one) for one in each["parts"]]})
                for each in body["rates"]
            ],
            "clawed_back": [from_plain(ClawedBack, each) for each in body["clawed_back"]],
        },
    )


def _figure_to_json(figure: RefundFigure) -> Json:
    found = to_plain(figure, "units", "grants", "parts_back", *_AMOUNTS)
    found |= {name: to_plain(getattr(figure, name)) for name in _AMOUNTS if getattr(figure, name) != NOTHING}
    found |= {name: spans for name in ("units", "grants") if (spans := [to_plain(x) for x in getattr(figure, name)])}
    if figure.parts_back:
        found["parts_back"] = [{**to_plain(x, "worth"), "worth": to_plain(x.worth)} for x in figure.parts_back]
    return found


def _figure_from_json(body: Mapping[str, Any]) -> RefundFigure:
    return from_plain(
        RefundFigure,
        {
            **body,
            **{name: from_plain(Amounts, body[name]) for name in _AMOUNTS if name in body},
            "units": [from_plain(Span, each) for each in body.get("units", ())],
            "grants": [from_plain(Span, each) for each in body.get("grants", ())],
            "parts_back": [
                from_plain(PartSpan, {**each, "worth": from_plain(Amounts, each["worth"])})
                for each in body.get("parts_back", ())
            ],
        },
    )
