"""Proof of delivery: what was handed over, when, where and to whom; and files, told by their hashes.

The record holds nothing personal: the receiver's name, the place, the strokes of the signature and the note are kept
with the order's contact (`personal`), and the record has a salted hash of them. Erasing them erases the salt too.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.frozen import Frozen
from ordo.shipments.model import LineQuantity


class FileKind(StrEnum):
    """What a file shows."""

    SIGNATURE = "signature"
    PHOTO = "photo"
    PACKING_PHOTO = "packing_photo"
    DAMAGE_PHOTO = "damage_photo"
    RETURN_PHOTO = "return_photo"


class KeptFile(Frozen):
    """A file as it was read and hashed. It is kept under its order and its hash, so it is written once."""

    file_id: str
    kind: FileKind
    content_type: str
    bytes: int
    sha256: str

    def told(self) -> dict[str, Any]:
        """What the timeline says of it."""
        return self.model_dump(mode="json")


class Handover(StrEnum):
    """What came of it at the door."""

    DELIVERED = "delivered"
    REFUSED = "refused"


class Condition(StrEnum):
    """How the parcel looked from outside when it was handed over."""

    INTACT = "intact"
    DAMAGED = "damaged"
    WET = "wet"
    OPENED = "opened"


Relation = Literal[
    "customer", "household", "neighbour", "colleague", "reception", "pickup_point", "locker", "safe_place", "other"
]
"""Who took it, to the customer."""
RefusalReason = Literal["damaged", "not_ordered", "changed_mind", "too_late", "payment", "other"]


class Proof(Frozen):
    """The record of one handover of one parcel. Times are ISO texts: the device's own, and when Ordo heard of it.

    `distance_m` is from the device's place to the order's address, if both are known. `refused` are units that were not
    taken, `damaged` those that were noted as damaged at the door. `personal_hash` is that of what is kept apart.
    """

    proof_id: str
    order_id: str
    shipment_id: str
    tracking_number: str
    handover: Handover
    device_at: str
    recorded_at: str
    relation: Relation | None = None
    condition: Condition
    distance_m: int | None = None
    refused: tuple[LineQuantity, ...] = ()
    refusal_reason: RefusalReason | None = None
    damaged: tuple[LineQuantity, ...] = ()
    files: tuple[KeptFile, ...] = ()
    strokes_sha256: str | None = None
    personal_hash: str

    def told(self) -> dict[str, Any]:
        """What the timeline says of it: everything, since nothing of it is personal."""
        return self.model_dump(mode="json", exclude={"order_id"}, exclude_none=True)


def proof_id(order_id: str, number: int) -> str:
    """`prf_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"prf_{order_id.removeprefix('ord_')}_{number}"


def personal_slot(proof: str) -> str:
    """Where, beside the order's contact, the personal part of a proof is kept."""
    return f"proof#{proof}"


def personal_hash(personal: Mapping[str, Any]) -> str:
    """The salted hash of a personal part, which holds its `salt`: without it nothing can be tried out."""
    return sha256_hex(canonical_json(dict(personal)))
