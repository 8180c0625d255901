"""What a channel charges beside the lines, as data: shipping methods with their rates, and surcharges.

Amounts are minor units per currency; what an order is charged is `pricing.shipping`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ordo.catalog.model import Name
from ordo.catalog.selections import Region
from ordo.kernel.percent import Percent, percent

STANDARD = "standard"
"""The method of a channel that names none."""
STANDARD_NAME: Name = {"en": "Standard shipping", "zh": "标准配送"}


class JudgedSubtotal(StrEnum):
    """Which subtotal of the items decides what shipping costs."""

    AFTER = "after"
    """After promotions."""
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class WeightScale:
    """A price by weight in grams. `bands` are `(up to and with, amount)` in rising order; above the last one each
    `step_g` that is begun costs `step_amount` more, or with `step_g` 0 nothing is carried (首重续重: a band and steps).
    """

    bands: tuple[tuple[int, int], ...] = ()
    step_g: int = 0
    step_amount: int = 0

    @staticmethod
    def of(body: Mapping[str, Any]) -> WeightScale:
        """Read a stored scale."""
        return WeightScale(
            bands=tuple((band["up_to_g"], band["amount"]) for band in body.get("bands") or ()),
            step_g=body.get("step_g") or 0,
            step_amount=body.get("step_amount") or 0,
        )


@dataclass(frozen=True, slots=True)
class ShippingRate:
    """What one method costs in one currency: `flat` and the price by weight together. From the largest `(from, amount)`
    of `by_subtotal` on that is reached its amount stands in place of `flat`; from `free_from` on it costs nothing.
    """

    flat: int = 0
    by_weight: WeightScale | None = None
    by_subtotal: tuple[tuple[int, int], ...] = ()
    free_from: int | None = None
    judged: JudgedSubtotal = JudgedSubtotal.AFTER

    @staticmethod
    def of(body: Mapping[str, Any]) -> ShippingRate:
        """Read a stored rate."""
        scale = body.get("by_weight")
        return ShippingRate(
            flat=body.get("flat") or 0,
            by_weight=None if scale is None else WeightScale.of(scale),
            by_subtotal=tuple((step["from"], step["amount"]) for step in body.get("by_subtotal") or ()),
            free_from=body.get("free_from"),
            judged=JudgedSubtotal(body.get("judged", "after")),
        )


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to ship to `regions` (none named: anywhere), in the currencies that it has a rate for."""

    method_id: str
    name: Name
    rates: Mapping[str, ShippingRate]
    regions: tuple[Region, ...] = ()

    @staticmethod
    def of(body: Mapping[str, Any]) -> ShippingMethod:
        """Read a stored method."""
        return ShippingMethod(
            method_id=body["method_id"],
            name=dict(body["name"]),
            rates={currency: ShippingRate.of(rate) for currency, rate in body["rates"].items()},
            regions=tuple(map(Region.read, body.get("regions") or ())),
        )


@dataclass(frozen=True, slots=True)
class Surcharge:
    """Something more to pay: so much per currency, or so many per cent of the items' subtotal after promotions.

    Only for orders below `below_subtotal` of their currency where that is named (a fee for small orders), to `regions`
    and by `methods` where some are named.
    """

    surcharge_id: str
    name: Name
    amounts: Mapping[str, int] = field(default_factory=dict)
    percent: Percent | None = None
    below_subtotal: Mapping[str, int] | None = None
    regions: tuple[Region, ...] = ()
    methods: frozenset[str] = frozenset()

    @staticmethod
    def of(body: Mapping[str, Any]) -> Surcharge:
        """Read a stored surcharge."""
        share = body.get("percent")
        return Surcharge(
            surcharge_id=body["surcharge_id"],
            name=dict(body["name"]),
            amounts=body.get("amounts") or {},
            percent=None if share is None else percent(share),
            below_subtotal=body.get("below_subtotal"),
            regions=tuple(map(Region.read, body.get("regions") or ())),
            methods=frozenset(body.get("methods") or ()),
        )
