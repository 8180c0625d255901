"""A parcel is handed over, or refused at the door, and what proves it is recorded: pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ordo.inventory.demand import demand_key
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.decision import Claim, ContactWrite, Decision, NoChange
from ordo.orders.incident import Facts, Incident
from ordo.orders.model import OrderState
from ordo.orders.proposals import Policies, usual_policies
from ordo.shipments.arrival import arrived
from ordo.shipments.errors import AlreadyProven, ShipmentNotFound
from ordo.shipments.model import LineQuantity, Parcel, Shipment, TrackingEvent, TrackingStatus
from ordo.shipments.parcel_incidents import Cases, Wanted, cases_of, opening
from ordo.shipments.proof_model import (
    Condition,
    Handover,
    KeptFile,
    Proof,
    RefusalReason,
    Relation,
    personal_hash,
    personal_slot,
    proof_id,
)
from ordo.shipments.tracking import merge, status_of

Decide = Callable[[OrderState, datetime], Decision | NoChange]


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of a line of the parcel, or of one part of a bundle's line."""

    line_id: str
    quantity: int
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Prove:
    """What a driver's device tells of one parcel. `tracking_number` None: the shipment's only one.

    `personal` is kept apart from the record, with its `salt`; `files` were read and hashed before. `device_at` is ISO.
    """

    shipment_id: str
    handover: Handover
    device_at: str
    condition: Condition
    personal: Mapping[str, Any]
    tracking_number: str | None = None
    relation: Relation | None = None
    distance_m: int | None = None
    refused: tuple[LineUnits, ...] = ()
    refusal_reason: RefusalReason | None = None
    damaged: tuple[LineUnits, ...] = ()
    files: tuple[KeptFile, ...] = ()
    strokes_sha256: str | None = None
    claim: Callable[[str, int], Claim] | None = field(default=None, compare=False)
    """The claim of the request's key, by the proof's id and the order's version by it."""


def prove(command: Prove, policies: Policies = usual_policies) -> Decide:
    """Record the proof, move the parcel, and open an incident by `policies` of what was refused or noted as damaged.

    A refused parcel may still be delivered later, which ends its incident. Raises `ShipmentNotFound`, `AlreadyProven`
    for any other second proof of a parcel, `unknown_line` and `invalid_quantity`.
    """

    def decide(state: OrderState, now: datetime) -> Decision:
        shipment, parcel = find_parcel(state, command.shipment_id, command.tracking_number)
        _require_open(state, shipment.shipment_id, parcel)
        proof = _proof(state, command, parcel, now)
        return _decision(state, shipment, parcel, proof, command, policies, now)

    return decide


def find_parcel(state: OrderState, shipment_id: str, number: str | None) -> tuple[Shipment, Parcel]:
    """The shipment's parcel of this number, or its only one; raises `ShipmentNotFound` or `invalid_request`."""
    shipment = state.shipments.get(shipment_id)
    if shipment is None:
        raise ShipmentNotFound(shipment_id)
    found = [each for each in shipment.parcels if number in (None, each.tracking_number)]
    if len(found) != 1:
        numbers = [each.tracking_number for each in shipment.parcels]
        detail = f"The shipment has no parcel {number!r}." if number else "Say which of the shipment's parcels it is."
        raise OrdoError(detail, pointer="/tracking_number", facts={"tracking_numbers": numbers})
    return shipment, found[0]


def proofs_of(state: OrderState, shipment_id: str, number: str | None = None) -> list[Proof]:
    """The proofs of a shipment, or of one parcel of it, the oldest first."""
    mine = (each for each in state.proofs.values() if each.shipment_id == shipment_id)
    found = [each for each in mine if number in (None, each.tracking_number)]
    return sorted(found, key=lambda each: int(each.proof_id.rpartition("_")[2]))


def require_provable(state: OrderState, command: Prove) -> None:
    """Raise what `prove` would, before anything is read for it."""
    _, parcel = find_parcel(state, command.shipment_id, command.tracking_number)
    _require_open(state, command.shipment_id, parcel)
    _units(parcel, command.refused, "/refused")
    _units(parcel, command.damaged, "/damaged")


def _require_open(state: OrderState, shipment_id: str, parcel: Parcel) -> None:
    """Only a refused parcel is proven again: by whoever comes a second time."""
    known = proofs_of(state, shipment_id, parcel.tracking_number)
    done = next((each for each in known if each.handover is Handover.DELIVERED), None)
    if done is not None:
        raise AlreadyProven(
            "The parcel's delivery is proven already.",
            facts={"proof_id": done.proof_id, "recorded_at": done.recorded_at},
        )


def _proof(state: OrderState, command: Prove, parcel: Parcel, now: datetime) -> Proof:
    refused = _units(parcel, command.refused, "/refused")
    if command.handover is Handover.REFUSED:
        refused = parcel.lines
    return Proof(
        proof_id=proof_id(state.header.order_id, len(state.proofs) + 1),
        order_id=state.header.order_id,
        shipment_id=command.shipment_id,
        tracking_number=parcel.tracking_number,
        handover=command.handover,
        device_at=command.device_at,
        recorded_at=to_iso(now),
        relation=command.relation,
        condition=command.condition,
        distance_m=command.distance_m,
        refused=refused,
        refusal_reason=command.refusal_reason,
        damaged=_units(parcel, command.damaged, "/damaged"),
        files=command.files,
        strokes_sha256=command.strokes_sha256,
        personal_hash=personal_hash(command.personal),
    )


