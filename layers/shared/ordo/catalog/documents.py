"""Catalogue documents as they are stored: their kinds, versions, and the port that both repositories implement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from ordo.catalog.carrier_terms import CarrierTerms
from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.coupons import Coupon
from ordo.catalog.coupons import stored_body as stored_coupon
from ordo.catalog.departments import Department
from ordo.catalog.errors import StaleDocument
from ordo.catalog.model import Customer, Node, Place, Precision, Product, State, location_of, place_key
from ordo.catalog.price_lists import PriceList, PriceListState, is_offered
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.transit_terms import TransitTable
from ordo.catalog.uses import CouponUses, coupon_code
from ordo.catalog.warnings import DocumentWarning

Body = Mapping[str, Any]


class Kind(StrEnum):
    """The kinds of catalogue documents."""

    PRODUCT = "product"
    PRICE_LIST = "price_list"
    PROMOTION = "promotion"
    COUPON = "coupon"
    NODE = "node"
    CHANNEL = "channel"
    CUSTOMER = "customer"
    PLACE = "place"
    CARRIER = "carrier"
    TRANSIT = "transit_table"
    DEPARTMENT = "department"


INDEXED = {
    Kind.PROMOTION: PromotionState.ACTIVE.value,
    Kind.NODE: State.ACTIVE.value,
    Kind.PRICE_LIST: PriceListState.ACTIVE.value,
}
"""Kinds whose active documents are also kept together, so that one read has them all; with that state's name."""


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document. The version counts its changes from 1. Not kept: `warnings` of the PUT that it answers, and
    what an answer says `beside` it.
    """

    kind: Kind
    document_id: str
    version: int
    body: Body
    warnings: tuple[DocumentWarning, ...] = ()
    beside: Body = field(default_factory=dict)


def is_listed(kind: Kind, body: Body) -> bool:
    """Whether a document is kept together with the others of its kind: it is active.

    A price list must also say itself who it is for: else it is only used by channels that name it.
    """
    if kind is Kind.PRICE_LIST:
        return is_offered(body)
    return body.get("state") == INDEXED[kind]


@dataclass(frozen=True, slots=True)
class CouponBatch:
    """Coupons that were made together, by one request: which one shows its hash."""

    batch_id: str
    promotion_id: str
    body_hash: str


class CatalogRepository(Protocol):
    """Where the catalogue is kept. Reads of a snapshot may be as old as the cache allows; `get` is not cached."""

    def get(self, kind: Kind, document_id: str) -> Document | None:
        """The document as it is now, or None."""
        ...

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> dict[str, Document]:
        """Those of the documents that exist, by id."""
        ...

    def get_listed(self, kind: Kind) -> tuple[Document, ...]:
        """The documents of a kind in `INDEXED` that are listed (`is_listed`) as it is now, in order of id."""
        ...

    def put(
        self, kind: Kind, document_id: str, body: Body, now: datetime, expected_version: int | None = None
    ) -> Document:
        """Write the document as its next version; the same body again writes nothing.

        Raises `StaleDocument` when `expected_version` is given, is not the present one (0: none) and the body differs.
        A coupon's counters change with its total limit, exactly, whoever takes uses meanwhile; raises
        `CouponLimitBelowUsed`, and `InvalidDocument` when it would begin or cease to be counted.
        """
        ...

    def put_places(self, places: Mapping[str, Body], now: datetime) -> None:
        """Write up to 100 places (by document id) together, whatever was there."""
        ...

    def coupon_uses(self, coupons: Iterable[Coupon], customer_id: str | None) -> dict[str, CouponUses]:
        """By code, how many uses are left and how often the customer used it, of those coupons that are counted.

        One read, maybe a moment old, and not cached: for a quote. The commit of an order finds out for good.
        """
        ...

    def coupon_batch(self, batch: CouponBatch, now: datetime | None = None) -> CouponBatch | None:
        """The batch of this id as it was begun; with `now` it is begun if it is new."""
        ...

    def add_coupons(self, bodies: Mapping[str, Body], now: datetime) -> None:
        """Write new coupons by code, with their counters; `bodies` are as stored. What exists is left as it is.

        Not all at once: after a failure some may be there, and doing it again writes the rest.
        """
        ...

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """What pricing needs, in one read when nothing is cached and none when everything is; in one more when a
        promotion gives away a product that is neither cached nor asked for, and one more for the parts of bundles.
        """
        ...

    def promotion_version(self, promotion_id: str, version: int) -> Document | None:
        """A promotion's document as that version of it was, or None when there was none."""
        ...

    def promotion_versions(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Promotion]:
        """Those of the `(promotion id, version)` that exist, however old; they never change."""
        ...

    def load_buyer_segment(self, customer_id: str) -> str | None:
        """The segment of a customer as it is now, None when the customer is unknown or in none."""
        ...

    def load_channel(self, channel: str, now: datetime) -> ChannelPolicy | None:
        """One channel's policy, maybe cached."""
        ...

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        """Every active node in order of id, maybe cached."""
        ...

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        """The nodes, and the point for an address: that of its postal code, else of its city; in one read at most."""
        ...


