"""How far each line of an order is: partial deliveries, by line and parcel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ordo.inventory.demand import demand_key
from ordo.kernel.frozen import Model
from ordo.orders.model import OrderState
from ordo.pricing.refund_codec import booking_from_json
from ordo.pricing.returned import LINE
from ordo.shipments.model import LineQuantity
from ordo.shipments.proof_model import Handover


class LineProgress(Model):
    """Units of a line that is stock itself, or of one `part` of a bundle's line: how many of them are how far."""

    line_id: str
    part: int | None = None
    sku: str
    quantity: int
    dispatched: int
    delivered: int
    refused: int
    cancelled: int = 0
    """Not owed any more: cancelled, or refunded without coming back."""
    returned: int = 0
    """Came back by a return or an exchange."""


def progress_of(state: OrderState) -> list[LineProgress]:
    """Every line, or part of a bundle's line, in the order of the lines."""
    parcels = [parcel for shipment in state.shipments.values() for parcel in shipment.parcels]
    dispatched = _count(line for parcel in parcels for line in parcel.counted)
    delivered = _count(line for parcel in parcels for line in parcel.delivered)
    refused = _refused(state)
    cancelled, returned = _booked(state)
    return [
        LineProgress(
            line_id=line.line_id,
            part=line.part,
            sku=line.sku,
            quantity=line.quantity,
            dispatched=dispatched[line.key],
            delivered=delivered[line.key],
            refused=refused[line.key],
            cancelled=min(cancelled[line.key], line.quantity),
            returned=min(returned[line.key], line.quantity),
        )
        for line in _wanted(state)
    ]


def _wanted(state: OrderState) -> list[LineQuantity]:
    found = []
    for line in state.lines:
        if not line.parts:
            sku = line.stock_sku
            found.append(LineQuantity(line_id=line.line_id, sku=sku, quantity=line.quantity))
        for place, part in enumerate(line.parts):
            units = part.quantity * line.quantity
            found.append(LineQuantity(line_id=line.line_id, sku=part.sku, quantity=units, part=place))
    return found


def units_gone(state: OrderState) -> Counter[str]:
    """Units of each line, whole bundles of a bundle's, that were cancelled or came back, by the order's account."""
    found: Counter[str] = Counter()
    for posting in state.postings.values():
        for figure in booking_from_json(posting.booking).figures if posting.booking else ():
            if figure.kind == LINE:
                found[figure.figure_id] += sum(span.count for span in figure.units)
    return found


def _booked(state: OrderState) -> tuple[Counter[str], Counter[str]]:
    """Units that are not owed any more, and those that came back, by the order's account."""
    lines = {line.line_id: line for line in state.lines}
    found: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for posting in state.postings.values():
        units = found[posting.kind == "returned"]
        for figure in booking_from_json(posting.booking).figures if posting.booking else ():
            line = lines.get(figure.figure_id) if figure.kind == LINE else None
            whole = sum(span.count for span in figure.units)
            for place, part in enumerate(line.parts if line else ()):
                units[demand_key(figure.figure_id, place)] += whole * part.quantity
            for span in figure.parts_back:
                units[demand_key(figure.figure_id, span.part)] += span.count * span.quantity
            if line and not line.parts:
                units[figure.figure_id] += whole
    return found


def _refused(state: OrderState) -> Counter[str]:
    """What was refused last of each parcel: a parcel that was delivered after all counts by that."""
    last = {
        (each.shipment_id, each.tracking_number): each
        for each in sorted(state.proofs.values(), key=lambda one: (one.handover is Handover.DELIVERED, one.recorded_at))
    }
    return _count(line for proof in last.values() for line in proof.refused)


def _count(lines: Iterable[LineQuantity]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        found[line.key] += line.quantity
    return found
