"""Orders made by chance, the same for the same number: carts with every type of promotion, tax and currency."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from random import Random

from ordo.catalog.channels import ChannelPolicy, Combination, PricePolicy, ReturnShipping, ReturnTerms
from ordo.catalog.charges import JudgedSubtotal, ShippingMethod, ShippingRate, Surcharge, WeightScale
from ordo.catalog.coupons import Coupon
from ordo.catalog.model import Product
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotion_checks import check_promotion
from ordo.catalog.promotions import OnReturn, Promotion, ReturnPolicy, Shortfall
from ordo.catalog.rewards import AmountOff, LinesReward, OverrideReward, Per, PercentOff, PriceTo
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import Rate, TaxMode, TaxPolicy, TaxRounding
from ordo.kernel.money import Spare
from ordo.kernel.percent import percent
from ordo.pricing.model import Buyer, Cart, CartLine, ManualDiscount, PricedCart
from ordo.pricing.refund_model import Purchase
from ordo.pricing.service import price
from tests.proof.promotions import CLASSES, GIFTS, REWARDS, Shelf, promotion_body

FULL = os.environ.get("ORDO_PROOF") == "full"
COUNT = 10_000 if FULL else 500
NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
NAME = {"en": "Name", "zh": "名"}
DECIMALS = {"JPY": 0, "CNY": 2, "KWD": 3}
POLICIES = {
    "keep": (ReturnPolicy(),),
    "claw_back": (ReturnPolicy(OnReturn.CLAW_BACK),),
    "claw_back_charge": (ReturnPolicy(OnReturn.CLAW_BACK, Shortfall.CHARGE),),
    "forbid_partial": (ReturnPolicy(OnReturn.FORBID_PARTIAL),),
    "mixed": (
        ReturnPolicy(),
        ReturnPolicy(OnReturn.CLAW_BACK),
        ReturnPolicy(OnReturn.CLAW_BACK, Shortfall.CHARGE),
        ReturnPolicy(OnReturn.FORBID_PARTIAL),
    ),
}


@dataclass(frozen=True)
class Order:
    """A cart, the shop that it is priced by, and by which policies it comes back."""

    number: int
    cart: Cart
    shop: CatalogSnapshot
    policy: str

    @property
    def channel(self) -> ChannelPolicy:
        """The shop's only one."""
        assert self.shop.channel is not None
        return self.shop.channel

    @cached_property
    def priced(self) -> PricedCart:
        """Its price."""
        return price(self.cart, self.shop, NOW)

    def purchase(self) -> Purchase:
        """The order as placed."""
        return Purchase(self.priced, {(each.promotion_id, each.version): each for each in self.shop.promotions})


@lru_cache(maxsize=None if not FULL else 64)
def order(number: int, currency: str | None = None, count: int | None = None) -> Order:
    """The order of this number, in the currency that is asked for (with the same numbers in each), and with so many
    promotions.
    """
    r = Random(number)
    drawn = r.choice(sorted(DECIMALS))
    currency = currency or drawn
    products = {f"S{place}": _product(r, f"S{place}") for place in range(1, r.randint(1, 8) + 1)}
    lines = _lines(r, products)
    gifts = {sku: Product(sku, NAME, {"list": r.choice((0, 900, 4_999))}, tax_class="food") for sku in GIFTS}
    shelf = Shelf(r, currency, sorted(products), _worth(products, lines), sum(line.quantity for line in lines))
    policy = r.choice(sorted(POLICIES))
    many = r.choice((0, 1, 2, 3, 3, 4, 4, 5, 6))
    promotions = tuple(_promotion(shelf, place, policy) for place in range(many if count is None else count))
    coupons = {f"CODE-{each.promotion_id.upper()}": each for each in promotions if each.requires_coupon}
    given = tuple(code for code in sorted(coupons) if r.random() < 0.8)
    cart = Cart(
        channel="web",
        currency=currency,
        lines=lines,
        coupons=tuple(r.sample(given, len(given))),
        buyer=Buyer("c-1", r.choice((None, "vip")), r.choice((None, True, False))),
        country="CN",
        shipping_method=r.choice((None, "standard")),
        manual=_manual(r, lines, currency, shelf.worth) if r.random() < 0.15 else (),
        unavailable=frozenset({"GIFT-1"} if r.random() < 0.1 else ()),
    )
    shop = CatalogSnapshot(
        channel=_channel(r, currency, shelf.worth),
        products={**products, **gifts},
        read_at=NOW,
        promotions=tuple(r.sample(promotions, len(promotions))),
        coupons={code: Coupon(code, each.promotion_id) for code, each in coupons.items()},
    )
    return Order(number, cart, shop, policy)


def combined(each: Order, combination: Combination) -> Order:
    """The same order without staff, in a channel with flat shipping that combines promotions so."""
    pricing = replace(each.channel.pricing, combination=combination)
    channel = replace(each.channel, pricing=pricing, shipping_methods=())
    return replace(each, cart=replace(each.cart, manual=()), shop=replace(each.shop, channel=channel))


