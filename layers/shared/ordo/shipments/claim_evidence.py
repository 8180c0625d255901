"""What the records hold that proves a claim: references and hashes, nothing personal."""

from __future__ import annotations

from collections.abc import Iterator

from ordo.kernel.clock import from_iso
from ordo.orders.model import OrderState
from ordo.shipments.claim_model import Evidence
from ordo.shipments.model import Parcel, Shipment
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proving import proofs_of


def evidence_of(state: OrderState, shipment: Shipment, parcel: Parcel, incident_id: str | None) -> tuple[Evidence, ...]:
    """All of it: how it left, what was scanned last, how it was handed over, what was noted and photographed."""
    return tuple(_evidence(state, shipment, parcel, incident_id))


def _evidence(state: OrderState, shipment: Shipment, parcel: Parcel, incident_id: str | None) -> Iterator[Evidence]:
    header = state.header
    yield Evidence(
        kind="timeline", ref=f"{header.order_id}#{header.seq}", at=header.changed_at, sha256=header.head_hash
    )
    yield Evidence(kind="dispatch", ref=shipment.shipment_id, at=shipment.dispatched_at)
    for photo in state.fulfilments[shipment.fulfilment_id].packing_photos:
        yield Evidence(kind="packing_photo", ref=photo.file_id, at=photo.recorded_at, sha256=photo.sha256)
    if parcel.history:
        last = max(parcel.history, key=lambda each: from_iso(each.occurred_at))
        said = f"{last.status}:{last.cause}" if last.cause else str(last.status)
        yield Evidence(kind="scan", ref=last.identity, at=last.occurred_at, says=said)
    for proof in proofs_of(state, shipment.shipment_id, parcel.tracking_number):
        yield Evidence(kind="proof", ref=proof.proof_id, at=proof.recorded_at, says=proof.handover)
        yield Evidence(kind="condition", ref=proof.proof_id, at=proof.device_at, says=proof.condition)
        for file in proof.files:
            kind = "signature" if file.kind is FileKind.SIGNATURE else "photo"
            yield Evidence(kind=kind, ref=file.file_id, at=proof.recorded_at, sha256=file.sha256)
    if incident_id is not None and incident_id in state.incidents:
        incident = state.incidents[incident_id]
        yield Evidence(kind="incident", ref=incident_id, at=incident.opened_at, says=incident.kind)
