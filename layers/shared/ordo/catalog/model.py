"""Products, price lists, nodes, customers and places, as the rest of Ordo sees them.

Each `of` reads a stored document body, which the API has checked when it was put (`catalog.schemas`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ordo.catalog.availability import IN_STOCK, Availability
from ordo.catalog.custom import CustomChoice
from ordo.catalog.node_terms import USUAL, NodeTerms
from ordo.catalog.prices import Prices, prices_of
from ordo.kernel.geo import Location

Name = dict[str, str]
"""A text per language: `{"en": …, "zh": …}`."""


class ProductKind(StrEnum):
    """What a product is. Goods and bundles of them are sold yet; the others have their own issues."""

    GOODS = "goods"
    BUNDLE = "bundle"
    MADE_TO_ORDER = "made_to_order"
    SERVICE = "service"


class State(StrEnum):
    """Whether a document takes part in new orders. Orders already placed keep what they were sold."""

    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Variant:
    """A combination of options that is kept in stock under its own SKU, maybe at its own price."""

    sku: str
    options: Mapping[str, str]
    prices: Prices = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BundlePart:
    """Goods that are in a bundle: `quantity` of them in each. `weight` (None: its own price) says how much of what the
    bundle costs is one unit's of it, beside the weights of the others.
    """

    sku: str
    quantity: int = 1
    options: Mapping[str, str] = field(default_factory=dict)
    weight: int | None = None

    @staticmethod
    def of(body: Mapping[str, Any]) -> BundlePart:
        """Read a stored part."""
        return BundlePart(body["sku"], body.get("quantity", 1), body.get("options") or {}, body.get("weight"))


@dataclass(frozen=True, slots=True)
class Product:
    """What can be ordered. `options` are axes with their allowed values; prices are minor units per price list.

    `option_prices` (axis, value, price list) and those of `custom` are added to the price of one unit. Nodes that are
    to fulfil it must be able to do all that it `requires`. A bundle has `parts` and no stock of its own.
    """

    sku: str
    name: Name
    prices: Prices
    kind: ProductKind = ProductKind.GOODS
    state: State = State.ACTIVE
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forbidden: tuple[Mapping[str, str], ...] = ()
    allowed: tuple[Mapping[str, str], ...] = ()
    variants: tuple[Variant, ...] = ()
    tax_class: str = "standard"
    weight_g: int | None = None
    version: int = 1
    categories: tuple[str, ...] = ()
    option_prices: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    custom: tuple[CustomChoice, ...] = ()
    requires: tuple[str, ...] = ()
    preparation_minutes: int = 0
    availability: Availability = IN_STOCK
    parts: tuple[BundlePart, ...] = ()
    lot_days: int | None = None
    """Its stock is kept by lot, and one is picked only while it is good for so many days; None: it has no lots."""
    return_classes: tuple[str, ...] = ()
    """What it is as far as returns go (`catalog.return_policies.ReturnClass`)."""

    @staticmethod
    def of(sku: str, body: Mapping[str, Any], version: int) -> Product:
        """Read a stored product."""
        return Product(
            sku=sku,
            name=dict(body["name"]),
            prices=prices_of(body["prices"]),
            kind=ProductKind(body.get("kind", "goods")),
            state=State(body.get("state", "active")),
            options={axis["axis"]: tuple(axis["values"]) for axis in body.get("options", ())},
            forbidden=tuple(body.get("forbidden", ())),
            allowed=tuple(body.get("allowed", ())),
            variants=tuple(
                Variant(each["sku"], each["options"], prices_of(each.get("prices") or {}))
                for each in body.get("variants", ())
            ),
            tax_class=body.get("tax_class", "standard"),
            weight_g=body.get("weight_g"),
            version=version,
            categories=tuple(body.get("categories") or ()),
            option_prices=body.get("option_prices") or {},
            custom=tuple(map(CustomChoice.of, body.get("custom") or ())),
            requires=tuple(body.get("requires") or ()),
            preparation_minutes=body.get("preparation_minutes", 0),
            availability=Availability.of(body.get("availability")),
            parts=tuple(map(BundlePart.of, body.get("parts") or ())),
            lot_days=body["lots"]["min_days"] if body.get("lots") else None,
            return_classes=tuple(body.get("return_classes") or ()),
        )


class NodeKind(StrEnum):
    """What sort of place fulfils."""

    WAREHOUSE = "warehouse"
    SHOP = "shop"
    WORKSHOP = "workshop"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Node:
    """A place that can fulfil orders of `channels` (empty: of every channel)."""

    node_id: str
    name: Name
    kind: NodeKind
    location: Location
    state: State = State.ACTIVE
    channels: frozenset[str] = frozenset()
    terms: NodeTerms = USUAL

    @staticmethod
    def of(node_id: str, body: Mapping[str, Any]) -> Node:
        """Read a stored node."""
        return Node(
            node_id=node_id,
            name=dict(body["name"]),
            kind=NodeKind(body["kind"]),
            location=location_of(body["location"]),
            state=State(body.get("state", "active")),
            channels=frozenset(body.get("channels", ())),
            terms=NodeTerms.of(body),
        )

    def serves(self, channel: str) -> bool:
        """Whether new orders of the channel may be given to this node."""
        return self.state is State.ACTIVE and (not self.channels or channel in self.channels)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer's profile. Personal data: it stays in the Customers table and is never logged."""

    customer_id: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    segment: str | None = None

    @staticmethod
    def of(customer_id: str, body: Mapping[str, Any]) -> Customer:
        """Read a stored profile."""
        return Customer(customer_id, body.get("name"), body.get("phone"), body.get("email"), body.get("segment"))


class Precision(StrEnum):
    """How exactly a place is known: the plan says so."""

    EXACT = "exact"
    POSTAL_CODE = "postal_code"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Place:
    """A point that stands for a postal code or a city (its centroid), or one that the order named itself (exact)."""

    location: Location
    precision: Precision


def location_of(body: Mapping[str, Any]) -> Location:
    """Read `{"lat": …, "lon": …}` in WGS 84 degrees."""
    return Location(float(body["lat"]), float(body["lon"]))


def place_key(key: str) -> str:
    """One spelling for a postal code or city: case, outer and doubled spaces do not count (`sw1a  1aa`)."""
    return " ".join(key.casefold().split())
