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

    A part that would be above its room gets just that, and the rest is split again over the others.
    """
    amount = min(amount, sum(rooms))
    parts = allocate(amount, weights, spare) if amount else [0] * len(weights)
    if rooms is weights:  # no part of at most the whole is above its weight
        return parts
    over = [place for place, part in enumerate(parts) if part > rooms[place]]
    if not over:
        return parts
    fixed: dict[int, int] = {}
    while over:
        fixed |= {place: rooms[place] for place in over}
        free = [place for place in range(len(weights)) if place not in fixed]
        rest = amount - sum(fixed.values())
        again = allocate(rest, [weights[place] for place in free], spare) if rest else [0] * len(free)
        parts = [fixed.get(place, 0) for place in range(len(weights))]
        for place, part in zip(free, again, strict=True):
            parts[place] = part
        over = [place for place in free if parts[place] > rooms[place]]
    return parts


def spread(amount: int, units: Sequence[Units], spare: Spare = Spare.LARGEST_REMAINDER) -> list[list[tuple[int, int]]]:
    """The same over runs of equal units, without writing them out: each run's `(count, share)` parts, in order."""
    amount = min(amount, sum(count * room for count, _, room in units))
    fixed: dict[int, int] = {}
    while True:
        rest = amount - sum(units[place][0] * room for place, room in fixed.items())
        weighed = [(count, 0 if place in fixed else weight) for place, (count, weight, _) in enumerate(units)]
        parts = allocate_runs(rest, weighed, spare)
        over = [
            place
            for place, (_, _, room) in enumerate(units)
            if place not in fixed and max(share for _, share in parts[place]) > room
        ]
        if not over:
            break
        fixed |= {place: units[place][2] for place in over}
    return [[(units[place][0], fixed[place])] if place in fixed else part for place, part in enumerate(parts)]
