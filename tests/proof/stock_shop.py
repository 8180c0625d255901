"""A shop on a stock world: the product's services wired as its functions wire them, on repositories that take turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import cast

from ordo.inventory.arranging import Arranging
from ordo.inventory.backlog import Backlog
from ordo.inventory.layout import ENDED, fence_of, is_general
from ordo.inventory.lot_shelf import LotShelf
from ordo.inventory.model import MAIN, StockCounter
from ordo.inventory.movements import Movement
from ordo.inventory.relief import Relief
from ordo.inventory.reservation_service import ReservationDesk
from ordo.inventory.reservations import ReservationStore
from ordo.inventory.service import StockRepository, StockService
from ordo.kernel.errors import OrdoError
from ordo.orders.again import Again
from ordo.orders.checking import Views
from ordo.orders.desk import OrderDesk
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.filling import Filled, fill_backlog
from ordo.payments.resupply import sourced_anew
from ordo.shipments.picking import Pick
from ordo.shipments.waiting import WaitingStore
from ordo.sourcing.prospects import SupplyView
from ordo.sourcing.reserving import Reserving
from ordo.sourcing.service import Loads, SourcingService
from tests.proof.stock_books import Books, Units
from tests.proof.stock_catalogue import COUNTED, NODES, SOFT, Catalogue
from tests.proof.stock_sight import Sight, open_units
from tests.proof.stock_waiting import Person, Place
from tests.proof.stock_workflow import LONG_S, Workflow
from tests.proof.stock_worlds import RESERVING, WAITING, StockWorld
from tests.support.changing import means_for
from tests.support.orders import NOON
from tests.support.turns import Turns

NO_LIMIT = 1_000_000
STOCK_READS = ("counters", "nodes_of", "movement", "supply", "lots")
QUEUE_READS = ("look",)
SUPPLY_READS = ("due",)
LOAD_READS = ("open_units",)
RESERVATION_READS = ("find", "by_key", "expired")


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
    catalogue: Catalogue = field(default_factory=Catalogue)

    def __post_init__(self) -> None:
        self._minted: Counter[str] = Counter()
        self.stock = cast(StockRepository, self.turns.repository(self.raw.stock, ("record",), STOCK_READS))
        self.orders = self.raw.orders_in(self.turns)
        self.waiting: WaitingStore = self.raw.waiting
        reservations = self.turns.repository(self.raw.reservations, ("take", "release", "extend"), RESERVATION_READS)
        self.reservations = cast(ReservationStore, reservations)
        self.relief = Relief(self.reservations, self.clock)
        self.service = StockService(self.stock, self.clock, self.relief)
        self.arranging = Arranging(self.stock, self.clock, self.ids, self.relief)
        self.reservation_desk = ReservationDesk(self.reservations, self.clock)
        self.backlog = cast(Backlog, self.turns.repository(self.raw.backlog, (), QUEUE_READS))
        self.views = Views(
            cast(Loads, self.turns.repository(self.raw.loads, (), LOAD_READS)),
            cast(SupplyView, self.turns.repository(self.raw.supply, (), SUPPLY_READS)),
            self.raw.earlier,
        )
        self.pick = Pick(LotShelf(self.stock, self.catalogue, self.clock))
        catalogue, loads = self.catalogue, self.views.loads
        self.reserving = Reserving(catalogue, self.service, self.reservations, self.relief, self.clock, self.ids, loads)
        self.desk = OrderDesk(self.orders, self.clock, self.ids, budget_s=LONG_S)
        self.means = means_for(self.orders)
        self.sourcing = SourcingService(catalogue, self.service, loads, relief=self.relief, supply=self.views.supply)
        again = Again(catalogue, self.service)
        self.resource = sourced_anew(self.sourcing, again, self.orders)
        self.elsewhere = ElsewhereSearch(again, replace(self.sourcing, supply=None), self.orders)
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
        """What the order's live fulfilments say that have their units: units by place, and all buckets."""
        parts: dict[str, Units] = {}
        buckets: set[str] = set()
        for each in self.raw.orders.load(order_id).fulfilments.values():
            if each.state in RESERVING and each.state != WAITING:
                units: Counter[tuple[str, str]] = Counter()
                for line in each.lines:
                    units[line.sku, each.node_id] += line.quantity
                parts[each.fulfilment_id] = units
                buckets |= {take.bucket for take in each.buckets} or {MAIN}
        return parts, buckets

    def stored_waits(self, order_id: str) -> dict[Place, Person]:
        """What the order's fulfilments say that wait, by SKU and node."""
        found: dict[Place, Person] = {}
        for each in self.raw.orders.load(order_id).fulfilments.values():
            if each.state == WAITING and each.wait is not None:
                (sku,), number = {line.sku for line in each.lines}, int(each.fulfilment_id.rpartition("_")[2])
                assert (sku, each.node_id) not in found, f"{order_id} waits twice for {sku} at {each.node_id}"
                person = Person(each.wait.promise, order_id, number, each.fulfilment_id, each.units)
                found[sku, each.node_id] = person
        return found

    # ------------------------------------------------------------------ those who wait
    def fill(self, place: Place) -> Filled:
        """As the watcher, and as `move_stock` after a movement."""
        return fill_backlog(self.desk, self.backlog, *place, gather=self.bring_together)

    def fill_after(self, movement: Movement) -> None:
        """As `move_stock`, at best effort."""
        gained = {(each.sku, each.node) for each in movement.entries if each.on_hand - each.safety > 0}
        for place in sorted(gained):
            try:
                if self.backlog.look(*place).head is not None:
                    self.fill(place)
            except OrdoError:
                continue

    def bring_together(self, sku: str, node: str) -> None:
        """As `commit_order`, at best effort."""
        with suppress(OrdoError):
            self.arranging.arrange(sku, node, actor="ordo")

    # ------------------------------------------------------------------ what may be seen
    def see(
        self, sight: Sight, counters: list[StockCounter], skus: Iterable[str], channel: str, taking_id: str = ""
    ) -> None:
        """What an order of the channel may take by SKU, by SKU and node, and how much work there is room for.

        What it has taken itself before its commit is there for it: an earlier try's is given back.
        """
        own = self.raw.taken(taking_id)
        counters = [replace(each, reserved=each.reserved - own.get(each.key, 0)) for each in counters]
        for sku in skus:
            found = [self._open_at(counters, (sku, node), channel) for node in NODES]
            for node, units in zip(NODES, found, strict=True):
                sight.see((sku, node), units)
            sight.see(sku, sum(found))
        sight.see("room", self.room())

    def open_to(self, sku: str, channel: str) -> int:
        """Units of a SKU that an order of the channel may take now."""
        counters = self.raw.counters()
        return sum(self._open_at(counters, (sku, node), channel) for node in NODES)

    def room(self) -> int:
        """How many more units `COUNTED` may have to do."""
        capacity = self.catalogue.capacity
        return NO_LIMIT if capacity is None else capacity - self.books.work()[COUNTED]

    def leaving(self, place: Place) -> int:
        """Units that are on hand only until moves of a large order are made."""
        return sum(units.on_hand for key, units in self.raw.underway().items() if key[:2] == place)

    def on_shelves(self, place: Place) -> int:
        """Units of a SKU at a node in lots that may be picked."""
        lots = self.raw.lots().get(place)
        return NO_LIMIT if lots is None else sum(units for (on, _), units in lots.items() if self.is_good(place, on))

    def is_good(self, place: Place, expires_on: str) -> bool:
        """Whether a lot may still be picked today."""
        left = date.fromisoformat(expires_on) - self.now.date()
        return left.days >= self.catalogue.lot_days.get(place[0], 0)

    def require_lots_short(self, sight: Sight, wanted: Mapping[Place, int]) -> None:
        """Lots had too little at some moment."""
        assert any(sight.least[place] < units for place, units in wanted.items()), f"no lots, with {sight.least}"

    def _open_at(self, counters: list[StockCounter], place: Place, channel: str) -> int:
        here = [each for each in counters if (each.sku, each.node) == place]
        return open_units(here, lambda each: self.is_open(each, channel))

    def is_open(self, counter: StockCounter, channel: str) -> bool:
        """Whether orders of the channel may take from the counter."""
        ours = channel == SOFT or is_general(counter.bucket) or counter.bucket == fence_of(channel)
        return ours or self.fence_ended(counter)

    @staticmethod
    def require_seen(sight: Sight, taken: Mapping[Place, int], own: Mapping[Place, int] | None = None) -> None:
        """Nobody takes more than was there for newcomers at some moment: the rest is of those who wait."""
        for place, units in taken.items():
            there = sight.most.get(place, 0) + (own or {}).get(place, 0)
            assert units <= there, f"{units} of {place} were taken, {there} were not waited for"

    @staticmethod
    def require_crowded(sight: Sight, wanted: Mapping[str, int]) -> None:
        """No node, where there is enough: only for want of somebody who could do it."""
        assert sight.least["room"] < sum(wanted.values()), f"no node, with room for {sight.least['room']}"

    def begin_work(self, parts: Mapping[str, Units], *, limited: bool = True) -> None:
        """New parts of a node that is counted are its work; `limited`: never more than it can do."""
        if self.catalogue.capacity is None:
            return
        for part, units in parts.items():
            if any(node == COUNTED for _, node in units):
                self.books.begun.add(part)
                open_units = self.books.work()[COUNTED]
                assert not limited or open_units <= self.catalogue.capacity, f"{COUNTED} has {open_units} units to do"

    def fence_ended(self, counter: StockCounter) -> bool:
        """Whether the counter was kept for a channel whose fence has ended."""
        if is_general(counter.bucket):
            return False
        main = self.raw.stock.counters([(counter.sku, counter.node, MAIN)])
        fences = main[0].layout.fences if main and main[0].layout else {}
        return any(fence == ENDED and fence_of(channel) == counter.bucket for channel, fence in fences.items())
