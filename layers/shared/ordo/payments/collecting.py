"""What becomes of cash that carriers have collected: handed on, or somebody's work. Pure decisions."""

from __future__ import annotations

from datetime import datetime

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderState
from ordo.orders.proposals import Policies
from ordo.payments.cash import collected, unremitted
from ordo.payments.trouble import Trouble, ended_for, opened_for
from ordo.shipments.errors import ShipmentNotFound


def remitted(
    state: OrderState, now: datetime, shipment_id: str, amount: int, policies: Policies
) -> Decision | NoChange:
    """The carrier has handed on so much; the same again changes nothing. Less than was collected is an incident.

    Raises `ShipmentNotFound`, and `NotAllowedNow` for another amount than before, or for a shipment that collects none.
    """
    shipment = state.shipments.get(shipment_id)
    if shipment is None:
        raise ShipmentNotFound(shipment_id)
    if shipment.remitted is not None:
        if shipment.remitted == amount:
            return NoChange()
        raise NotAllowedNow("It was remitted with another amount.", facts={"remitted": shipment.remitted})
    had = collected(state, shipment_id)
    if not had:
        raise NotAllowedNow("Nothing was collected with this shipment.", facts={"collect": shipment.collect})
    trouble = ended_for(state, state.header, [f"remit#{shipment_id}"], now)
    if amount != had:
        trouble = opened_for(state, trouble.header, f"remitted#{shipment_id}", "remittance_differs", policies, now)
    return Decision(
        "payment.remitted",
        trouble.header,
        {
            "shipment_id": shipment_id,
            "amount": amount,
            "collected": had,
            "currency": state.header.currency,
            **trouble.told(),
        },
        implies=trouble.implies,
        records=(shipment.model_copy(update={"remitted": amount}), *trouble.records),
    )


def remittance_due(state: OrderState, now: datetime, policies: Policies) -> Decision | None:
    """Cash that a carrier has kept for too long becomes somebody's work; None: none has."""
    late = next((shipment for shipment, due in unremitted(state) if due <= to_iso(now)), None)
    if late is None:
        return None
    cause = f"remit#{late.shipment_id}"
    trouble: Trouble = opened_for(state, state.header, cause, "cash_not_remitted", policies, now)
    data = {"kind": "payment", "shipment_id": late.shipment_id, **trouble.told()}
    return Decision("incident.opened", trouble.header, data, records=trouble.records)
