"""What may not be meant in a promotion: it is kept all the same, and its writer is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.currencies import capped_rewards, common, needs
from ordo.catalog.model import Product, State
from ordo.catalog.promotion_overlaps import overlaps
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.rewards import (
    MAX_GIFT_UNITS,
    NO_LIMIT,
    AmountOff,
    GiftReward,
    LinesReward,
    Per,
    PercentOff,
    Tier,
    TieredReward,
)
from ordo.catalog.selections import Condition, Measure
from ordo.catalog.warnings import DocumentWarning, warning_at
from ordo.kernel.clock import to_iso

MOST = 100
"""Warnings that one answer has at most."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a promotion is looked at beside: the active ones, the channels that it names, and those products that exist
    of the SKUs that it names.
    """

    active: Sequence[Promotion]
    channels: Mapping[str, ChannelPolicy]
    products: Mapping[str, Product]


def promotion_warnings(promotion: Promotion, around: Surroundings, now: datetime) -> tuple[DocumentWarning, ...]:
    """Everything to look at, the promotion itself first."""
    found = chain(
        _validity(promotion, now),
        _channels(promotion, around.channels),
        _currencies(promotion, around.channels),
        _products(promotion, around.products),
        _conditions(promotion.conditions),
        _tiers(promotion.reward) if isinstance(promotion.reward, TieredReward) else (),
        overlaps(promotion, around.active, now),
    )
    return tuple(islice(found, MOST))


def _validity(promotion: Promotion, now: datetime) -> Iterator[DocumentWarning]:
    end, begin = promotion.valid_to, promotion.valid_from
    if promotion.state is PromotionState.ACTIVE and end is not None and end <= now:
        yield warning_at(
            ("valid_to",),
            "already_ended",
            f"It is active, and over since {to_iso(end)}: it applies to no order. Move valid_to, or end it.",
            f"状态为启用，但已于 {to_iso(end)} 结束，不会对任何订单生效。请修改 valid_to 或结束该促销。",
        )
    if promotion.state is PromotionState.ENDED and begin is not None and begin > now:
        yield warning_at(
            ("state",),
            "ended_before_start",
            f"It is ended and begins only at {to_iso(begin)}: it applies to no order. Make it active or a draft.",
            f"状态为已结束，而开始时间 {to_iso(begin)} 尚未到来，不会对任何订单生效。请改为启用或草稿。",
        )


def _channels(promotion: Promotion, channels: Mapping[str, ChannelPolicy]) -> Iterator[DocumentWarning]:
    named = [channels[each] for each in sorted(promotion.channels) if each in channels]
    if promotion.state is PromotionState.ACTIVE and named and not any(channel.sells for channel in named):
        yield warning_at(
            ("channels",),
            "channels_inactive",
            "None of its channels is active: it applies to no order. Name another channel, or activate one.",
            "所列渠道均未启用，不会对任何订单生效。请添加渠道或启用其一。",
        )


def _currencies(promotion: Promotion, channels: Mapping[str, ChannelPolicy]) -> Iterator[DocumentWarning]:
    everywhere = common(promotion)
    sold = {currency for channel in channels.values() for currency in channel.price_lists}
    unsold: set[str] = set()
    for where, named in needs(promotion):
        for currency in sorted(named - everywhere if everywhere else ()):
            yield warning_at(
                where,
                "currency_without_reward",
                f"In {currency} it never applies, since other amounts of it do not name {currency}. Name it there too.",
                f"其他金额未包含 {currency}，该币种下不会生效。请补充该币种。",
            )
        for currency in sorted(named - sold - unsold) if sold else ():
            unsold.add(currency)
            yield warning_at(
                where,
                "currency_not_sold",
                f"None of its channels sells in {currency}, so its amounts in {currency} are for nothing.",
                f"所列渠道均不以 {currency} 销售，该币种的金额不会用到。",
            )
    yield from _uncapped(promotion, sold)


def _uncapped(promotion: Promotion, sold: Collection[str]) -> Iterator[DocumentWarning]:
    for where, reward, given in capped_rewards(promotion):
        for currency in sorted(set(sold) - (reward.cap or {}).keys()) if given is None else ():
            yield warning_at(
                where,
                "no_cap_in_currency",
                f"Its channels sell in {currency} too, and there is no cap in it: there it takes off without limit.",
                f"所列渠道也以 {currency} 销售，但该币种没有优惠上限，优惠将不封顶。",
            )


def _products(promotion: Promotion, products: Mapping[str, Product]) -> Iterator[DocumentWarning]:
    scope = promotion.scope
    if scope.skus and not scope.categories and not scope.skus & products.keys():
        yield warning_at(
            ("scope", "skus"),
            "no_product_in_scope",
            "No product has one of these SKUs. Unless they are SKUs of variants, it rewards nothing. Check them.",
            "没有商品使用这些 SKU。若它们不是规格的 SKU，则不会有任何商品享受优惠。请检查。",
        )
    if isinstance(promotion.reward, GiftReward):
        yield from _gifts(promotion.reward, products)


def _gifts(reward: GiftReward, products: Mapping[str, Product]) -> Iterator[DocumentWarning]:
    if (reward.every is not None or reward.every_units) and not reward.times:
        yield warning_at(
            ("reward", "times"),
            "gift_unlimited",
            f"It is given again and again, up to {MAX_GIFT_UNITS} units an order. Set times, unless that is meant.",
            f"赠品会不断重复赠送，单笔订单最多 {MAX_GIFT_UNITS} 件。若非本意，请设置 times。",
        )
    for place, sku in enumerate(reward.skus):
        product = products.get(sku)
        if product is not None and product.state is not State.ACTIVE:
            yield warning_at(
                ("reward", "substitutes", place - 1) if place else ("reward", "sku"),
                "gift_inactive",
                f"{sku} is not active, so it is not given. Activate the product, or name another.",
                f"赠品 {sku} 未启用，不会赠送。请启用该商品或更换赠品。",
            )


def _conditions(conditions: Sequence[Condition]) -> Iterator[DocumentWarning]:
    for place, condition in enumerate(conditions):
        before = any(_asks_as_much(each, condition) for each in conditions[:place])
        if before or any(_asks_as_much(each, condition) and each != condition for each in conditions[place + 1 :]):
            yield warning_at(
                ("conditions", place),
                "condition_void",
                "Another condition on the same lines asks for more, so this one decides nothing. Leave it out.",
                "另一条针对相同商品的条件要求更高，本条件不起作用，可以删除。",
            )


def _asks_as_much(one: Condition, other: Condition) -> bool:
    """Whether `other` holds wherever `one` does."""
    same = (one.measure, one.of, one.judged, one.per_line) == (other.measure, other.of, other.judged, other.per_line)
    if not same:
        return False
    if isinstance(one.at_least, int) or isinstance(other.at_least, int):
        return isinstance(one.at_least, int) and isinstance(other.at_least, int) and one.at_least >= other.at_least
    mine = one.at_least
    return all(currency in mine and mine[currency] >= amount for currency, amount in other.at_least.items())


def _tiers(reward: TieredReward) -> Iterator[DocumentWarning]:
    if reward.measure is not Measure.SUBTOTAL or reward.of is not None:
        return
    for place, tier in enumerate(reward.tiers):
        for currency, begins in tier.at_least.items() if not isinstance(tier.at_least, int) else ():
            most = _most(tier.reward, currency)
            lower = [_least(each, begins, currency) for each in reward.tiers[:place]]
            if most is not None and most <= max(lower, default=0):
                yield warning_at(
                    ("reward", "tiers", place),
                    "tier_hardly_best",
                    f"Where it begins ({begins} {currency}) a tier before gives {max(lower)} already, and it gives "
                    f"{most} at most. Raise it, or leave it out.",
                    f"达到 {begins} {currency} 时，前面的档位已优惠 {max(lower)}，而本档最多优惠 {most}。"
                    "请提高优惠或删除本档。",
                )


def _most(reward: LinesReward, currency: str) -> int | None:
    """What a reward takes off at most, None when that is not known."""
    if isinstance(reward.value, PercentOff):
        return (reward.cap or {}).get(currency)
    if (
        isinstance(reward.value, AmountOff)
        and reward.per is Per.ORDER
        and reward.every is None
        and not reward.every_units
    ):
        return reward.value.amounts.get(currency)
    return None


def _least(tier: Tier, subtotal: int, currency: str) -> int:
    """About what a tier takes off such a subtotal at least; 0 when that is not known."""
    reward = tier.reward
    if isinstance(tier.at_least, int) or currency not in tier.at_least or reward.limit != NO_LIMIT:
        return 0
    if isinstance(reward.value, PercentOff):
        return min(reward.value.percent.of(subtotal), (reward.cap or {}).get(currency, subtotal))
    return _most(reward, currency) or 0
