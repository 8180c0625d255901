"""What comes of SKUs of which there is too little: when, where, and how many may still wait for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from ordo.catalog.availability import Availability, AvailabilityMode, start_of
from ordo.inventory.backlog import owed
from ordo.inventory.demand import Availability as Units
from ordo.inventory.demand import ShortLine, Wanted, demand_key
from ordo.inventory.model import MAIN, StockCounter
from ordo.inventory.supply import Due, Supply, unclaimed

Prospects = Mapping[str, Mapping[str, Any]]
"""By SKU, as a draft carries it: `sold` before its launch, and by node what is `due` (days with units) and `waits`."""

MORE_NAMED = 5
"""So many days with supply are named in a refusal, the first ones."""

Why = Literal["supply_due", "lead_days", "launch"]


class SupplyView(Protocol):
    """What sourcing asks of dated supply and pre-orders."""

    def due(self, sku: str) -> list[Supply]:
        """What is due of a SKU, at all nodes."""
        ...

    def sold_before_launch(self, skus: list[str]) -> dict[str, int]:
        """Units sold as pre-orders, by SKU."""
        ...


@dataclass(frozen=True, slots=True)
class Coming:
    """What is known of the supply of some SKUs at the nodes that were looked at."""

    due: Mapping[str, Sequence[Due]]
    prospects: Prospects

    def more_due(self, sku: str) -> list[dict[str, Any]]:
        """The next days on which more comes that nobody waits for yet."""
        return [each.to_dict() for each in self.due.get(sku, ())[:MORE_NAMED]]


@dataclass(frozen=True, slots=True)
class Expected:
    """When units are there, why then, and how many are there or due already; `certain`: all of them."""

    at: datetime
    why: Why
    supplied: int = 0
    certain: bool = True


def coming(
    supply: SupplyView,
    skus: Iterable[str],
    before_launch: Iterable[str],
    nodes: Sequence[str],
    counters: Sequence[StockCounter],
) -> Coming:
    """Reads what is due of each SKU, and what is sold of those before their launch; `counters` tell what nodes owe
    already, and how many units wait there.
    """
    skus = sorted(set(skus))
    due = {
        sku: [
            each
            for each in unclaimed(supply.due(sku), owed(each for each in counters if each.sku == sku))
            if each.node in nodes
        ]
        for sku in skus
    }
    presold = sorted(set(before_launch))
    sold = supply.sold_before_launch(presold) if presold else {}
    return Coming(due, {sku: _prospect(sku, due[sku], sold.get(sku, 0), counters) for sku in skus})


def unable_to_wait(
    lines: Iterable[ShortLine], demand: Sequence[Wanted], found: Coming, nodes: Sequence[str], now: datetime
) -> list[ShortLine]:
    """Short lines for which an order may not wait: by their product's policy, or as too much is waited for already."""
    policies = {line.key: line.availability for line in demand}
    missing: dict[str, int] = {}
    refused: list[ShortLine] = []
    for line in lines:
        policy = policies[demand_key(line.line_id, line.part)]
        missing[line.sku] = missing.get(line.sku, 0) + line.requested - line.available
        room = sum(room_at(policy, found.prospects[line.sku], node) for node in nodes)
        if policy.launches_at(now) is not None:
            room = min(room, room_before_launch(policy, found.prospects[line.sku]))
        if not policy.may_wait(now) or missing[line.sku] > room:
            refused.append(line)
    return refused


def split(
    demand: Sequence[Wanted], stock: Units, prospects: Prospects, now: datetime, *, whole: bool
) -> tuple[list[Wanted], list[Wanted]]:
    """What comes from stock, and what waits. `whole`: a line that must wait for some of its units does so for all.

    Before its launch a product waits whatever is there.
    """
    left = {sku: sum(by_node.values()) for sku, by_node in stock.items()}
    present: list[Wanted] = []
    waiting: list[Wanted] = []
    for line in demand:
        there = left.get(line.sku, 0)
        if line.sku not in prospects or not line.availability.may_wait(now):
            units = line.quantity
        elif line.availability.launches_at(now) is not None:
            units = 0
        else:
            units = line.quantity if there >= line.quantity else 0 if whole else there
        left[line.sku] = max(0, there - units)
        if units:
            present.append(replace(line, quantity=units))
        if line.quantity > units:
            waiting.append(replace(line, quantity=line.quantity - units))
    return present, waiting


def room_at(policy: Availability, prospect: Mapping[str, Any], node: str) -> int:
    """Units that may still be waited for at a node."""
    told = prospect["nodes"].get(node, {})
    rooms = [ANY]
    if policy.max_units is not None and policy.mode is AvailabilityMode.BACKORDER:
        rooms.append(max(0, policy.max_units - told.get("waits", 0)))
    if policy.only_when_due:
        rooms.append(sum(units for _, units in told.get("due", ())))
    return min(rooms)


def room_before_launch(policy: Availability, prospect: Mapping[str, Any]) -> int:
    """Units that may still be sold before the launch, at all nodes together."""
    return ANY if policy.cap is None else max(0, policy.cap - prospect.get("sold", 0))


ANY = 10**12
"""More units than anyone orders."""


def expected(
    policy: Availability, prospect: Mapping[str, Any], node: str, units: int, there: int, now: datetime
) -> Expected:
    """When so many units are at a node: from what is due first, else by the lead time, and not before the launch.

    `there` is what it has and may give, which counts for a product that waits for its launch only.
    """
    launch = policy.launches_at(now)
    lacking = max(0, units - there) if launch is not None else units
    due, at = 0, now
    for day, more in prospect["nodes"].get(node, {}).get("due", ()):
        if due >= lacking:
            break
        due += more
        at = max(now, start_of(day))
    supplied = min(due, lacking)
    if launch is not None:
        known, certain = units - lacking + supplied, supplied >= lacking
        if not certain or at <= launch:
            return Expected(launch, "launch", known, certain)
        return Expected(at, "supply_due", known)
    if supplied < lacking:
        return Expected(max(at, now + timedelta(days=policy.lead_days or 0)), "lead_days", supplied, certain=False)
    return Expected(at, "supply_due", supplied)


def _prospect(sku: str, due: Iterable[Due], sold: int, counters: Sequence[StockCounter]) -> dict[str, Any]:
    nodes: dict[str, dict[str, Any]] = {}
    for each in due:
        nodes.setdefault(each.node, {}).setdefault("due", []).append([each.due_on, each.units])
    for counter in counters:
        if counter.sku == sku and counter.bucket == MAIN and counter.backordered:
            nodes.setdefault(counter.node, {})["waits"] = counter.backordered
    return {"sold": sold, "nodes": nodes} if sold else {"nodes": nodes}
