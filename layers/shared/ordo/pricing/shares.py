"""Proportional splits over runs of equal units, without ever writing the units out."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.kernel.money import Spare, spare_order

Run = tuple[int, int]
"""`(count, weight)`: so many units in a row, each of this weight."""


def allocate_runs(
    amount: int, runs: Sequence[Run], spare: Spare = Spare.LARGEST_REMAINDER
) -> list[list[tuple[int, int]]]:
    """Share `amount` (not negative) over the units of `runs` by weight: each run's `(count, share)` parts, in order.

    The same result as `ordo.kernel.money.allocate` over every single unit. Equal units have equal remainders, so the
    spare minor units go run by run (by largest remainder, ties by place, unless told otherwise), to the first units of
    each run; at most one run is split. Raises `ValueError` when there is something to share and no weight.
    """
    if amount == 0:
        return [[(count, 0)] for count, _ in runs]
    whole = sum([count * weight for count, weight in runs])
    if whole <= 0:
        raise ValueError("nothing to allocate to: all weights are zero")
    parts: list[list[tuple[int, int]]] = []
    left = amount
    for count, weight in runs:
        floor = amount * weight // whole
        left -= count * floor
        parts.append([(count, floor)])
    if left == 0:
        return parts
    for place in spare_order(amount, [weight for _, weight in runs], whole, spare):
        if left == 0:
            break
        count, floor = parts[place][0]
        lucky = min(left, count)
        parts[place] = [(lucky, floor + 1)] if lucky == count else [(lucky, floor + 1), (count - lucky, floor)]
        left -= lucky
    return parts
