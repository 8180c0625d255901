"""Where units of an order are had that a node does not give: as much of them as can be planned, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from ordo.catalog.incident_terms import IncidentTerms
from ordo.catalog.resourcing_terms import ResourcingTerms
from ordo.inventory.demand import demand_key
from ordo.inventory.errors import OutOfStock
from ordo.inventory.model import StockCounter
from ordo.orders.again import Again
from ordo.orders.cancellation import NodePart
from ordo.orders.model import OrderState
from ordo.orders.placement import MAX_COUNTERS, MAX_TAKES
from ordo.shipments.model import FulfilmentState, LineQuantity
from ordo.sourcing.errors import NoNode
from ordo.sourcing.model import Plan
from ordo.sourcing.service import SourcingService, Stock

MAX_LINES_TRIED = 8
"""Where the rest cannot be planned together, so many of its lines are tried one after the other."""

Lines = Sequence[LineQuantity]


@dataclass(frozen=True, slots=True)
class Found:
    """Parts that give what can be had, with the plan that explains them, and what cannot be had at all."""

    unsourced: tuple[LineQuantity, ...]
    parts: tuple[NodePart, ...] = ()
    plan: dict[str, Any] | None = None
    ready_by: str | None = None
    incidents: IncidentTerms = field(default_factory=IncidentTerms)
    deliver_by: str | None = None


class Contacts(Protocol):
    """Where an order's address is read (`ordo.orders.ports.OrderRepository` has it)."""

    def contact(self, order_id: str, slot: str = "contact") -> dict[str, Any] | None:
        """Personal data of the order, or None when it was erased."""
        ...


@dataclass(frozen=True, slots=True)
class ElsewhereSearch:
    """Sources by the channel's policy as it is now, within its limits. `asked`: by staff, who may ask any node again,
    as often as they want.
    """

    again: Again
    sourcing: SourcingService
    contacts: Contacts
    asked: bool = False

    def __call__(self, state: OrderState, now: datetime, lines: Lines) -> Found:
        """As much of `lines` as nodes can give that have not refused it; raises `NodeShort` when others are quicker."""
        terms = ResourcingTerms.of(self.again.resourcing(state, now))
        incidents = self.again.incidents(state, now)
        nothing = Found(tuple(lines), incidents=incidents)
        if not self.asked and state.header.resourced >= terms.max_times:
            return nothing
        plan, planned = self._most(state, now, list(lines), terms)
        if plan is None:
            return nothing
        parts = self.again.parts(plan, state)
        if _writes(parts) > MAX_TAKES or _counters(parts) > MAX_COUNTERS:
            return nothing
        left = _less(lines, planned)
        promise = plan.promise
        return Found(left, parts, plan.to_dict(), promise.ready_by, incidents, promise.deliver_by)

    def _most(
        self, state: OrderState, now: datetime, lines: list[LineQuantity], terms: ResourcingTerms
    ) -> tuple[Plan | None, Lines]:
        """A plan for all, else for what there is of each line, else for one line after the other."""
        ship_to = (self.contacts.contact(state.header.order_id) or {}).get("ship_to")
        groups: list[list[LineQuantity]] = []
        try:
            return self._plan(state, now, lines, ship_to, terms), lines
        except OutOfStock as short:
            lines = _lowered(lines, short.facts["lines"])
            groups = [lines]
        except NoNode:
            pass
        found: Plan | None = None
        kept: list[LineQuantity] = []
        for wanted in (*groups, *([line] for line in lines[:MAX_LINES_TRIED])):
            try:
                found, kept = self._plan(state, now, [*kept, *wanted], ship_to, terms), [*kept, *wanted]
            except (OutOfStock, NoNode):
                continue
            if len(kept) == len(lines):
                break
        return found, kept

    def _plan(
        self, state: OrderState, now: datetime, lines: Lines, ship_to: Mapping[str, Any] | None, terms: ResourcingTerms
    ) -> Plan:
        if not lines:
            raise OutOfStock([])
        rejected, without = ((), frozenset[tuple[str, str]]()) if self.asked else refusals(state)
        stock = self.sourcing.stock
        sourcing = self.sourcing if stock is None else replace(self.sourcing, stock=_Without(stock, without))
        return self.again.plan(
            sourcing, state, lines, ship_to, now, max_fulfilments=terms.max_fulfilments, rejected=rejected
        )


def refusals(state: OrderState) -> tuple[tuple[str, ...], frozenset[tuple[str, str]]]:
    """Nodes that have rejected work of the order, and (SKU, node) of which a node had not enough."""
    rejected = {each.node_id for each in state.fulfilments.values() if each.state is FulfilmentState.REJECTED}
    short = {(line.sku, each.node_id) for each in state.fulfilments.values() for line in each.short}
    return tuple(sorted(rejected)), frozenset(short)


@dataclass(frozen=True, slots=True)
class _Without:
    """Stock as if these SKUs were not at these nodes."""

    stock: Stock
    gone: frozenset[tuple[str, str]]

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """See `Stock`."""
        found = self.stock.counters(skus, nodes, consistent=consistent)
        return [counter for counter in found if (counter.sku, counter.node) not in self.gone]


def _lowered(lines: Lines, short: Iterable[Mapping[str, Any]]) -> list[LineQuantity]:
    """The lines with no more of each than there is."""
    there = {demand_key(each["line_id"], each.get("part")): each["available"] for each in short}
    lowered = [line.model_copy(update={"quantity": max(0, there.get(line.key, line.quantity))}) for line in lines]
    return [line for line in lowered if line.quantity]


def _less(lines: Lines, planned: Lines) -> tuple[LineQuantity, ...]:
    had = {line.key: line.quantity for line in planned}
    left = ((line, line.quantity - had.get(line.key, 0)) for line in lines)
    return tuple(line.model_copy(update={"quantity": units}) for line, units in left if units)


def _writes(parts: Iterable[NodePart]) -> int:
    """Items that a commit writes for these parts beside counters: fulfilments, loads."""
    return sum(1 + part.work_counted for part in parts)


def _counters(parts: Iterable[NodePart]) -> int:
    return sum(max(len(part.buckets), len({line.sku for line in part.lines})) for part in parts)
