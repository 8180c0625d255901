"""What the records of an order say of a damaged unit: the facts by which liability is judged, parcel by parcel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ordo.inventory.demand import demand_key
from ordo.kernel.clock import from_iso
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.model import OrderState
from ordo.shipments.liability import Facts
from ordo.shipments.model import LotUnits, Parcel, Shipment
from ordo.shipments.proof_model import Condition, Handover, Proof
from ordo.shipments.proving import proofs_of
from ordo.shipments.tracking import delivery_time


@dataclass(frozen=True, slots=True)
class Report:
    """A damage that is told of units of a line, or of a part of a bundle's line.

    `lot_returns`: how many other units of its lot came back, as far as who asks knows; None when nobody does.
    """

    line_id: str
    reported_at: datetime
    part: int | None = None
    lot_returns: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One parcel that held such units, with the lots that they may be of and the facts."""

    shipment: Shipment
    parcel: Parcel
    lots: tuple[LotUnits, ...]
    facts: Facts


def cases(state: OrderState, report: Report) -> list[Case]:
    """Every parcel that held units of the line; raises `unknown_line` when none did."""
    found = list(_cases(state, report))
    if not found:
        raise OrdoError(
            f"No parcel of the order held units of line {demand_key(report.line_id, report.part)!r}.",
            code=Code.UNKNOWN_LINE,
            facts={"parameter": "line_id"},
        )
    return found


def _cases(state: OrderState, report: Report) -> Iterator[Case]:
    key = demand_key(report.line_id, report.part)
    for shipment in state.shipments.values():
        for parcel in shipment.parcels:
            line = next((each for each in parcel.lines if each.key == key), None)
            if line is not None:
                fulfilment = state.fulfilments[shipment.fulfilment_id]
                lots = tuple(each for each in fulfilment.lots if each.sku == line.sku)
                facts = _facts(state, shipment, parcel, key, report)
                yield Case(shipment, parcel, lots, facts)


def _facts(state: OrderState, shipment: Shipment, parcel: Parcel, key: str, report: Report) -> Facts:
    proof = _handover(state, shipment, parcel)
    delivered_at = delivery_time(parcel.history)
    days = (report.reported_at - from_iso(delivered_at)).days if delivered_at else None
    return Facts(
        noted="at_door" if proof is not None and _noted(proof, key) else "later",
        condition=proof.condition.value if proof is not None else None,
        packing_photo=bool(state.fulfilments[shipment.fulfilment_id].packing_photos),
        days=max(0, days) if days is not None else None,
        lot_returns=report.lot_returns,
    )


def _handover(state: OrderState, shipment: Shipment, parcel: Parcel) -> Proof | None:
    """The proof of the delivery, or else of the last refusal."""
    found = proofs_of(state, shipment.shipment_id, parcel.tracking_number)
    taken = [each for each in found if each.handover is Handover.DELIVERED]
    return next(reversed(taken or found), None)


def _noted(proof: Proof, key: str) -> bool:
    """Whether this line was noted as damaged at the door, or the parcel was not intact."""
    return proof.condition is not Condition.INTACT or any(line.key == key for line in proof.damaged)
