"""Whatever the cart, the promotions and the tax: exact to the minor unit, and as the oracle says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from ordo.catalog.channels import TaxMode
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import Reward
from ordo.kernel.money import allocate
from ordo.pricing.model import PricedCart
from ordo.pricing.service import price
from ordo.pricing.shares import allocate_runs
from tests.unit.pricing import oracle
from tests.unit.pricing.shop import (
    NOW,
    From,
    cart,
    channel,
    fixed_off,
    off_from,
    percent_off,
    product,
    promotion,
    snapshot,
)

RUNS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5000)), min_size=1, max_size=6).filter(
    lambda runs: any(weight for _, weight in runs)
)
RATES = ["0", "3", "6", "8.25", "13", "19", "100"]
PERCENTS = st.decimals(0, 100, places=2).map(lambda value: str(value))


@given(st.data(), RUNS)
def test_sharing_over_runs_is_sharing_over_every_unit(data: st.DataObject, runs: list[tuple[int, int]]) -> None:
    amount = data.draw(st.integers(0, 2 * sum(count * weight for count, weight in runs)))
    expanded = [weight for count, weight in runs for _ in range(count)]
    parts = allocate_runs(amount, runs)
    assert [share for run in parts for count, share in run for _ in range(count)] == allocate(amount, expanded)
    assert sum(len(run) for run in parts) <= len(runs) + 1
    assert [sum(count for count, _ in run) for run in parts] == [count for count, _ in runs]


@dataclass(frozen=True)
class Case:
    lines: list[tuple[int, int]]
    rules: list[oracle.Rule]
    rates: list[str]
    inclusive: bool
    shipping: int


@st.composite
def rules(draw: st.DrawFn, lines: int) -> oracle.Rule:
    kind = draw(st.sampled_from(["percent", "fixed", "threshold"]))
    scope = draw(st.frozensets(st.integers(0, lines - 1)))
    if kind == "percent":
        return oracle.Rule(kind, Fraction(draw(PERCENTS)), lines=scope)
    threshold = draw(st.integers(1, 60_000))
    value = Fraction(draw(st.integers(1, 30_000)))
    return oracle.Rule(kind, value, threshold, kind == "threshold" and draw(st.booleans()), scope)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    amounts = st.integers(0, 400) | st.integers(0, 40_000)
    lines = draw(st.lists(st.tuples(amounts, st.integers(1, 12)), min_size=1, max_size=5))
    return Case(
        lines=lines,
        rules=draw(st.lists(rules(len(lines)), max_size=5)),
        rates=[draw(st.sampled_from(RATES)) for _ in lines],
        inclusive=draw(st.booleans()),
        shipping=draw(st.integers(0, 3000)),
    )


def as_promotion(place: int, rule: oracle.Rule) -> Promotion:
    makers: dict[str, Callable[[], Reward | From]] = {
        "percent": lambda: percent_off(str(Decimal(rule.value.numerator) / rule.value.denominator)),
        "fixed": lambda: fixed_off(int(rule.value)),
        "threshold": lambda: off_from(rule.threshold, int(rule.value), per_every=rule.per_every),
    }
    reward = makers[rule.kind]()
    return promotion(f"p{place}", reward, priority=-place, skus=frozenset(f"S{line}" for line in rule.lines))


def price_case(case: Case) -> PricedCart:
    products = [product(f"S{i}", amount, tax_class=f"c{i}") for i, (amount, _) in enumerate(case.lines)]
    mode = TaxMode.INCLUSIVE if case.inclusive else TaxMode.EXCLUSIVE
    policy = channel(mode, "13", case.shipping, {f"c{i}": rate for i, rate in enumerate(case.rates)})
    promotions = [as_promotion(place, rule) for place, rule in enumerate(case.rules)]
    wanted = cart(*((f"S{i}", quantity) for i, (_, quantity) in enumerate(case.lines)))
    return price(wanted, snapshot(products, promotions, policy), NOW)


BIG_SALE = Case([(10_000, 3)], [oracle.Rule("threshold", Fraction(5000), 30_000)], ["13"], True, 0)


@given(cases())
@example(BIG_SALE)
def test_every_unit_costs_what_the_oracle_says(case: Case) -> None:
    rates = [Fraction(rate) for rate in case.rates]
    expected = oracle.price_units(case.lines, case.rules, rates, case.inclusive)
    for line, units in zip(price_case(case).lines, expected, strict=True):
        runs = [(run.discount, run.net, run.tax, run.gross) for run in line.runs for _ in range(run.count)]
        assert sorted(runs) == sorted(units)


@given(cases())
@example(BIG_SALE)
def test_units_and_shipping_add_up_to_the_total_in_both_tax_modes(case: Case) -> None:
    priced = price_case(case)
    totals = priced.totals
    runs = [run for line in priced.lines for run in line.runs]
    assert sum(run.count * run.gross for run in runs) + priced.shipping.gross == totals.total
    assert all(run.net + run.tax == run.gross for run in runs)
    assert priced.shipping.net + priced.shipping.tax == priced.shipping.gross
    assert all(run.net >= 0 and run.tax >= 0 and 0 <= run.discount <= run.price for run in runs)
    assert sum(run.count * run.tax for run in runs) + priced.shipping.tax == totals.tax
    assert totals.total == totals.items - totals.discount + totals.shipping + (0 if case.inclusive else totals.tax)


@given(cases())
def test_adjustments_trace_and_unit_discounts_tell_the_same_story(case: Case) -> None:
    priced = price_case(case)
    for line in priced.lines:
        discount = sum(run.count * run.discount for run in line.runs)
        assert sum(adjustment.amount for adjustment in line.adjustments) == discount
        assert sum(run.count for run in line.runs) == line.quantity
        equal = [(run.shares, run.tax) for run in line.runs]
        assert all(one != other for one, other in pairwise(equal))
    for applied in priced.trace.applied:
        of_lines = [
            a.amount for line in priced.lines for a in line.adjustments if a.promotion_id == applied.promotion_id
        ]
        assert sum(of_lines) == applied.amount <= applied.base
    assert len(priced.trace.applied) + len(priced.trace.not_applied) == len(case.rules)


@given(cases(), st.integers(0, 40_000), st.integers(1, 5))
def test_a_line_that_no_promotion_covers_changes_no_other_line(case: Case, amount: int, quantity: int) -> None:
    scoped = [
        oracle.Rule(r.kind, r.value, r.threshold, r.per_every, r.lines or frozenset(range(len(case.lines))))
        for r in case.rules
    ]
    alone = Case(case.lines, scoped, case.rates, case.inclusive, case.shipping)
    more = Case([*case.lines, (amount, quantity)], scoped, [*case.rates, "13"], case.inclusive, case.shipping)
    assert price_case(more).lines[:-1] == price_case(alone).lines
