"""What an invoice says adds up, down and across."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.taxes import Rate
from ordo.pricing.figures import Figure, InvoiceFigures, RateFigure, figures_of, invoice_figures, tax_by_rate
from ordo.pricing.model import Charge, PricedCart, PricedLine, Shipping, Totals, Trace, UnitRun

RATES: list[str | tuple[str, ...]] = ["0", "13", "19", "8.5", ("4", "4.5"), ("4", "0.375", "4.5"), ("0", "0")]


def line(line_id: str, rate: Rate, units: list[tuple[int, int, int]]) -> PricedLine:
    taxed = [(count, net, tax if rate.percent.numerator else 0) for count, net, tax in units]
    runs = tuple(UnitRun(count, net + tax, (), net, tax, net + tax) for count, net, tax in taxed)
    quantity = sum(run.count for run in runs)
    return PricedLine(
        line_id, "S", "S", {}, {}, quantity, 0, 0, "standard", rate.percent.text, (), runs, tax_parts=rate.parts
    )


def charge(charge_id: str, rate: Rate, net: int, tax: int) -> Charge:
    tax = tax if rate.percent.numerator else 0
    return Charge("shipping", charge_id, {}, 0, (), net, tax, net + tax, rate.percent.text, rate.parts)


def cart(lines: list[PricedLine], charges: list[Charge]) -> PricedCart:
    shipping = Shipping(
        net=sum(each.net for each in charges),
        tax=sum(each.tax for each in charges),
        gross=sum(each.gross for each in charges),
        charges=tuple(charges),
    )
    tax = sum(each.tax for each in lines) + shipping.tax
    total = sum(each.gross for each in lines) + shipping.gross
    return PricedCart("CNY", "cny", "exclusive", tuple(lines), shipping, Totals(0, 0, 0, tax, total), Trace())


UNITS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3000), st.integers(0, 500)), min_size=1, max_size=3)
CARTS = st.builds(
    cart,
    st.lists(st.tuples(st.sampled_from(RATES), UNITS), max_size=6).map(
        lambda wanted: [line(str(place), Rate.of(rate), units) for place, (rate, units) in enumerate(wanted)]
    ),
    st.lists(st.tuples(st.sampled_from(RATES), st.integers(0, 3000), st.integers(0, 500)), max_size=3).map(
        lambda wanted: [charge(str(place), Rate.of(rate), net, tax) for place, (rate, net, tax) in enumerate(wanted)]
    ),
)


@given(CARTS)
def test_lines_charges_and_rates_each_add_up_to_the_totals(priced: PricedCart) -> None:
    figures = invoice_figures(priced)
    assert (figures.tax, figures.gross) == (priced.totals.tax, priced.totals.total)
    every = (*figures.lines, *figures.charges)
    for part in ("net", "tax", "gross"):
        assert sum(getattr(each, part) for each in every) == getattr(figures, part)
        assert sum(getattr(each, part) for each in figures.rates) == getattr(figures, part)
    sums: list[Figure | RateFigure | InvoiceFigures] = [*every, *figures.rates, figures]
    assert all(each.net + each.tax == each.gross for each in sums)


@given(CARTS)
def test_each_rate_has_what_was_taxed_at_it_and_its_parts_the_tax_by_largest_remainder(priced: PricedCart) -> None:
    figures = invoice_figures(priced)
    every = (*figures.lines, *figures.charges)
    assert len({(each.rate_percent, each.parts) for each in figures.rates}) == len(figures.rates)
    for rate in figures.rates:
        texts = tuple(part.rate_percent for part in rate.parts)
        taxed = [each for each in every if (each.rate_percent, each.parts) == (rate.rate_percent, texts)]
        assert (rate.net, rate.tax) == (sum(each.net for each in taxed), sum(each.tax for each in taxed))
        if texts:
            assert sum(part.tax for part in rate.parts) == rate.tax
            quotas = [rate.tax * Fraction(text) / (sum(map(Fraction, texts)) or 1) for text in texts]
            assert all(floor(q) <= part.tax <= floor(q) + 1 for q, part in zip(quotas, rate.parts, strict=True))


def test_rates_are_told_from_the_highest_down_and_added_ones_apart() -> None:
    def figure(rate: str, parts: tuple[str, ...], net: int, tax: int) -> Figure:
        return Figure("line", "1", rate, parts, net, tax, net + tax)

    found = tax_by_rate(
        [
            figure("9", (), 100, 9),
            figure("13", (), 100, 13),
            figure("8.5", ("4", "4.5"), 101, 9),
            figure("9.0", (), 1, 0),
        ]
    )
    assert [(each.rate_percent, each.net, each.tax, each.gross) for each in found] == [
        ("13", 100, 13, 113),
        ("9", 101, 9, 110),
        ("8.5", 101, 9, 110),
    ]
    assert [(part.rate_percent, part.tax) for part in found[2].parts] == [("4", 4), ("4.5", 5)]


def test_nothing_has_no_figures() -> None:
    assert figures_of((), ()) == InvoiceFigures((), (), (), 0, 0, 0)


def test_a_rate_figure_of_one_rate_has_no_parts() -> None:
    assert tax_by_rate([Figure("line", "1", "13", (), 100, 13, 113)]) == (RateFigure("13", (), 100, 13, 113),)
