"""Simulated carts as the API shows them, and their sums."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.orders.amounts import MoneyView, money
from ordo.pricing.margins import margin_of
from ordo.pricing.model import PricedCart, PricedLine
from ordo.pricing.quote_views import applied_view, margin_view, not_applied_view
from ordo.pricing.simulation import Simulated
from ordo.pricing.simulation_schemas import GiftView, LineGainView, SimulatedCartView, SimulationSumView


def simulated_view(simulated: Simulated, *, costs: bool) -> SimulatedCartView:
    """One cart; `costs`: with margins."""
    before, after, currency = simulated.before, simulated.after, simulated.after.currency
    return SimulatedCartView(
        total_before=money(before.totals.total, currency),
        total_after=money(after.totals.total, currency),
        gain=money(simulated.gain, currency),
        charges_gain=money(simulated.charges_gain, currency),
        applied=simulated.applied and applied_view(simulated.applied, currency),
        not_applied=simulated.rejected and not_applied_view(simulated.rejected, currency),
        lines=[
            LineGainView(line_id=each.line_id, gain=money(each.gain, currency), given=money(each.given, currency))
            for each in simulated.lines
        ],
        gifts=[_gift(each, currency, costs=costs) for each in simulated.gifts],
        displaced=list(simulated.displaced),
        margin_before=margin_view(margin_of(before.lines), currency) if costs else None,
        margin_after=margin_view(margin_of(after.lines), currency) if costs else None,
    )


def sum_views(simulated: Sequence[Simulated], *, costs: bool) -> list[SimulationSumView]:
    """The sums by currency, in the order in which currencies come up."""
    currencies = dict.fromkeys(each.after.currency for each in simulated)
    return [_sum([each for each in simulated if each.after.currency == code], code, costs=costs) for code in currencies]


def _sum(simulated: Sequence[Simulated], currency: str, *, costs: bool) -> SimulationSumView:
    before, after = [each.before for each in simulated], [each.after for each in simulated]
    return SimulationSumView(
        currency=currency,
        carts=len(simulated),
        applied=sum(each.applied is not None for each in simulated),
        total_before=money(sum(each.totals.total for each in before), currency),
        total_after=money(sum(each.totals.total for each in after), currency),
        gain=money(sum(each.gain for each in simulated), currency),
        margin_before=_margin(before, currency) if costs else None,
        margin_after=_margin(after, currency) if costs else None,
    )


def _margin(carts: Sequence[PricedCart], currency: str) -> MoneyView:
    return money(sum(margin_of(cart.lines).margin for cart in carts), currency)


def _gift(line: PricedLine, currency: str, *, costs: bool) -> GiftView:
    known = costs and line.cost is not None
    cost = money(line.cost * line.quantity, currency) if known and line.cost is not None else None
    return GiftView(line_id=line.line_id, sku=line.sku, quantity=line.quantity, cost=cost)
