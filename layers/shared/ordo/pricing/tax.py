"""Tax on lines, rounded per line and shared to the units; and on shipping."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.catalog.channels import TaxMode, TaxPolicy
from ordo.kernel.percent import Percent
from ordo.pricing.model import Shipping, UnitRun
from ordo.pricing.shares import Run, allocate_runs


def taxed_runs(runs: Sequence[Run], list_price: int, mode: TaxMode, rate: Percent) -> tuple[UnitRun, ...]:
    """The runs of a line with its tax: rounded once for the line, then shared by what each unit costs.

    Equal units become one run, in the order in which the first of each kind comes.
    """
    amount = sum(count * left for count, left in runs)
    tax = _tax_on(amount, mode, rate)
    equal: dict[tuple[int, int], int] = {}
    for (_, left), parts in zip(runs, allocate_runs(tax, runs), strict=True):
        for count, share in parts:
            equal[left, share] = equal.get((left, share), 0) + count
    return tuple(_unit_run(count, list_price, left, share, mode) for (left, share), count in equal.items())


def taxed_shipping(flat: int, policy: TaxPolicy) -> Shipping:
    """A flat shipping price with its tax at the usual rate."""
    tax = _tax_on(flat, policy.mode, policy.rate)
    gross = flat if policy.mode is TaxMode.INCLUSIVE else flat + tax
    return Shipping(net=gross - tax, tax=tax, gross=gross, tax_rate_percent=policy.rate.text)


def _tax_on(amount: int, mode: TaxMode, rate: Percent) -> int:
    return rate.within(amount) if mode is TaxMode.INCLUSIVE else rate.of(amount)


def _unit_run(count: int, list_price: int, left: int, tax: int, mode: TaxMode) -> UnitRun:
    gross = left if mode is TaxMode.INCLUSIVE else left + tax
    return UnitRun(
        count=count, list_price=list_price, discount=list_price - left, net=gross - tax, tax=tax, gross=gross
    )
