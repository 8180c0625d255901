"""What the stock machine's shop sells, where, and to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from ordo.catalog.availability import IN_STOCK, Availability
from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.model import BundlePart, Node, NodeKind, Place, Product, ProductKind
from ordo.catalog.node_terms import USUAL, NodeTerms
from ordo.catalog.reservation_terms import ReservationTerms
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.geo import Location
from ordo.pricing.model import PricedCart, PricedLine
from ordo.pricing.part_model import PartShare, PricedPart

SKUS, NODES, CHANNELS, SOFT = ("tee", "cap"), ("hz", "sh"), ("web", "live"), "outlet"
"""SOFT is a channel whose policy lets its orders take what is kept for others, at a price."""
COUNTED = NODES[0]
"""The node whose work is counted, in those histories where it has a capacity."""
BUNDLE, IN_BUNDLE = "set", (("tee", 1), ("cap", 2))
"""What is sold as one thing, and the goods that are taken for each."""
LIMIT = 9
"""Units of a SKU that a customer may hold in reservations."""


@dataclass
class Catalogue:
    """Two nodes for every channel; the first may have a capacity. Products that may be sold beyond what is there."""

    capacity: int | None = None
    """Open units at `COUNTED` at most; None: nobody counts them."""
    policies: dict[str, Availability] = field(default_factory=dict)
    lot_days: dict[str, int] = field(default_factory=dict)
    """SKUs that are kept by lot, and for how many days each must be good when it is picked."""

    def min_days(self, skus: Iterable[str]) -> dict[str, int]:
        """As the products say."""
        return {sku: self.lot_days[sku] for sku in skus if sku in self.lot_days}

    def today(self, node: str, now: datetime) -> date:
        """The same at all nodes."""
        return now.date()

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        terms = {COUNTED: NodeTerms(capacity=self.capacity)}
        return tuple(
            Node(node, {"en": node}, NodeKind.WAREHOUSE, Location(30.0 + number, 120.0), terms=terms.get(node, USUAL))
            for number, node in enumerate(NODES)
        )

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        return self.load_nodes(now), None

    def load_snapshot(self, channel: str, skus: Any, coupons: Any, now: datetime) -> CatalogSnapshot:
        """Channels that offer reservations, and the products that are asked for."""
        terms = ReservationTerms(max_units_per_customer=LIMIT)
        policy = ChannelPolicy(channel, {}, reservations=terms) if channel in CHANNELS else None
        with_parts = {*skus, *goods(dict.fromkeys(skus, 1))}
        return CatalogSnapshot(policy, {sku: self._product(sku) for sku in with_parts}, now)

    def _product(self, sku: str) -> Product:
        if sku == BUNDLE:
            parts = tuple(BundlePart(part, units, weight=1) for part, units in IN_BUNDLE)
            return Product(sku, {"en": sku}, {}, ProductKind.BUNDLE, parts=parts)
        return Product(sku, {"en": sku}, {}, availability=self.policies.get(sku, IN_STOCK))


def goods(wanted: Mapping[str, int]) -> dict[str, int]:
    """What an order takes from stock, by SKU: of bundles their parts."""
    found: Counter[str] = Counter()
    for sku, units in wanted.items():
        for part, count in IN_BUNDLE if sku == BUNDLE else ((sku, 1),):
            found[part] += units * count
    return dict(found)


def with_bundles(cart: PricedCart) -> PricedCart:
    """The cart, in which bundles have their parts: three that cost the same."""
    return replace(cart, lines=tuple(_with_parts(line) if line.sku == BUNDLE else line for line in cart.lines))


def _with_parts(line: PricedLine) -> PricedLine:
    each = line.price // sum(units for _, units in IN_BUNDLE)
    parts = (
        PricedPart(sku, sku, {"en": sku}, {}, units, 1, ((PartShare(units, each, 0),),)) for sku, units in IN_BUNDLE
    )
    return replace(line, parts=tuple(parts))
