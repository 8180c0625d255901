"""The routes of webhook endpoints, for the function that serves master data."""

from __future__ import annotations

import base64
import secrets
from typing import Any, NamedTuple

from ordo.kernel.clock import Clock
from ordo.notifications.repository import DynamoEndpointStore
from ordo.notifications.schemas import EndpointAnswer, EndpointId, EndpointRequest
from ordo.notifications.service import EndpointService
from ordo.runtime.http import HttpApi, keyed, no_content, require_scope
from ordo.runtime.queues import send_message

PATH = "/v1/webhook-endpoints/<endpoint_id>"
SCOPE = "webhooks:write"


class EndpointSettings(NamedTuple):
    """What the routes need of the environment."""

    catalog_table: str
    webhooks_queue_url: str
    allow_private_webhooks: bool = False


def endpoint_service(settings: EndpointSettings, clock: Clock) -> EndpointService:
    """The service of production; an enabled endpoint's lanes are woken through the Webhooks queue."""

    def wake(endpoint_id: str) -> None:
        send_message(settings.webhooks_queue_url, {"endpoint_id": endpoint_id})

    store = DynamoEndpointStore(settings.catalog_table)
    return EndpointService(store, clock, new_secret, wake, settings.allow_private_webhooks)


def new_secret() -> str:
    """A `whsec_` secret of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def serve_endpoints(app: HttpApi, settings: EndpointSettings, clock: Clock) -> None:
    """Serve PUT, GET and DELETE of webhook endpoints; each needs `webhooks:write` and a key bound to their channels."""
    service = endpoint_service(settings, clock)

    @app.put(PATH, responses=keyed(400, 404, 413, 422), tags=["webhooks"])
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