def next_version(found: Document | None, body: Body, expected_version: int | None) -> int | None:
    """The version that a PUT of `body` writes, None when `body` is there already; raises `StaleDocument`."""
    if found is not None and found.body == body:
        return None
    present = found.version if found is not None else 0
    if expected_version is not None and expected_version != present:
        raise StaleDocument(present)
    return present + 1


def stored_body(kind: Kind, found: Document | None, body: Body) -> Body:
    """The body as it is stored in place of `found`: of a coupon with what is Ordo's own."""
    return stored_coupon(found.body if found else None, body) if kind is Kind.COUPON else body


def place_id(country: str, key: str) -> str:
    """The document id of a place."""
    return f"{country.upper()}#{place_key(key)}"


def address_place_ids(country: str, postal_code: str | None, city: str | None) -> list[str]:
    """The places that can stand for an address, the most exact first."""
    return [place_id(country, key) for key in (postal_code, city) if key and key.strip()]


def canonical_id(kind: Kind, document_id: str) -> str:
    """The one spelling of an id: coupon codes have no case."""
    return coupon_code(document_id) if kind is Kind.COUPON else document_id


def segment_in(profile: Document | None) -> str | None:
    """The segment that a customer's profile names."""
    segment: str | None = profile.body.get("segment") if profile else None
    return segment


_TERMS: Mapping[Kind, Callable[[str, Body], CarrierTerms | TransitTable | Department]] = {
    Kind.CARRIER: CarrierTerms.of,
    Kind.TRANSIT: TransitTable.of,
    Kind.DEPARTMENT: Department.of,
}
Entity = (
    Product
    | PriceList
    | Promotion
    | Coupon
    | Node
    | ChannelPolicy
    | Customer
    | Place
    | CarrierTerms
    | TransitTable
    | Department
)


def read_entity(document: Document) -> Entity:
    """The domain value that a stored document describes."""
    named, body, version = document.document_id, document.body, document.version
    match document.kind:
        case Kind.PRODUCT:
            return Product.of(named, body, version)
        case Kind.PROMOTION:
            return Promotion.of(named, body, version)
        case Kind.COUPON:
            return Coupon.of(named, body, version)
        case Kind.NODE:
            return Node.of(named, body)
        case Kind.CHANNEL:
            return ChannelPolicy.of(named, body, version)
        case Kind.CUSTOMER:
            return Customer.of(named, body)
        case Kind.PLACE:
            return Place(location_of(body["location"]), Precision(body["precision"]))
        case Kind.PRICE_LIST:
            return PriceList.of(named, body, version)
        case Kind.CARRIER | Kind.TRANSIT | Kind.DEPARTMENT:
            return _TERMS[document.kind](named, body)
