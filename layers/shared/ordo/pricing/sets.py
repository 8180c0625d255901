"""Sets: units of several selections that together have a price."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ordo.catalog.rewards import Part, Pick, SetReward
from ordo.pricing.cuts import Cut
from ordo.pricing.lines import State
from ordo.pricing.picks import Units, count, free_units, in_order


class MadeSets(NamedTuple):
    """`times` equal sets, each of these units. Here runs in a row that cost the same are one, named by the first."""

    units: tuple[Units, ...]
    times: int


class Missing(NamedTuple):
    """No set can be made: so many units are missing for the first part that lacks some."""

    units: int


def make_sets(
    state: State, reward: SetReward, places: Callable[[Part], Sequence[int]], gains: Callable[[Sequence[Units]], bool]
) -> list[MadeSets] | Missing:
    """As many sets as there are units for, each unit in one of them; one that `gains` nothing is not made, and its
    cheapest unit is set aside so that others can be tried.
    """
    parts, pools = _narrow_first(reward, [_rows(state, places(part), reward.pick) for part in reward.parts])
    rest = {(each.place, each.run): each.number for pool in pools for each in pool}
    made: list[MadeSets] = []
    most = reward.times or sum(rest.values())
    heads = [0] * len(pools)
    tried = False
    while most > 0:
        composed = _compose(parts, pools, rest, heads)
        if isinstance(composed, Missing):
            return made if tried else composed
        tried = True
        times = min(most, *(rest[each.place, each.run] // each.number for each in composed))
        if gains(composed):
            made.append(MadeSets(composed, times))
            most -= times
            for each in composed:
                rest[each.place, each.run] -= each.number * times
        else:
            _set_aside(composed, rest)
    return made


def _set_aside(units: Sequence[Units], rest: dict[tuple[int, int], int]) -> None:
    """Its cheapest unit; of a set of very many a part of them, so that the tries stay few. A row has as many left as
    the set has of it, less that: with more the next set would be the same.
    """
    aside = 1 + count(units) // 64
    for each in sorted(units, key=lambda each: each.left):
        taken = min(aside, each.number)
        rest[each.place, each.run] = each.number - taken
        aside -= taken
        if not aside:
            break


def _rows(state: State, places: Sequence[int], pick: Pick) -> list[Units]:
    """The free units in the order of `pick`, runs in a row that cost the same as one."""
    rows: list[Units] = []
    last = (-1, -1)
    for each in free_units(state, places, Pick.FIRST):
        if last == (each.place, each.run - 1) and rows[-1].left == each.left:
            rows[-1] = rows[-1]._replace(number=rows[-1].number + each.number)
        else:
            rows.append(each)
        last = each[:2]
    return in_order(rows, pick)


def _narrow_first(reward: SetReward, pools: list[list[Units]]) -> tuple[list[Part], list[list[Units]]]:
    """The parts with their pools, those of fewer units first; and in each pool first what no part of fewer units could
    have. So a wide part leaves to a narrow one what only that can use: where one pool holds the other, as many sets are
    made as there are units for.
    """
    if len(pools) == 1:
        return list(reward.parts), pools
    order = sorted(range(len(pools)), key=lambda number: count(pools[number]))
    wanted: set[tuple[int, int]] = set()
    sorted_pools = []
    for number in order:
        pool = pools[number]
        if not wanted.isdisjoint(each[:2] for each in pool):
            pool = sorted(pool, key=lambda each: each[:2] in wanted)
        wanted.update(each[:2] for each in pool)
        sorted_pools.append(pool)
    return [reward.parts[number] for number in order], sorted_pools


def _compose(
    parts: Sequence[Part], pools: Sequence[Sequence[Units]], rest: dict[tuple[int, int], int], heads: list[int]
) -> tuple[Units, ...] | Missing:
    """The units of one set, the first of each pool that are still there; `heads` pass over what a pool has used up."""
    taken: dict[tuple[int, int], int] = {}
    units: dict[tuple[int, int], Units] = {}
    for number_of_pool, (part, pool) in enumerate(zip(parts, pools, strict=True)):
        needed = part.quantity
        while heads[number_of_pool] < len(pool) and not rest[pool[heads[number_of_pool]][:2]]:
            heads[number_of_pool] += 1
        for position in range(heads[number_of_pool], len(pool)):
            each = pool[position]
            key = (each.place, each.run)
            number = min(needed, rest[key] - taken.get(key, 0))
            if number > 0:
                taken[key] = taken.get(key, 0) + number
                units[key] = each
                needed -= number
            if needed == 0:
                break
        if needed:
            return Missing(needed)
    return tuple(units[key]._replace(number=number) for key, number in sorted(taken.items()))


def single_units(made: Sequence[MadeSets]) -> Iterator[Units]:
    """All units of all sets."""
    for each in made:
        for units in each.units:
            yield units._replace(number=units.number * each.times)


def set_cuts(state: State, made: Sequence[tuple[MadeSets, Sequence[Sequence[tuple[int, int]]]]]) -> list[Cut]:
    """What all sets take off the runs; of each set there is `(count, amount)` for each of its units. Of units in a row
    that cost the same the first are taken, and the very first lose most.
    """
    rows: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for each, parts in made:
        for units, of_units in zip(each.units, parts, strict=True):
            row = rows.setdefault((units.place, units.run), [])
            row += [(amount, count * each.times) for count, amount in of_units]
    cuts = []
    for (place, first), row in rows.items():
        number, room = first, state.runs[place][first][0]
        for amount, wanted in sorted(row, reverse=True):
            left = wanted
            while left:
                if room == 0:
                    number += 1
                    room = state.runs[place][number][0]
                taken = min(left, room)
                cuts.append(Cut(place, number, taken, amount))
                left, room = left - taken, room - taken
    return cuts