def _product(r: Random, sku: str) -> Product:
    most = r.choice((30, 999, 25_000, 25_000))
    amount = r.randint(1, most) if r.random() < 0.95 else 0
    if r.random() < 0.3:
        amount = max(1, amount // 100) * 100
    entry = PriceEntry(
        amount,
        list_price=amount + r.randint(1, 500) if r.random() < 0.3 else None,
        minimum_price=r.choice((0, 0, 0, amount // 2, amount * 9 // 10, amount)),
        breaks=((5, amount * 9 // 10),) if r.random() < 0.1 else (),
    )
    return Product(
        sku,
        NAME,
        {"list": entry},
        tax_class=r.choice(("standard", "books", "food")),
        weight_g=r.choice((None, 0, 333, 1_200)),
        categories=tuple(r.sample(CLASSES, r.randint(0, 2))),
    )


def _lines(r: Random, products: dict[str, Product]) -> tuple[CartLine, ...]:
    skus = r.sample(sorted(products), len(products))
    if len(skus) < 8 and r.random() < 0.1:
        skus.append(skus[0])
    quantities = (1, 1, 1, 2, 2, 3, 4, 5, 7, r.randint(1, 40))
    lines = [CartLine(f"l{place}", sku, r.choice(quantities)) for place, sku in enumerate(skus, 1)]
    if r.random() < 0.005:
        lines[0] = replace(lines[0], quantity=r.randint(41, 400))
    return tuple(lines)


def _worth(products: dict[str, Product], lines: tuple[CartLine, ...]) -> int:
    entries = (products[line.sku].prices["list"] for line in lines)
    prices = (each.price if isinstance(each, PriceEntry) else each for each in entries)
    return sum(amount * line.quantity for amount, line in zip(prices, lines, strict=True))


def _promotion(shelf: Shelf, place: int, policy: str) -> Promotion:
    """One that the API would take."""
    r = shelf.r
    while True:
        body = promotion_body(shelf, r.choice(REWARDS))
        made = replace(Promotion.of(f"p{place}", body, r.randint(1, 3)), returns=r.choice(POLICIES[policy]))
        if isinstance(made.reward, OverrideReward) and made.returns.kind is OnReturn.FORBID_PARTIAL:
            made = replace(made, returns=ReturnPolicy())
        if not any(check_promotion(made)):
            return made


def _manual(r: Random, lines: tuple[CartLine, ...], currency: str, worth: int) -> tuple[ManualDiscount, ...]:
    line, off = r.choice(lines), max(1, worth // 20)
    of_line = r.choice((LinesReward(PercentOff(percent("12.5"))), LinesReward(PriceTo({currency: off}), Per.UNIT)))
    of_order = r.choice(
        (LinesReward(PercentOff(percent("3")), Per.ORDER), LinesReward(AmountOff({currency: off}), Per.ORDER))
    )
    of_order = replace(of_order, includes_shipping=r.random() < 0.5)
    both = (
        ManualDiscount(of_line, "scratched", line.line_id),
        ManualDiscount(of_order, "waited long", instead_of=r.choice((None, "g1"))),
    )
    return r.choice((both[:1], both[1:], both))


def _channel(r: Random, currency: str, worth: int) -> ChannelPolicy:
    rates = ("0", "6", "8.25", "13", "19", "25")
    tax = TaxPolicy(
        mode=r.choice(tuple(TaxMode)),
        rate=Rate.of(r.choice(rates)),
        class_rates={"books": Rate.of(r.choice(rates)), "food": Rate.of(r.choice(("5", ["4.5", "3.75"])))},
        shipping_class=r.choice((None, "books")),
        shipping_mode=r.choice((None, None, *TaxMode)),
        rounding=r.choice(tuple(TaxRounding)),
    )
    flat = r.choice((0, 500, 1_234))
    rate = ShippingRate(
        flat=flat,
        by_weight=WeightScale(((1_000, 300), (3_000, 700)), 1_000, 250) if r.random() < 0.3 else None,
        by_subtotal=((worth // 2, flat // 2),) if r.random() < 0.3 else (),
        free_from=r.choice((None, max(1, worth * 9 // 10), max(1, worth * 2))),
        judged=r.choice(tuple(JudgedSubtotal)),
    )
    fees = (
        Surcharge("small", NAME, amounts={currency: 199}, below_subtotal={currency: worth * 3 // 4}),
        Surcharge("cash", NAME, percent=percent("2.5")),
    )
    return ChannelPolicy(
        "web",
        {currency: "list"},
        tax=tax,
        shipping={currency: flat},
        shipping_methods=(ShippingMethod("standard", NAME, {currency: rate}),) if r.random() < 0.6 else (),
        surcharges=tuple(each for each in fees if r.random() < 0.25),
        pricing=PricePolicy(
            spare=Spare.FIRST if r.random() < 0.15 else Spare.LARGEST_REMAINDER, manual_limit=percent("100")
        ),
        returns=ReturnTerms(r.choice(tuple(ReturnShipping)), percent(r.choice(("0", "0", "10")))),
    )
