"""Proofs of delivery and packing photos as the API gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ordo.kernel.frozen import Model
from ordo.shipments.model import Fulfilment
from ordo.shipments.proof_model import Condition, FileKind, Handover, Proof
from ordo.shipments.proof_service import Proven


class FileView(Model):
    """A file of a proof, by its hash. `url` shows it for five minutes to keys with the scope `customers:read`."""

    file_id: str
    kind: FileKind
    content_type: str
    bytes: int
    sha256: str
    url: str | None = None


class ProofView(Model):
    """A proof of delivery. `distance_m` is from the device to the order's address, null when either is not known."""

    proof_id: str
    order_id: str
    shipment_id: str
    tracking_number: str
    handover: Handover
    device_at: str
    recorded_at: str
    relation: str | None
    condition: Condition
    distance_m: int | None
    refused: list[dict[str, Any]]
    refusal_reason: str | None
    damaged: list[dict[str, Any]]
    files: list[FileView]
    strokes_sha256: str | None
    personal_hash: str

    @staticmethod
    def fields_of(proof: Proof, link: Callable[[str], str] | None = None) -> dict[str, Any]:
        """A view's fields; `link` gives a file's address by its hash."""
        fields = proof.model_dump(mode="json", exclude={"files"})
        files = [FileView(**each.told(), url=link(each.sha256) if link else None) for each in proof.files]
        return {**fields, "files": files}


class ProvenView(ProofView):
    """A proof as it was recorded; the same key always gets exactly this again. `version` is the order's by it."""

    version: int

    @staticmethod
    def of(proven: Proven) -> ProvenView:
        """The answer."""
        return ProvenView(**ProofView.fields_of(proven.proof), version=proven.version)


class ReadProofView(ProofView):
    """A proof as it is read. `personal` is there for keys with the scope `customers:read`, null once it was erased."""

    personal: dict[str, Any] | None = None


class ProofList(Model):
    """The proofs of a shipment, the oldest first: a parcel that was refused may have a second one."""

    shipment_id: str
    proofs: list[ReadProofView]


class PackingPhotoView(Model):
    """A photo of what was packed, by its hash."""

    file_id: str
    content_type: str
    bytes: int
    sha256: str
    recorded_at: str


class PackingPhotosView(Model):
    """The packing photos of a fulfilment now, and the order's version."""

    fulfilment_id: str
    packing_photos: list[PackingPhotoView]
    version: int

    @staticmethod
    def of(fulfilment: Fulfilment, version: int) -> PackingPhotosView:
        """The answer."""
        photos = [PackingPhotoView(**each.model_dump()) for each in fulfilment.packing_photos]
        return PackingPhotosView(fulfilment_id=fulfilment.fulfilment_id, packing_photos=photos, version=version)


def read_view(proof: Proof, personal: Mapping[str, Any] | None, link: Callable[[str], str] | None) -> ReadProofView:
    """A proof for who may see its files and its personal part, or not."""
    return ReadProofView(**ProofView.fields_of(proof, link), personal=dict(personal) if personal else None)
