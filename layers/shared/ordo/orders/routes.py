"""The route of an order's timeline, for the function that shows orders."""

from __future__ import annotations

from typing import Annotated

from ordo.orders.ports import OrderRepository
from ordo.orders.queries import TimelineView, timeline_of
from ordo.orders.wiring import witnesses_of_environment
from ordo.runtime.http import HttpApi, Query, keyed, require_scope


def add_timeline_route(app: HttpApi, repository: OrderRepository) -> None:
    """Add `GET /v1/orders/{id}/timeline`; it verifies by the buckets that the environment names."""
    witnesses = witnesses_of_environment()

    @app.get("/v1/orders/<order_id>/timeline", responses=keyed(404, 422), tags=["orders"])
    def read_timeline(order_id: str, verify: Annotated[bool, Query()] = False) -> TimelineView:
        """Every event of the order, each with its hash; with `verify=true` also what is wrong with it and its files."""
        caller = require_scope(app, "orders:read")
        trusted = witnesses if verify else None
        return timeline_of(repository, order_id, lambda each: caller.may_use(each.channel), trusted)
