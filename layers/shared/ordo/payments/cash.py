"""Cash on delivery: what each shipment collects at the door, and that its carrier hands it on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from ordo.kernel.clock import from_iso, to_iso
from ordo.payments.model import PaymentKind
from ordo.payments.paying import CASH_ON_DELIVERY, at_the_door

if TYPE_CHECKING:
    from ordo.orders.model import OrderState
    from ordo.pricing.model import PricedLine
    from ordo.shipments.model import LineQuantity, Shipment

REMIT_WITHIN = timedelta(days=14)
"""Carriers hand on what they collected within this time; then it is somebody's work."""


def to_collect(state: OrderState, lines: Iterable[LineQuantity], *, last: bool) -> int | None:
    """What a shipment of these lines collects, in minor units: what its goods cost, the last one all that is left.

    None for an order of which nothing is paid at the door.
    """
    header = state.header
    if not any(each.provider == CASH_ON_DELIVERY for each in header.paying.tenders):
        return None
    left = at_the_door(header.paying, header.owed) - sum(each.collect or 0 for each in state.shipments.values())
    return max(0, left if last else min(left, _value(state.lines, lines)))


def _value(ordered: Iterable[PricedLine], lines: Iterable[LineQuantity]) -> int:
    by_line = {line.line_id: line for line in ordered}
    found = 0
    for each in lines:
        line = by_line.get(each.line_id)
        if line is not None:
            gross = sum(run.gross * run.count for run in line.runs)
            found += gross * each.quantity // max(1, line.units)
    return found


def collected(state: OrderState, shipment_id: str) -> int:
    """What was reported as collected for a shipment: captures of cash on delivery under its id."""
    return sum(
        each.amount
        for each in state.payments.values()
        if each.kind is PaymentKind.CAPTURED and (each.provider, each.reference) == (CASH_ON_DELIVERY, shipment_id)
    )


def remit_by(state: OrderState) -> str | None:
    """By when the next carrier must hand on what it has collected."""
    return min((due for _, due in unremitted(state)), default=None)


def unremitted(state: OrderState) -> Iterable[tuple[Shipment, str]]:
    """Shipments whose cash the carrier still has, and by when it must hand it on."""
    known = {cause for each in state.incidents.values() for cause in each.causes}
    for each in state.payments.values():
        shipment = state.shipments.get(each.reference) if each.provider == CASH_ON_DELIVERY else None
        open_ = shipment is not None and shipment.remitted is None and f"remit#{shipment.shipment_id}" not in known
        if shipment is not None and open_ and each.kind is PaymentKind.CAPTURED:
            yield shipment, to_iso(from_iso(each.reported_at) + REMIT_WITHIN)
