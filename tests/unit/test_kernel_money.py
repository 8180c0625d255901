"""Money is exact; an independent oracle with fractions says what largest remainder means."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.errors import CurrencyMismatch, UnknownCurrency
from ordo.kernel.money import Money, Spare, allocate, format_minor, minor_digits
from ordo.kernel.percent import divide_half_up, percent

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


def hamilton(amount: int, weights: list[int]) -> list[int]:
    """Largest remainder as the textbook has it: exact quotas, floors, then one each by remainder."""
    quotas = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [int(quota) for quota in quotas]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - quotas[i], i))
    return [part + (place in by_remainder[:left]) for place, part in enumerate(parts)]


@given(st.integers(0, 10**12), WEIGHTS)
def test_allocate_is_the_hamilton_method_with_ties_by_place(amount: int, weights: list[int]) -> None:
    assert allocate(amount, weights) == hamilton(amount, weights)


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_parts_sum_exactly_and_stay_within_one_unit_of_their_quota(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights)
    assert all(abs(part - Fraction(amount * weight, whole)) < 1 for part, weight in zip(parts, weights, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.integers(0, 10**12), WEIGHTS)
def test_what_is_left_over_may_go_to_the_first_places_that_have_a_weight(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights, Spare.FIRST)
    assert sum(parts) == amount
    floors = [amount * weight // sum(weights) for weight in weights]
    more = [part - floor for part, floor, weight in zip(parts, floors, weights, strict=True) if weight]
    assert more == sorted(more, reverse=True)
    assert set(more) <= {0, 1}
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_the_first_places_get_what_the_largest_remainder_gives_to_others() -> None:
    assert allocate(100, [0, 10, 45, 45, 1]) == [0, 10, 45, 44, 1]
    assert allocate(100, [0, 10, 45, 45, 1], Spare.FIRST) == [0, 10, 45, 45, 0]


@given(st.integers(0, 10**9), WEIGHTS)
def test_a_negative_amount_is_split_as_its_opposite(amount: int, weights: list[int]) -> None:
    assert allocate(-amount, weights) == [-part for part in allocate(amount, weights)]


@given(st.integers(0, 10**6), WEIGHTS)
def test_no_part_is_more_than_its_weight_when_the_amount_is_not_more_than_the_whole(
    amount: int, weights: list[int]
) -> None:
    amount = min(amount, sum(weights))
    assert all(part <= weight for part, weight in zip(allocate(amount, weights), weights, strict=True))


def test_fifty_over_three_equal_units_is_one_cent_less_for_the_last() -> None:
    assert allocate(5000, [10000, 10000, 10000]) == [1667, 1667, 1666]


def test_nothing_to_allocate_to_is_refused_unless_there_is_nothing_to_allocate() -> None:
    assert allocate(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="zero"):
        allocate(1, [0, 0])
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [2, -1])


@pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_currencies_have_the_minor_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("code", ["XAU", "ABC", "cny", "", "CNYX"])
def test_what_is_no_currency_with_a_minor_unit_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, code)


def test_amounts_are_written_with_the_decimals_of_their_currency() -> None:
    assert [format_minor(25000, "CNY"), format_minor(500, "JPY"), format_minor(1234, "KWD")] == [
        "250.00",
        "500",
        "1.234",
    ]
    assert str(Money(-5, "CNY")) == "-0.05 CNY"


def test_amounts_add_and_subtract_only_in_one_currency() -> None:
    assert Money(5, "CNY") + Money(7, "CNY") - Money(20, "CNY") == Money(-8, "CNY")
    with pytest.raises(CurrencyMismatch):
        Money(5, "CNY") + Money(5, "USD")


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_divide_half_up_is_the_nearest_integer_with_halves_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = divide_half_up(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


@given(st.decimals(0, 1000, places=4), st.integers(0, 10**12))
def test_a_percentage_and_its_part_within_a_gross_are_exact_before_the_one_rounding(rate: object, amount: int) -> None:
    share = Fraction(str(rate)) / 100
    read = percent(str(rate))
    assert abs(read.of(amount) - amount * share) <= Fraction(1, 2)
    assert abs(read.within(amount) - amount * share / (1 + share)) <= Fraction(1, 2)


@pytest.mark.parametrize("text", ["", "x", "-1", "NaN", "Infinity"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        percent(text)
