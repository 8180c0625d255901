"""The books of stock in the Supply table, for verification: `ordo.inventory.verification.Books`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from ordo.inventory.backlog_repository import DynamoBacklog
from ordo.inventory.ledger import LedgerRow, Sums, rows_of_dict, summed
from ordo.inventory.ledger_repository import DynamoLedger
from ordo.inventory.lot_writes import read_lots
from ordo.inventory.shortage_repository import other_buckets
from ordo.inventory.taking_writes import HEADER_SK, JOB_SK, PART_FROM, read_job, read_moves
from ordo.inventory.takings import held_by, out_of_lots
from ordo.inventory.verification import Held, Place
from ordo.inventory.writes import COUNTER_SK, counter_pk
from ordo.runtime.clients import client
from ordo.runtime.dynamo import Item, batch_get, get_item, to_item

PAGE = 500


class DynamoBooks:
    """One scan names the places; the rest is read by key. `orders` gives what open fulfilments take, `picked` what they
    have picked from lots.
    """

    def __init__(
        self,
        table: str,
        orders: Callable[[], Mapping[Place, int]],
        picked: Callable[[], Mapping[Place, int]] = dict,
    ) -> None:
        self._table = table
        self._orders = orders
        self._picked = picked
        self.kept_by_lot: set[Place] = set()
        """As the scan found them."""
        self._out_of_lots: dict[Place, int] = {}
        self._older: dict[Place, list[LedgerRow]] = {}

    def places(self) -> set[Place]:
        """From counters and ledger rows; movements from before there were ledger rows are kept from the scan."""
        found: set[Place] = set()
        self._older = {}
        for item in self._scan():
            pk = item["pk"]
            if item["sk"] == COUNTER_SK and pk.startswith("stock#"):
                _, sku, node, _ = pk.split("#", 3)
                found.add((sku, node))
                if item.get("by_lot"):
                    self.kept_by_lot.add((sku, node))
            elif pk.startswith("ledger#"):
                found |= {(row.sku, row.node) for row in rows_of_dict(item)}
            elif pk.startswith("movement#") and item["schema"] == 1:
                for row in rows_of_dict(item):
                    found.add((row.sku, row.node))
                    self._older.setdefault((row.sku, row.node), []).append(row)
        return found

    def held(self, place: Place) -> Held:
        """The main counter and those that its layout names."""
        main = get_item(self._table, counter_pk(*place), COUNTER_SK, consistent=True) or {}
        others = [(self._table, counter_pk(*place, bucket), COUNTER_SK) for bucket in other_buckets(main)]
        counters = [main, *(batch_get(others, consistent=True) if others else [])]
        return Held(*(sum(each.get(name, 0) for each in counters) for name in Held.__slots__))

    def booked(self, place: Place) -> Sums:
        """Every row, page by page, and those of older movements."""
        total, after = summed(self._older.get(place, ())), None
        ledger = DynamoLedger(self._table)
        while rows := ledger.rows(*place, after, PAGE):
            for row in rows:
                total = total.plus(row)
            after = rows[-1].place
        return total

    def queued(self, place: Place) -> int:
        """The queue, entry by entry."""
        return sum(entry.units for entry in DynamoBacklog(self._table).queue(*place))

    def reserved(self) -> Mapping[Place, int]:
        """Open fulfilments of orders, reservations whose header is pending, and what large orders take before their
        commit or have left to be given back after it. A part that was taken is nobody's without its header: nobody
        would ever give it back.
        """
        found = dict(self._orders())
        self._out_of_lots = {}
        prefixes = {f":p{number}": {"S": prefix} for number, prefix in enumerate(("reservation#", "taking#", "moves#"))}
        items = list(self._scan(" OR ".join(f"begins_with(pk, {name})" for name in prefixes), prefixes))
        headers = {item["pk"] for item in items if item["sk"] == HEADER_SK and item["state"] != "committed"}
        for item in items:
            for place, units in _held_by(item, headers):
                found[place] = found.get(place, 0) + units
            for place, units in (out_of_lots(*read_job(item)) if item["sk"] == JOB_SK else {}).items():
                self._out_of_lots[place] = self._out_of_lots.get(place, 0) + units
        return found

    def lots(self, place: Place) -> int | None:
        """One query where there are lots."""
        return sum(lot.units for lot in read_lots(self._table, *place)) if place in self.kept_by_lot else None

    def picked(self) -> Mapping[Place, int]:
        """Asked only where anything is kept by lot at all. With what large orders have yet to let leave, or to give
        back to lots, as `reserved` last found it.
        """
        if not self.kept_by_lot:
            return {}
        found = dict(self._picked())
        for place, units in self._out_of_lots.items():
            found[place] = found.get(place, 0) + units
        return found

    def _scan(self, condition: str | None = None, values: dict[str, Any] | None = None) -> Iterator[Item]:
        request: dict[str, Any] = {"TableName": self._table, "ConsistentRead": True}
        if condition:
            request |= {"FilterExpression": condition, "ExpressionAttributeValues": values}
        for page in client("dynamodb").get_paginator("scan").paginate(**request):
            yield from map(to_item, page["Items"])


def _held_by(item: Item, headers: Container[str]) -> Iterator[tuple[Place, int]]:
    if item["sk"].startswith(PART_FROM) and item["pk"] in headers:
        yield from held_by(read_moves(item)).items()
    elif item["sk"] == JOB_SK:
        pending, done = read_job(item)
        yield from held_by(pending.moves[done:]).items()
    elif item["pk"].startswith("reservation#") and item.get("state") == "pending":
        yield from (((sku, node), units) for sku, node, _, units in item["held"])
