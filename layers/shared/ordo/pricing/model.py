"""A cart and its price. Every amount is an integer in minor units of the cart's one currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ordo.catalog.model import Name
    from ordo.catalog.rewards import LinesReward
    from ordo.pricing.part_model import PricedPart


@dataclass(frozen=True, slots=True)
class CartLine:
    """What a customer wants of one SKU. `custom` are the measures of what is made for them: a number as it is, of a
    text only its length, since the text may be personal.
    """

    line_id: str
    sku: str
    quantity: int
    options: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, as far as prices ask. `first_order` None: not known, as of somebody without a customer record."""

    customer_id: str | None = None
    segment: str | None = None
    first_order: bool | None = None


@dataclass(frozen=True, slots=True)
class ManualDiscount:
    """What staff takes off a line (None: the whole order), with the reason, which is kept in the trace.

    On a line it stands in place of the catalogue's overrides and goes before all promotions; on the order it goes after
    them, in place of the promotions of the group `instead_of`.
    """

    reward: LinesReward
    reason: str
    line_id: str | None = None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Cart:
    """What is to be priced. `unavailable` are SKUs that were found out of stock: gifts of them are not given."""

    channel: str
    currency: str
    lines: tuple[CartLine, ...]
    coupons: tuple[str, ...] = ()
    buyer: Buyer = field(default_factory=Buyer)
    country: str | None = None
    region: str | None = None
    shipping_method: str | None = None
    manual: tuple[ManualDiscount, ...] = ()
    unavailable: frozenset[str] = frozenset()


class Adjustment(NamedTuple):
    """What one promotion takes off one line: `amount` (positive) of `base`, which was left of the line before it, on
    `units` of its units. The n-th of a line's adjustments is the n-th of each run's `shares`.
    """

    promotion_id: str
    version: int
    name: Name
    amount: int
    base: int
    units: int


@dataclass(frozen=True, slots=True)
class UnitRun:
    """`count` equal units; the amounts are those of ONE unit. `shares` are what each adjustment takes off it.

    `net + tax == gross`, and `price - sum(shares)` is the net or the gross, as prices are listed.
    """

    count: int
    price: int
    shares: tuple[int, ...]
    net: int
    tax: int
    gross: int
    used_by: str = ""
    """The promotion that used these units up, so that those after it did not see them."""

    @property
    def discount(self) -> int:
        """All that was taken off one unit."""
        return sum(self.shares)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with every unit's price. `sku` is as ordered, `stock_sku` what its options resolve to.

    `price` is one unit's selling price before promotions, with options and custom choices; `list_price` the one that it
    is compared with, at least as high. `cost` is the merchant's own, None when not known. `gift_of` names the promotion
    that gives the line away. `categories` and `minimum_price` are as they were, since a claw-back prices again.
    `tax_parts` are the rates that `tax_rate_percent` is the sum of, where there are several. A bundle has `parts`.
    """

    line_id: str
    sku: str
    stock_sku: str
    name: Name
    options: dict[str, str]
    quantity: int
    list_price: int
    price: int
    tax_class: str
    tax_rate_percent: str
    adjustments: tuple[Adjustment, ...]
    runs: tuple[UnitRun, ...]
    tax_parts: tuple[str, ...] = ()
    cost: int | None = None
    minimum_price: int = 0
    categories: tuple[str, ...] = ()
    on_sale: bool = False
    gift_of: str | None = None
    custom: Mapping[str, int] = field(default_factory=dict)
    price_list: str | None = None
    """The list that the price is of, where it is not the cart's usual one."""
    parts: tuple[PricedPart, ...] = ()

    @property
    def units(self) -> int:
        """What it takes from stock, in units: those of a bundle's parts."""
        return self.quantity * (sum(part.quantity for part in self.parts) or 1)

    def part_amounts(self, place: int) -> tuple[int, int]:
        """Gross and tax of all units of a part, in all bundles of the line."""
        runs = zip(self.runs, self.parts[place].shares, strict=True)
        units = [(run.count * share.units, share) for run, shares in runs for share in shares]
        return sum(count * each.gross for count, each in units), sum(count * each.tax for count, each in units)

    @property
    def gross(self) -> int:
        """What the line costs in all."""
        return sum(run.count * run.gross for run in self.runs)

    @property
    def net(self) -> int:
        """The same without tax."""
        return sum(run.count * run.net for run in self.runs)

    @property
    def tax(self) -> int:
        """The tax in `gross`."""
        return sum(run.count * run.tax for run in self.runs)

    @property
    def discount(self) -> int:
        """What promotions and staff took off it."""
        return sum(run.count * run.discount for run in self.runs)


