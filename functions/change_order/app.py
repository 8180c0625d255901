"""Changes of an order: propose with a preview, apply exactly that, or drop."""

from __future__ import annotations

from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from ordo.orders.changes import apply_change, drop_change, propose_change
from ordo.orders.command_schemas import AppliedChangeView, ChangeRequest, ChangeView
from ordo.orders.keys import CommandKey
from ordo.orders.schemas import body_hash
from ordo.orders.wiring import acting, order_desk
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    secret_id: str


settings = load_settings(Settings)
app = http_api()
desk = order_desk()
PATH, TAGS = "/v1/orders/<order_id>/changes", ["changes"]


@app.post(PATH, status_code=201, responses=keyed(400, 404, 409, 413, 422, good=201), tags=TAGS)
def propose(order_id: str, request: ChangeRequest, idempotency_key: KeyHeader) -> ChangeView:
    """Propose a change and see what it would do; nothing happens to the order yet."""
    caller = require_scope(app, "orders:change")
    key = CommandKey.of(caller.client_id, idempotency_key, "change", order_id, body_hash(request))
    command, by = request.to_command(desk.new_id("chg")), acting(caller, request.requested_by)
    return ChangeView.of(propose_change(desk, order_id, command, key, version=request.version, **by))


@app.post(f"{PATH}/<change_id>/apply", responses=keyed(404, 409), tags=TAGS)
def book(order_id: str, change_id: str) -> AppliedChangeView:
    """Do exactly what the preview says, or answer 409; applying it again changes nothing."""
    caller = require_scope(app, "orders:change")
    return AppliedChangeView.after(*apply_change(desk, order_id, change_id, **acting(caller, "client")))


@app.delete(f"{PATH}/<change_id>", status_code=204, responses=keyed(404, 409, good=204), tags=TAGS)
def drop(order_id: str, change_id: str) -> Response[None]:
    """Forget a proposed change; dropping it again changes nothing."""
    drop_change(desk, order_id, change_id, **acting(require_scope(app, "orders:change"), "client"))
    return Response(204)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
