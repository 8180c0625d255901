"""What a change would do, and whether the order's state allows it. Pure: the same state gives the same preview."""

from __future__ import annotations

from typing import Any

from ordo.kernel.errors import NotAllowedNow
from ordo.orders.cancellation import reserving, stock_back
from ordo.orders.elsewhere import Found
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.reship import all_of, require_reshippable, taken_by
from ordo.orders.taken import codes_given_back
from ordo.shipments.model import ENDED, Fulfilment, FulfilmentState

NOT_PICKED = (FulfilmentState.PLANNED, FulfilmentState.WAITING, FulfilmentState.OPEN, FulfilmentState.ACCEPTED)
NOT_PACKED = (*NOT_PICKED, FulfilmentState.PICKED)


def preview_of(state: OrderState, kind: str, requested_by: str) -> dict[str, Any]:
    """Plain JSON: refund, stock, fulfilments, holds, promise and warnings; raises `NotAllowedNow` with its reason."""
    if not state.header.is_open:
        status = state.header.status
        raise NotAllowedNow(f"The order is {status}: it cannot be changed.", facts={"status": status})
    return _cancel(state, requested_by) if kind == "cancel" else _address(state)


def _cancel(state: OrderState, requested_by: str) -> dict[str, Any]:
    header = state.header
    if header.units.dispatched:
        raise _too_late("Parts of the order have left.", header, _beyond(state, NOT_PACKED))
    picked = _beyond(state, NOT_PICKED)
    if picked and requested_by != "staff":
        raise _too_late("The order is being packed; only staff can cancel it now.", header, picked)
    returned = [{"sku": move.sku, "node_id": move.node, "quantity": -move.reserved} for move in stock_back(state)]
    warnings = ["work_started"] if header.units.started else []
    if header.funds.authorised > header.funds.captured:
        warnings.append("authorisation_to_be_voided")
    return {
        "allowed": True,
        "refund": {"amount": header.funds.kept, "currency": header.currency},
        "stock_returned": returned,
        "fulfilments_cancelled": sorted(each.fulfilment_id for each in reserving(state)),
        "holds_released": [],
        "promised_at": None,
        **codes_given_back(header),
        "warnings": warnings,
    }


def reship_preview(state: OrderState, incident: Incident, found: Found) -> dict[str, Any]:
    """What sending an incident's units again does: it takes stock, and no money. Raises what forbids it."""
    require_reshippable(state, incident)
    header = state.header
    return {
        "allowed": True,
        "refund": {"amount": 0, "currency": header.currency},
        "stock_returned": [],
        "stock_taken": taken_by(all_of(found, incident)),
        "fulfilments_cancelled": [],
        "holds_released": [],
        "promised_at": header.promised_at,
        "incident_id": incident.incident_id,
        "warnings": [],
    }


def _address(state: OrderState) -> dict[str, Any]:
    header = state.header
    packed = _beyond(state, NOT_PACKED)
    if packed:
        raise _too_late("Parts of the order are packed for the old address.", header, packed)
    return {
        "allowed": True,
        "refund": {"amount": 0, "currency": header.currency},
        "stock_returned": [],
        "fulfilments_cancelled": [],
        "holds_released": [hold.hold_id for hold in header.holds if hold.kind == "address"],
        "promised_at": header.promised_at,
        "warnings": ["plan_is_kept"],
    }


def _beyond(state: OrderState, allowed: tuple[FulfilmentState, ...]) -> list[Fulfilment]:
    live = (each for each in state.fulfilments.values() if each.state not in ENDED)
    return [each for each in live if each.state not in allowed]


def _too_late(why: str, header: OrderHeader, stopped_by: list[Fulfilment]) -> NotAllowedNow:
    found = {each.fulfilment_id: each.state for each in sorted(stopped_by, key=lambda each: each.fulfilment_id)}
    return NotAllowedNow(why, facts={"status": header.status, "fulfilments": found})
