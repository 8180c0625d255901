"""Largest remainder with a ceiling for each part: what does not fit goes to the others, again by weight."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.kernel.money import Spare, allocate
from ordo.pricing.shares import allocate_runs

Units = tuple[int, int, int]
"""`(count, weight, room)`: so many units in a row, the weight of each, and how much it can take at most."""


def share_out(
    amount: int, weights: Sequence[int], rooms: Sequence[int], spare: Spare = Spare.LARGEST_REMAINDER
) -> list[int]:
    """Split `amount` by `weights`, no part above its room, all of it as long as the rooms together hold it.

    A part whose exact share reaches its room gets just that, and the rest is split again over the others.
    """
    amount = min(amount, sum(rooms))
    if not amount or rooms is weights:  # no part of at most the whole is above its weight
        return allocate(amount, weights, spare) if amount else [0] * len(weights)
    full = _full(amount, range(len(weights)), weights, rooms)
    if not full:
        return allocate(amount, weights, spare)
    parts = list(rooms)
    rest, free = amount, list(range(len(weights)))
    while full:
        rest -= sum(rooms[place] for place in full)
        free = [place for place in free if place not in full]
        full = _full(rest, free, weights, rooms)
    again = allocate(rest, [weights[place] for place in free], spare) if rest else [0] * len(free)
    for place, part in zip(free, again, strict=True):
        parts[place] = part
    return parts


def _full(amount: int, places: Sequence[int], weights: Sequence[int], rooms: Sequence[int]) -> set[int]:
    """Those whose exact share of `amount` reaches their room: so equal ones always fare alike, and a minor unit that is
    left over fits into each of the others.
    """
    whole = sum(weights[place] for place in places)
    return {place for place in places if weights[place] and amount * weights[place] >= rooms[place] * whole}


def spread(amount: int, units: Sequence[Units], spare: Spare = Spare.LARGEST_REMAINDER) -> list[list[tuple[int, int]]]:
    """The same over runs of equal units, without writing them out: each run's `(count, share)` parts, in order."""
    amount = min(amount, sum(count * room for count, _, room in units))
    full: set[int] = set()
    while True:
        rest = amount - sum(units[place][0] * units[place][2] for place in full)
        weighed = [(count, 0 if place in full else weight) for place, (count, weight, _) in enumerate(units)]
        whole = sum(count * weight for count, weight in weighed)
        more = {
            place for place, (_, weight) in enumerate(weighed) if weight and rest * weight >= units[place][2] * whole
        }
        if not more:
            break
        full |= more
    parts = allocate_runs(rest, weighed, spare)
    return [[units[place][::2]] if place in full else part for place, part in enumerate(parts)]
