"""What a quote is asked with, and what it answers."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from ordo.catalog.custom import split_custom
from ordo.kernel.frozen import Closed, Model
from ordo.orders.amounts import MoneyView, TotalsView
from ordo.orders.price_views import ChargeView, LineView, RateView
from ordo.orders.schemas import (
    Country,
    Coupons,
    CurrencyCode,
    Id,
    Lines,
    ManualDiscounts,
    ShippingMethodId,
    Text,
    require_lines,
)
from ordo.pricing.model import Buyer, Cart, CartLine


class QuoteCustomer(Closed):
    """Who asks, as far as prices hang on it."""

    customer_id: Id | None = None


class QuoteAddress(Closed):
    """Where it would go, as far as prices hang on it: taxes, shipping, regions of promotions."""

    country: Country | None = None
    region: Text | None = None


class QuoteRequest(Closed):
    """A cart to be priced: what an order would say, without anything personal but texts of custom choices."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "web",
                    "currency": "CNY",
                    "customer": {"customer_id": "c-77"},
                    "ship_to": {"country": "CN", "region": "浙江省"},
                    "lines": [{"line_id": "1", "sku": "TEE-WHITE", "quantity": 3, "options": {"size": "M"}}],
                    "coupons": [],
                }
            ]
        }
    )

    channel: Id
    currency: CurrencyCode
    customer: QuoteCustomer = QuoteCustomer()
    ship_to: QuoteAddress = QuoteAddress()
    lines: Lines
    coupons: Coupons = ()
    shipping_method: ShippingMethodId = None
    manual_discounts: ManualDiscounts = ()

    @model_validator(mode="after")
    def _discounts_name_lines(self) -> Self:
        require_lines(self.manual_discounts, {line.line_id for line in self.lines})
        return self

    def to_cart(self, buyer: Buyer) -> Cart:
        """The cart, as an order of the same body would have it."""
        return Cart(
            channel=self.channel,
            currency=self.currency,
            lines=tuple(
                CartLine(line.line_id, line.sku, line.quantity, line.options, split_custom(line.custom).measures)
                for line in self.lines
            ),
            coupons=self.coupons,
            buyer=buyer,
            country=self.ship_to.country,
            region=self.ship_to.region,
            shipping_method=self.shipping_method,
            manual=tuple(each.to_domain(self.currency) for each in self.manual_discounts),
        )


class TextView(Model):
    """One text in both languages."""

    en: str
    zh: str


class AppliedView(Model):
    """A promotion, or a discount by staff, that took `amount` off `base`, what was left of its lines.

    `shipping` is the part of the amount that it took off shipping; `gift_lines` are the lines that it gave.
    """

    promotion_id: str
    version: int
    name: dict[str, str]
    amount: MoneyView
    base: MoneyView
    lines: list[str]
    units: int
    shipping: MoneyView
    gift_lines: list[str]
    reason: str | None = Field(default=None, description="Of a discount by staff, for who gives it: why.")


class NotAppliedView(Model):
    """A promotion that gave nothing, and why. `missing` or `missing_units` are there where more in the cart would do;
    `by` names what excluded it. `text` is a sentence for customers.
    """

    promotion_id: str
    version: int
    name: dict[str, str]
    reason: str
    missing: MoneyView | None = None
    missing_units: int | None = None
    by: str | None = None
    text: TextView


class CombinedView(Model):
    """How the combination that costs least was found: exactly, or by the stated rule for very many promotions."""

    competing: int
    explored: int
    exact: bool


class TraceView(Model):
    """Why the price is what it is, in the order in which promotions were considered."""

    applied: list[AppliedView]
    not_applied: list[NotAppliedView]
    combined: CombinedView | None = None


class CouponView(Model):
    """A code of the cart. `left` of all its uses and `used_by_customer` are as of now, and there where it has such a
    limit; only an order takes a use.
    """

    code: str
    promotion_id: str
    applied: bool = Field(description="Whether its promotion applied by this code, so that an order would take a use.")
    left: int | None = None
    used_by_customer: int | None = None
    per_customer_limit: int | None = None


class ShippingMethodView(Model):
    """A way to ship this cart there: its price before promotions, what it would really cost (`gross`), and the total
    of the whole cart with it.
    """

    method_id: str
    name: dict[str, str]
    price: MoneyView
    discount: MoneyView
    gross: MoneyView
    total: MoneyView
    chosen: bool


class MarginView(Model):
    """Of the lines whose cost is known: what they bring without tax, their cost, and the difference; without shipping.
    `unknown_lines` are the others.
    """

    net: MoneyView
    cost: MoneyView
    margin: MoneyView
    unknown_lines: list[str]


class QuoteView(Model):
    """The price of a cart as it would be placed now. Nothing is reserved or frozen."""

    channel: str
    currency: str
    customer_id: str | None = None
    totals: TotalsView
    lines: list[LineView]
    charges: list[ChargeView]
    tax_rates: list[RateView] = Field(description="Net, tax and gross by rate; they add up to the total.")
    price_list: str
    tax_mode: str
    trace: TraceView
    coupons: list[CouponView]
    shipping_methods: list[ShippingMethodView] = Field(description="All that ship this cart there, one is chosen.")
    margin: MarginView | None = Field(default=None, description="For keys with the scope `prices:cost`.")
    quoted_at: str
    catalog_read_at: str = Field(description="The catalogue is at most so old; an order may see a newer one.")
    valid_until: str | None = Field(
        default=None,
        description="From then on the same cart may cost something else by the clock alone: something that it hangs on "
        "ends, or something begins. No promise: prices are not frozen, and coupons and gifts may be used up before.",
    )
