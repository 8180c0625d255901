"""The routes of claims against carriers."""

from __future__ import annotations

from ordo.orders.keys import CommandKey
from ordo.orders.model import order_of
from ordo.orders.schemas import body_hash
from ordo.orders.wiring import acting
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, keyed, require_scope
from ordo.shipments.claim_schemas import (
    AcceptClaimRequest,
    FileClaimRequest,
    OpenClaimRequest,
    RecoverRequest,
    RefuseClaimRequest,
)
from ordo.shipments.claim_views import ClaimedView
from ordo.shipments.claiming import Asked, ClaimDesk, Claimed, in_currency
from ordo.shipments.claims import OpenClaim, accepted, filed, recovered, refused

SCOPE = "orders:change"
_CLAIM = "/v1/claims/<claim_id>"
_ANSWERS = (400, 404, 409, 413, 422)


TAGS = ["claims"]


def serve_claims(app: HttpApi, claims: ClaimDesk) -> None:
    """Serve the opening of claims and payments of carriers."""

    @app.post("/v1/shipments/<shipment_id>/claims", status_code=201, responses=keyed(*_ANSWERS, good=201), tags=TAGS)
    def open_claim(shipment_id: str, request: OpenClaimRequest, idempotency_key: KeyHeader) -> ClaimedView:
        """A parcel is lost or damaged: draft a claim against its carrier. There is one for each parcel and reason."""
        caller = require_scope(app, SCOPE)
        order_id = order_of(shipment_id)
        key = CommandKey.of(caller.client_id, idempotency_key, f"claim#{shipment_id}", order_id, body_hash(request))
        command = OpenClaim(
            shipment_id,
            request.tracking_number,
            request.reason,
            claims.terms,
            amount=request.amount.amount if request.amount else None,
            currency=request.amount.currency if request.amount else None,
            incident_id=request.incident_id,
        )
        asked = Asked(**acting(caller, "staff"), version=request.version)
        return _view(claims.open(command, key, asked))

    @app.post(f"{_CLAIM}/recovery", responses=keyed(*_ANSWERS), tags=TAGS)
    def record_recovery(claim_id: str, request: RecoverRequest, idempotency_key: KeyHeader) -> ClaimedView:
        """The carrier has paid so much. With all of it, or the last of it, the claim is settled."""
        caller = require_scope(app, SCOPE)
        order_id = order_of(claim_id)
        key = CommandKey.of(caller.client_id, idempotency_key, f"recovery#{claim_id}", order_id, body_hash(request))
        decide = in_currency(recovered(claim_id, request.amount.amount, final=request.final), request.amount.currency)
        asked = Asked(**acting(caller, "staff"), version=request.version)
        return _view(claims.recover(claim_id, decide, key, asked))


def serve_claim_answers(app: HttpApi, claims: ClaimDesk) -> None:
    """Serve what comes of a claim."""

    @app.post(f"{_CLAIM}/filing", responses=keyed(*_ANSWERS), tags=TAGS)
    def file_claim(claim_id: str, request: FileClaimRequest) -> ClaimedView:
        """The carrier has the claim. Again changes nothing."""
        asked = Asked(**acting(require_scope(app, SCOPE), "staff"), version=request.version)
        return _view(claims.move(claim_id, filed(claim_id, request.reference), asked))

    @app.post(f"{_CLAIM}/acceptance", responses=keyed(*_ANSWERS), tags=TAGS)
    def accept_claim(claim_id: str, request: AcceptClaimRequest) -> ClaimedView:
        """The carrier will pay all, or a part. Again changes nothing."""
        asked = Asked(**acting(require_scope(app, SCOPE), "staff"), version=request.version)
        told = request.amount
        decide = in_currency(accepted(claim_id, told.amount if told else None), told.currency if told else None)
        return _view(claims.move(claim_id, decide, asked))

    @app.post(f"{_CLAIM}/refusal", responses=keyed(*_ANSWERS), tags=TAGS)
    def refuse_claim(claim_id: str, request: RefuseClaimRequest) -> ClaimedView:
        """The carrier pays nothing. Again changes nothing."""
        asked = Asked(**acting(require_scope(app, SCOPE), "staff"), version=request.version)
        return _view(claims.move(claim_id, refused(claim_id, request.reason), asked))


def _view(found: Claimed) -> ClaimedView:
    return ClaimedView.by(found.claim, found.version)