@dataclass(frozen=True, slots=True)
class Charge:
    """Shipping or a surcharge: `price` before promotions, and what was taken off it; `net + tax == gross`."""

    kind: str
    charge_id: str
    name: Name
    price: int
    adjustments: tuple[Adjustment, ...]
    net: int
    tax: int
    gross: int
    tax_rate_percent: str
    tax_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipping:
    """What is charged beside the lines: shipping by one method, and surcharges. `net + tax == gross`, as sums."""

    net: int
    tax: int
    gross: int
    method: str | None = None
    charges: tuple[Charge, ...] = ()

    @property
    def discount(self) -> int:
        """What promotions and staff took off the charges."""
        return sum(each.amount for charge in self.charges for each in charge.adjustments)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the order. `items`, `discount` and `shipping` are as listed: with tax in the inclusive mode, without in
    the exclusive one. So `total` is `items - discount + shipping`, and in the exclusive mode `tax` more. `shipping` is
    what is left of it after discounts, with the surcharges.
    """

    items: int
    discount: int
    shipping: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class AppliedPromotion:
    """A promotion that took `amount` (positive) off `base`, what was left of its lines; the lines name it too.

    `shipping` is the part of the amount that it took off shipping, `gift_lines` are the lines that it gave.
    """

    promotion_id: str
    version: int
    name: Name
    amount: int
    base: int
    lines: tuple[str, ...] = ()
    units: int = 0
    shipping: int = 0
    gift_lines: tuple[str, ...] = ()
    reason: str | None = None
    """Of a manual discount: why staff gave it."""


@dataclass(frozen=True, slots=True)
class RejectedPromotion:
    """A promotion that was considered and gave nothing.

    `reason` is one of not_active, not_started, ended, not_in_channel, not_in_segment, not_in_region, not_first_order,
    coupon_missing, not_in_currency, no_matching_lines, threshold_not_reached (`missing`: how much more of the lines
    that it looks at, in minor units; or `missing_units`), no_complete_set (`missing_units`), nothing_left,
    not_this_method, gift_not_for_sale, gift_out_of_stock, excluded_by (`by`: the exclusive promotion, or the one of its
    group that applied), not_best (another combination costs the customer less).
    """

    promotion_id: str
    version: int
    name: Name
    reason: str
    missing: int | None = None
    missing_units: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Combined:
    """How the best combination was found: of so many competing promotions, all combinations or (not `exact`) by the
    stated rule, after looking at `explored` states.
    """

    competing: int
    explored: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """Why the price is what it is, in the order in which the promotions were considered."""

    applied: tuple[AppliedPromotion, ...] = ()
    not_applied: tuple[RejectedPromotion, ...] = ()
    combined: Combined | None = None


@dataclass(frozen=True, slots=True)
class PricedCart:
    """The price of a cart. Gross of the units plus gross of the shipping is the total, in both tax modes.

    `coupons` are those given, in their one spelling; `coupons_used` those whose promotion applied: one for each.
    """

    currency: str
    price_list: str
    tax_mode: str
    lines: tuple[PricedLine, ...]
    shipping: Shipping
    totals: Totals
    trace: Trace
    coupons: tuple[str, ...] = ()
    coupons_used: tuple[str, ...] = ()
    segment: str | None = None
    tax_rounding: str = "line"
    shipping_tax_mode: str | None = None
    spare: str = "largest_remainder"
    return_shipping: str = "full_return"
    restocking_fee_percent: str = "0"
    """The last five, as `TaxPolicy`, `PricePolicy` and `ReturnTerms` of the channel said: refunds go by them."""
