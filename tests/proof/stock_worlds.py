"""Where the stock machine plays: the product's repositories in memory, and on DynamoDB as moto has it.

A world is looked at with eyes of its own: whatever the repositories would answer, these read what is stored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest
from moto import mock_aws

from ordo.capacity.memory import InMemoryLoads
from ordo.capacity.repository import DynamoLoads
from ordo.inventory.backlog import Backlog
from ordo.inventory.backlog_repository import DynamoBacklog
from ordo.inventory.books import DynamoBooks
from ordo.inventory.layout import Layout
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import MAIN, StockCounter, StockKey
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.reservation_writes import read_header
from ordo.inventory.reservations import Pending, Reservation, ReservationState, ReservationStore
from ordo.inventory.service import StockRepository
from ordo.inventory.supply_memory import InMemorySupply
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.verification import verify
from ordo.orders.decision import Commit
from ordo.orders.incident import Incident
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.ports import OrderRepository
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.reserving import reserved_units
from ordo.runtime import clients, secrets
from ordo.shipments.model import Fulfilment
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.waiting import InMemoryWaitingStore, WaitingStore
from ordo.sourcing.prospects import SupplyView
from ordo.sourcing.service import Loads
from tests.proof.stock_waiting import Place
from tests.support.audit import Ledger, audit, ledger, unpack
from tests.support.blueprint import REGION, blueprint
from tests.support.metering import backend
from tests.support.wire import share_items

WAITING = "waiting"
RESERVING = {"planned", WAITING, "open", "accepted", "picked", "packed"}


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

    def findings(self) -> list[str]:
        return []


class MotoWorld:
    """The template's tables, emptied for each history."""

    def __init__(self) -> None:
        for table in backend().tables.values():
            table.items.clear()
        world = self

        class Stock(DynamoStockRepository):
            def record(self, *given: Any, **named: Any) -> None:
                world._tables = None
                super().record(*given, **named)

        class Orders(DynamoOrderRepository):
            def commit(self, commit: Commit) -> None:
                world._tables = None
                super().commit(commit)

        class Reservations(DynamoReservations):
            def take(self, reservation: Reservation, limit: int) -> None:
                world._tables = None
                super().take(reservation, limit)

            def release(self, pending: Pending, at: str) -> bool:
                world._tables = None
                return super().release(pending, at)

            def extend(self, pending: Pending, until: str) -> bool:
                world._tables = None
                return super().extend(pending, until)

        self.reservations = Reservations("SupplyTable")
        self.backlog = DynamoBacklog("SupplyTable")
        self.supply = DynamoSupply("SupplyTable")
        self.loads = DynamoLoads("SupplyTable")
        self.stock = Stock("SupplyTable")
        self.orders = Orders(OrderTables("OrdersTable", "SupplyTable", "CustomersTable", "CatalogTable"))
        self.waiting = DynamoWaitingStore("OrdersTable")
        self._tables: Ledger | None = None

    def pending(self) -> dict[str, Reservation]:
        return {name: read_header(item) for name, item in self._seen().reserved.pending.items()}

    def _seen(self) -> Ledger:
        """The tables, read again only after a write: that takes most of the time."""
        self._tables = self._tables or ledger()
        return self._tables

    def counters(self) -> list[StockCounter]:
        found = []
        for (sku, node), buckets in self._seen().buckets.items():
            for bucket, item in buckets.items():
                on_hand, reserved, safety = (item.get(name, 0) for name in ("on_hand", "reserved", "safety"))
                assert item.get("available", 0) == on_hand - reserved - safety, f"{sku} {node} {bucket}: available"
                layout = Layout.of(item) if bucket == MAIN else None
                waits = item.get("backordered", 0)
                found.append(StockCounter(sku, node, on_hand, reserved, safety, bucket, None, layout, waits))
        return found

    def booked(self) -> dict[Place, tuple[int, int]]:
        found: dict[Place, tuple[int, int]] = {}
        for row in self._seen().movements:
            for entry in row["entries"]:
                on_hand, safety = found.get((entry["sku"], entry["node"]), (0, 0))
                after = (on_hand + entry["on_hand_delta"], safety + entry.get("safety_delta", 0))
                found[entry["sku"], entry["node"]] = after
        return found

    def held(self) -> Counter[StockKey]:
        found: Counter[StockKey] = Counter()
        seen = self._seen()
        for order_id in seen.orders:
            for part in seen.parts(order_id, "fulfilment"):
                if part["state"] in RESERVING:
                    for take in part.get("buckets") or unpack(part["lines"]):
                        found[take["sku"], part["node_id"], take.get("bucket", MAIN)] += take["quantity"]
        for reservation in seen.reserved.pending.values():
            for sku, node, bucket, units in reservation["held"]:
                found[sku, node, bucket] += units
        return found

    def queues(self) -> dict[Place, list[tuple[str, int]]]:
        queues = {place: sorted(items, key=_place_in_queue) for place, items in self._seen().queues.items()}
        return {place: [(each["fulfilment_id"], each["units"]) for each in items] for place, items in queues.items()}

    def work(self) -> Counter[str]:
        return Counter({node: units for node, units in self._seen().loads.items() if units})

    def unsourced(self) -> dict[str, int]:
        seen = self._seen()
        found = {order_id: seen.parts(order_id, "incident") for order_id in seen.orders}
        return {
            order_id: sum(line["quantity"] for each in incidents for line in unpack(each["lines"]))
            for order_id, all_ in found.items()
            if (incidents := [each for each in all_ if each["state"] == "open"])
        }

    def findings(self) -> list[str]:
        """What the audit of the tables and the product's own verification find."""
        books = DynamoBooks("SupplyTable", lambda: reserved_units("OrdersTable"))
        return [*audit(), *(str(each) for each in verify(books).differences)]


def _place_in_queue(entry: dict[str, Any]) -> str:
    return str(entry["sk"])


@contextmanager
def moto_tables() -> Iterator[None]:
    """The template's tables on moto, and the secret by which contacts are found."""
    environment: dict[str, Any] = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "SECRET_ID": "ordo"}
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        share_items(patch)
        clients.forget()
        secrets.forget()
        clients.client("secretsmanager").create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        for table in blueprint().tables:
            clients.client("dynamodb").create_table(**table)
        yield
        clients.forget()
        secrets.forget()
