"""GET /v1/orders, one order, and its timeline."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Query

from ordo.kernel.clock import system_clock
from ordo.messages.repository import DynamoMessageStore
from ordo.messages.routes import add_message_routes
from ordo.orders.listing import OrderList, OrderListing
from ordo.orders.queries import OrderQuery, listing_page
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.routes import add_timeline_route
from ordo.orders.service import find_order
from ordo.orders.views import OrderView
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings
from ordo.tracking.wiring import tracking_path


class Settings(NamedTuple):
    orders_table: str
    customers_table: str
    secret_id: str
    link_secret_id: str


settings = load_settings(Settings)
app = http_api()
repository = DynamoOrderRepository(OrderTables.of_environment())
page_of = tracking_path(settings.link_secret_id)
listing = OrderListing(settings.orders_table, settings.customers_table)
add_timeline_route(app, repository)
add_message_routes(app, repository, DynamoMessageStore(settings.orders_table))


@app.get("/v1/orders", responses=keyed(400, 422), tags=["orders"])
def list_orders(query: Annotated[OrderQuery, Query()]) -> OrderList:
    """Find orders: open ones by status, a customer's by date, or by external id, tracking number, phone or e-mail."""
    caller = require_scope(app, "orders:read")
    return listing_page(listing, query.wanted(), caller.channels, limit=query.limit, cursor=query.cursor)


@app.get("/v1/orders/<order_id>", responses=keyed(404), tags=["orders"])
def read_order(order_id: str) -> OrderView:
    """One order as it is now, with contact data, costs and reasons of discounts for keys that may see them."""
    caller = require_scope(app, "orders:read")
    visible = caller.may_use
    return find_order(
        repository, order_id, lambda header: visible(header.channel), caller.scopes, page_of, system_clock()
    )


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return handle(app, event, context)
