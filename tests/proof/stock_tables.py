"""The stock machine's world in DynamoDB: the product's repositories on moto, or dictionaries that take its expressions.

See `tests.proof.stock_worlds`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, cast

import pytest

from ordo.capacity.repository import DynamoLoads
from ordo.inventory.backlog_repository import DynamoBacklog
from ordo.inventory.books import DynamoBooks
from ordo.inventory.layout import Layout
from ordo.inventory.lots import NEVER
from ordo.inventory.model import MAIN, StockCounter, StockKey
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.reservation_writes import read_header
from ordo.inventory.reservations import Reservation
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.taking_repository import DynamoTakings
from ordo.inventory.verification import verify
from ordo.orders.checking import Earlier
from ordo.orders.ports import OrderRepository
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.reserving import picked_units, reserved_units
from ordo.runtime import clients
from ordo.shipments.repository import DynamoWaitingStore
from tests.proof.stock_large import OrdersInTurns
from tests.proof.stock_waiting import Place
from tests.proof.stock_worlds import ORDER_READS, RESERVING, Lots, Units
from tests.support import audit as auditing
from tests.support.account import aws_account, make_tables
from tests.support.audit import Ledger, audit, ledger, unpack
from tests.support.metering import backend
from tests.support.quick_moto import hasten
from tests.support.turns import Turns

TABLES = OrderTables("OrdersTable", "SupplyTable", "CustomersTable", "CatalogTable")


class Tables(Protocol):
    """Where the items are."""

    changes: int
    """Grows with each write."""

    def clear(self) -> None: ...
    def items(self, table: str) -> list[dict[str, Any]]: ...


class TablesWorld:
    """The template's tables, emptied for each history."""

    def __init__(self, tables: Tables) -> None:
        tables.clear()
        self.tables = tables
        self.reservations = DynamoReservations("SupplyTable")
        self.backlog = DynamoBacklog("SupplyTable")
        self.supply = DynamoSupply("SupplyTable")
        self.loads = DynamoLoads("SupplyTable")
        self.stock = DynamoStockRepository("SupplyTable")
        self.orders = DynamoOrderRepository(TABLES)
        self.waiting = DynamoWaitingStore("OrdersTable")
        self.earlier: Earlier | None = DynamoTakings("SupplyTable")
        self._ledger, self._read_at = Ledger(), -1

    def pending(self) -> dict[str, Reservation]:
        return {name: read_header(item) for name, item in self._seen().reserved.pending.items()}

    def _seen(self) -> Ledger:
        """The tables, read again only after a write: that takes most of the time."""
        if self._read_at != self.tables.changes:
            self._ledger, self._read_at = ledger(self.tables.items), self.tables.changes
        return self._ledger

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
        for key, left in self.underway().items():
            found[key] += left.reserved
        return +found

    def underway(self) -> dict[StockKey, Units]:
        """Parts that are taken before a commit, and moves that one has left."""
        on_hand, reserved, seen = Counter[StockKey](), Counter[StockKey](), self._seen()
        for item in seen.parts_taken:
            for sku, node, bucket, _, units, *_ in unpack(item["moves"]):
                reserved[sku, node, bucket] += units
        for item in seen.jobs_of_moves:
            for sku, node, bucket, gone, units, *_ in unpack(item["moves"])[int(item["done"]) :]:
                on_hand[sku, node, bucket] -= gone
                reserved[sku, node, bucket] -= units
        return {key: Units(on_hand[key], reserved[key]) for key in {*on_hand, *reserved}}

    def taken(self, taking_id: str) -> Mapping[StockKey, int]:
        found: Counter[StockKey] = Counter()
        for item in self._seen().parts_taken if taking_id else ():
            if item["pk"] == f"taking#{taking_id}":
                for sku, node, bucket, _, units, *_ in unpack(item["moves"]):
                    found[sku, node, bucket] += units
        return found

    def jobs(self) -> list[str]:
        return sorted(item["pk"] for item in self._seen().of_large_orders)

    def orders_in(self, turns: Turns) -> OrderRepository:
        stopping = turns.repository(OrdersInTurns(TABLES, turns), ("rearm",), ORDER_READS)
        return cast(OrderRepository, stopping)

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

    def lots(self) -> Mapping[Place, Lots]:
        seen = self._seen()
        found: dict[Place, Counter[tuple[str, str]]] = {
            place: Counter() for place, counter in seen.counters.items() if counter.get("by_lot")
        }
        for item in seen.lots:
            found[item["sku"], item["node"]][item["expires_on"], item["lot"]] += item["units"]
        return found

    def picked(self) -> Mapping[str, Mapping[Place, Lots]]:
        found: dict[str, dict[Place, Counter[tuple[str, str]]]] = {}
        seen = self._seen()
        for order_id in seen.orders:
            for part in seen.parts(order_id, "fulfilment"):
                for units in part.get("lots", ()) if part["state"] in RESERVING else ():
                    by_place = found.setdefault(part["fulfilment_id"], {})
                    lots = by_place.setdefault((units["sku"], part["node_id"]), Counter())
                    lots[units.get("expires_on") or NEVER, units["lot"]] += units["quantity"]
        return found

    def lots_underway(self) -> Mapping[Place, Lots]:
        found: dict[Place, Counter[tuple[str, str]]] = {}
        for item in self._seen().jobs_of_moves:
            moves, done = unpack(item["moves"]), int(item["done"])
            for sku, node, _, gone, _, *before_lots in moves[done:]:
                if before_lots and (sku, node) in self.lots():
                    found.setdefault((sku, node), Counter())[NEVER, ""] += gone
            for lot in unpack(item["lots"])[max(0, done - len(moves)) :] if item.get("lots") else ():
                found.setdefault((lot["sku"], lot["node"]), Counter())[lot["expires_on"], lot["lot"]] += lot["units"]
        return found

    def findings(self) -> list[str]:
        """What the audit of the tables and the product's own verification find."""
        books = DynamoBooks("SupplyTable", lambda: reserved_units("OrdersTable"), lambda: picked_units("OrdersTable"))
        return [*audit(self._seen()), *(str(each) for each in verify(books).differences)]


class MotoTables:
    """moto's."""

    def __init__(self) -> None:
        self.changes = 0

    def clear(self) -> None:
        """Empty them."""
        self.changes += 1
        for table in backend().tables.values():
            table.items.clear()

    def items(self, table: str) -> list[dict[str, Any]]:
        """As plain values."""
        return auditing.items(table)

    def heed(self, model: Any, **_more: Any) -> None:
        """A call is made."""
        self.changes += model.name not in ("GetItem", "BatchGetItem", "Query", "Scan")


def _place_in_queue(entry: dict[str, Any]) -> str:
    return str(entry["sk"])


@contextmanager
def moto_tables() -> Iterator[MotoTables]:
    """The template's tables on moto, and the secret by which contacts are found."""
    with pytest.MonkeyPatch.context() as patch, aws_account():
        hasten(patch)
        tables = MotoTables()
        for when in ("before-call", "after-call"):  # a client has the hooks that were there when it was made
            clients.session().events.register(when, tables.heed)
        make_tables()
        yield tables
