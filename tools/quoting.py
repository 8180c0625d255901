"""Pricing a cart in this process, against a shop's folder: no cloud, and nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ordo.catalog.documents import Kind
from ordo.catalog.memory import InMemoryCatalogRepository
from ordo.catalog.resources import RESOURCES
from ordo.catalog.service import put_document
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockMove
from ordo.inventory.service import StockService
from ordo.kernel.errors import OrdoError
from ordo.orders.gifts import short_gifts
from ordo.pricing.quote_schemas import QuoteRequest
from ordo.pricing.quotes import Quoting
from ordo.sourcing.service import SourcingService
from tools.errors import ToolError
from tools.seed import Shop

ModelT = TypeVar("ModelT", bound=BaseModel)
_KINDS = {
    "price_lists": Kind.PRICE_LIST,
    "channels": Kind.CHANNEL,
    "nodes": Kind.NODE,
    "products": Kind.PRODUCT,
    "promotions": Kind.PROMOTION,
    "coupons": Kind.COUPON,
    "customers": Kind.CUSTOMER,
}
_PERSONAL = {"customer": ("customer_id",), "ship_to": ("country", "region")}
"""What a quote takes of the parts of an order that are personal."""


class NoOrders:
    """A shop that has sold nothing yet: every customer's order is the first."""

    def has_ordered(self, customer_id: str) -> bool:
        """See `ordo.pricing.buyers.OrderHistory`."""
        return False


def read_cart(file: Path) -> dict[str, Any]:
    """A quote's body from a file, which may also hold an order's; raises `ToolError`."""
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ToolError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ToolError(f"{file} is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ToolError(f"{file} does not hold one cart", todo="See samples/orders for what it looks like.")
    body.pop("external_id", None)
    for name, kept in _PERSONAL.items():
        if isinstance(body.get(name), dict):
            body[name] = {each: body[name][each] for each in kept if each in body[name]}
    return body


def quote_here(body: Mapping[str, Any], shop: Shop, now: datetime, *, costs: bool) -> dict[str, Any]:
    """What the API of that shop would answer to a quote now; raises `ToolError` for whatever it would refuse."""
    request = _valid(QuoteRequest, body, "The cart is not valid")
    catalog, stock = load_catalog(shop, now), InMemoryStock()
    stock.commit(StockMove(sku, node, units, 0) for sku, nodes in shop.stock.items() for node, units in nodes.items())
    sourcing = SourcingService(catalog, StockService(stock, lambda: now))
    quoting = Quoting(catalog, NoOrders(), partial(short_gifts, sourcing))
    try:
        return quoting.quote(request, now, costs=costs).model_dump(mode="json")
    except OrdoError as refusal:
        raise ToolError(f"The cart is refused: {refusal.code.code}", details=_told(refusal)) from refusal


def load_catalog(shop: Shop, now: datetime) -> InMemoryCatalogRepository:
    """A shop's documents, each checked as its PUT would be; raises `ToolError` naming the document."""
    catalog = InMemoryCatalogRepository()
    resources = {resource.kind: resource for resource in RESOURCES}
    for name, kind in _KINDS.items():
        resource = resources[kind]
        for document_id, body in shop.documents[name].items():
            what = f"{document_id} of {name}.json is not valid"
            document = _valid(resource.model, body, what)
            try:
                put_document(catalog, resource.command({resource.parameters[0]: document_id}, document), now)
            except OrdoError as refusal:
                raise ToolError(what, details=_told(refusal)) from refusal
    return catalog


def _valid(model: type[ModelT], body: Any, what: str) -> ModelT:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise ToolError(what, details=[_at(each["msg"], _pointer(each["loc"])) for each in found]) from error


def _told(refusal: OrdoError) -> list[str]:
    told = [_at(each.detail, each.pointer) for each in refusal.errors or (refusal,)]
    facts = {name: value for name, value in refusal.facts.items() if value not in (None, [], "")}
    return [*told, *([json.dumps(facts, ensure_ascii=False)] if facts else [])]


def _at(text: str, pointer: str | None) -> str:
    return f"{text} (at {pointer})" if pointer else text


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{part}" for part in path if part != "[key]")
