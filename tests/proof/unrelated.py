"""An order with one more line that none of its promotions is about, taxed at a rate of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ordo.catalog.model import Product
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import BuyGetReward, Part, Reward, SetReward, TieredReward
from ordo.catalog.selections import Selection
from ordo.catalog.taxes import Rate
from ordo.pricing.model import CartLine
from tests.proof.orders import NAME, Order

SKU = "UNRELATED"


def with_unrelated_line(each: Order) -> tuple[Order, Order]:
    """The order without what looks at the whole of it, and the same with the line more."""
    channel = each.channel
    rates: Mapping[str, Any] = MappingProxyType({**channel.tax.class_rates, "own": Rate.of("7.77")})
    plain = replace(channel, tax=replace(channel.tax, class_rates=rates), shipping_methods=(), surcharges=())
    product = Product(SKU, NAME, {"list": 4_321}, tax_class="own", weight_g=900, categories=("tops", "sale"))
    shop = replace(
        each.shop,
        channel=plain,
        products={**each.shop.products, SKU: product},
        promotions=tuple(map(_blind, each.shop.promotions)),
    )
    cart = replace(each.cart, manual=tuple(manual for manual in each.cart.manual if manual.line_id is not None))
    alone = replace(each, cart=cart, shop=shop)
    lines = list(cart.lines)
    lines.insert(each.number % (len(lines) + 1), CartLine("unrelated", SKU, each.number % 5 + 1))
    return alone, replace(alone, cart=replace(cart, lines=tuple(lines)))


def _blind(promotion: Promotion) -> Promotion:
    """The promotion, which no longer sees the product."""
    conditions = tuple(
        each if each.of is None else replace(each, of=_without(each.of)) for each in promotion.conditions
    )
    scope = _without(promotion.scope)
    return replace(promotion, scope=scope, conditions=conditions, reward=_blind_reward(promotion.reward))


def _blind_reward(reward: Reward) -> Reward:
    match reward:
        case TieredReward():
            return replace(reward, of=_maybe(reward.of))
        case BuyGetReward():
            return replace(reward, buy=_part(reward.buy), get=_part(reward.get))
        case SetReward():
            return replace(reward, parts=tuple(map(_part, reward.parts)))
    return reward


def _part(part: Part) -> Part:
    return replace(part, of=_maybe(part.of))


def _maybe(selection: Selection | None) -> Selection | None:
    return None if selection is None else _without(selection)


def _without(selection: Selection) -> Selection:
    return replace(selection, not_skus=selection.not_skus | {SKU})
