"""Proofs of delivery, uploads and packing photos as the API takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.frozen import Closed, Model
from ordo.kernel.geo import Location
from ordo.orders.schemas import Id, Quantity, Text
from ordo.shipments.evidence import Named
from ordo.shipments.photographing import MAX_PACKING_PHOTOS
from ordo.shipments.proof_model import Condition, FileKind, Handover, RefusalReason, Relation
from ordo.shipments.proof_service import Upload
from ordo.shipments.proving import LineUnits, Prove
from ordo.shipments.schemas import Moment, TrackingNumber

MAX_PHOTOS = 8
MAX_POINTS = 5_000
ContentType = Literal["image/jpeg", "image/png", "image/webp"]
UploadId = Annotated[str, StringConstraints(pattern=r"^upl_[0-9A-HJKMNP-TV-Z]{26}$")]
Coordinate = Annotated[int, Field(strict=True, ge=-100_000, le=100_000)]
Millis = Annotated[int, Field(strict=True, ge=0, le=86_400_000)]
Stroke = Annotated[list[tuple[Coordinate, Coordinate, Millis]], Field(min_length=1, max_length=MAX_POINTS)]
"""Points of one stroke: x, y, and milliseconds since the signature began."""


class UploadRequest(Closed):
    """A file that is about to be uploaded."""

    model_config = ConfigDict(json_schema_extra={"example": {"kind": "photo", "content_type": "image/jpeg"}})

    kind: Literal["signature", "photo"]
    content_type: ContentType


class PackingUploadRequest(Closed):
    """A packing photo that is about to be uploaded."""

    content_type: ContentType


class UploadView(Model):
    """Send `fields`, then the file as the field `file`, to `url` as multipart/form-data; name `upload_id` afterwards.

    The form takes one file of this type and of at most `max_bytes`, for fifteen minutes; what nothing names within a
    day is gone.
    """

    upload_id: str
    url: str
    fields: dict[str, str]
    max_bytes: int

    @staticmethod
    def of(upload: Upload) -> UploadView:
        """The answer."""
        form = upload.form
        return UploadView(upload_id=upload.file_id, url=form.url, fields=form.fields, max_bytes=upload.limit)


class Place(Closed):
    """Where the device was, WGS 84 degrees; `accuracy_m` as the device gives it."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: Annotated[int, Field(strict=True, ge=0, le=100_000)] | None = None


class Receiver(Closed):
    """Who took it, and what they are to the customer."""

    name: Text | None = None
    relation: Relation


