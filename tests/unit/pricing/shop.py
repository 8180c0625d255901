"""A small shop to price carts in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ordo.catalog.channels import ChannelPolicy, TaxMode, TaxPolicy
from ordo.catalog.coupons import Coupon
from ordo.catalog.model import Product
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff, Reward
from ordo.catalog.selections import Condition, Measure, Selection
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import Rate
from ordo.kernel.percent import percent
from ordo.pricing.model import Cart, CartLine, PricedCart
from ordo.pricing.service import price

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)


def product(sku: str, amount: int, **more: Any) -> Product:
    return Product(sku, {"en": sku, "zh": sku}, {"cny": amount}, **more)


@dataclass(frozen=True)
class From:
    """A reward from a subtotal on."""

    reward: Reward
    threshold: int


def promotion(promotion_id: str, reward: Reward | From, **more: Any) -> Promotion:
    if isinstance(reward, From):
        more["conditions"] = (Condition(Measure.SUBTOTAL, {"CNY": reward.threshold}), *more.get("conditions", ()))
        reward = reward.reward
    if isinstance(more.get("skus"), frozenset):
        more["scope"] = Selection(skus=more.pop("skus"))
    return Promotion(promotion_id, more.pop("version", 1), {"en": promotion_id, "zh": promotion_id}, reward, **more)


def percent_off(text: str) -> Reward:
    return LinesReward(PercentOff(percent(text)))


def fixed_off(amount: int) -> Reward:
    return LinesReward(AmountOff({"CNY": amount}), Per.ORDER)


def off_from(threshold: int, amount: int, *, per_every: bool = False) -> Reward | From:
    if per_every:
        return LinesReward(AmountOff({"CNY": amount}), Per.ORDER, every={"CNY": threshold})
    return From(fixed_off(amount), threshold)


def channel(
    mode: TaxMode = TaxMode.INCLUSIVE, rate: str = "0", shipping: int = 0, class_rates: Mapping[str, str] = {}
) -> ChannelPolicy:
    rates = {name: Rate.of(text) for name, text in class_rates.items()}
    return ChannelPolicy("web", {"CNY": "cny"}, tax=TaxPolicy(mode, Rate.of(rate), rates), shipping={"CNY": shipping})


def snapshot(
    products: Iterable[Product],
    promotions: Iterable[Promotion] = (),
    policy: ChannelPolicy | None = None,
    coupons: Iterable[Coupon] = (),
) -> CatalogSnapshot:
    return CatalogSnapshot(
        channel=policy or channel(),
        products={each.sku: each for each in products},
        read_at=NOW,
        promotions=tuple(promotions),
        coupons={each.code: each for each in coupons},
    )


def cart(*lines: tuple[str, int], coupons: tuple[str, ...] = (), currency: str = "CNY") -> Cart:
    wanted = tuple(CartLine(str(place), sku, quantity) for place, (sku, quantity) in enumerate(lines, 1))
    return Cart("web", currency, wanted, coupons)


def priced(
    amounts: Iterable[tuple[int, int]], promotions: Iterable[Promotion] = (), policy: ChannelPolicy | None = None
) -> PricedCart:
    """The price of `(unit price, quantity)` lines, sold as products S1, S2 and so on."""
    wanted = list(amounts)
    products = [product(f"S{place}", amount) for place, (amount, _) in enumerate(wanted, 1)]
    lines = [(f"S{place}", quantity) for place, (_, quantity) in enumerate(wanted, 1)]
    return price(cart(*lines), snapshot(products, promotions, policy), NOW)


def units(cart_price: PricedCart, line: int = 0) -> list[int]:
    """The gross of every unit of a line."""
    return [run.gross for run in cart_price.lines[line].runs for _ in range(run.count)]
