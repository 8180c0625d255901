"""Tax the long way: on amounts as listed, and of every unit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from tests.proof.oracle_units import half_up, shared


def tax_within(amount: int, rate: Rate, mode: TaxMode) -> int:
    """The tax on what is listed with or without it."""
    part = Fraction(rate.percent.text) / 100
    return half_up(amount * part / (1 + part) if mode is TaxMode.INCLUSIVE else amount * part)


def taxes_of(
    lines: Sequence[Sequence[int]], rates: Sequence[Rate], mode: TaxMode, rounding: TaxRounding
) -> list[list[int]]:
    """The tax of every unit."""
    if rounding is TaxRounding.UNIT:
        return [[tax_within(each, rate, mode) for each in line] for line, rate in zip(lines, rates, strict=True)]
    sums = [tax_within(sum(line), rate, mode) for line, rate in zip(lines, rates, strict=True)]
    if rounding is TaxRounding.ORDER:
        for rate in set(map(_key, rates)):
            places = [place for place, each in enumerate(rates) if _key(each) == rate]
            amounts = [sum(lines[place]) for place in places]
            whole = tax_within(sum(amounts), rates[places[0]], mode)
            for place, part in zip(places, shared(whole, amounts), strict=True):
                sums[place] = part
    return [shared(tax, line) for tax, line in zip(sums, lines, strict=True)]


def _key(rate: Rate) -> tuple[Fraction, tuple[str, ...]]:
    return Fraction(rate.percent.text), rate.parts


def with_tax(rate: str, mode: TaxMode) -> Fraction:
    """What a minor unit of a listed price costs with tax."""
    return 1 + (Fraction(rate) / 100 if mode is TaxMode.EXCLUSIVE else Fraction(0))
