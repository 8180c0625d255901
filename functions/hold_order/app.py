"""POST /v1/orders/{order_id}/holds and …/holds/{hold_id}/release: stop an order, let it go."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.orders.command_schemas import HoldRequest, PlacedHoldView, StandingView
from ordo.orders.holds import place_hold, release_hold
from ordo.orders.keys import CommandKey
from ordo.orders.schemas import body_hash
from ordo.orders.wiring import acting, order_desk
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str


settings = load_settings(Settings)
app = http_api()
desk = order_desk()


@app.post(
    "/v1/orders/<order_id>/holds", status_code=201, responses=keyed(400, 404, 409, 413, 422, good=201), tags=["holds"]
)
def hold_order(order_id: str, request: HoldRequest, idempotency_key: KeyHeader) -> PlacedHoldView:
    """Stop an order; the same key and body always answer with the same hold."""
    caller = require_scope(app, "orders:change")
    key = CommandKey.of(caller.client_id, idempotency_key, "hold", order_id, body_hash(request))
    command = request.to_command(desk.new_id("hld"))
    placed = place_hold(desk, order_id, command, key, version=request.version, **acting(caller, "staff"))
    return PlacedHoldView.of(order_id, placed)


@app.post("/v1/orders/<order_id>/holds/<hold_id>/release", responses=keyed(404), tags=["holds"])
def let_go(order_id: str, hold_id: str) -> StandingView:
    """Release a hold; the order goes on when it was the last thing that stopped it. Again changes nothing."""
    caller = require_scope(app, "orders:change")
    return StandingView.of(release_hold(desk, order_id, hold_id, **acting(caller, "staff")).header)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