class Signature(Closed):
    """What was signed: its image, its strokes, or both."""

    image: UploadId | None = None
    strokes: Annotated[list[Stroke], Field(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.image is None and self.strokes is None:
            raise PydanticCustomError("invalid_request", "A signature has an image, strokes, or both")
        if sum(map(len, self.strokes or ())) > MAX_POINTS:
            raise PydanticCustomError("invalid_request", "A signature has at most {most} points", {"most": MAX_POINTS})
        return self


class UnitsText(Closed):
    """Units of a line of the parcel; of a bundle's line those of one `part`."""

    line_id: Id
    quantity: Quantity
    part: Annotated[int, Field(strict=True, ge=0, lt=100)] | None = None


class ProofRequest(Closed):
    """What happened at the door, as the device saw it. `tracking_number` is needed when there are several parcels.

    Delivered: who took it; `refused` are units that were not taken. Refused: why; nothing was taken. Both say how the
    parcel looked, and may name a signature and photos that were uploaded before.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "handover": "delivered",
                    "device_at": "2026-11-22T18:05:00+08:00",
                    "condition": "intact",
                    "receiver": {"name": "示例邻居", "relation": "neighbour"},
                    "place": {"lat": 30.2701, "lon": 120.1502, "accuracy_m": 8},
                    "signature": {"strokes": [[[10, 12, 0], [14, 20, 35]]]},
                },
                {
                    "handover": "refused",
                    "device_at": "2026-11-22T18:05:00+08:00",
                    "condition": "wet",
                    "refusal_reason": "damaged",
                },
            ]
        }
    )

    handover: Handover
    device_at: Moment
    condition: Condition
    tracking_number: TrackingNumber | None = None
    receiver: Receiver | None = None
    place: Place | None = None
    signature: Signature | None = None
    photos: tuple[UploadId, ...] = Field(default=(), max_length=MAX_PHOTOS)
    refused: tuple[UnitsText, ...] = Field(default=(), max_length=500)
    refusal_reason: RefusalReason | None = None
    damaged: tuple[UnitsText, ...] = Field(default=(), max_length=500)
    note: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        taken = self.handover is Handover.DELIVERED
        if taken and self.receiver is None:
            raise PydanticCustomError("invalid_request", "A delivery needs receiver")
        if not taken and self.refused:
            raise PydanticCustomError("invalid_request", "Leave refused out: everything was refused")
        if bool(self.refusal_reason) != bool(self.refused or not taken):
            raise PydanticCustomError(
                "invalid_request", "refusal_reason goes with what was refused, and only with that"
            )
        if len(set(self.photos)) != len(self.photos):
            raise PydanticCustomError("invalid_request", "Every photo is named once")
        return self

    def to_command(self, shipment_id: str, salt: str) -> Prove:
        """The command, before its files are read."""
        strokes = self.signature.strokes if self.signature else None
        return Prove(
            shipment_id=shipment_id,
            handover=self.handover,
            device_at=self.device_at,
            condition=self.condition,
            personal=self._personal(salt),
            tracking_number=self.tracking_number,
            relation=self.receiver.relation if self.receiver else None,
            refused=_units(self.refused),
            refusal_reason=self.refusal_reason,
            damaged=_units(self.damaged),
            strokes_sha256=sha256_hex(canonical_json(strokes)) if strokes else None,
        )

    def named(self) -> tuple[Named, ...]:
        """The uploads that it names."""
        image = self.signature.image if self.signature else None
        first = (Named(image, FileKind.SIGNATURE, "/signature/image"),) if image else ()
        photos = (Named(each, FileKind.PHOTO, f"/photos/{at}") for at, each in enumerate(self.photos))
        return (*first, *photos)

    def location(self) -> Location | None:
        """Where the device was."""
        return Location(self.place.lat, self.place.lon) if self.place else None

    def _personal(self, salt: str) -> dict[str, Any]:
        """What is kept apart. Degrees as texts with seven places (a centimetre), so that it can be hashed."""
        place, strokes = self.place, self.signature.strokes if self.signature else None
        found: dict[str, Any] = {
            "salt": salt,
            "receiver": self.receiver.name if self.receiver else None,
            "lat": f"{place.lat:.7f}" if place else None,
            "lon": f"{place.lon:.7f}" if place else None,
            "accuracy_m": place.accuracy_m if place else None,
            "strokes": [list(map(list, each)) for each in strokes] if strokes else None,
            "note": self.note,
        }
        return {name: value for name, value in found.items() if value is not None}


class PackingPhotosRequest(Closed):
    """Photos of what was packed, uploaded before."""

    model_config = ConfigDict(json_schema_extra={"example": {"photos": ["upl_01KJM1TD80QF4RNX9Z5TTWJ1H9"]}})

    photos: tuple[UploadId, ...] = Field(min_length=1, max_length=MAX_PACKING_PHOTOS)

    def named(self) -> tuple[Named, ...]:
        """The uploads."""
        unique = dict.fromkeys(self.photos)
        return tuple(Named(each, FileKind.PACKING_PHOTO, f"/photos/{at}") for at, each in enumerate(unique))


def _units(told: Iterable[UnitsText]) -> tuple[LineUnits, ...]:
    return tuple(LineUnits(each.line_id, each.quantity, each.part) for each in told)
