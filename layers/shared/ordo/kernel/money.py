"""Money in integer minor units, and the one way Ordo splits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache

from ordo.kernel.errors import CurrencyMismatch, UnknownCurrency

MAX_AMOUNT = 10_000_000_000
"""Minor units. 500 lines of 1,000 such units stay below 2**53, the largest integer every JSON reader keeps exact."""


class Spare(StrEnum):
    """Who gets the minor units that a proportional split leaves over, one each."""

    LARGEST_REMAINDER = "largest_remainder"
    """Those whose exact share was cut the most, ties by place."""
    FIRST = "first"
    """The first places that have a weight."""


@cache
def minor_digits(code: str) -> int:
    """Digits after the decimal point of an ISO 4217 currency: CNY 2, JPY 0, KWD 3.

    Raises `UnknownCurrency` for codes that ISO 4217 does not list or gives no minor unit (XAU).
    """
    from iso4217 import Currency  # 10 ms of import that only those who check a currency should pay

    try:
        exponent = Currency(code).exponent
    except ValueError:
        raise UnknownCurrency(code) from None
    if exponent is None:
        raise UnknownCurrency(code)
    return int(exponent)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency (25000 CNY is 250.00 yuan). May be negative in deltas."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __str__(self) -> str:
        return f"{format_minor(self.amount, self.currency)} {self.currency}"

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other


def format_minor(amount: int, currency: str) -> str:
    """Write minor units with the currency's own decimals: 25000 CNY -> `250.00`, 500 JPY -> `500`."""
    return str(Decimal(amount).scaleb(-minor_digits(currency)))


def round_half_up(value: Decimal) -> int:
    """Round to a whole minor unit, halves away from zero (commercial rounding)."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(amount: int, weights: Sequence[int], spare: Spare = Spare.LARGEST_REMAINDER) -> list[int]:
    """Split `amount` in proportion to `weights`, by largest remainder (ties to the earlier place) or as told.

    The parts sum to `amount` exactly; a weight of zero gets nothing. Weights are not negative and, unless
    `amount` is zero, not all zero (`ValueError`). For a negative amount the split of its absolute value is negated.
    Source: the Hamilton method of apportionment.
    """
    if weights and min(weights) < 0:
        raise ValueError("weights must not be negative")
    if amount == 0:
        return [0] * len(weights)
    whole = sum(weights)
    if whole == 0:
        raise ValueError("nothing to allocate to: all weights are zero")
    sign, size = (1, amount) if amount > 0 else (-1, -amount)
    parts = [size * weight // whole for weight in weights]
    left = size - sum(parts)
    if left:
        for place in spare_order(size, weights, whole, spare)[:left]:
            parts[place] += 1
    return parts if sign > 0 else [-part for part in parts]


def spare_order(size: int, weights: Sequence[int], whole: int, spare: Spare) -> list[int]:
    """The places of `weights` in the order in which they get a minor unit that is left over.

    At most one each is left over for those that have a weight, and for those whose share was cut.
    """
    if spare is Spare.FIRST:
        return [place for place, weight in enumerate(weights) if weight]
    remainders = [size * weight % whole for weight in weights]
    return sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)  # which keeps the order of equal ones
