"""Master data: products, price lists, promotions, coupons, nodes, channels, customers and places."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.costs import limited_to, shown_to
from ordo.catalog.documents import Kind
from ordo.catalog.fields import Document
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.resources import RESOURCES, Resource
from ordo.catalog.routes import CouponSettings, serve_coupons, serve_places
from ordo.catalog.service import get_document, put_document
from ordo.kernel.clock import system_clock
from ordo.notifications.routes import EndpointSettings, serve_endpoints
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """The environment of this function."""

    catalog_table: str
    customers_table: str


catalog = DynamoCatalogRepository(*load_settings(Settings))
app = http_api()


def serve(resource: Resource) -> None:
    """Serve GET and PUT of one kind of document; each needs its scope."""

    def get(**path: Any) -> Document:
        caller = require_scope(app, "customers:read" if resource.kind is Kind.CUSTOMER else "catalog:read")
        found = get_document(catalog, resource.kind, resource.document_id(path), path.get("version"))
        return resource.answer(shown_to(found, caller.scopes))

    def put(document: Document, **path: str) -> Document:
        scopes = require_scope(app, "catalog:write").scopes
        wanted = limited_to(resource.command(path, document), scopes)
        return resource.answer(shown_to(put_document(catalog, wanted, system_clock()), scopes))

    app.get(resource.path, responses=keyed(404, 422), summary=resource.summary("Read"))(resource.typed(get))
    answers, summary = keyed(400, 409, 413, 422), resource.summary("Create or replace")
    app.put(resource.path, responses=answers, summary=summary)(resource.typed(put))


for each in RESOURCES:
    serve(each)
load_settings(CouponSettings)
serve_places(app, catalog, system_clock)
serve_coupons(app, catalog, system_clock)
serve_endpoints(app, load_settings(EndpointSettings), system_clock)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    return handle(app, event, context)
