"""Plans of which a part waits for goods: the rest by the solver, what waits at the node that gets it first. Pure.

A part that waits is of one SKU at one node, as its queue is. Soft constraints say nothing of it; hard ones hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.catalog.availability import AvailabilityMode
from ordo.inventory.demand import Availability, Wanted
from ordo.kernel.clock import to_iso
from ordo.sourcing.model import (
    Candidate,
    LineShare,
    NoPlan,
    Plan,
    PlannedFulfilment,
    PlannedWait,
    Promise,
    ShipTo,
    SourceNode,
    SourcingPolicy,
)
from ordo.sourcing.places import Order, site_of
from ordo.sourcing.planner import plan
from ordo.sourcing.problem import Constraint, Cost
from ordo.sourcing.promising import promise_of
from ordo.sourcing.prospects import Expected, Prospects, expected, room_at, room_before_launch, split


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be planned, as `planner.plan` takes it."""

    demand: Sequence[Wanted]
    nodes: Sequence[SourceNode]
    stock: Availability
    ship_to: ShipTo | None
    policy: SourcingPolicy
    now: datetime
    open_units: Mapping[str, int]
    fenced: Availability
    prospects: Prospects

    @property
    def order(self) -> Order:
        """As sites see it."""
        return Order(self.demand, self.stock, self.ship_to, self.now, self.policy.terms, self.open_units, self.fenced)

    def plan(self, demand: Sequence[Wanted]) -> Plan | NoPlan:
        """By the solver, from stock."""
        return plan(
            demand,
            self.nodes,
            self.stock,
            self.ship_to,
            self.policy,
            self.now,
            open_units=self.open_units,
            fenced=self.fenced,
        )


def plan_with_waits(asked: Asked) -> Plan | NoPlan:
    """The plan, or why there is none. Lines wait with what is missing of them; where no plan is found so, whole."""
    if not asked.prospects:
        return asked.plan(asked.demand)
    unsplit = asked.policy.terms.no_line_split
    hard = unsplit is not None and unsplit.penalty is None
    found = _planned(asked, whole=hard)
    return found if hard or isinstance(found, Plan) else _second(found, _planned(asked, whole=True))


def _second(first: NoPlan, second: Plan | NoPlan) -> Plan | NoPlan:
    return second if isinstance(second, Plan) else first


def _planned(asked: Asked, *, whole: bool) -> Plan | NoPlan:
    there = _together(asked.stock, asked.fenced) if asked.policy.terms.ring_fence.penalty is not None else asked.stock
    present, waiting = split(asked.demand, there, asked.prospects, asked.now, whole=whole)
    base = asked.plan(present or asked.demand)
    if isinstance(base, NoPlan) and (present or base.reason == "no_node_serves_channel"):
        return base
    parts = _Placing(asked).parts(waiting)
    if parts is None:
        return NoPlan("short", base.candidates)
    return _combined(asked, base if present and isinstance(base, Plan) else None, base.candidates, parts)


def _together(stock: Availability, fenced: Availability) -> Availability:
    found = {sku: dict(by_node) for sku, by_node in stock.items()}
    for sku, by_node in fenced.items():
        for node, units in by_node.items():
            found.setdefault(sku, {})[node] = found.get(sku, {}).get(node, 0) + units
    return found


