"""POST /v1/carriers/{carrier}/events: what carriers tell, and again from the queue when it could not be recorded."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from ordo.kernel.clock import system_clock
from ordo.orders.wiring import order_desk
from ordo.runtime.body import MAX_WEBHOOK_BYTES
from ordo.runtime.http import answer, handle, http_api, problems
from ordo.runtime.queues import send_message
from ordo.runtime.secrets import secret
from ordo.runtime.settings import load_settings
from ordo.shipments.intake import Intake, check_signature
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.schemas import PushAnswer, TrackingPush


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    secret_id: str
    carrier_secret_id: str
    carrier_events_queue_url: str


settings = load_settings(Settings)
app = http_api()
enqueue = partial(send_message, settings.carrier_events_queue_url)
intake = Intake(order_desk(), DynamoWaitingStore(settings.orders_table), enqueue)
RESPONSES = problems(400, 401, 404, 413, 422) | answer(202, PushAnswer, "Kept, and recorded as soon as it can be")


@app.post("/v1/carriers/<carrier>/events", responses=RESPONSES, tags=["carriers"])
def receive(carrier: str, push: TrackingPush) -> Response[PushAnswer]:
    """Take what a carrier tells. 200: recorded, or known already. 202: kept, and recorded as soon as it can be."""
    event = app.current_event
    taken = intake.take(carrier, event.headers["webhook-id"], push, event.body or "")
    status = 202 if taken.queued or taken.waiting else 200
    return Response(status_code=status, content_type="application/json", body=taken)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda, for the API and for the queue."""
    if "Records" in event:
        again = intake.take_again(event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
    return handle(app, event, context, limit=MAX_WEBHOOK_BYTES, verify=verify)


def verify(event: dict[str, Any], raw: bytes) -> None:
    """Refuse what the carrier has not signed, before anything reads it."""
    check_signature(event, raw, secret(settings.carrier_secret_id), system_clock())
