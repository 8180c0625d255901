"""A shop on a stock world: the product's services wired as its functions wire them, on repositories that take turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.model import Node, NodeKind, Place, Product
from ordo.catalog.reservation_terms import ReservationTerms
from ordo.catalog.snapshot import CatalogSnapshot, is_stale
from ordo.inventory.arranging import Arranging
from ordo.inventory.errors import OutOfStock
from ordo.inventory.layout import ENDED, fence_of, is_general
from ordo.inventory.model import MAIN, StockCounter
from ordo.inventory.relief import Relief
from ordo.inventory.reservation_service import ReservationDesk
from ordo.inventory.reservations import ReservationStore
from ordo.inventory.service import StockRepository, StockService
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import OrdoError
from ordo.kernel.geo import Location
from ordo.orders.again import Again
from ordo.orders.checking import with_stock
from ordo.orders.commit import commit_draft
from ordo.orders.desk import OrderDesk
from ordo.orders.gifts import plan_draft
from ordo.orders.placement import PlacementDraft, pack_draft, read_draft
from ordo.orders.ports import OrderRepository
from ordo.payments.resupply import sourced_anew
from ordo.runtime.steps import StepOutput, StepProblem
from ordo.shipments.waiting import WaitingStore
from ordo.sourcing.errors import NoNode
from ordo.sourcing.reserving import Reserving
from ordo.sourcing.service import SourcingService
from tests.proof.stock_books import Books, Units
from tests.proof.stock_worlds import RESERVING, StockWorld
from tests.support.orders import CONTACT, NOON, SHIP_TO
from tests.support.turns import Turns

SKUS, NODES, CHANNELS, SOFT = ("tee", "cap"), ("hz", "sh"), ("web", "live"), "outlet"
"""SOFT is a channel whose policy lets its orders take what is kept for others, at a price."""
LIMIT = 9
"""Units of a SKU that a customer may hold in reservations."""
LONG_S = 600.0
"""Time budgets: waiting for others takes no time here, but looking at everything after each step does."""
TRIES = 6
STOCK_READS = ("counters", "nodes_of", "movement")
ORDER_READS = ("load", "claim", "timeline", "contact", "trace")


class Catalogue:
    """Two nodes for every channel; products that ask nothing."""

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        return tuple(
            Node(node, {"en": node}, NodeKind.WAREHOUSE, Location(30.0 + number, 120.0))
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
        return CatalogSnapshot(policy, {sku: Product(sku, {"en": sku}, {}) for sku in skus}, now)


@dataclass
class Shop:
    """`raw` is the world; what the services use stops for the machine."""

    raw: StockWorld
    turns: Turns = field(default_factory=Turns)
    books: Books = field(default_factory=Books)
    now: datetime = NOON
    wanted: dict[str, dict[str, int]] = field(default_factory=dict)
    """What each placed order asked for, by SKU."""
    nodes: tuple[str, ...] = NODES

    def __post_init__(self) -> None:
        self._minted: Counter[str] = Counter()
        self.stock = cast(StockRepository, self.turns.repository(self.raw.stock, ("record",), STOCK_READS))
        self.orders = cast(OrderRepository, self.turns.repository(self.raw.orders, ("commit", "rearm"), ORDER_READS))
        self.waiting: WaitingStore = self.raw.waiting
        reads = ("find", "by_key", "expired")
        reservations = self.turns.repository(self.raw.reservations, ("take", "release", "extend"), reads)
        self.reservations = cast(ReservationStore, reservations)
        self.relief = Relief(self.reservations, self.clock)
        self.service = StockService(self.stock, self.clock, self.relief)
        self.arranging = Arranging(self.stock, self.clock, self.ids, self.relief)
        self.reservation_desk = ReservationDesk(self.reservations, self.clock)
        self.reserving = Reserving(Catalogue(), self.service, self.reservations, self.relief, self.clock, self.ids)
        self.desk = OrderDesk(self.orders, self.clock, self.ids, budget_s=LONG_S)
        self.sourcing = SourcingService(Catalogue(), self.service, relief=self.relief)
        self.resource = sourced_anew(self.sourcing, Again(Catalogue(), self.service), self.orders)
        self.workflow = Workflow(self)

    def clock(self) -> datetime:
        """Each reading is a millisecond after the one before."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def ids(self, prefix: str, _now: datetime) -> str:
        """Ids in a row."""
        return self.next_id(prefix)

    def next_id(self, prefix: str) -> str:
        """An id that was not there before."""
        self._minted[prefix] += 1
        return f"{prefix}_{self._minted[prefix]:026d}"

    def wait(self, minutes: int) -> None:
        """Time goes by."""
        self.now += timedelta(minutes=minutes)

    def parts_of(self, order_id: str) -> list[str]:
        """Every part that the order has, or had."""
        return sorted(self.raw.orders.load(order_id).fulfilments)

    def stored_parts(self, order_id: str) -> tuple[dict[str, Units], set[str]]:
        """What the order's live fulfilments say: units by place, and all buckets."""
        parts: dict[str, Units] = {}
        buckets: set[str] = set()
        for each in self.raw.orders.load(order_id).fulfilments.values():
            if each.state in RESERVING:
                units: Counter[tuple[str, str]] = Counter()
                for line in each.lines:
                    units[line.sku, each.node_id] += line.quantity
                parts[each.fulfilment_id] = units
                buckets |= {take.bucket for take in each.buckets} or {MAIN}
        return parts, buckets

    def fence_ended(self, counter: StockCounter) -> bool:
        """Whether the counter was kept for a channel whose fence has ended."""
        if is_general(counter.bucket):
            return False
        main = self.raw.stock.counters([(counter.sku, counter.node, MAIN)])
        fences = main[0].layout.fences if main and main[0].layout else {}
        return any(fence == ENDED and fence_of(channel) == counter.bucket for channel, fence in fences.items())


