"""Tax of every unit, in each mode and rounding, against exact fractions unit by unit."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.taxes import Rate, TaxMode, TaxPolicy, TaxRounding
from ordo.pricing.tax import Taxable, tax_lines, tax_on

MODES = st.sampled_from(TaxMode)
RATES = st.sampled_from(["0", "3", "8.25", "13", "19", "100", ("4", "4.5"), ("8.5",), ("0.1", "0.2", "0.3")])
RUNS = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4000)), min_size=1, max_size=4)
LINES = st.lists(st.tuples(RUNS, RATES), min_size=1, max_size=6)

Line = tuple[list[tuple[int, int]], str | tuple[str, ...]]


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def exact(amount: int, rate: str | tuple[str, ...], mode: TaxMode) -> Fraction:
    share = sum(map(Fraction, [rate] if isinstance(rate, str) else rate), Fraction(0)) / 100
    return amount * share / (1 + share) if mode is TaxMode.INCLUSIVE else amount * share


def shared(amount: int, weights: list[int]) -> list[int]:
    """By largest remainder, in exact fractions."""
    if not amount:
        return [0] * len(weights)
    quotas = [Fraction(amount) * weight / sum(weights) for weight in weights]
    parts = [floor(quota) for quota in quotas]
    for place in sorted(range(len(weights)), key=lambda i: (floor(quotas[i]) - quotas[i], i))[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def by_unit(lines: list[Line], mode: TaxMode, rounding: TaxRounding) -> list[list[int]]:
    """The tax of every unit of every line as Ordo gives it."""
    wanted = [Taxable(runs, Rate.of(rate)) for runs, rate in lines]
    answer = []
    for line, parts in zip(wanted, tax_lines(wanted, mode, rounding), strict=True):
        assert [sum(count for count, _ in run) for run in parts] == [count for count, _ in line.runs]
        answer.append([tax for run in parts for count, tax in run for _ in range(count)])
    return answer


def units_of(line: Line) -> list[int]:
    return [each for count, each in line[0] for _ in range(count)]


@given(LINES, MODES)
def test_by_line_tax_is_rounded_once_for_the_line_and_shared_by_largest_remainder(
    lines: list[Line], mode: TaxMode
) -> None:
    for line, taxes in zip(lines, by_unit(lines, mode, TaxRounding.LINE), strict=True):
        units = units_of(line)
        assert taxes == shared(half_up(exact(sum(units), line[1], mode)), units)


@given(LINES, MODES)
def test_by_unit_each_units_tax_is_rounded_by_itself(lines: list[Line], mode: TaxMode) -> None:
    for line, taxes in zip(lines, by_unit(lines, mode, TaxRounding.UNIT), strict=True):
        assert taxes == [half_up(exact(each, line[1], mode)) for each in units_of(line)]


@given(LINES, MODES)
def test_by_order_tax_is_rounded_once_for_each_rate_and_shared_to_lines_then_units(
    lines: list[Line], mode: TaxMode
) -> None:
    found = by_unit(lines, mode, TaxRounding.ORDER)
    for rate in {each for _, each in lines if each != ("8.5",)}:
        places = [place for place, line in enumerate(lines) if line[1] == rate]
        sums = [sum(units_of(lines[place])) for place in places]
        of_lines = shared(half_up(exact(sum(sums), rate, mode)), sums)
        for place, tax in zip(places, of_lines, strict=True):
            assert found[place] == shared(tax, units_of(lines[place]))


@given(LINES, MODES, st.sampled_from(TaxRounding))
def test_no_unit_has_tax_without_a_price_nor_more_tax_than_an_inclusive_price(
    lines: list[Line], mode: TaxMode, rounding: TaxRounding
) -> None:
    for line, taxes in zip(lines, by_unit(lines, mode, rounding), strict=True):
        for price, tax in zip(units_of(line), taxes, strict=True):
            assert tax >= 0
            assert price or not tax
            assert mode is TaxMode.EXCLUSIVE or tax <= price


def test_the_roundings_differ_as_they_should() -> None:
    lines: list[Line] = [([(3, 99)], "10"), ([(1, 99)], "10")]
    assert by_unit(lines, TaxMode.EXCLUSIVE, TaxRounding.LINE) == [[10, 10, 10], [10]]
    small: list[Line] = [([(3, 14)], "10"), ([(1, 14)], "10")]
    assert by_unit(small, TaxMode.EXCLUSIVE, TaxRounding.UNIT) == [[1, 1, 1], [1]]
    assert by_unit(small, TaxMode.EXCLUSIVE, TaxRounding.LINE) == [[2, 1, 1], [1]]
    assert by_unit(small, TaxMode.EXCLUSIVE, TaxRounding.ORDER) == [[2, 2, 1], [1]]


def test_lines_of_another_rate_are_another_rounding_although_the_sum_is_the_same() -> None:
    lines: list[Line] = [([(1, 5)], "8.5"), ([(1, 5)], ("4", "4.5"))]
    assert by_unit(lines, TaxMode.EXCLUSIVE, TaxRounding.ORDER) == [[0], [0]]
    same: list[Line] = [([(1, 5)], "8.5"), ([(1, 5)], "8.50")]
    assert by_unit(same, TaxMode.EXCLUSIVE, TaxRounding.ORDER) == [[1], [0]]


def test_half_a_minor_unit_is_rounded_up() -> None:
    assert tax_on(5, Rate.of("10"), TaxMode.EXCLUSIVE) == 1
    assert tax_on(119, Rate.of("19"), TaxMode.INCLUSIVE) == 19


POLICY = TaxPolicy.of(
    {
        "mode": "inclusive",
        "rate_percent": "19",
        "class_rates": {"books": "7", "food": "7"},
        "regions": [
            {"country": "AT", "rate_percent": "20", "class_rates": {"books": "10"}},
            {"country": "US", "rate_percent": "0"},
            {"country": "US", "region": "NY", "rate_percent": ["4", "4.5"], "class_rates": {"food": "0"}},
            {"country": "ES", "region": "Canarias", "class_rates": {"standard": "7"}},
        ],
        "shipping_class": "books",
        "shipping_mode": "exclusive",
        "rounding": "order",
    }
)


@pytest.mark.parametrize(
    ("tax_class", "country", "region", "rate"),
    [
        ("standard", None, None, "19"),
        ("books", None, None, "7"),
        ("books", "DE", "Bayern", "7"),
        ("standard", "AT", "Tirol", "20"),
        ("books", "AT", None, "10"),
        ("food", "AT", None, "20"),
        ("standard", "US", "NY", "8.5"),
        ("food", "US", "NY", "0"),
        ("books", "US", "NY", "8.5"),
        ("standard", "US", "CA", "0"),
        ("standard", "ES", "Canarias", "7"),
        ("books", "ES", "Canarias", "7"),
        ("other", "ES", "Canarias", "19"),
        ("standard", None, "NY", "19"),
    ],
)
def test_the_most_exact_place_that_says_something_has_the_rate(
    tax_class: str, country: str | None, region: str | None, rate: str
) -> None:
    assert POLICY.rate_for(tax_class, country, region).percent.text == rate


def test_shipping_has_its_own_class_and_mode() -> None:
    assert (POLICY.charge_rate().percent.text, POLICY.charge_rate("AT").percent.text) == ("7", "10")
    assert (POLICY.charge_mode, POLICY.rounding) == (TaxMode.EXCLUSIVE, TaxRounding.ORDER)
    usual = TaxPolicy.of({"mode": "inclusive", "rate_percent": "19", "class_rates": {"books": "7"}})
    assert (usual.charge_rate().percent.text, usual.charge_mode) == ("19", TaxMode.INCLUSIVE)


def test_rates_that_are_added_are_told_apart() -> None:
    both = Rate.of(["4", "4.5"])
    assert (both.percent.text, both.parts) == ("8.5", ("4", "4.5"))
    assert Rate.of(["8.50"]) == Rate.of("8.50")
    assert Rate.of(["10", "10"]).percent.text == "20"
