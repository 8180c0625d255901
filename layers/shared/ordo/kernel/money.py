"""Money in integer minor units, and the one way Ordo splits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from ordo.kernel.errors import CurrencyMismatch, UnknownCurrency


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


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` in proportion to `weights` by largest remainder; ties go to the earlier place.

    The parts sum to `amount` exactly; a weight of zero gets nothing. Weights are not negative and, unless
    `amount` is zero, not all zero (`ValueError`). For a negative amount the split of its absolute value is negated.
    Source: the Hamilton method of apportionment.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    if amount == 0:
        return [0] * len(weights)
    whole = sum(weights)
    if whole == 0:
        raise ValueError("nothing to allocate to: all weights are zero")
    sign, size = (1, amount) if amount > 0 else (-1, -amount)
    parts = [size * weight // whole for weight in weights]
    remainders = [size * weight % whole for weight in weights]
    spare = size - sum(parts)
    for place in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:spare]:
        parts[place] += 1
    return [sign * part for part in parts]
