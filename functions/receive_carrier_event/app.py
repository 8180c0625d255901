"""POST /v1/carriers/{carrier}/events: what carriers tell, and again from the queue when it could not be recorded.

Also GET /v1/carrier-pushes and what is below it: pushes that could not be read, for people.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.orders.wiring import order_desk
from ordo.runtime.body import MAX_WEBHOOK_BYTES
from ordo.runtime.http import Query, handle, http_api, sent_bytes
from ordo.runtime.queues import send_message
from ordo.runtime.secrets import secret
from ordo.runtime.settings import load_settings
from ordo.shipments.intake import Intake
from ordo.shipments.push_routes import PUSH, TokenText, push_of, serve_unread
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.unread_repository import S3UnreadStore


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    catalog_table: str
    secret_id: str
    carrier_secret_id: str
    carrier_events_queue_url: str
    unread_bucket: str


settings = load_settings(Settings)
app, unread = http_api(), S3UnreadStore(settings.unread_bucket)
enqueue = partial(send_message, settings.carrier_events_queue_url)
catalog, secrets = DynamoCatalogRepository(settings.catalog_table), partial(secret, settings.carrier_secret_id)
store = DynamoWaitingStore(settings.orders_table)
intake = Intake(order_desk(channels=catalog), store, enqueue, unread, secrets)
serve_unread(app, unread, intake)


@app.post("/v1/carriers/<carrier>/events", **PUSH)
def receive(
    carrier: str, token: Annotated[TokenText, Query()] = "", account: Annotated[str, Query()] = ""
) -> Response[str]:
    """Take what a carrier tells. 200: recorded, or known already. 202: kept, and recorded as soon as it can be."""
    reply = intake.receive(push_of(carrier, sent_bytes(app), app.current_event.headers, token, account))
    return Response(reply.status, reply.content_type, reply.body)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda, for the API and for the queue."""
    if "Records" in event:
        again = intake.take_again(event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
    return handle(app, event, context, limit=MAX_WEBHOOK_BYTES, as_sent="/v1/carriers/")
