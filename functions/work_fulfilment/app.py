"""A node's work: find it, accept, pick and pack it, send it off."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from ordo.orders.wiring import order_desk
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings
from ordo.shipments.model import FulfilmentState
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.schemas import DispatchRequest, WorkList, WorkQuery, WorkView
from ordo.shipments.service import Visible, dispatch_fulfilment, work_fulfilment
from ordo.shipments.worklist import work_page


class Settings(BaseModel):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    secret_id: str


settings = load_settings(Settings)
app = http_api()
desk = order_desk()
store = DynamoWaitingStore(settings.orders_table)
TAGS = ["fulfilments"]
WORK: dict[str, Any] = {"responses": keyed(404, 409), "tags": TAGS}


@app.get("/v1/fulfilments", responses=keyed(400, 422), tags=TAGS)
def list_fulfilments(query: Annotated[WorkQuery, Query()]) -> WorkList:
    """A node's work in one state, the oldest first."""
    return work_page(settings.orders_table, query, require_scope(app, "fulfilments:work").channels)


@app.post("/v1/fulfilments/<fulfilment_id>/accept", **WORK)
def accept(fulfilment_id: str) -> WorkView:
    """The node will do it. Steps go forward only and may be skipped; the same again changes nothing."""
    return _work(fulfilment_id, FulfilmentState.ACCEPTED)


@app.post("/v1/fulfilments/<fulfilment_id>/pick", **WORK)
def pick(fulfilment_id: str) -> WorkView:
    """Everything is taken from its shelves."""
    return _work(fulfilment_id, FulfilmentState.PICKED)


@app.post("/v1/fulfilments/<fulfilment_id>/pack", **WORK)
def pack(fulfilment_id: str) -> WorkView:
    """Everything is in its parcels."""
    return _work(fulfilment_id, FulfilmentState.PACKED)


@app.post("/v1/fulfilments/<fulfilment_id>/dispatch", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
def dispatch(fulfilment_id: str, request: DispatchRequest) -> WorkView:
    """Everything has left with a carrier: makes the shipment and lowers the stock. The same again changes nothing."""
    actor, visible = _worker()
    return WorkView.done(dispatch_fulfilment(desk, store, request.to_command(fulfilment_id, actor), visible))


def _work(fulfilment_id: str, target: FulfilmentState) -> WorkView:
    return WorkView.done(work_fulfilment(desk, fulfilment_id, target, *_worker()))


def _worker() -> tuple[str, Visible]:
    caller = require_scope(app, "fulfilments:work")
    return caller.client_id, lambda header: caller.may_use(header.channel)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
