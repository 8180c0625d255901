"""A cart and its price. Every amount is an integer in minor units of the cart's one currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordo.catalog.model import Name


@dataclass(frozen=True, slots=True)
class CartLine:
    """What a customer wants of one SKU."""

    line_id: str
    sku: str
    quantity: int
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cart:
    """What is to be priced."""

    channel: str
    currency: str
    lines: tuple[CartLine, ...]
    coupons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What one promotion takes off one line: `amount` (positive) of `base`, which was left of the line before it."""

    promotion_id: str
    version: int
    name: Name
    amount: int
    base: int


@dataclass(frozen=True, slots=True)
class UnitRun:
    """`count` equal units; the amounts are those of ONE unit. `net + tax == gross`."""

    count: int
    list_price: int
    discount: int
    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with every unit's price. `sku` is as ordered, `stock_sku` what its options resolve to."""

    line_id: str
    sku: str
    stock_sku: str
    name: Name
    options: dict[str, str]
    quantity: int
    list_price: int
    tax_class: str
    tax_rate_percent: str
    adjustments: tuple[Adjustment, ...]
    runs: tuple[UnitRun, ...]

    @property
    def gross(self) -> int:
        """What the line costs in all."""
        return sum(run.count * run.gross for run in self.runs)


@dataclass(frozen=True, slots=True)
class Shipping:
    """What shipping costs; `net + tax == gross`."""

    net: int
    tax: int
    gross: int
    tax_rate_percent: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the order. `items`, `discount` and `shipping` are as listed: with tax in the inclusive mode, without in
    the exclusive one. So `total` is `items - discount + shipping`, and in the exclusive mode `tax` more.
    """

    items: int
    discount: int
    shipping: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class AppliedPromotion:
    """A promotion that took `amount` (positive) off `base`, what was left of its lines; the lines name it too."""

    promotion_id: str
    version: int
    name: Name
    amount: int
    base: int


@dataclass(frozen=True, slots=True)
class RejectedPromotion:
    """A promotion that was considered and gave nothing.

    `reason` is one of not_active, not_started, ended, not_in_channel, coupon_missing, not_in_currency,
    no_matching_lines, threshold_not_reached (`missing`: how much more of the matching lines), nothing_left,
    excluded_by (`by`: the exclusive promotion).
    """

    promotion_id: str
    version: int
    name: Name
    reason: str
    missing: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Why the price is what it is, in the order in which the promotions were considered."""

    applied: tuple[AppliedPromotion, ...] = ()
    not_applied: tuple[RejectedPromotion, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedCart:
    """The price of a cart. Gross of the units plus gross of the shipping is the total, in both tax modes."""

    currency: str
    price_list: str
    tax_mode: str
    lines: tuple[PricedLine, ...]
    shipping: Shipping
    totals: Totals
    trace: Trace
    coupons: tuple[str, ...] = ()
