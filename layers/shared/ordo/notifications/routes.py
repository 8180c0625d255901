"""The routes of webhook endpoints, for the function that serves master data."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from ordo.notifications.schemas import EndpointAnswer, EndpointId, EndpointRequest
from ordo.notifications.service import EndpointService
from ordo.runtime.http import HttpApi, keyed, no_content, require_scope

PATH = "/v1/webhook-endpoints/<endpoint_id>"
SCOPE = "webhooks:write"


def new_secret() -> str:
    """A `whsec_` secret of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def serve_endpoints(app: HttpApi, service: EndpointService) -> None:
    """Serve PUT, GET and DELETE of webhook endpoints; each needs `webhooks:write` and a key bound to their channels."""

    @app.put(PATH, responses=keyed(400, 409, 413, 422), tags=["webhooks"])
    def put_endpoint(endpoint_id: EndpointId, request: EndpointRequest) -> EndpointAnswer:
        """Create or replace a webhook endpoint; the secret is shown only when it is new."""
        caller = require_scope(app, SCOPE)
        for place, channel in enumerate(request.channels):
            caller.require_channel(channel, f"/channels/{place}")
        written, fresh = service.put(endpoint_id, request.draft(), caller.may_use)
        return EndpointAnswer.of(written, show_secret=fresh)

    @app.get(PATH, responses=keyed(404, 422), tags=["webhooks"])
    def get_endpoint(endpoint_id: EndpointId) -> EndpointAnswer:
        """Read a webhook endpoint, without its secret."""
        return EndpointAnswer.of(service.get(endpoint_id, require_scope(app, SCOPE).may_use))

    @app.delete(PATH, status_code=204, responses=keyed(404, 422, good=204), tags=["webhooks"])
    def delete_endpoint(endpoint_id: EndpointId) -> Any:
        """Remove a webhook endpoint: nothing more is sent to it, and what waited is forgotten."""
        service.delete(endpoint_id, require_scope(app, SCOPE).may_use)
        return no_content()
