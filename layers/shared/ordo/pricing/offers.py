"""What one promotion would do to a cart as it stands: which units lose how much, or why none does. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import (
    MAX_GIFT_UNITS,
    NO_LIMIT,
    BuyGetReward,
    GiftReward,
    LinesReward,
    NthReward,
    Part,
    Per,
    PriceTo,
    SetReward,
    ShippingReward,
    TieredReward,
    Value,
)
from ordo.catalog.selections import Judged, Measure
from ordo.pricing.basket import Basket, Offer, Work, measured, short, unmet
from ordo.pricing.caps import spread
from ordo.pricing.cuts import Cut, change_lines
from ordo.pricing.lines import State
from ordo.pricing.picks import Picked, Units, bought_and_got, every_nth, limited
from ordo.pricing.sets import Missing, make_sets, set_cuts, single_units
from ordo.pricing.take import amount_in, by_line, take, unit_cut


def offer(promotion: Promotion, basket: Basket, state: State) -> Offer:
    """What the promotion would do now; whether it may be used here and now at all is for `promote.why_not`."""
    reward = promotion.reward
    places = basket.matcher.lines(promotion.scope)
    if not places:
        return Offer(reason="no_matching_lines")
    for condition in promotion.conditions:
        refused = unmet(condition, basket, state, places)
        if refused is not None:
            return refused
    return _OFFERS[type(reward)](Work(promotion, basket, state, places), reward)


def lines_offer(work: Work, reward: LinesReward) -> Offer:
    """What a reward for the lines of `work` would do."""
    times = _times(work, reward)
    if isinstance(times, Offer):
        return times
    work.look_at(work.places)
    picked = None
    if reward.limit != NO_LIMIT:
        picked = by_line(limited(work.state, work.places, work.basket.items, reward.limit))
        if not picked:
            return _no_units(work, reward)
    elif work.state.consumed or work.promotion.base is Judged.ORIGINAL:
        picked = by_line(limited(work.state, work.places, work.basket.items, NO_LIMIT))
        if not picked:
            return Offer(reason="nothing_left")
    return take(work, reward, picked, times)


def _no_units(work: Work, reward: LinesReward) -> Offer:
    have = sum(work.state.free_units(place) for place in work.places)
    if have < reward.limit.groups_of:
        return Offer(reason="no_complete_set", missing_units=reward.limit.groups_of - have)
    return Offer(reason="nothing_left")


def _times(work: Work, reward: LinesReward | GiftReward) -> int | Offer:
    """How often the amount is given."""
    if reward.every is None and not reward.every_units:
        return 1
    if reward.every is not None:
        measure, step = Measure.SUBTOTAL, reward.every.get(work.basket.currency)
        if step is None:
            return Offer(reason="not_in_currency")
    else:
        measure, step = Measure.QUANTITY, reward.every_units
    have = measured(measure, Judged.LEFT, work.places, work.basket, work.state)
    times = have // step
    if times == 0:
        return short(measure, step - have)
    return min(times, reward.times) if reward.times else times


def _tiers(work: Work, reward: TieredReward) -> Offer:
    """Of the tiers that are reached the one that gives most; of equal ones the highest."""
    places = work.lines_of(reward.of)
    have = measured(reward.measure, reward.judged, places, work.basket, work.state)
    thresholds = [_threshold(tier.at_least, work.basket.currency) for tier in reward.tiers]
    known = [needed for needed in thresholds if needed is not None]
    if not known:
        return Offer(reason="not_in_currency")
    if have < min(known):
        return short(reward.measure, min(known) - have)
    best = Offer(reason="nothing_left")
    for tier, needed in zip(reward.tiers, thresholds, strict=True):
        if needed is not None and have >= needed:
            found = lines_offer(work, tier.reward)
            best = found if found.amount >= best.amount or not best.gives else best
    return best


def _threshold(at_least: Any, currency: str) -> int | None:
    if isinstance(at_least, int):
        return at_least
    found: int | None = at_least.get(currency)
    return found


def _rewarded(work: Work, picked: Picked, value: Value) -> Offer:
    """Each rewarded unit by itself; those that were used besides lose nothing."""
    if not picked.rewarded:
        return Offer(reason="no_complete_set", missing_units=picked.missing)
    amount = amount_in(value, work.basket.currency)
    if amount is None:
        return Offer(reason="not_in_currency")
    cuts = [Cut(each.place, each.run, each.number, _off(work, each, value, amount)) for each in picked.rewarded]
    if work.promotion.consumes:
        cuts += [Cut(each.place, each.run, each.number, 0) for each in picked.used]
    changed = change_lines(work.state.runs, cuts, work.used_by)
    base = sum(each.number * each.left for each in picked.rewarded)
    found_offer = Offer(changed, base)
    return found_offer if found_offer.amount else Offer(reason="nothing_left")


def _off(work: Work, units: Units, value: Value, amount: int) -> int:
    off = unit_cut(value, _weight(work, units), units.left, amount)
    return max(0, min(off, units.left - work.basket.floor(units.place)))


def _weight(work: Work, units: Units) -> int:
    """What a percentage of one of the units is of."""
    original = work.original(units.place)
    return units.left if original is None else original


def _buy_get(work: Work, reward: BuyGetReward) -> Offer:
    buying, getting = work.lines_of(reward.buy.of), work.lines_of(reward.get.of)
    work.look_at((*buying, *getting))
    price = amount_in(reward.value, work.basket.currency) if isinstance(reward.value, PriceTo) else 0
    picked = bought_and_got(work.state, buying, getting, reward, work.basket.items, price or 0)
    return _rewarded(work, picked, reward.value)


def _nth(work: Work, reward: NthReward) -> Offer:
    work.look_at(work.places)
    return _rewarded(work, every_nth(work.state, work.places, reward), reward.value)


def _sets(work: Work, reward: SetReward) -> Offer:
    def places(part: Part) -> Sequence[int]:
        return work.lines_of(part.of)

    def gains(units: Sequence[Units]) -> bool:
        return any(amount for parts in _set_parts(work, reward, units) for _, amount in parts)

    if amount_in(reward.value, work.basket.currency) is None:
        return Offer(reason="not_in_currency")
    work.look_at(place for part in reward.parts for place in places(part))
    made = make_sets(work.state, reward, places, gains)
    if isinstance(made, Missing):
        return Offer(reason="no_complete_set", missing_units=made.units)
    if not made:
        return Offer(reason="nothing_left")
    cuts = set_cuts(work.state, [(each, _set_parts(work, reward, each.units)) for each in made])
    base = sum(each.number * each.left for each in single_units(made))
    return Offer(change_lines(work.state.runs, cuts, work.used_by), base)


def _set_parts(work: Work, reward: SetReward, units: Sequence[Units]) -> list[list[tuple[int, int]]]:
    """What one set takes off its units: of each, `(count, amount)`."""
    value = reward.value
    rooms = [max(0, each.left - work.basket.floor(each.place)) for each in units]
    found = amount_in(value, work.basket.currency) or 0
    weights = [_weight(work, each) for each in units]
    if reward.per is Per.UNIT:
        cuts = [unit_cut(value, weight, each.left, found) for each, weight in zip(units, weights, strict=True)]
        return [[(each.number, max(0, min(cut, room)))] for each, cut, room in zip(units, cuts, rooms, strict=True)]
    base = sum(each.number * each.left for each in units)
    weight = sum(each.number * weight for each, weight in zip(units, weights, strict=True))
    amount = max(0, unit_cut(value, weight, base, found))
    weighed = [(each.number, weight, room) for each, weight, room in zip(units, weights, rooms, strict=True)]
    return spread(amount, weighed, work.basket.spare)


def _gift(work: Work, reward: GiftReward) -> Offer:
    times = _times(work, reward)
    if isinstance(times, Offer):
        return times
    sku, reason = work.basket.choose_gift(reward)
    if reason:
        return Offer(reason=reason)
    return Offer(gift=(sku, reward.quantity * min(times, MAX_GIFT_UNITS // reward.quantity)))


def _shipping(work: Work, reward: ShippingReward) -> Offer:
    basket = work.basket
    if reward.methods and basket.method not in reward.methods:
        return Offer(reason="not_this_method")
    off = LinesReward(reward.value, Per.LINE)
    place = basket.shipping_place
    picked = {place: [(0, 1)]} if work.promotion.base is Judged.ORIGINAL else None
    return take(work._replace(places=(place,)), off, picked)


_OFFERS: dict[type, Callable[[Work, Any], Offer]] = {
    LinesReward: lines_offer,
    TieredReward: _tiers,
    BuyGetReward: _buy_get,
    NthReward: _nth,
    SetReward: _sets,
    GiftReward: _gift,
    ShippingReward: _shipping,
}