def _decision(
    state: OrderState,
    before: Shipment,
    parcel: Parcel,
    proof: Proof,
    command: Prove,
    policies: Policies,
    now: datetime,
) -> Decision:
    scan = _scan(before, proof, now)
    history = merge(parcel.history, scan)
    taken = proof.handover is Handover.DELIVERED
    changes = {"history": history, "status": status_of(history), "refused": proof.refused if taken else ()}
    moved = parcel.model_copy(update=changes)
    parcels = tuple(moved if one is parcel else one for one in before.parcels)
    after = before.model_copy(update={"parcels": parcels})
    shipments = {**state.shipments, after.shipment_id: after}
    cases = _cases(state, before, moved, proof, scan, policies, now)
    header = arrived(state.header, shipments.values(), now)
    whole = after.is_delivered and not before.is_delivered
    return Decision(
        "shipment.proven" if taken else "shipment.refused",
        cases.on(header.model_copy(update={"moved_at": to_iso(now)})),
        {
            **proof.told(),
            "carrier": before.carrier,
            "event": scan.identity,
            "event_status": scan.status,
            "tracking_status": moved.status,
            "occurred_at": scan.occurred_at,
            **({"incident_id": cases.opened[0].incident_id} if cases.opened else {}),
            **cases.told(),
        },
        implies=(*(("shipment.delivered",) if whole else ()), *cases.implies),
        records=(after, proof, *cases.records),
        claims=(command.claim(proof.proof_id, state.header.seq + 1),) if command.claim else (),
        contacts=(ContactWrite(personal_slot(proof.proof_id), dict(command.personal)),),
    )


def _scan(shipment: Shipment, proof: Proof, now: datetime) -> TrackingEvent:
    """The handover among the carrier's scans; the device's clock counts within what is possible."""
    taken = proof.handover is Handover.DELIVERED
    return TrackingEvent(
        identity=proof.proof_id,
        status=TrackingStatus.DELIVERED if taken else TrackingStatus.EXCEPTION,
        occurred_at=max(shipment.dispatched_at, min(proof.device_at, to_iso(now))),
        received_at=to_iso(now),
    )


def _cases(
    state: OrderState,
    shipment: Shipment,
    parcel: Parcel,
    proof: Proof,
    scan: TrackingEvent,
    policies: Policies,
    now: datetime,
) -> Cases:
    """What the proof and its scan open and end: what was refused, or handed over damaged, somebody must look after."""
    by_scan = cases_of(state, shipment, parcel, (scan,), policies, now)
    known = {**state.incidents, **{each.incident_id: each for each in by_scan.opened}}
    wanted = _wanted(state, proof)
    opened = by_scan.opened
    if wanted:
        at = replace(state, incidents=known)
        opened += opening(at, shipment, parcel, wanted, policies(state.header.channel, now), now)
    return Cases(opened, {**by_scan.ended, **_ended(state, proof, now)})


def _wanted(state: OrderState, proof: Proof) -> list[Wanted]:
    found: list[Wanted] = []
    if proof.refused:
        reason = proof.refusal_reason or "other"
        found.append(Wanted("refused", proof.proof_id, reason, Facts(cause=reason), proof.refused))
    if proof.handover is Handover.DELIVERED and (proof.damaged or proof.condition is not Condition.INTACT):
        lines = proof.damaged or _of_parcel(state, proof)
        found.append(Wanted("damaged", proof.proof_id, proof.condition.value, Facts(), lines))
    return found


def _of_parcel(state: OrderState, proof: Proof) -> tuple[LineQuantity, ...]:
    return find_parcel(state, proof.shipment_id, proof.tracking_number)[1].lines


def _ended(state: OrderState, proof: Proof, now: datetime) -> dict[str, Incident]:
    """Incidents of earlier refusals of the parcel, once it is delivered after all."""
    if proof.handover is not Handover.DELIVERED:
        return {}
    earlier = {each.proof_id for each in proofs_of(state, proof.shipment_id, proof.tracking_number)}
    return {
        each.incident_id: each.ended("delivered", now)
        for each in state.incidents.values()
        if each.is_open and each.kind == "refused" and earlier & set(each.causes)
    }


def _units(parcel: Parcel, told: Iterable[LineUnits], pointer: str) -> tuple[LineQuantity, ...]:
    """Units of the parcel's lines; raises `unknown_line` or `invalid_quantity` with a pointer."""
    lines = {line.key: line for line in parcel.lines}
    found: dict[str, LineQuantity] = {}
    for place, each in enumerate(told):
        key = demand_key(each.line_id, each.part)
        where = f"{pointer}/{place}"
        if key not in lines or key in found:
            detail = f"The parcel has no line {key!r}." if key not in lines else f"Line {key!r} is told twice."
            raise OrdoError(detail, code=Code.UNKNOWN_LINE, pointer=f"{where}/line_id")
        if each.quantity > lines[key].quantity:
            detail = f"The parcel has {lines[key].quantity} units of line {key!r}."
            raise OrdoError(detail, code=Code.INVALID_QUANTITY, pointer=f"{where}/quantity")
        found[key] = lines[key].model_copy(update={"quantity": each.quantity})
    return tuple(found.values())
