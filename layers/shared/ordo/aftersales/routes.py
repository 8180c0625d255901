"""The routes of returns, for the function that serves them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ordo.aftersales.model import Return
from ordo.aftersales.schemas import (
    ReturnDecisionRequest,
    ReturnReceiptRequest,
    ReturnRequest,
    ReturnTrackingRequest,
    ReturnUploadRequest,
)
from ordo.aftersales.service import Handled, ReturnDesk
from ordo.aftersales.views import ReturnCase
from ordo.orders.keys import CommandKey
from ordo.orders.model import order_of
from ordo.orders.schemas import body_hash
from ordo.orders.wiring import acting
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, keyed, require_scope
from ordo.runtime.secrets import lookup_hash
from ordo.shipments.evidence import kept_key
from ordo.shipments.proof_model import KeptFile
from ordo.shipments.proof_schemas import UploadView

TAGS = ["returns"]
ASK, WORK, READ = "orders:change", "fulfilments:work", "orders:read"
SALT_BYTES = 32
_ORDER, _RETURN = "/v1/orders/<order_id>/returns", "/v1/returns/<return_id>"


def serve_requests(app: HttpApi, returns: ReturnDesk) -> None:
    """Serve who asks for a return, and decides about it."""

    @app.post(f"{_ORDER}/uploads", responses=keyed(400, 404, 413, 422), tags=TAGS)
    def offer_return_upload(order_id: str, request: ReturnUploadRequest) -> UploadView:
        """A form by which a photo for a return is uploaded. Writes nothing itself."""
        caller = require_scope(app, ASK)
        visible = acting(caller, "client")["visible"]
        return UploadView.of(returns.offer(order_id, request.content_type, visible))

    @app.post(_ORDER, status_code=201, responses=keyed(400, 404, 409, 413, 422, good=201), tags=TAGS)
    def request_return(order_id: str, request: ReturnRequest, idempotency_key: KeyHeader) -> ReturnCase:
        """Ask for a return, an exchange, or what else is due for goods that came. The answer says what the channel's
        policy says of it, rule by rule; it is carried out right after. The same key gets the same return.
        """
        caller = require_scope(app, ASK)
        hashed = lookup_hash("return", body_hash(request))  # keyed: the body is personal
        key = CommandKey.of(caller.client_id, idempotency_key, "return", order_id, hashed)
        command = request.to_command(caller.client_id, secrets.token_hex(SALT_BYTES))
        who = acting(caller, "customer" if request.requested_by == "customer" else "staff")
        if request.preview:
            found, expected = returns.preview(command, order_id, who["visible"])
            return ReturnCase.now(found.found, found.header, {}, preview=True, expected=expected)
        return _case(returns, returns.request(command, request.named(), key, **who), _may_see(caller))

    @app.get(_RETURN, responses=keyed(404), tags=TAGS)
    def read_return(return_id: str) -> ReturnCase:
        """A return with everything that is known of it, and what may be decided about it now."""
        caller = require_scope(app, READ)
        found = returns.read(return_id, lambda header: caller.may_use(header.channel))
        return _case(returns, found, _may_see(caller))

    @app.post(f"{_RETURN}/decision", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def decide_return(return_id: str, request: ReturnDecisionRequest) -> ReturnCase:
        """Decide about a return. The same again changes nothing; what its state does not allow is 409."""
        caller = require_scope(app, ASK)
        command = request.to_command(return_id, caller.client_id)
        found = returns.decide(command, version=request.version, **acting(caller, "staff"))
        return _case(returns, found, _may_see(caller))

    @app.post(f"{_RETURN}/tracking", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def track_return(return_id: str, request: ReturnTrackingRequest) -> ReturnCase:
        """The customer has sent it with a carrier of their own. It is tracked like any parcel."""
        caller = require_scope(app, ASK)
        found = returns.send(request.to_command(return_id), **acting(caller, "customer"))
        return _case(returns, found, _may_see(caller))


def serve_receipts(app: HttpApi, returns: ReturnDesk) -> None:
    """Serve nodes that count and inspect what comes back."""

    @app.post(f"{_RETURN}/receipt", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def receive_return(return_id: str, request: ReturnReceiptRequest, idempotency_key: KeyHeader) -> ReturnCase:
        """Count and inspect units that came: what is to be restocked is on the shelf with the answer, and what is due
        for them is booked. With `preview` nothing is written. The same key gets the same return.
        """
        return _received(order_of(return_id), return_id, request, idempotency_key)

    @app.post(f"{_ORDER}/receipt", status_code=201, responses=keyed(400, 404, 409, 413, 422, good=201), tags=TAGS)
    def receive_unannounced(order_id: str, request: ReturnReceiptRequest, idempotency_key: KeyHeader) -> ReturnCase:
        """Goods of an order came that nobody announced: a return begins with them. What the channel's policy does not
        approve waits for a decision.
        """
        return _received(order_id, None, request, idempotency_key)

    def _received(
        order_id: str, return_id: str | None, request: ReturnReceiptRequest, idempotency_key: str
    ) -> ReturnCase:
        caller = require_scope(app, WORK)
        command, who = request.to_command(return_id, caller.client_id), acting(caller, "client")
        if request.preview:
            found = returns.preview_receipt(command, order_id, who["visible"])
            return ReturnCase.now(found.found, found.header, {}, preview=True)
        hashed = body_hash(request)
        key = CommandKey.of(caller.client_id, idempotency_key, f"receipt#{return_id or ''}", order_id, hashed)
        return _case(returns, returns.receive(command, request.named(), key, **who), _may_see(caller))


def _may_see(caller: Any) -> bool:
    return "customers:read" in caller.scopes


def _case(returns: ReturnDesk, handled: Handled, personal: bool) -> ReturnCase:
    found = handled.found
    words: Mapping[str, Any] = returns.words(found) if personal else {}
    return ReturnCase.now(found, handled.header, words, _links(returns, found) if personal else lambda file: None)


def _links(returns: ReturnDesk, found: Return) -> Callable[[KeptFile], str | None]:
    return lambda file: returns.proofs.files.link(kept_key(found.order_id, file.sha256))
