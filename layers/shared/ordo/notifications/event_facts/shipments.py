"""What events of nodes, parcels, incidents, claims, proofs and damage tell."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ordo.notifications.event_facts.base import EtaTold, Facts
from ordo.notifications.event_facts.orders import PlannedFulfilment


class LotFacts(Facts):
    """Units of a SKU from one lot; it expires after that day, or never."""

    sku: str
    lot: str
    expires_on: str | None
    quantity: int


class FulfilmentFacts(Facts):
    """A node's step."""

    fulfilment_id: str
    node_id: str
    units: int
    lots: list[LotFacts] | None = Field(default=None, description="what was picked or left, of SKUs kept by lot")


class Refused(FulfilmentFacts):
    """A node does not give `units`: all of its work, or a part of a pick. They were sourced again at once."""

    cause: Literal["no_capacity", "closed", "cannot_make", "missing", "damaged", "other"]
    sourced: list[PlannedFulfilment] = Field(description="the fulfilments that give these units now")
    unsourced: int = Field(description="units that nobody gives")
    incident_id: str | None = Field(description="the order's incident for want of these units")
    incidents_opened: list[str] | None = None


class Resourced(Facts):
    """Units of an incident were looked for again, and nodes give them."""

    incident_id: str
    sourced: list[PlannedFulfilment]
    unsourced: int


class IncidentFacts(Facts):
    """What opened or solved incidents: `incident_id` where it is about one, else, or of several, the lists."""

    incident_id: str | None = None
    incidents_opened: list[str] | None = None
    incidents_resolved: list[str] | None = None
    kind: str | None = None
    owner: str | None = None
    deadline: str | None = None
    units: int | None = None
    resolution: str | None = None
    refund: dict[str, Any] | None = Field(default=None, description="what its units are refunded")
    refund_due: int | None = None
    fulfilments_cancelled: list[str] | None = Field(default=None, description="what was to replace a parcel")


class OneIncident(Facts):
    """An open incident: what kind, whose work it is now, until when, and of how many units."""

    incident_id: str
    kind: str
    owner: str
    deadline: str
    units: int


class Acted(OneIncident):
    """Something was done about it that does not end it; `wait`: its deadline was put off."""

    action: Literal["contact_customer", "claim", "return", "wait"]


class Escalated(OneIncident):
    """Its deadline has passed: it is another's work now, or (`reminder`) the last owner is reminded."""

    level: int
    former_owner: str
    reminder: bool


class Reshipped(Facts):
    """Units of a parcel are sent again, free of charge; the parcel counts no more."""

    change_id: str
    requested_by: str
    incident_id: str
    kind: str
    resolution: str
    units: int
    shipment_id: str | None
    tracking_number: str | None
    sourced: list[PlannedFulfilment]
    incidents_resolved: list[str]


class Filled(FulfilmentFacts):
    """A part that waited for goods got them."""

    sku: str
    promised_at: str = Field(description="when it was promised to be ready")


class ClaimFacts(Facts):
    """A claim against a carrier; amounts are minor units. What is not said of an event is left out."""

    claim_id: str
    shipment_id: str
    tracking_number: str
    carrier: str
    state: str
    reason: Literal["lost", "damaged"] | None = None
    value: int | None = None
    amount: int | None = None
    accepted: int | None = None
    recovered: int | None = None
    recovered_in_all: int | None = None
    currency: str | None = None
    file_by: str | None = None
    answer_by: str | None = None
    refused_for: str | None = None


class Dispatched(FulfilmentFacts):
    """Parcels left a node."""

    shipment_id: str
    carrier: str
    tracking_numbers: list[str]
    eta: EtaTold
    collect: int | None = Field(default=None, description="minor units to collect at the door")


class CarrierTold(Facts):
    """One event of a carrier, without its words."""

    event: str = Field(description="identity of the carrier's event")
    event_status: str
    occurred_at: str


class Tracked(CarrierTold):
    """A carrier said something of one parcel: what occurred last of what is new."""

    shipment_id: str
    carrier: str
    tracking_number: str
    tracking_status: str = Field(description="of the parcel, after merging what is known")
    eta: EtaTold | None = Field(default=None, description="of the whole shipment, until it has come")
    events: list[CarrierTold] = Field(
        default_factory=list,
        description="all that is new, in the order in which it occurred, when that is more than one",
    )
    incidents_opened: list[str] | None = None
    incidents_resolved: list[str] | None = None


class FileFacts(Facts):
    """A file by its hash: the SHA-256 of its bytes."""

    file_id: str
    kind: Literal["signature", "photo", "packing_photo"]
    content_type: str
    bytes: int
    sha256: str


class Photographed(FulfilmentFacts):
    """What was packed was photographed, before the carrier had it."""

    files: list[FileFacts]


class Proven(Tracked):
    """A parcel was handed over, or refused at the door, with what proves it. Nothing personal: hashes of that."""

    proof_id: str
    handover: Literal["delivered", "refused"]
    device_at: str
    recorded_at: str
    relation: str | None = Field(default=None, description="of who took it to the customer")
    condition: Literal["intact", "damaged", "wet", "opened"]
    distance_m: int | None = Field(default=None, description="from the device to the address")
    refused: list[dict[str, Any]]
    refusal_reason: str | None = None
    damaged: list[dict[str, Any]]
    files: list[FileFacts]
    strokes_sha256: str | None = None
    personal_hash: str
    incidents_opened: list[str] | None = None
    incidents_resolved: list[str] | None = None


class DamageReported(Facts):
    """The customer reported damage after the delivery, judged by the records as they were. Nothing personal."""

    report_id: str
    reported_at: str
    lines: list[dict[str, Any]] = Field(description="damaged units in all, by line")
    files: list[FileFacts]
    assessments: list[dict[str, Any]] = Field(description="whose it is, for each line and parcel: verdict, row, facts")
    incident_ids: list[str] = Field(description="the cases of these units, one for each parcel")
    incidents_opened: list[str] | None = None
    personal_hash: str | None = None
