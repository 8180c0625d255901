"""The catalogue in DynamoDB: one item per document; of promotions, nodes and price lists one more with all active ones.

Reading a snapshot is one BatchGetItem; what was read is kept in the process for `CACHE_S` seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from ordo.catalog import coupon_repository as counted
from ordo.catalog import promotion_repository as kept
from ordo.catalog.bundles import skus_of_parts
from ordo.catalog.cache import ReadCache
from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.coupons import Coupon
from ordo.catalog.documents import (
    INDEXED,
    Body,
    CouponBatch,
    Document,
    Entity,
    Kind,
    address_place_ids,
    canonical_id,
    is_listed,
    next_version,
    read_entity,
    segment_in,
    stored_body,
)
from ordo.catalog.errors import DocumentTooLarge, InvalidDocument
from ordo.catalog.model import Node, Place, Product
from ordo.catalog.price_lists import PriceList
from ordo.catalog.promotions import Promotion
from ordo.catalog.snapshot import CACHE_S, CatalogSnapshot, gifts_in
from ordo.catalog.uses import CouponUses, coupon_code
from ordo.catalog.variant_pointers import put_pointers
from ordo.kernel.clock import to_iso
from ordo.runtime.dynamo import Conflict, Item, Put, TransactionRefused, Write, batch_get, transact
from ordo.runtime.packing import pack, unpack
from ordo.runtime.retry import with_jitter

SCHEMA = 1
MAX_ITEM_BYTES = 350_000
"""Of the 400 KB that a DynamoDB item may have."""

_INDEX = "#active"
_KEYS = {
    Kind.PRODUCT: ("product#{}", "product"),
    Kind.PRICE_LIST: ("pricelist#{}", "pricelist"),
    Kind.PROMOTION: ("promotions", "{}"),
    Kind.COUPON: ("coupon#{}", "coupon"),
    Kind.NODE: ("nodes", "{}"),
    Kind.CHANNEL: ("channel#{}", "channel"),
    Kind.CUSTOMER: ("customer#{}", "profile"),
    Kind.CARRIER: ("carrier#{}", "terms"),
    Kind.TRANSIT: ("transit#{}", "table"),
    Kind.DEPARTMENT: ("department#{}", "department"),
}
_INDEX_KEYS = {Kind.PROMOTION: "promotions", Kind.NODE: "nodes", Kind.PRICE_LIST: "pricelists"}

Wanted = tuple[Kind, str]
"""A document, or with the id `#active` the list of all active ones."""


class DynamoCatalogRepository:
    """A `CatalogRepository` over the Catalog and Customers tables; customers are never cached."""

    def __init__(self, catalog_table: str, customers_table: str | None = None, cache_s: int = CACHE_S) -> None:
        self._catalog_table = catalog_table
        self._customers_table = customers_table
        self._cache: ReadCache[Wanted, Any] = ReadCache(cache_s)
        self._versions = kept.VersionCache(catalog_table)

    def get(self, kind: Kind, document_id: str) -> Document | None:
        """See `CatalogRepository`; a consistent read."""
        document_id = canonical_id(kind, document_id)
        return self.get_many(kind, [document_id]).get(document_id)

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> dict[str, Document]:
        """See `CatalogRepository`; consistent reads."""
        wanted = [self._key(kind, canonical_id(kind, each)) for each in document_ids]
        found = [_document(kind, item) for item in batch_get(wanted, consistent=True)] if wanted else []
        return {document.document_id: document for document in found}

    def get_listed(self, kind: Kind) -> tuple[Document, ...]:
        """See `CatalogRepository`; a consistent read."""
        found = batch_get([self._key(kind, _INDEX)], consistent=True)
        return _listed(kind, found[0]) if found else ()

    def put(
        self, kind: Kind, document_id: str, body: Body, now: datetime, expected_version: int | None = None
    ) -> Document:
        """See `CatalogRepository`; raises `Busy` when other writers stay quicker for five seconds."""
        document_id = canonical_id(kind, document_id)

        def attempt() -> Document:
            return self._put(kind, document_id, body, now, expected_version)

        return with_jitter(attempt, on=(Conflict, TransactionRefused))

    def _put(self, kind: Kind, document_id: str, body: Body, now: datetime, expected: int | None) -> Document:
        wanted = [self._key(kind, document_id)] + ([self._key(kind, _INDEX)] if kind in INDEXED else [])
        beside = counted.bucket_keys(self._catalog_table, document_id) if kind is Kind.COUPON else []
        items = {item["sk"]: item for item in batch_get([*wanted, *beside], consistent=True)}
        index, document_sk = items.get(_INDEX), wanted[0][2]
        before = items.get(document_sk)
        found = _document(kind, before) if before else None
        body = stored_body(kind, found, body)
        version = next_version(found, body, expected)
        if version is None and found is not None:
            return found
        document = Document(kind, document_id, version or 1, body)
        item = self._item(document, now)
        size = len(item["body"].encode())
        if size > MAX_ITEM_BYTES:
            raise DocumentTooLarge(size, MAX_ITEM_BYTES)
        writes: list[Write] = [_guarded(wanted[0][0], item, document.version - 1)]
        if kind in INDEXED:
            writes.append(self._index_put(document, index, now))
        if kind is Kind.PROMOTION:
            writes += kept.version_puts(self._catalog_table, item, before)
        if kind is Kind.COUPON:
            writes += counted.limit_writes(self._catalog_table, found, document, items.values())
        put_pointers(self._catalog_table, kind, document_id, body)
        transact(writes)
        return document

    def _index_put(self, document: Document, index: Item | None, now: datetime) -> Put:
        active: dict[str, Any] = unpack(index["packed"]) if index else {}
        active.pop(document.document_id, None)
        if is_listed(document.kind, document.body):
            active[document.document_id] = [document.version, document.body]
        packed = pack(active)
        if len(packed) > MAX_ITEM_BYTES:
            raise InvalidDocument(f"There are too many active documents of kind {document.kind.value}; end some first.")
        version = index["version"] if index else 0
        table, pk, sk = self._key(document.kind, _INDEX)
        item = {"pk": pk, "sk": sk, "schema": SCHEMA, "version": version + 1, "packed": packed, "at": to_iso(now)}
        return _guarded(table, item, version)

    def put_places(self, places: Mapping[str, Body], now: datetime) -> None:
        """See `CatalogRepository`."""
        writes = [
            Put(self._catalog_table, self._item(Document(Kind.PLACE, document_id, 1, body), now))
            for document_id, body in places.items()
        ]
        with_jitter(lambda: transact(writes), on=(Conflict,))

    def coupon_uses(self, coupons: Iterable[Coupon], customer_id: str | None) -> dict[str, CouponUses]:
        """See `CatalogRepository`; one BatchGetItem, of which nothing is cached."""
        return counted.uses_of(self._catalog_table, coupons, customer_id)

    def coupon_batch(self, batch: CouponBatch, now: datetime | None = None) -> CouponBatch | None:
        """See `CatalogRepository`."""
        return counted.batch(self._catalog_table, batch, now)

    def add_coupons(self, bodies: Mapping[str, Body], now: datetime) -> None:
        """See `CatalogRepository`; in transactions of up to 100 items."""
        items = {code: self._item(Document(Kind.COUPON, code, 1, body), now) for code, body in bodies.items()}
        counted.add(self._catalog_table, items, bodies)

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """See `CatalogRepository`; `read_at` is that of the oldest part."""
        codes = [coupon_code(code) for code in coupons]
        products: list[Wanted] = [(Kind.PRODUCT, sku) for sku in skus]
        wanted = [
            *products,
            (Kind.CHANNEL, channel),
            (Kind.PROMOTION, _INDEX),
            (Kind.PRICE_LIST, _INDEX),
            *((Kind.COUPON, code) for code in codes),
        ]
        found, read_at = self._load(wanted, now)
        if self._list_is_behind(found):
            self._cache.forget((Kind.PROMOTION, _INDEX))
            found, read_at = self._load(wanted, now)
        gifts: list[Wanted] = [(Kind.PRODUCT, sku) for sku in gifts_in(found[Kind.PROMOTION, _INDEX], channel, now)]
        given, given_at = self._load([each for each in gifts if each not in found], now)
        found |= given
        parts = _parts(found[key] for key in (*products, *gifts) if key in found)
        made_of, parts_at = self._load([each for each in parts if each not in found], now)
        found |= made_of
        return CatalogSnapshot(
            channel=cast("ChannelPolicy | None", found.get((Kind.CHANNEL, channel))),
            products={key[1]: cast(Product, found[key]) for key in (*products, *gifts, *parts) if key in found},
            read_at=min(read_at, given_at, parts_at),
            promotions=cast(tuple[Promotion, ...], found[Kind.PROMOTION, _INDEX]),
            coupons={code: cast(Coupon, found[Kind.COUPON, code]) for code in codes if (Kind.COUPON, code) in found},
            price_lists=cast(tuple[PriceList, ...], found[Kind.PRICE_LIST, _INDEX]),
        )

    def _list_is_behind(self, found: Mapping[Wanted, Any]) -> bool:
        """Whether a coupon that was read after the list of promotions names one that is not in the list."""
        promotions = (Kind.PROMOTION, _INDEX)
        listed = {each.promotion_id for each in found[promotions]}
        return any(
            key[0] is Kind.COUPON and value.promotion_id not in listed and self._cache.older(promotions, key)
            for key, value in found.items()
        )

    def promotion_version(self, promotion_id: str, version: int) -> Document | None:
        """See `CatalogRepository`; a consistent read."""
        wanted = (promotion_id, version)
        return kept.read_versions(self._catalog_table, [wanted]).get(wanted)

    def promotion_versions(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Promotion]:
        """See `CatalogRepository`; what was read once is not read again."""
        return self._versions.take(wanted)

    def load_buyer_segment(self, customer_id: str) -> str | None:
        """See `CatalogRepository`; a consistent read of the Customers table."""
        return segment_in(self.get(Kind.CUSTOMER, customer_id))

    def load_channel(self, channel: str, now: datetime) -> ChannelPolicy | None:
        """See `CatalogRepository`."""
        found, _ = self._load([(Kind.CHANNEL, channel)], now)
        return cast("ChannelPolicy | None", found.get((Kind.CHANNEL, channel)))

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        """See `CatalogRepository`."""
        found, _ = self._load([(Kind.NODE, _INDEX)], now)
        return cast(tuple[Node, ...], found[Kind.NODE, _INDEX])

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        """See `CatalogRepository`."""
        places: list[Wanted] = [(Kind.PLACE, each) for each in address_place_ids(country, postal_code, city)]
        found, _ = self._load([(Kind.NODE, _INDEX), *places], now)
        place = next((found[key] for key in places if key in found), None)
        return cast(tuple[Node, ...], found[Kind.NODE, _INDEX]), cast("Place | None", place)

    def _load(self, wanted: Sequence[Wanted], now: datetime) -> tuple[dict[Wanted, Any], datetime]:
        """What exists of `wanted`, from the cache or one eventually consistent read, and when the oldest was read."""
        found, read_at = self._cache.take(wanted, now)
        missing = [each for each in dict.fromkeys(wanted) if each not in found]
        if missing:
            places = {self._key(*each): each for each in missing}
            for item in batch_get(list(places)):
                each = places[self._catalog_table, item["pk"], item["sk"]]
                found[each] = _active(each[0], item) if each[1] == _INDEX else read_entity(_document(each[0], item))
            for each in missing:
                if each[1] == _INDEX:
                    found.setdefault(each, ())
            self._cache.keep({each: found[each] for each in missing if each in found}, now)
        return found, read_at

    def _key(self, kind: Kind, document_id: str) -> tuple[str, str, str]:
        if kind is Kind.PLACE:
            country, _, key = document_id.partition("#")
            return self._catalog_table, f"place#{country}", key
        if document_id == _INDEX:
            return self._catalog_table, _INDEX_KEYS[kind], _INDEX
        pk, sk = _KEYS[kind]
        table = self._customers() if kind is Kind.CUSTOMER else self._catalog_table
        return table, pk.format(document_id), sk.format(document_id)

    def _customers(self) -> str:
        if self._customers_table is None:
            raise RuntimeError("this function was not given the Customers table")
        return self._customers_table

    def _item(self, document: Document, now: datetime) -> Item:
        _, pk, sk = self._key(document.kind, document.document_id)
        return {
            "pk": pk,
            "sk": sk,
            "schema": kept.SCHEMA if document.kind is Kind.PROMOTION else SCHEMA,
            "document_id": document.document_id,
            "version": document.version,
            "body": json.dumps(document.body, ensure_ascii=False, separators=(",", ":")),
            "at": to_iso(now),
        }


def _parts(products: Iterable[Product]) -> list[Wanted]:
    """What bundles among the products are made of."""
    return [(Kind.PRODUCT, sku) for product in products for sku in skus_of_parts(product)]


def _guarded(table: str, item: Item, present: int) -> Put:
    if present == 0:
        return Put(table, item, "attribute_not_exists(pk)")
    return Put(table, item, "#version = :present", {"#version": "version"}, {":present": present})


def _document(kind: Kind, item: Item) -> Document:
    return Document(kind, item["document_id"], item["version"], json.loads(item["body"]))


def _listed(kind: Kind, item: Item) -> tuple[Document, ...]:
    active: dict[str, tuple[int, Body]] = unpack(item["packed"])
    return tuple(Document(kind, each, *active[each]) for each in sorted(active))


def _active(kind: Kind, item: Item) -> tuple[Entity, ...]:
    return tuple(map(read_entity, _listed(kind, item)))
