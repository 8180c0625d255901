"""Percentages as exact fractions, and the one rounding of amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer, halves away from zero; `denominator` is positive."""
    if numerator < 0:
        return -divide_half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class Percent:
    """A rate such as `12.5` per cent, kept as the fraction `numerator / denominator` of one."""

    text: str
    numerator: int
    denominator: int

    def of(self, amount: int) -> int:
        """Such a share of `amount`, rounded half up to a whole minor unit."""
        return divide_half_up(amount * self.numerator, self.denominator)

    def within(self, gross: int) -> int:
        """The part of `gross` that was added by this rate: 19 per cent is within 119 as 19, rounded half up."""
        return divide_half_up(gross * self.numerator, self.numerator + self.denominator)


@lru_cache(maxsize=1024)
def percent(text: str) -> Percent:
    """Read a decimal text of per cents (`"12.5"`); raises `ValueError` when it is none, negative or not finite."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not a percentage: {text!r}") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"not a percentage: {text!r}")
    numerator, denominator = (value / 100).as_integer_ratio()
    return Percent(text, numerator, denominator)
