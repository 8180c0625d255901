"""Taking money off units: whole lines at once where that is all there is to it, single units otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ordo.kernel.money import Spare
from ordo.pricing.caps import spread
from ordo.pricing.lines import Run


class Cut(NamedTuple):
    """`number` units of one run of one line lose `amount` each."""

    place: int
    run: int
    number: int
    amount: int


class Changed(NamedTuple):
    """A line after a promotion: its new runs, what was taken off it, and how many of its units got something."""

    place: int
    runs: tuple[Run, ...]
    amount: int
    units: int


def cut_whole_line(place: int, runs: tuple[Run, ...], amount: int, left: int, used_by: str, spare: Spare) -> Changed:
    """`amount` off a line that has `left` to pay, none of whose units has a floor or is used up; shared by what is left
    of each. `used_by` names the promotion when it uses up the units that it gives to, else it is `""`.
    """
    if len(runs) == 1:
        count = runs[0][0]
        share, more = divmod(amount, count)
        changed = _cut_run(runs[0], share, more, used_by)
        return Changed(place, tuple(changed), amount, count if share else more)
    if len(runs) == 2 and left and spare is Spare.LARGEST_REMAINDER:
        return _cut_two_runs(place, runs[0], runs[1], amount, left, used_by)
    parts = [divmod(amount * run[1], left) for run in runs] if left else [(0, 0)] * len(runs)
    extra = _spare_units(amount, runs, parts, spare)
    changed = []
    units = 0
    for run, part, more in zip(runs, parts, extra, strict=True):
        share = part[0]
        units += run[0] if share else more
        for each in _cut_run(run, share, more, used_by):
            if changed and changed[-1][1:] == each[1:]:
                changed[-1] = (changed[-1][0] + each[0], *each[1:])
            else:
                changed.append(each)
    return Changed(place, tuple(changed), amount, units)


def _cut_two_runs(place: int, first: Run, second: Run, amount: int, left: int, used_by: str) -> Changed:
    """The same for the lines that most often come: one promotion has split their units into two runs before."""
    of_first, remainder = divmod(amount * first[1], left)
    of_second, other = divmod(amount * second[1], left)
    rest = amount - first[0] * of_first - second[0] * of_second
    if remainder >= other:
        more = min(rest, first[0])
        besides = rest - more
    else:
        besides = min(rest, second[0])
        more = rest - besides
    changed = _cut_run(first, of_first, more, used_by) + _cut_run(second, of_second, besides, used_by)
    units = (first[0] if of_first else more) + (second[0] if of_second else besides)
    return Changed(place, tuple(changed), amount, units)


def _cut_run(run: Run, share: int, more: int, used_by: str) -> list[Run]:
    """Each unit of the run without `share`, the first `more` of them without one minor unit besides."""
    count, each, used, taken = run
    if used_by:
        used = used_by
    if not more:
        return [(count, each - share, used, (*taken, share))]
    lucky = (more, each - share - 1, used, (*taken, share + 1))
    if more == count:
        return [lucky]
    return [lucky, (count - more, each - share, used, (*taken, share))]


def _spare_units(amount: int, runs: Sequence[Run], parts: Sequence[tuple[int, int]], spare: Spare) -> list[int]:
    """Of how many units of each run the share is one minor unit more; `parts` are share and remainder of one unit."""
    rest = amount - sum([run[0] * part[0] for run, part in zip(runs, parts, strict=True)])
    extra = [0] * len(runs)
    if rest:
        order: Sequence[int]
        if spare is Spare.FIRST:
            order = [number for number, run in enumerate(runs) if run[1]]
        else:
            order = sorted(range(len(runs)), key=lambda number: parts[number][1], reverse=True)  # equal ones in order
        for number in order:
            extra[number] = min(rest, runs[number][0])
            rest -= extra[number]
            if not rest:
                break
    return extra


def share_in_line(
    amount: int,
    place: int,
    units: Sequence[tuple[int, int]],
    runs: Sequence[Run],
    floor: int,
    original: int | None,
    spare: Spare,
) -> list[Cut]:
    """`amount` over `(run, count)` units of a line by what is left of each; equally when `original` weighs them."""
    weighed = [
        (count, runs[run][1] if original is None else original, max(0, runs[run][1] - floor)) for run, count in units
    ]
    parts = spread(amount, weighed, spare)
    return [Cut(place, run, count, share) for (run, _), each in zip(units, parts, strict=True) for count, share in each]


def change_lines(all_runs: Sequence[tuple[Run, ...]], cuts: Iterable[Cut], used_by: str) -> list[Changed]:
    """The lines with their cuts; units that are cut by nothing are still used up. Each unit is in one cut at most."""
    by_line: dict[int, dict[int, list[Cut]]] = {}
    for cut in cuts:
        by_line.setdefault(cut.place, {}).setdefault(cut.run, []).append(cut)
    return [_change(place, all_runs[place], by_line[place], used_by) for place in sorted(by_line)]


def _change(place: int, runs: Sequence[Run], cuts: dict[int, list[Cut]], used_by: str) -> Changed:
    changed: list[Run] = []
    amount = units = 0
    for number, (count, left, used, shares) in enumerate(runs):
        rest = count
        for cut in cuts.get(number, ()):
            rest -= cut.number
            amount += cut.number * cut.amount
            units += cut.number if cut.amount else 0
            _append(changed, (cut.number, left - cut.amount, used or used_by, (*shares, cut.amount)))
        if rest:
            _append(changed, (rest, left, used, (*shares, 0)))
    return Changed(place, tuple(changed), amount, units)


def _append(runs: list[Run], run: Run) -> None:
    if runs and runs[-1][1:] == run[1:]:
        runs[-1] = (runs[-1][0] + run[0], *run[1:])
    else:
        runs.append(run)
