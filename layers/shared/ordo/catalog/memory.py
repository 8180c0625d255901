"""The catalogue in memory: for tests with many examples, proven equal to the DynamoDB one by a shared suite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from ordo.catalog.bundles import skus_of_parts
from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.coupons import Coupon, bucket_changes
from ordo.catalog.documents import (
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
from ordo.catalog.model import Node, Place, Product
from ordo.catalog.price_lists import PriceList
from ordo.catalog.promotions import Promotion
from ordo.catalog.snapshot import CatalogSnapshot, gifts_in
from ordo.catalog.uses import CouponUses, UseCounters, coupon_code


class InMemoryCatalogRepository:
    """A `CatalogRepository` that never caches. An in-memory order repository may share `uses`."""

    def __init__(self, uses: UseCounters | None = None) -> None:
        self._documents: dict[tuple[Kind, str], Document] = {}
        self._versions: dict[tuple[str, int], Document] = {}
        self._batches: dict[str, CouponBatch] = {}
        self.uses = uses or UseCounters()

    def get(self, kind: Kind, document_id: str) -> Document | None:
        """See `CatalogRepository`."""
        return self._documents.get((kind, canonical_id(kind, document_id)))

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> dict[str, Document]:
        """See `CatalogRepository`."""
        found = (self.get(kind, each) for each in document_ids)
        return {document.document_id: document for document in found if document is not None}

    def get_listed(self, kind: Kind) -> tuple[Document, ...]:
        """See `CatalogRepository`."""
        found = [each for each in self._documents.values() if each.kind is kind and is_listed(kind, each.body)]
        return tuple(sorted(found, key=lambda each: each.document_id))

    def put(
        self, kind: Kind, document_id: str, body: Body, now: datetime, expected_version: int | None = None
    ) -> Document:
        """See `CatalogRepository`."""
        document_id = canonical_id(kind, document_id)
        found = self.get(kind, document_id)
        body = stored_body(kind, found, body)
        version = next_version(found, body, expected_version)
        if version is None and found is not None:
            return found
        if kind is Kind.COUPON:
            changes = bucket_changes(found.body if found else None, body, self.uses.left_of(document_id))
            self.uses.change_limit(document_id, changes)
        document = Document(kind, document_id, version or 1, body)
        self._documents[kind, document_id] = document
        if kind is Kind.PROMOTION:
            self._versions[document_id, document.version] = document
        return document

    def coupon_uses(self, coupons: Iterable[Coupon], customer_id: str | None) -> dict[str, CouponUses]:
        """See `CatalogRepository`."""
        return {coupon.code: self._uses(coupon, customer_id) for coupon in coupons if coupon.is_counted}

    def _uses(self, coupon: Coupon, customer_id: str | None) -> CouponUses:
        left = sum(self.uses.left_of(coupon.code).values()) if coupon.total_limit is not None else None
        counted = coupon.per_customer_limit is not None and customer_id is not None
        return CouponUses(left, self.uses.used.get((coupon.code, customer_id or ""), 0) if counted else None)

    def coupon_batch(self, batch: CouponBatch, now: datetime | None = None) -> CouponBatch | None:
        """See `CatalogRepository`."""
        return self._batches.setdefault(batch.batch_id, batch) if now else self._batches.get(batch.batch_id)

    def add_coupons(self, bodies: Mapping[str, Body], now: datetime) -> None:
        """See `CatalogRepository`."""
        for code, body in bodies.items():
            if (Kind.COUPON, code) not in self._documents:
                self._documents[Kind.COUPON, code] = Document(Kind.COUPON, code, 1, body)
                self.uses.change_limit(code, bucket_changes(None, body, {}))

    def put_places(self, places: Mapping[str, Body], now: datetime) -> None:
        """See `CatalogRepository`."""
        for document_id, body in places.items():
            self.put(Kind.PLACE, document_id, body, now)

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """See `CatalogRepository`."""
        promotions = cast(tuple[Promotion, ...], self._active(Kind.PROMOTION))
        asked = [self._read(Kind.PRODUCT, sku) for sku in (*skus, *gifts_in(promotions, channel, now))]
        found = {each.sku: each for each in asked if isinstance(each, Product)}
        parts = [sku for each in found.values() for sku in skus_of_parts(each)]
        products = found | {sku: self._read(Kind.PRODUCT, sku) for sku in parts}
        codes = {coupon_code(code): self._read(Kind.COUPON, code) for code in coupons}
        return CatalogSnapshot(
            channel=self.load_channel(channel, now),
            products={sku: cast(Product, each) for sku, each in products.items() if each},
            read_at=now,
            promotions=promotions,
            coupons={code: cast(Coupon, found) for code, found in codes.items() if found},
            price_lists=cast(tuple[PriceList, ...], self._active(Kind.PRICE_LIST)),
        )

    def promotion_version(self, promotion_id: str, version: int) -> Document | None:
        """See `CatalogRepository`."""
        return self._versions.get((promotion_id, version))

    def promotion_versions(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Promotion]:
        """See `CatalogRepository`."""
        found = {each: self._versions[each] for each in wanted if each in self._versions}
        return {each: cast(Promotion, read_entity(document)) for each, document in found.items()}

    def load_buyer_segment(self, customer_id: str) -> str | None:
        """See `CatalogRepository`."""
        return segment_in(self.get(Kind.CUSTOMER, customer_id))

    def load_channel(self, channel: str, now: datetime) -> ChannelPolicy | None:
        """See `CatalogRepository`."""
        return cast("ChannelPolicy | None", self._read(Kind.CHANNEL, channel))

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        """See `CatalogRepository`."""
        return cast(tuple[Node, ...], self._active(Kind.NODE))

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        """See `CatalogRepository`."""
        places = (self._read(Kind.PLACE, each) for each in address_place_ids(country, postal_code, city))
        return self.load_nodes(now), cast("Place | None", next(filter(None, places), None))

    def _read(self, kind: Kind, document_id: str) -> Entity | None:
        document = self.get(kind, document_id)
        return read_entity(document) if document else None

    def _active(self, kind: Kind) -> tuple[Entity, ...]:
        return tuple(map(read_entity, self.get_listed(kind)))
