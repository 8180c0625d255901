"""Where the stock machine plays: the product's repositories in memory (`tests.proof.stock_tables`: in DynamoDB).

A world is looked at with eyes of its own: whatever the repositories would answer, these read what is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, Protocol, cast

from ordo.capacity.memory import InMemoryLoads
from ordo.inventory.backlog import Backlog
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import MAIN, StockCounter, StockKey
from ordo.inventory.reservations import Reservation, ReservationState, ReservationStore
from ordo.inventory.service import StockRepository
from ordo.inventory.supply_memory import InMemorySupply
from ordo.orders.checking import Earlier
from ordo.orders.incident import Incident
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.ports import OrderRepository
from ordo.shipments.model import Fulfilment
from ordo.shipments.waiting import InMemoryWaitingStore, WaitingStore
from ordo.sourcing.prospects import SupplyView
from ordo.sourcing.service import Loads
from tests.proof.stock_waiting import Place
from tests.support.turns import Turns

WAITING = "waiting"
ORDER_READS = ("load", "claim", "timeline", "contact", "trace")
RESERVING = {"planned", WAITING, "open", "accepted", "picked", "packed"}


Lots = Mapping[tuple[str, str], int]
"""(expires on, name) -> units."""


class Units(NamedTuple):
    """Of a counter."""

    on_hand: int = 0
    reserved: int = 0


class StockWorld(Protocol):
    """Repositories that share one stock, and what is stored behind them."""

    @property
    def stock(self) -> StockRepository: ...
    @property
    def orders(self) -> OrderRepository: ...
    @property
    def waiting(self) -> WaitingStore: ...
    @property
    def reservations(self) -> ReservationStore: ...
    @property
    def backlog(self) -> Backlog: ...
    @property
    def supply(self) -> SupplyView: ...
    @property
    def loads(self) -> Loads: ...
    @property
    def earlier(self) -> Earlier | None: ...

    def pending(self) -> dict[str, Reservation]:
        """Reservations that hold units."""
        ...

    def counters(self) -> list[StockCounter]:
        """Every counter."""
        ...

    def booked(self) -> dict[Place, tuple[int, int]]:
        """The sums of the ledger's rows: on hand and safety."""
        ...

    def held(self) -> Counter[StockKey]:
        """What live fulfilments, those that wait too, and pending reservations say that they take."""
        ...

    def queues(self) -> dict[Place, list[tuple[str, int]]]:
        """Who waits, in order: the part and its units."""
        ...

    def work(self) -> Counter[str]:
        """Open units of nodes that are counted."""
        ...

    def unsourced(self) -> dict[str, int]:
        """Units of open incidents, by order."""
        ...

    def underway(self) -> dict[StockKey, Units]:
        """Units that counters have beside the books: of large orders between their transactions."""
        ...

    def taken(self, taking_id: str) -> Mapping[StockKey, int]:
        """What a large order has taken before its commit."""
        ...

    def jobs(self) -> list[str]:
        """What of large orders the watcher would look after: partitions."""
        ...

    def orders_in(self, turns: Turns) -> OrderRepository:
        """Its orders, which stop for the machine before their reads and writes."""
        ...

    def lots(self) -> Mapping[Place, Lots]:
        """What lies in lots, at each place that is kept by lot."""
        ...

    def picked(self) -> Mapping[str, Mapping[Place, Lots]]:
        """Of which lots open fulfilments have their units."""
        ...

    def lots_underway(self) -> Mapping[Place, Lots]:
        """What large orders have yet to give back to lots, less what is still to leave those that began meanwhile."""
        ...

    def findings(self) -> list[str]:
        """What else is wrong: asked at the end of a history."""
        ...


class MemoryWorld:
    """Dictionaries."""

    def __init__(self) -> None:
        self.stock = InMemoryStock()
        self.loads = InMemoryLoads()
        self.orders = InMemoryOrderRepository(counters=self.stock.by_key, loads=self.loads.by_node)
        self.backlog = self.orders.backlog
        self.supply = InMemorySupply(self.stock, self.backlog)
        self.waiting = InMemoryWaitingStore()
        self.reservations = self.orders.reservations
        self.earlier: Earlier | None = None

    def pending(self) -> dict[str, Reservation]:
        known = self.orders.reservations.by_id
        return {name: each for name, each in known.items() if each.state is ReservationState.PENDING}

    def counters(self) -> list[StockCounter]:
        return list(self.stock.by_key.values())

    def booked(self) -> dict[Place, tuple[int, int]]:
        found: dict[Place, tuple[int, int]] = {}
        for movement in (*self.stock.movements(), *self.orders.movements.values()):
            for entry in movement.entries:
                on_hand, safety = found.get((entry.sku, entry.node), (0, 0))
                found[entry.sku, entry.node] = (on_hand + entry.on_hand, safety + entry.safety)
        return found

    def held(self) -> Counter[StockKey]:
        found: Counter[StockKey] = Counter()
        for records in self.orders.records.values():
            for each in records.values():
                if isinstance(each, Fulfilment) and each.state in RESERVING:
                    for take in each.buckets or each.lines:
                        found[take.sku, each.node_id, getattr(take, "bucket", MAIN)] += take.quantity
        for reservation in self.pending().values():
            for units in reservation.held:
                found[units.key] += units.units
        return found

    def queues(self) -> dict[Place, list[tuple[str, int]]]:
        queues = {place: self.backlog.queue(*place) for place in self.backlog.queues}
        return {place: [(each.fulfilment_id, each.units) for each in queue] for place, queue in queues.items() if queue}

    def work(self) -> Counter[str]:
        return Counter({node: units for node, units in self.loads.by_node.items() if units})

    def unsourced(self) -> dict[str, int]:
        incidents = [
            each for records in self.orders.records.values() for each in records.values() if isinstance(each, Incident)
        ]
        return {each.order_id: each.units for each in incidents if each.is_open}

    def underway(self) -> dict[StockKey, Units]:
        return {}

    def taken(self, taking_id: str) -> Mapping[StockKey, int]:
        return {}

    def jobs(self) -> list[str]:
        return []

    def orders_in(self, turns: Turns) -> OrderRepository:
        return cast(OrderRepository, turns.repository(self.orders, ("commit", "rearm"), ORDER_READS))

    def lots(self) -> Mapping[Place, Lots]:
        return {}

    def picked(self) -> Mapping[str, Mapping[Place, Lots]]:
        return {}

    def lots_underway(self) -> Mapping[Place, Lots]:
        return {}

    def findings(self) -> list[str]:
        return []
