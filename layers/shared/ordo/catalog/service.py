"""Putting catalogue documents: what each may refer to, and what must not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ordo.catalog.contacts import normalise_contact
from ordo.catalog.costs import with_costs_of
from ordo.catalog.coupons import Coupon
from ordo.catalog.documents import Body, CatalogRepository, Document, Kind, place_id
from ordo.catalog.errors import InvalidDocument, StaleDocument, pointer_token
from ordo.catalog.promotion_references import check_references
from ordo.catalog.put_warnings import warnings_of
from ordo.kernel.errors import Busy, NotFound

ROUNDS = 5
"""How often a product is read again when others change it at the same moment."""


@dataclass(frozen=True, slots=True)
class PutDocument:
    """A document to write; with `expected_version` only if that is the present one. `keeps_costs`: it names no costs of
    a product, and those that are kept stay (`ordo.catalog.costs`).
    """

    kind: Kind
    document_id: str
    body: Body
    expected_version: int | None = None
    keeps_costs: bool = False


def get_document(catalog: CatalogRepository, kind: Kind, document_id: str, version: int | None = None) -> Document:
    """The document as it is now, or a promotion's as it was in a `version`; raises `NotFound`."""
    found = catalog.get(kind, document_id) if version is None else catalog.promotion_version(document_id, version)
    if found is None:
        of_this = "id" if version is None else "id and version"
        raise NotFound(f"There is no {kind.value.replace('_', ' ')} of this {of_this}.")
    return _counted(catalog, found)


def put_document(catalog: CatalogRepository, put: PutDocument, now: datetime) -> Document:
    """Check what the document refers to, write it, and answer with what is odd about it.

    Raises `InvalidDocument` pointing at what is wrong, the contact errors, or `StaleDocument`.
    """
    body = dict(put.body)
    match put.kind:
        case Kind.PRODUCT:
            _check_product(catalog, body)
        case Kind.PRICE_LIST:
            _check_price_list(catalog, put.document_id, body)
        case Kind.CHANNEL:
            _check_channel(catalog, body)
        case Kind.COUPON:
            _check_coupon(catalog, body)
        case Kind.CUSTOMER:
            body |= _contact(body)
        case Kind.PROMOTION:
            check_references(catalog, body)
        case Kind.NODE | Kind.PLACE | Kind.CARRIER | Kind.TRANSIT | Kind.DEPARTMENT:
            pass
    stored = _put(catalog, replace(put, body=body), now)
    return _counted(catalog, replace(stored, warnings=warnings_of(catalog, stored, now)))


def _put(catalog: CatalogRepository, put: PutDocument, now: datetime) -> Document:
    """Write it. What keeps costs is written over the version that they were read from: another that comes between may
    have changed them, so then they are read again.
    """
    if not put.keeps_costs:
        return catalog.put(put.kind, put.document_id, put.body, now, put.expected_version)
    for _ in range(ROUNDS):
        found = catalog.get(put.kind, put.document_id)
        body = put.body if found is None else with_costs_of(put.body, found.body)
        present = 0 if found is None else found.version
        expected = present if put.expected_version is None else put.expected_version
        try:
            return catalog.put(put.kind, put.document_id, body, now, expected)
        except StaleDocument:
            if expected == put.expected_version:
                raise
    raise Busy


def _counted(catalog: CatalogRepository, document: Document) -> Document:
    """A coupon with the uses that are left of it, when they are limited."""
    if document.kind is not Kind.COUPON:
        return document
    coupon = Coupon.of(document.document_id, document.body, document.version)
    uses = catalog.coupon_uses([coupon], None).get(coupon.code)
    return document if uses is None or uses.left is None else replace(document, beside={"uses_left": uses.left})


def put_places(catalog: CatalogRepository, rows: list[dict[str, Any]], now: datetime) -> int:
    """Write places; of two rows for one place the later counts. Returns how many places were written."""
    places = {
        place_id(row["country"], row["key"]): {"location": row["location"], "precision": row["precision"]}
        for row in rows
    }
    catalog.put_places(places, now)
    return len(places)


def _check_product(catalog: CatalogRepository, body: Body) -> None:
    named = _named_price_lists(body)
    known = catalog.get_many(Kind.PRICE_LIST, named)
    for price_list, pointer in named.items():
        if price_list not in known:
            raise _no_such("price list", price_list, pointer)


def _named_price_lists(body: Body) -> dict[str, str]:
    """Every price list that a product names, with a pointer to the first place where it does."""
    groups = [("/prices", body.get("prices", {}))]
    for place, variant in enumerate(body.get("variants", ())):
        groups.append((f"/variants/{place}/prices", variant.get("prices", {})))
    for axis, values in body.get("option_prices", {}).items():
        for value, prices in values.items():
            groups.append((f"/option_prices/{pointer_token(axis)}/{pointer_token(value)}", prices))
    for place, choice in enumerate(body.get("custom", ())):
        groups.append((f"/custom/{place}/prices", choice.get("prices", {})))
    named: dict[str, str] = {}
    for pointer, prices in groups:
        for price_list in prices:
            named.setdefault(price_list, f"{pointer}/{price_list}")
    return named


def _check_price_list(catalog: CatalogRepository, price_list: str, body: Body) -> None:
    found = catalog.get(Kind.PRICE_LIST, price_list)
    if found is not None and found.body["currency"] != body["currency"]:
        raise InvalidDocument("The currency of a price list never changes; make another list.", pointer="/currency")


def _check_channel(catalog: CatalogRepository, body: Body) -> None:
    lists: Mapping[str, str] = body["price_lists"]
    known = catalog.get_many(Kind.PRICE_LIST, dict.fromkeys(lists.values()))
    for currency, price_list in lists.items():
        pointer = f"/price_lists/{pointer_token(currency)}"
        if price_list not in known:
            raise _no_such("price list", price_list, pointer)
        if known[price_list].body["currency"] != currency:
            raise InvalidDocument(f"The price list {price_list!r} is not in {currency}.", pointer=pointer)


def _check_coupon(catalog: CatalogRepository, body: Body) -> None:
    promotion = catalog.get(Kind.PROMOTION, body["promotion_id"])
    if promotion is None:
        raise _no_such("promotion", body["promotion_id"], "/promotion_id")
    if not promotion.body.get("requires_coupon"):
        raise InvalidDocument("This promotion applies without a coupon.", pointer="/promotion_id")


def _contact(body: Body) -> dict[str, str]:
    contact = normalise_contact(
        body.get("name"), body.get("phone"), body.get("email"), country=body.get("country", "ZZ"), pointer=""
    )
    given = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    return {field: value for field, value in given.items() if value is not None}


def _no_such(what: str, named: str, pointer: str) -> InvalidDocument:
    return InvalidDocument(f"There is no {what} {named!r}.", pointer=pointer)