@dataclass
class Workflow:
    """The placement's steps in the order of the state machine, each as its function does it."""

    shop: Shop

    def run(self, draft: str, name: str) -> StepOutput:
        """The outcome for a packed draft."""
        present = read_draft(draft)
        for attempt in range(TRIES):
            try:
                present = self._planned(self._seen(present, attempt))
            except (OutOfStock, NoNode) as refusal:
                return StepOutput(outcome="short", draft=draft, problem=StepProblem.of(refusal))
            result = commit_draft(
                present,
                {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)},
                self.shop.orders,
                clock=self.shop.clock,
                ids=self.shop.ids,
                shelves=lambda skus, nodes: self.shop.service.counters(skus, nodes, consistent=True),
                budget_s=LONG_S,
            )
            if result.outcome not in ("changed", "stale_price"):
                self._bring_together(result.collected)
                return StepOutput(outcome=result.outcome, draft=pack_draft(result.draft), problem=result.problem)
            present = self._priced_again(present)
        return StepOutput(outcome="busy", draft=draft)

    def _seen(self, draft: PlacementDraft, attempt: int) -> PlacementDraft:
        """As check_stock."""
        shop = self.shop
        return with_stock(draft, Catalogue(), shop.service, shop.relief, shop.clock(), consistent=attempt > 0)

    def _planned(self, draft: PlacementDraft) -> PlacementDraft:
        """As allocate_order."""
        lines = draft.require_priced().lines
        plan = plan_draft(draft, lines, SHIP_TO, self.shop.sourcing, self.shop.clock())
        return draft.with_(stock=None, plan=plan)

    def _priced_again(self, draft: PlacementDraft) -> PlacementDraft:
        """As price_order, where the price was made from too old a catalogue."""
        now = self.shop.clock()
        if draft.catalog_read_at is not None and is_stale(from_iso(draft.catalog_read_at), now):
            return draft.with_(catalog_read_at=to_iso(now))
        return draft

    def _bring_together(self, places: tuple[tuple[str, str], ...]) -> None:
        """As commit_order, at best effort."""
        for sku, node in places:
            try:
                self.shop.arranging.arrange(sku, node, actor="ordo")
            except OrdoError:
                continue
