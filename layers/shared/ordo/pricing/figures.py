"""What an invoice says of a price: net, tax and gross by line and by rate, which add up to the totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ordo.kernel.money import allocate
from ordo.pricing.model import Charge, PricedCart, PricedLine


@dataclass(frozen=True, slots=True)
class Figure:
    """A line or charge: `kind` is `line`, or that of the charge; amounts are for all its units together."""

    kind: str
    figure_id: str
    rate_percent: str
    parts: tuple[str, ...]
    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class RatePart:
    """One of the rates that are added, with its part of the tax; each is on the whole net."""

    rate_percent: str
    tax: int


@dataclass(frozen=True, slots=True)
class RateFigure:
    """All that was taxed at one rate. `parts` are there when the rate is a sum, and add up to `tax`."""

    rate_percent: str
    parts: tuple[RatePart, ...]
    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class InvoiceFigures:
    """`lines` in the cart's order, then `charges`; `rates` from the highest down. Each adds up to the sums."""

    lines: tuple[Figure, ...]
    charges: tuple[Figure, ...]
    rates: tuple[RateFigure, ...]
    net: int
    tax: int
    gross: int


def invoice_figures(cart: PricedCart) -> InvoiceFigures:
    """The figures of a whole price."""
    lines = tuple(map(line_figure, cart.lines))
    charges = tuple(map(charge_figure, cart.shipping.charges))
    return figures_of(lines, charges)


def figures_of(lines: tuple[Figure, ...], charges: tuple[Figure, ...]) -> InvoiceFigures:
    """The figures of any lines and charges, such as those of a refund."""
    every = (*lines, *charges)
    return InvoiceFigures(
        lines=lines,
        charges=charges,
        rates=tax_by_rate(every),
        net=sum(each.net for each in every),
        tax=sum(each.tax for each in every),
        gross=sum(each.gross for each in every),
    )


def tax_by_rate(figures: Iterable[Figure]) -> tuple[RateFigure, ...]:
    """One figure for each rate that occurs, the highest first; `4.5` and `4.50` are one, `4 + 0.5` is another.

    The tax of a rate that is a sum is shared to its parts by largest remainder.
    """
    groups: dict[tuple[Decimal, tuple[Decimal, ...]], list[Figure]] = {}
    for each in figures:
        rates = (Decimal(each.rate_percent), tuple(map(Decimal, each.parts)))
        groups.setdefault(rates, []).append(each)
    return tuple(_rate_figure(groups[rates]) for rates in sorted(groups, reverse=True))


def _rate_figure(figures: list[Figure]) -> RateFigure:
    first, tax = figures[0], sum(each.tax for each in figures)
    return RateFigure(
        rate_percent=first.rate_percent,
        parts=_tax_of_parts(first.parts, tax),
        net=sum(each.net for each in figures),
        tax=tax,
        gross=sum(each.gross for each in figures),
    )


def _tax_of_parts(parts: tuple[str, ...], tax: int) -> tuple[RatePart, ...]:
    scale = max((-int(Decimal(text).as_tuple().exponent) for text in parts), default=0)
    weights = [int(Decimal(text).scaleb(max(0, scale))) for text in parts]
    return tuple(map(RatePart, parts, allocate(tax, weights) if parts else ()))


def line_figure(line: PricedLine) -> Figure:
    """What a line of an order adds."""
    return Figure("line", line.line_id, line.tax_rate_percent, line.tax_parts, line.net, line.tax, line.gross)


def charge_figure(charge: Charge) -> Figure:
    """What a charge adds."""
    return Figure(
        charge.kind, charge.charge_id, charge.tax_rate_percent, charge.tax_parts, charge.net, charge.tax, charge.gross
    )
