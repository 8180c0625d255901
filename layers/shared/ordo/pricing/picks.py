"""Which single units a promotion takes: by price, in groups, bought and got, in sets. Runs are never written out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from ordo.catalog.rewards import BuyGetReward, Groups, NthReward, Pick, UnitLimit
from ordo.pricing.lines import Item, State


class Units(NamedTuple):
    """`number` units of one run of one line, with what is left of each."""

    place: int
    run: int
    number: int
    left: int


def free_units(state: State, places: Iterable[int], pick: Pick) -> list[Units]:
    """All units that no promotion has used up, in the order of `pick`."""
    found = [
        Units(place, number, run[0], run[1])
        for place in places
        for number, run in enumerate(state.runs[place])
        if not run[2]
    ]
    return in_order(found, pick)


def in_order(units: list[Units], pick: Pick) -> list[Units]:
    """The units in the order of `pick`."""
    if pick is Pick.CHEAPEST:
        units.sort(key=lambda each: each.left)
    elif pick is Pick.DEAREST:
        units.sort(key=lambda each: -each.left)
    return units


def count(units: Iterable[Units]) -> int:
    """How many units they are."""
    return sum(each.number for each in units)


def first(units: Iterable[Units], most: int) -> list[Units]:
    """The first `most` units."""
    taken: list[Units] = []
    for each in units:
        if most <= 0:
            break
        part = each if each.number <= most else each._replace(number=most)
        taken.append(part)
        most -= part.number
    return taken


def limited(state: State, places: Sequence[int], items: Sequence[Item], limit: UnitLimit) -> list[Units]:
    """The units that a limit leaves. Those that cannot get any cheaper are passed over when their number is limited."""
    units = free_units(state, places, limit.pick)
    if limit.max_units or limit.max_units_per_line:
        units = [each for each in units if each.left > _floor(items, each.place)]
    if limit.max_units_per_line:
        units = _per_line(units, limit.max_units_per_line)
    most = min(count(units), limit.max_units) if limit.max_units else count(units)
    return first(units, most // limit.groups_of * limit.groups_of)


def _floor(items: Sequence[Item], place: int) -> int:
    return items[place].floor if place < len(items) else 0


def _per_line(units: Iterable[Units], most: int) -> list[Units]:
    room: dict[int, int] = {}
    kept = []
    for each in units:
        taken = min(each.number, room.get(each.place, most))
        room[each.place] = room.get(each.place, most) - taken
        if taken:
            kept.append(each._replace(number=taken))
    return kept


class Picked(NamedTuple):
    """Units that are rewarded, those that the reward uses besides, and how many are missing when there are none."""

    rewarded: list[Units]
    used: list[Units]
    missing: int = 0


def every_nth(state: State, places: Sequence[int], reward: NthReward) -> Picked:
    """The `count` of every `every` units."""
    order = {Groups.ASCENDING: Pick.CHEAPEST, Groups.DESCENDING: Pick.DEAREST}.get(reward.groups, reward.pick)
    units = free_units(state, places, order)
    groups = count(units) // reward.every
    groups = min(groups, reward.times) if reward.times else groups
    if groups == 0:
        return Picked([], [], reward.every - count(units))
    if reward.groups is Groups.ACROSS:
        taken, rest = _divide(first(units, groups * reward.every), groups * reward.count)
        return Picked(taken, rest)
    begins = 0 if order is reward.pick or reward.pick is Pick.FIRST else reward.every - reward.count
    rewarded: list[Units] = []
    used: list[Units] = []
    position = 0
    for _, equal in groupby(first(units, groups * reward.every), key=lambda each: (each.place, each.left)):
        row = list(equal)
        end = position + count(row)
        hits = _hits(end, reward.every, begins, reward.count) - _hits(position, reward.every, begins, reward.count)
        # Of the units of a line that cost the same the first get it, whatever was taken off each before.
        got, rest = _divide(row, hits)
        rewarded += got
        used += rest
        position = end
    return Picked(rewarded, used)


def _hits(position: int, every: int, begins: int, width: int) -> int:
    """How many of the positions before `position` lie in the window of their group."""
    whole, part = divmod(position, every)
    return whole * width + max(0, min(part - begins, width))


def _divide(units: Iterable[Units], most: int) -> tuple[list[Units], list[Units]]:
    """The first `most` units, and the others."""
    head: list[Units] = []
    tail: list[Units] = []
    for each in units:
        taken = min(each.number, most)
        most -= taken
        if taken:
            head.append(each._replace(number=taken))
        if taken < each.number:
            tail.append(each._replace(number=each.number - taken))
    return head, tail


def bought_and_got(
    state: State,
    buy_places: Sequence[int],
    get_places: Sequence[int],
    reward: BuyGetReward,
    items: Sequence[Item],
    price: int = 0,
) -> Picked:
    """As often as there is enough to buy and something left to get; a unit that both could have goes to one of them.

    `price` is what a unit is got for, where the value is a price.
    """
    buying = set(buy_places)
    # What cannot get any cheaper cannot be got, but it can be bought.
    got = [
        each for each in free_units(state, get_places, reward.pick) if each.left > max(price, _floor(items, each.place))
    ]
    buyable = sum(state.free_units(place) for place in buying)
    common = count(each for each in got if each.place in buying)
    times = _times(reward, buyable - common, common, count(got))
    if times == 0:
        return Picked([], [], max(reward.buy.quantity - buyable, 1))
    bought_of_common = max(0, times * reward.buy.quantity - (buyable - common))
    rewarded = _got(got, times * reward.get.quantity, common - bought_of_common, buying)
    rest = _left_over(free_units(state, buy_places, _opposite(reward.pick)), rewarded)
    return Picked(rewarded, first(rest, times * reward.buy.quantity))


def _times(reward: BuyGetReward, only_buy: int, common: int, gettable: int) -> int:
    """The most repetitions of which each buys in full and still gets something: `common` units could be either."""
    buy, get = reward.buy.quantity, reward.get.quantity
    low, high = 0, (only_buy + common) // buy
    high = min(high, reward.times) if reward.times else high
    while low < high:
        middle = (low + high + 1) // 2
        if gettable - max(0, middle * buy - only_buy) > (middle - 1) * get:
            low = middle
        else:
            high = middle - 1
    return low


def _got(units: Iterable[Units], most: int, common: int, buying: set[int]) -> list[Units]:
    """The first `most`, at most `common` of them from lines that are bought of too."""
    taken = []
    for each in units:
        number = min(each.number, most, common if each.place in buying else each.number)
        if number <= 0:
            continue
        taken.append(each._replace(number=number))
        most -= number
        common -= number if each.place in buying else 0
    return taken


def _left_over(units: Iterable[Units], taken: Iterable[Units]) -> list[Units]:
    gone: dict[tuple[int, int], int] = {}
    for each in taken:
        gone[each.place, each.run] = gone.get((each.place, each.run), 0) + each.number
    rest = (each._replace(number=each.number - gone.get((each.place, each.run), 0)) for each in units)
    return [each for each in rest if each.number > 0]


def _opposite(pick: Pick) -> Pick:
    return {Pick.CHEAPEST: Pick.DEAREST, Pick.DEAREST: Pick.CHEAPEST}.get(pick, pick)