class _Placing:
    """Where each SKU is waited for."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        order = asked.order
        self._sites = {node.node_id: site_of(node, order) for node in asked.nodes}
        self._nodes = {node.node_id: node for node in asked.nodes}

    def parts(self, waiting: Sequence[Wanted]) -> list[PlannedFulfilment] | None:
        """A part for each SKU and node; None when some may be waited for nowhere."""
        found: list[PlannedFulfilment] = []
        for sku in dict.fromkeys(line.sku for line in waiting):
            parts = self._of_sku(sku, [line for line in waiting if line.sku == sku])
            if parts is None:
                return None
            found += parts
        return found

    def _of_sku(self, sku: str, lines: list[Wanted]) -> list[PlannedFulfilment] | None:
        """All at the node that has them first; only when none may have all, at several."""
        rooms = self._rooms(sku, lines)
        total = sum(line.quantity for line in lines)
        before = room_before_launch(lines[0].availability, self._asked.prospects[sku])
        if lines[0].availability.launches_at(self._asked.now) is not None and total > before:
            return None
        whole = [node for node, room in rooms.items() if room >= total]
        if whole:
            return [self._part(min(whole, key=lambda node: self._rank(sku, lines, node, total)), sku, lines)]
        unsplit = self._asked.policy.terms.no_line_split
        return self._divided(sku, lines, rooms, whole=unsplit is not None and unsplit.penalty is None)

    def _divided(
        self, sku: str, lines: list[Wanted], rooms: dict[str, int], *, whole: bool
    ) -> list[PlannedFulfilment] | None:
        given: dict[str, list[Wanted]] = {}
        for line in sorted(lines, key=lambda each: -each.quantity):
            left = line.quantity
            for node in sorted(rooms, key=lambda each: self._rank(sku, lines, each, max(1, rooms[each]))):
                units = min(left, rooms[node])
                if units and (not whole or units == line.quantity):
                    given.setdefault(node, []).append(replace(line, quantity=units))
                    rooms[node] -= units
                    left -= units
            if left:
                return None
        return [self._part(node, sku, shares) for node, shares in sorted(given.items())]

    def _rooms(self, sku: str, lines: list[Wanted]) -> dict[str, int]:
        """Units that nodes which may do it take; a node that is only closed now may."""
        requires = frozenset[str]().union(*(line.requires for line in lines))
        found: dict[str, int] = {}
        for node, site in self._sites.items():
            if not set(site.removed) - {Constraint.CLOSED} and requires <= site.capabilities:
                room = room_at(lines[0].availability, self._asked.prospects[sku], node)
                if room:
                    found[node] = room
        return found

    def _rank(self, sku: str, lines: list[Wanted], node: str, units: int) -> tuple[bool, datetime, Cost, str]:
        """What is due or there before what is only hoped for; then the first to have it; then what the policy likes."""
        site, found = self._sites[node], self._expected(sku, lines, node, units)
        return not found.certain, found.at, site.fixed + site.unit * units, node

    def _expected(self, sku: str, lines: list[Wanted], node: str, units: int) -> Expected:
        there = self._asked.stock.get(sku, {}).get(node, 0)
        prospect = self._asked.prospects[sku]
        return expected(lines[0].availability, prospect, node, units, there, self._asked.now)

    def _part(self, node: str, sku: str, lines: list[Wanted]) -> PlannedFulfilment:
        policy, units = lines[0].availability, sum(line.quantity for line in lines)
        found = self._expected(sku, lines, node, units)
        shares = tuple(LineShare(line.line_id, sku, line.quantity) for line in lines)
        part = PlannedFulfilment(node, self._sites[node].metres, shares)
        later = replace(self._asked.order, now=found.at, open_units={})
        ready, deliver, reason = promise_of(part, self._nodes[node], self._asked.policy, later)
        launch = policy.launches_at(self._asked.now)
        wait = PlannedWait(
            kind="backorder" if policy.mode is AvailabilityMode.BACKORDER else "pre_order",
            due_at=to_iso(found.at),
            ready_by=to_iso(ready),
            deliver_by=to_iso(deliver),
            why=found.why,
            reason=f"{node} waits for {units} of {sku} until {to_iso(found.at)} ({found.why}); {reason}",
            supplied=found.supplied,
            not_before=to_iso(launch) if launch is not None else None,
            limit=policy.max_units if policy.mode is AvailabilityMode.BACKORDER else policy.cap,
        )
        return replace(part, wait=wait)


def _combined(
    asked: Asked, base: Plan | None, candidates: Iterable[Candidate], parts: list[PlannedFulfilment]
) -> Plan | NoPlan:
    fulfilments = (*(base.fulfilments if base else ()), *parts)
    named = {each.node_id for each in fulfilments}
    told = tuple(
        replace(each, chosen=each.node_id in named, removed=()) if each.node_id in named else each
        for each in (replace(one, chosen=False) for one in candidates)
    )
    broken = _broken(asked, fulfilments)
    if broken is not None:
        facts = {"max_fulfilments": _most(asked.policy), "needed": len(fulfilments), "proven": False}
        return NoPlan(broken, told, facts if broken == "max_fulfilments" else {})
    promise = _promise(base.promise if base else None, parts, len(fulfilments))
    if base is not None:
        return replace(base, fulfilments=fulfilments, candidates=told, promise=promise)
    return Plan(
        fulfilments=fulfilments,
        candidates=told,
        promise=promise,
        location=asked.ship_to.precision if asked.ship_to else "unknown",
        objective=asked.policy.terms.objective.value,
    )


def _promise(stock: Promise | None, parts: Sequence[PlannedFulfilment], count: int) -> Promise:
    told = [Promise(each.wait.ready_by, each.wait.deliver_by, each.wait.reason) for each in parts if each.wait]
    told = [*told, stock] if stock is not None else told
    last = max(told, key=lambda each: each.deliver_by)
    reason = last.reason if count == 1 or last is stock else f"{last.reason}; the last of {count} fulfilments"
    return Promise(max(each.ready_by for each in told), last.deliver_by, reason)


def _most(policy: SourcingPolicy) -> int:
    """The hard limit of fulfilments; 0: none."""
    terms = policy.terms
    if terms.max_fulfilments:
        return terms.max_fulfilments if terms.fulfilments.penalty is None else 0
    return policy.max_fulfilments


def _broken(asked: Asked, fulfilments: Sequence[PlannedFulfilment]) -> str | None:
    """The first hard constraint that stock and waiting parts break together."""
    terms, most = asked.policy.terms, _most(asked.policy)
    places: dict[str, int] = {}
    for each in fulfilments:
        for share in each.lines:
            places[share.line_id] = places.get(share.line_id, 0) + 1
    if most and len(fulfilments) > most:
        return "max_fulfilments"
    if terms.no_order_split is not None and terms.no_order_split.penalty is None and len(fulfilments) > 1:
        return str(Constraint.NO_ORDER_SPLIT)
    for group in terms.ship_together:
        lines = {line.line_id for line in asked.demand if not set(line.categories).isdisjoint(group.categories)}
        parts = [each for each in fulfilments if any(share.line_id in lines for share in each.lines)]
        if group.limit.penalty is None and len(lines) > 1 and len(parts) > 1:
            return str(Constraint.SHIP_TOGETHER)
    if terms.no_line_split is not None and terms.no_line_split.penalty is None and max(places.values()) > 1:
        return str(Constraint.NO_LINE_SPLIT)
    return None
