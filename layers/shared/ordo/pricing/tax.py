"""Tax on lines and charges: rounded half up as the channel says, and shared to the units. Pure and exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from ordo.kernel.money import allocate
from ordo.pricing.shares import Run, allocate_runs

RunTax = list[tuple[int, int]]
"""The parts of one run in order: `(count, tax of one unit)`."""


class Taxable(NamedTuple):
    """A line's runs `(count, what one unit costs as listed)`, and its rate."""

    runs: Sequence[Run]
    rate: Rate


def tax_on(amount: int, rate: Rate, mode: TaxMode) -> int:
    """The tax on an amount that is listed with it (inclusive) or without (exclusive), rounded half up."""
    return rate.percent.within(amount) if mode is TaxMode.INCLUSIVE else rate.percent.of(amount)


def tax_lines(lines: Sequence[Taxable], mode: TaxMode, rounding: TaxRounding = TaxRounding.LINE) -> list[list[RunTax]]:
    """For each line the tax of every unit of each of its runs.

    By `line` it is rounded once for the line, by `order` once for all given lines that have the same rate; each sum is
    shared to lines and units by what they cost, by largest remainder, ties in order. By `unit` each unit's is rounded
    by itself. What costs nothing has no tax.
    """
    if rounding is TaxRounding.UNIT:
        return [[[(count, tax_on(each, line.rate, mode))] for count, each in line.runs] for line in lines]
    if rounding is TaxRounding.ORDER:
        sums = _taxes_of_order(lines, mode)
        return [_shared(line.runs, tax) for line, tax in zip(lines, sums, strict=True)]
    return [_shared(line.runs, tax_on(_amount(line), line.rate, mode)) for line in lines]


def _taxes_of_order(lines: Sequence[Taxable], mode: TaxMode) -> list[int]:
    """The tax of each line, rounded once for each rate."""
    groups: dict[tuple[int, int, tuple[str, ...]], list[int]] = {}
    for place, line in enumerate(lines):
        share = line.rate.percent
        groups.setdefault((share.numerator, share.denominator, line.rate.parts), []).append(place)
    taxes = [0] * len(lines)
    for places in groups.values():
        amounts = [_amount(lines[place]) for place in places]
        tax = tax_on(sum(amounts), lines[places[0]].rate, mode)
        for place, share_of_line in zip(places, allocate(tax, amounts), strict=True):
            taxes[place] = share_of_line
    return taxes


def _amount(line: Taxable) -> int:
    runs = line.runs
    if len(runs) == 1:
        return runs[0][0] * runs[0][1]
    return sum(count * each for count, each in runs)


def _shared(runs: Sequence[Run], tax: int) -> list[RunTax]:
    if len(runs) != 1:
        return allocate_runs(tax, runs)
    count = runs[0][0]
    each, spare = divmod(tax, count)
    return [[(spare, each + 1), (count - spare, each)] if spare else [(count, each)]]
