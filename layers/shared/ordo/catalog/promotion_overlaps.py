"""Promotions that meet: valid at the same time for the same buyers and lines, so that one decides over the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.rewards import GiftReward, OverrideReward, ShippingReward
from ordo.catalog.selections import Region, Selection
from ordo.catalog.warnings import DocumentWarning, warning_at


def overlaps(promotion: Promotion, active: Iterable[Promotion], now: datetime) -> Iterator[DocumentWarning]:
    """What to know of an active promotion and the others that are `active`; itself among them is left out."""
    if promotion.state is not PromotionState.ACTIVE or _is_over(promotion, now):
        return
    for other in active:
        if other.promotion_id != promotion.promotion_id and not _is_over(other, now) and meet(promotion, other):
            for warn in (_exclusive_tie, _group_tie, _rewarded_twice):
                warning = warn(promotion, other)
                if warning is not None:
                    yield warning


def meet(one: Promotion, other: Promotion) -> bool:
    """Whether an order can fall under both. Categories of products are not looked up: they may share some."""
    return (
        _begins_before_end(one, other)
        and _begins_before_end(other, one)
        and _share(one.channels, other.channels)
        and _share(one.segments, other.segments)
        and _share_regions(one.regions, other.regions)
        and may_share_lines(one.scope, other.scope)
    )


def may_share_lines(one: Selection, other: Selection) -> bool:
    """Whether a line can be in both."""
    if None not in (one.on_sale, other.on_sale) and one.on_sale is not other.on_sale:
        return False
    if _excludes(one, other) or _excludes(other, one) or _prices_apart(one, other):
        return False
    only_skus = not one.categories and not other.categories
    return not (only_skus and one.skus and other.skus and not one.skus & other.skus)


def _excludes(one: Selection, other: Selection) -> bool:
    """Whether all that `one` names is what `other` excludes."""
    named = bool(one.skus or one.categories)
    return named and one.skus <= other.not_skus and one.categories <= other.not_categories


def _prices_apart(one: Selection, other: Selection) -> bool:
    if not one.unit_price or not other.unit_price:
        return False
    ranges = [
        (one.unit_price[each], other.unit_price[each]) for each in one.unit_price.keys() & other.unit_price.keys()
    ]
    return all(
        (a.highest is not None and b.lowest is not None and a.highest < b.lowest)
        or (b.highest is not None and a.lowest is not None and b.highest < a.lowest)
        for a, b in ranges
    )


def _exclusive_tie(one: Promotion, other: Promotion) -> DocumentWarning | None:
    if not (one.exclusive and other.exclusive and _compete(one, other)):
        return None
    first, second = sorted((one.promotion_id, other.promotion_id))
    return warning_at(
        ("priority",),
        "exclusive_tie",
        f"{other.promotion_id} is exclusive at the same time, with the same priority. By its id {first} goes first, "
        f"and {second} is not applied beside it. Give them different priorities.",
        f"{other.promotion_id} 同一时间也是独享促销且优先级相同。按编号 {first} 先执行，{second} 不再生效。"
        "请设置不同的优先级。",
    )


def _group_tie(one: Promotion, other: Promotion) -> DocumentWarning | None:
    if one.group is None or one.group != other.group or not _compete(one, other):
        return None
    first, second = sorted((one.promotion_id, other.promotion_id))
    return warning_at(
        ("priority",),
        "group_tie",
        f"{other.promotion_id} is of the same group at the same time, with the same priority. By its id {first} goes "
        f"first, and {second} only applies where that gives nothing. Give them different priorities.",
        f"{other.promotion_id} 同一时间属于同一组且优先级相同。按编号 {first} 先执行，只有它不优惠时 {second} 才生效。"
        "请设置不同的优先级。",
    )


def _rewarded_twice(one: Promotion, other: Promotion) -> DocumentWarning | None:
    grouped = one.group is not None and one.group == other.group
    decided = one.exclusive or other.exclusive or one.consumes or other.consumes or grouped
    asked_for = one.requires_coupon or other.requires_coupon
    kinds = {_rewarded(one), _rewarded(other)}
    if decided or asked_for or len(kinds) > 1 or "" in kinds or one.scope != other.scope:
        return None
    return warning_at(
        ("scope",),
        "rewarded_twice",
        f"{other.promotion_id} rewards the same at the same time: an order can have both, one after the other. If only "
        "one is meant, give them one group, or make one exclusive.",
        f"{other.promotion_id} 同一时间优惠相同的内容，订单会先后享受两者。如只应享受其一，请设为同一组或设为独享。",
    )


def _compete(one: Promotion, other: Promotion) -> bool:
    """Whether only their ids say which goes first. Overrides of prices all go before promotions of the cart."""
    same_stage = isinstance(one.reward, OverrideReward) is isinstance(other.reward, OverrideReward)
    return same_stage and one.priority == other.priority


def _rewarded(promotion: Promotion) -> str:
    """What the reward is taken off; empty for what does not add up with another."""
    match promotion.reward:
        case GiftReward():
            return ""
        case OverrideReward():
            return "prices"
        case ShippingReward():
            return "shipping"
    return "lines"


def _is_over(promotion: Promotion, now: datetime) -> bool:
    return promotion.valid_to is not None and promotion.valid_to <= now


def _begins_before_end(one: Promotion, other: Promotion) -> bool:
    return one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one or not other or bool(one & other)


def _share_regions(one: tuple[Region, ...], other: tuple[Region, ...]) -> bool:
    def alike(a: Region, b: Region) -> bool:
        return a.country == b.country and (a.region is None or b.region is None or a.region == b.region)

    return not one or not other or any(alike(a, b) for a in one for b in other)
