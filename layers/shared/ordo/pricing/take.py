"""Taking a value off lines: off all their units or those that were picked, for each by itself or all together."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff, Value
from ordo.catalog.selections import Judged
from ordo.kernel.money import allocate
from ordo.pricing.basket import Offer, Work
from ordo.pricing.caps import share_out
from ordo.pricing.cuts import Changed, Cut, change_lines, cut_whole_line, share_in_line
from ordo.pricing.lines import State
from ordo.pricing.picks import Units

ByLine = dict[int, list[tuple[int, int]]]
"""Of each line, `(run, count)` of the units that are meant."""


def by_line(units: Sequence[Units]) -> ByLine:
    """Picked units, sorted by line and run."""
    found: ByLine = {}
    for each in units:
        found.setdefault(each.place, []).append((each.run, each.number))
    return {place: sorted(found[place]) for place in sorted(found)}


def take(work: Work, reward: LinesReward, picked: ByLine | None, times: int = 1) -> Offer:
    """The reward off the picked units, or off all of the lines (None)."""
    basket, state = work.basket, work.state
    places = list(work.places if picked is None else picked)
    if reward.includes_shipping and state.left[basket.shipping_place]:
        places.append(basket.shipping_place)
        if picked is not None:
            picked = {**picked, basket.shipping_place: [(0, 1)]}
    if reward.per is Per.UNIT:
        return _each_unit(work, reward, places, picked, times)
    bases = _left(state, places, picked)
    weights = bases if work.promotion.base is Judged.LEFT or picked is None else _originals(work, picked, places)
    simple = picked is None and not basket.has_floors
    rooms = bases if simple else [_room(work, place, picked) for place in places]
    if reward.per is Per.LINE:
        shares: list[int] | str = _each_line(reward.value, weights, bases, rooms, basket.currency, times)
    else:
        shares = _together(work, reward.value, weights, bases, rooms, times)
    if isinstance(shares, str):
        return Offer(reason=shares)
    shares = _capped(work, shares, reward)
    return _shared(work, places, picked, shares, sum(bases))


def _originals(work: Work, picked: ByLine, places: Sequence[int]) -> list[int]:
    """What the picked units of each line weigh by their original prices."""
    return [work.basket.original(place) * sum(count for _, count in picked[place]) for place in places]


def _room(work: Work, place: int, picked: ByLine | None) -> int:
    """What can be taken off the picked units of a line before they cost what they must."""
    floor = work.basket.floor(place)
    runs = work.state.runs[place]
    if picked is None:
        if floor == 0:
            return work.state.left[place]
        return sum(run[0] * max(0, run[1] - floor) for run in runs)
    return sum(count * max(0, runs[run][1] - floor) for run, count in picked[place])


def _left(state: State, places: Sequence[int], picked: ByLine | None) -> list[int]:
    if picked is None:
        return [state.left[place] for place in places]
    return [sum(count * state.runs[place][run][1] for run, count in picked[place]) for place in places]


def _each_line(
    value: Value, weights: Sequence[int], bases: Sequence[int], rooms: Sequence[int], currency: str, times: int
) -> list[int] | str:
    if isinstance(value, PercentOff):
        percent = value.percent
        return [min(percent.of(weight), room) for weight, room in zip(weights, rooms, strict=True)]
    amount = amount_in(value, currency)
    if amount is None:
        return "not_in_currency"
    if isinstance(value, AmountOff):
        return [min(amount * times, room) for room in rooms]
    return [min(max(0, base - amount), room) for base, room in zip(bases, rooms, strict=True)]


def _together(
    work: Work, value: Value, weights: Sequence[int], bases: Sequence[int], rooms: Sequence[int], times: int
) -> list[int] | str:
    if isinstance(value, PercentOff):
        amount = value.percent.of(sum(weights))
    else:
        found = amount_in(value, work.basket.currency)
        if found is None:
            return "not_in_currency"
        amount = found * times if isinstance(value, AmountOff) else max(0, sum(bases) - found)
    return share_out(amount, weights, rooms, work.basket.spare)


def _capped(work: Work, shares: list[int], reward: LinesReward) -> list[int]:
    if reward.cap is None:
        return shares
    cap = reward.cap.get(work.basket.currency)
    if cap is None or sum(shares) <= cap:
        return shares
    return allocate(cap, shares, work.basket.spare)


def _shared(work: Work, places: Sequence[int], picked: ByLine | None, shares: Sequence[int], base: int) -> Offer:
    """The shares of the lines, shared on to their units."""
    if not any(shares):
        return Offer(reason="nothing_left")
    basket, state, used_by = work.basket, work.state, work.used_by
    runs, spare = state.runs, basket.spare
    if picked is None and not basket.has_floors:
        left = state.left
        whole = [
            cut_whole_line(place, runs[place], share, left[place], used_by, spare)
            for place, share in zip(places, shares, strict=True)
            if share or used_by
        ]
        return Offer(whole, base)
    changed: list[Changed] = []
    cuts: list[Cut] = []
    for place, share in zip(places, shares, strict=True):
        if not share and not used_by:
            continue
        floor = basket.floor(place)
        if picked is None and floor == 0:
            changed.append(cut_whole_line(place, runs[place], share, state.left[place], used_by, spare))
        else:
            units = [(run, each[0]) for run, each in enumerate(runs[place])] if picked is None else picked[place]
            cuts += share_in_line(share, place, units, runs[place], floor, work.original(place), spare)
    if cuts:
        changed += change_lines(runs, cuts, used_by)
    return Offer(changed, base)


def _each_unit(work: Work, reward: LinesReward, places: Sequence[int], picked: ByLine | None, times: int) -> Offer:
    value = reward.value
    state, basket = work.state, work.basket
    found = amount_in(value, basket.currency)
    if found is None:
        return Offer(reason="not_in_currency")
    amount = found * times
    cuts = []
    for place in places:
        runs, floor, original = state.runs[place], basket.floor(place), work.original(place)
        units = [(run, each[0]) for run, each in enumerate(runs)] if picked is None else picked[place]
        for run, count in units:
            left = runs[run][1]
            off = unit_cut(value, left if original is None else original, left, amount)
            cuts.append(Cut(place, run, count, max(0, min(off, left - floor))))
    return _of_cuts(work, cuts, places, picked, reward)


def _of_cuts(work: Work, cuts: list[Cut], places: Sequence[int], picked: ByLine | None, reward: LinesReward) -> Offer:
    total = sum(cut.number * cut.amount for cut in cuts)
    base = sum(_left(work.state, places, picked))
    cap = None if reward.cap is None else reward.cap.get(work.basket.currency)
    if cap is not None and total > cap:
        taken = dict.fromkeys(places, 0)
        for cut in cuts:
            taken[cut.place] += cut.number * cut.amount
        return _shared(work, places, picked, allocate(cap, [taken[place] for place in places], work.basket.spare), base)
    if total == 0:
        return Offer(reason="nothing_left")
    return Offer(change_lines(work.state.runs, cuts, work.used_by), base)


def amount_in(value: Value, currency: str) -> int | None:
    """The value's amount in the currency, None when it has none in it; 0 for a percentage, which has it in all."""
    if isinstance(value, PercentOff):
        return 0
    return (value.amounts if isinstance(value, AmountOff) else value.prices).get(currency)


def unit_cut(value: Value, weight: int, left: int, amount: int) -> int:
    """What the value takes off one unit that has `left` and, for a percentage, weighs `weight`; `amount` is its own."""
    if isinstance(value, PercentOff):
        return value.percent.of(weight)
    return amount if isinstance(value, AmountOff) else left - amount
