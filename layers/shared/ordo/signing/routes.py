"""The courier's page over HTTP: HTML for the browser, JSON for its script, and the API's route that gives links."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from ordo.orders.wiring import acting
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, Query, keyed, require_scope
from ordo.runtime.observability import logger
from ordo.runtime.pages import PageAnswer, PageRequest
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proof_routes import SALT_BYTES, SCOPE, TAGS
from ordo.shipments.proof_schemas import ProofRequest, UploadRequest, UploadView
from ordo.shipments.proof_views import ProvenView
from ordo.signing.links import path_of
from ordo.signing.pages import problem_page, scripts, sign_page, style
from ordo.signing.schemas import LinkQuery, SigningLinkView
from ordo.signing.service import SigningService
from ordo.signing.words import speech_of
from ordo.tracking.links import LinkExpired, LinkUnknown
from ordo.tracking.pages import style as plain_style
from ordo.tracking.words import Language, language_of

PROBLEMS = {"unknown": 404, "expired": 410, "broken": 503}
_PERMISSIONS = "camera=(), geolocation=(self), microphone=(), payment=()"
"""Photos are chosen as files, which asks for no permission of the page."""


def serve_links(app: HttpApi, signing: SigningService) -> None:
    """Serve whoever sends couriers: the shop, or the courier's own app."""

    @app.get("/v1/shipments/<shipment_id>/signing-link", responses=keyed(404, 409, 422), tags=TAGS)
    def give_signing_link(shipment_id: str, query: Annotated[LinkQuery, Query()]) -> SigningLinkView:
        """A link to the page on which a courier has the shipment, or one parcel of it, signed for. Writes nothing."""
        who = acting(require_scope(app, SCOPE), "client")
        minted = signing.mint(shipment_id, query.tracking_number, who["visible"])
        return SigningLinkView(
            shipment_id=shipment_id,
            path=path_of(minted.token),
            valid_until=minted.until,
            tracking_numbers=list(minted.numbers),
        )


def serve_page(app: HttpApi, signing: SigningService) -> None:
    """Serve what the page's script sends. The token in the address is the whole right."""

    @app.post("/sign/<token>/uploads")
    def offer_upload(token: str, request: UploadRequest) -> UploadView:
        """A form for a signature or photo."""
        return UploadView.of(signing.offer(token, FileKind(request.kind), request.content_type))

    @app.post("/sign/<token>/proof", status_code=201)
    def record_proof(token: str, request: ProofRequest, idempotency_key: KeyHeader) -> ProvenView:
        """One parcel was handed over or refused; the same key counts once."""
        link = signing.allowed(token)
        command = request.to_command(link.shipment_id, secrets.token_hex(SALT_BYTES))
        return ProvenView.of(signing.record(link, command, request.named(), request.location(), idempotency_key))


def answer_page(event: dict[str, Any], signing: SigningService) -> dict[str, Any]:
    """API Gateway's answer to a browser. Whatever fails is told as a page, and logged by the kind of its error only."""
    request = PageRequest.of(event)
    language = language_of(request.query.get("lang"), request.headers.get("accept-language"))
    token = request.path.get("token", "")
    try:
        handing = signing.handing(token, speech_of(language))
        address = signing.proofs.files.address()
    except LinkExpired:
        return _problem("expired", language)
    except LinkUnknown:
        return _problem("unknown", language)
    except Exception as error:  # noqa: BLE001  a courier gets a page, whatever happens
        logger.exception("signing page failed", extra={"error": type(error).__name__})
        return _problem("broken", language)
    html = sign_page(handing, speech_of(language), token)
    page = PageAnswer(200, html, language, style(), scripts=scripts(), connect=(address,), permissions=_PERMISSIONS)
    return page.as_event()


def _problem(name: str, language: Language) -> dict[str, Any]:
    again = {"Retry-After": "5"} if name == "broken" else {}
    html = problem_page(name, speech_of(language))
    return PageAnswer(PROBLEMS[name], html, language, plain_style(), headers=again).as_event()
