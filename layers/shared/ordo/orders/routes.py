"""Routes of orders: their timeline, and their changes, for the functions that serve them."""

from __future__ import annotations

from typing import Annotated, Any

from ordo.orders.change_kinds import Means
from ordo.orders.change_schemas import ChangeRequest
from ordo.orders.change_views import AppliedChangeView, ChangeView
from ordo.orders.changes import apply_change, drop_change, propose_change
from ordo.orders.desk import OrderDesk
from ordo.orders.keys import CommandKey
from ordo.orders.ports import OrderRepository
from ordo.orders.queries import TimelineView, timeline_of
from ordo.orders.schemas import body_hash
from ordo.orders.wiring import acting, witnesses_of_environment
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, Query, keyed, no_content, require_scope


def add_timeline_route(app: HttpApi, repository: OrderRepository) -> None:
    """Add `GET /v1/orders/{id}/timeline`; it verifies by the buckets that the environment names."""
    witnesses = witnesses_of_environment()

    @app.get("/v1/orders/<order_id>/timeline", responses=keyed(404, 422), tags=["orders"])
    def read_timeline(order_id: str, verify: Annotated[bool, Query()] = False) -> TimelineView:
        """Every event of the order, each with its hash; with `verify=true` also what is wrong with it and its files."""
        caller = require_scope(app, "orders:read")
        trusted = witnesses if verify else None
        return timeline_of(repository, order_id, lambda each: caller.may_use(each.channel), trusted)


PATH, TAGS = "/v1/orders/<order_id>/changes", ["changes"]


def serve_changes(app: HttpApi, desk: OrderDesk, means: Means) -> None:
    """Serve propose, apply and drop; `means` is what changes read beside the order."""

    @app.post(PATH, status_code=201, responses=keyed(400, 404, 409, 413, 422, good=201), tags=TAGS)
    def propose(order_id: str, request: ChangeRequest, idempotency_key: KeyHeader) -> ChangeView:
        """Propose a change and see what it would do; nothing happens to the order yet."""
        caller = require_scope(app, "orders:change")
        key = CommandKey.of(caller.client_id, idempotency_key, "change", order_id, body_hash(request))
        command, by = request.to_command(desk.new_id("chg")), acting(caller, request.requested_by)
        version = request.version
        return ChangeView.of(propose_change(desk, order_id, command, key, means, version=version, **by))

    @app.post(f"{PATH}/<change_id>/apply", responses=keyed(404, 409), tags=TAGS)
    def book(order_id: str, change_id: str) -> AppliedChangeView:
        """Do exactly what the preview says, or answer 409; applying it again changes nothing."""
        by = acting(require_scope(app, "orders:change"), "client")
        return AppliedChangeView.after(*apply_change(desk, order_id, change_id, means, **by))

    @app.delete(f"{PATH}/<change_id>", status_code=204, responses=keyed(404, 409, good=204), tags=TAGS)
    def drop(order_id: str, change_id: str) -> Any:
        """Forget a proposed change; dropping it again changes nothing."""
        drop_change(desk, order_id, change_id, **acting(require_scope(app, "orders:change"), "client"))
        return no_content()
