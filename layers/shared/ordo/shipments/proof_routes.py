"""The routes of deliveries: uploads, proofs, packing photos, and whose damage it is."""

from __future__ import annotations

import secrets
from typing import Annotated

from ordo.catalog.documents import CatalogRepository
from ordo.kernel.clock import Clock
from ordo.orders.keys import CommandKey
from ordo.orders.model import order_of
from ordo.orders.schemas import body_hash
from ordo.orders.service import visible_order
from ordo.orders.wiring import acting
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, Query, keyed, require_scope
from ordo.runtime.secrets import lookup_hash
from ordo.shipments.damage import cases
from ordo.shipments.evidence import kept_key
from ordo.shipments.liability import table_of
from ordo.shipments.liability_schemas import LiabilityQuery, LiabilityView
from ordo.shipments.proof_model import FileKind, Proof
from ordo.shipments.proof_schemas import (
    PackingPhotosRequest,
    PackingUploadRequest,
    ProofRequest,
    UploadRequest,
    UploadView,
)
from ordo.shipments.proof_service import ProofDesk
from ordo.shipments.proof_views import PackingPhotosView, ProofList, ProvenView, ReadProofView, read_view

TAGS = ["deliveries"]
SCOPE = "shipments:prove"
SALT_BYTES = 32
_SHIPMENT, _FULFILMENT = "/v1/shipments/<shipment_id>", "/v1/fulfilments/<fulfilment_id>"


def serve_proofs(app: HttpApi, proofs: ProofDesk) -> None:
    """Serve what a driver's device does."""

    @app.post(f"{_SHIPMENT}/uploads", responses=keyed(400, 404, 413, 422), tags=TAGS)
    def offer_upload(shipment_id: str, request: UploadRequest) -> UploadView:
        """A form by which a signature or photo is uploaded, straight to where files are kept. Writes nothing itself."""
        who = acting(require_scope(app, SCOPE), "client")
        kind = FileKind(request.kind)
        return UploadView.of(proofs.offer_for_shipment(shipment_id, kind, request.content_type, who["visible"]))

    @app.post(f"{_SHIPMENT}/proof", status_code=201, responses=keyed(400, 404, 409, 413, 422, good=201), tags=TAGS)
    def record_proof(shipment_id: str, request: ProofRequest, idempotency_key: KeyHeader) -> ProvenView:
        """A parcel was handed over, or refused at the door, with what proves it. The same key gets the same answer."""
        caller = require_scope(app, SCOPE)
        command = request.to_command(shipment_id, secrets.token_hex(SALT_BYTES))
        order_id = order_of(shipment_id)
        hashed = lookup_hash("proof", body_hash(request))  # keyed: the body is personal
        key = CommandKey.of(caller.client_id, idempotency_key, f"proof#{shipment_id}", order_id, hashed)
        who = acting(caller, "client")
        return ProvenView.of(proofs.record(command, request.named(), request.location(), key, **who))

    @app.get(f"{_SHIPMENT}/proof", responses=keyed(404), tags=TAGS)
    def read_proofs(shipment_id: str) -> ProofList:
        """The proofs of a shipment; who took it, where, and the files, for keys that may see them."""
        caller = require_scope(app, "orders:read")
        found = proofs.read(shipment_id, lambda header: caller.may_use(header.channel))
        personal = "customers:read" in caller.scopes
        return ProofList(shipment_id=shipment_id, proofs=[_shown(proofs, each, personal) for each in found])


def serve_packing(app: HttpApi, proofs: ProofDesk) -> None:
    """Serve what a node's packers do."""

    @app.post(f"{_FULFILMENT}/uploads", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def offer_packing_upload(fulfilment_id: str, request: PackingUploadRequest) -> UploadView:
        """A form by which a photo of what was packed is uploaded. Writes nothing itself."""
        who = acting(require_scope(app, "fulfilments:work"), "client")
        return UploadView.of(proofs.offer_for_packing(fulfilment_id, request.content_type, who["visible"]))

    @app.post(f"{_FULFILMENT}/packing-photos", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def add_packing_photos(fulfilment_id: str, request: PackingPhotosRequest) -> PackingPhotosView:
        """Photos that were uploaded show how it was packed; until the carrier has it. Again changes nothing."""
        who = acting(require_scope(app, "fulfilments:work"), "client")
        return PackingPhotosView.of(*proofs.add_packing_photos(fulfilment_id, request.named(), **who))


def serve_liability(app: HttpApi, proofs: ProofDesk, catalog: CatalogRepository, clock: Clock) -> None:
    """Serve the question whose damage it is."""

    @app.get("/v1/orders/<order_id>/liability", responses=keyed(404, 422), tags=TAGS)
    def judge_liability(order_id: str, query: Annotated[LiabilityQuery, Query()]) -> LiabilityView:
        """Who answers for a damage, by the channel's table over the order's records: verdict, reason and facts."""
        caller = require_scope(app, "orders:read")
        state = visible_order(proofs.desk.repository, order_id, lambda header: caller.may_use(header.channel))
        now = clock()
        channel = catalog.load_channel(state.header.channel, now)
        table = table_of(channel.liability if channel else None)
        return LiabilityView.of(order_id, query, cases(state, query.to_report(now)), table)


def _shown(proofs: ProofDesk, proof: Proof, personal: bool) -> ReadProofView:
    if not personal:
        return read_view(proof, None, None)
    return read_view(proof, proofs.personal(proof), lambda sha256: proofs.files.link(kept_key(proof.order_id, sha256)))
