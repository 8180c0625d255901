"""A claim against a carrier: what it is for, what proves it, what is asked, and what came back."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from ordo.kernel.frozen import Frozen
from ordo.shipments.model import LineQuantity

ClaimReason = Literal["lost", "damaged"]
RefusedFor = Literal["late", "evidence", "packaging", "excluded", "delivered", "other"]
"""Why a carrier does not pay: `excluded` by its terms, `delivered`: it says that the parcel came (whole)."""


class ClaimState(StrEnum):
    """How far a claim is."""

    DRAFTED = "drafted"  # opened; the carrier does not have it yet
    FILED = "filed"  # the carrier has it
    ACCEPTED = "accepted"  # it will pay, all or a part
    REFUSED = "refused"  # it pays nothing
    PAID = "paid"  # it has paid what it pays
    EXPIRED = "expired"  # it was not filed in the carrier's time


ENDED = (ClaimState.REFUSED, ClaimState.PAID, ClaimState.EXPIRED)

EvidenceKind = Literal[
    "timeline", "dispatch", "scan", "packing_photo", "proof", "condition", "signature", "photo", "incident"
]


class Evidence(Frozen):
    """A reference to what the records hold, nothing of it: `ref` is its id, `says` a code, `sha256` a file's or the
    timeline's head at that moment, so that it can be shown to be unchanged.
    """

    kind: EvidenceKind
    ref: str
    at: str | None = None
    says: str | None = None
    sha256: str | None = None


class CarrierClaim(Frozen):
    """The record. Amounts are minor units of the order's currency: `recovered <= amount <= value`, which is what the
    units in the parcel were sold for. Times are ISO texts.

    `file_by`: until then the carrier takes it. `remind_at`: when that is said once before. `answer_by`: until then the
    carrier is to answer, and to pay what it has accepted. `reference` is the carrier's number of the case.
    """

    claim_id: str
    order_id: str
    shipment_id: str
    tracking_number: str
    carrier: str
    reason: ClaimReason
    state: ClaimState
    currency: str
    value: int
    amount: int
    recovered: int = 0
    accepted: int | None = None
    lines: tuple[LineQuantity, ...]
    evidence: tuple[Evidence, ...] = ()
    opened_at: str
    changed_at: str
    file_by: str
    remind_at: str | None = None
    answer_days: int
    answer_by: str | None = None
    reference: str | None = None
    refused_for: RefusedFor | None = None
    incident_id: str | None = None

    @property
    def parcel_claim_id(self) -> str:
        """Its id, as the key of its item says: `parcel_claim#<id>` lies among what is read for a decision."""
        return self.claim_id

    @property
    def is_open(self) -> bool:
        """Whether somebody must still do something about it."""
        return self.state not in ENDED

    @property
    def due_at(self) -> str | None:
        """When somebody is to look at it again; None when it has ended."""
        if self.state is ClaimState.DRAFTED:
            return self.remind_at or self.file_by
        return self.answer_by if self.is_open else None


def claim_id(order_id: str, number: int) -> str:
    """`clm_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"clm_{order_id.removeprefix('ord_')}_{number}"
