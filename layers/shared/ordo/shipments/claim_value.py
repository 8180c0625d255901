"""What the units in a parcel were sold for: each unit of a line is in one parcel, at the price it was sold at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ordo.inventory.demand import demand_key
from ordo.pricing.model import PricedLine
from ordo.shipments.model import Parcel, Shipment

Prices = Sequence[tuple[int, int]]
"""Runs of units: how many, and what one of them costs."""


def value_of(
    lines: Iterable[PricedLine], shipments: Mapping[str, Shipment], shipment_id: str, tracking_number: str
) -> int:
    """What the units in the parcel cost the customer, tax included, in minor units; shipping is no part of it.

    A line's units are told apart by their place in its runs. Parcels hold them one after the other, in the order in
    which they were sent, so that all parcels of an order together hold what was sold, and none the same units as
    another; what is sent again for a parcel that was lost begins anew with the first unit.
    """
    prices = {key: runs for line in lines for key, runs in _prices(line)}
    before: dict[str, int] = {}
    for shipment, parcel in _in_order(shipments):
        if (shipment.shipment_id, parcel.tracking_number) == (shipment_id, tracking_number):
            return sum(_cost(prices.get(each.key, ()), before.get(each.key, 0), each.quantity) for each in parcel.lines)
        for each in parcel.lines:
            before[each.key] = before.get(each.key, 0) + each.quantity
    return 0


def _prices(line: PricedLine) -> Iterator[tuple[str, Prices]]:
    """By the line's key, or those of its parts."""
    if not line.parts:
        yield line.line_id, [(run.count, run.gross) for run in line.runs]
    for place, part in enumerate(line.parts):
        runs = zip(line.runs, part.shares, strict=True)
        prices = [(run.count * share.units, share.gross) for run, shares in runs for share in shares]
        yield demand_key(line.line_id, place), prices


def _in_order(shipments: Mapping[str, Shipment]) -> Iterator[tuple[Shipment, Parcel]]:
    for shipment in sorted(shipments.values(), key=lambda each: (each.dispatched_at, each.shipment_id)):
        for parcel in shipment.parcels:
            yield shipment, parcel


def _cost(prices: Prices, start: int, units: int) -> int:
    return _first(prices, start + units) - _first(prices, start)


def _first(prices: Prices, units: int) -> int:
    """What the first so many units cost, counted round and round."""
    total = sum(count for count, _ in prices)
    if not total:
        return 0
    rounds, left = divmod(units, total)
    cost = rounds * sum(count * price for count, price in prices)
    for count, price in prices:
        taken = min(count, left)
        cost, left = cost + taken * price, left - taken
    return cost
