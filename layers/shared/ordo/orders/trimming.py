"""Taking units out of an order's live work: what they hold goes back, and work of which nothing is left ends. Pure.

Units are taken where they cost least: first those that no node gives (an open incident `short`), then those that wait,
that are planned, open, accepted; picked or packed ones only where staff asks. What has left a node is never touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ordo.capacity.model import LoadMove
from ordo.inventory.backlog import Presale, QueueChange, give_up, wait_for
from ordo.inventory.lots import LotMove
from ordo.inventory.model import StockMove, release
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.backorders import joining, leaving
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState, Record, fulfilment_id
from ordo.shipments.giving_up import given_up_lots, given_up_takes, kept_buckets, kept_lots, less
from ordo.shipments.model import WORKABLE, Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.picking import lots_back

CHEAPEST_FIRST = (
    FulfilmentState.WAITING,
    FulfilmentState.PLANNED,
    FulfilmentState.OPEN,
    FulfilmentState.ACCEPTED,
    FulfilmentState.PICKED,
    FulfilmentState.PACKED,
)
NOT_BEGUN = CHEAPEST_FIRST[:3]
"""States of work whose units are not counted as `started`."""
NOT_PICKED = CHEAPEST_FIRST[:4]

Units = Mapping[str, int]
"""By the key of a line, or of a part of a bundle's line (`LineQuantity.key`)."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What a commit writes for it. `state` is the order afterwards, to go on from; its units are cancelled there."""

    state: OrderState
    cut: tuple[LineQuantity, ...] = ()
    """What ended, by line or part."""
    records: tuple[Record, ...] = ()
    stock: tuple[StockMove, ...] = ()
    loads: tuple[LoadMove, ...] = ()
    queue: tuple[QueueChange, ...] = ()
    presales: tuple[Presale, ...] = ()
    lots: tuple[LotMove, ...] = ()
    returned: tuple[tuple[str, str, int], ...] = ()
    """(SKU, node, units) that nodes do not keep for the order any more, sorted; units that waited are not among them.
    """
    ended: tuple[str, ...] = ()
    """Fulfilments of which nothing is left."""
    lessened: tuple[str, ...] = ()
    """Fulfilments that go on with fewer units."""
    resolved: tuple[str, ...] = ()
    """Incidents of missing units that are over."""
    had_begun: bool = False
    """Whether a node had begun with some of it."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Units that one fulfilment gives up."""

    before: Fulfilment
    lines: tuple[LineQuantity, ...]

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_whole(self) -> bool:
        return self.units == self.before.units


def trim(
    state: OrderState,
    wanted: Units,
    now: datetime,
    *,
    picked: bool = False,
    only: Sequence[FulfilmentState] | None = None,
) -> Trimmed:
    """End so many units of each line, or part of one. `picked`: also what is picked or packed already; `only`: what
    nodes have in these states, and nothing else.

    Raises `NotAllowedNow` when fewer can be ended, with how many, and where the others are.
    """
    incidents, left = _from_incidents(state, wanted, now) if only is None else ([], dict(wanted))
    cuts, missing = _cuts(state, left, only or (CHEAPEST_FIRST if picked else NOT_PICKED))
    if missing:
        raise _too_late(state, wanted, missing)
    pieces = _Pieces(state, now)
    for cut in cuts:
        pieces.add(cut)
    return pieces.done(incidents, wanted)


def live_units(state: OrderState, *, picked: bool = True) -> Counter[str]:
    """How many units of each line, or part, could be ended now."""
    states = CHEAPEST_FIRST if picked else NOT_PICKED
    found: Counter[str] = Counter()
    for lines in (
        *(each.lines for each in state.fulfilments.values() if each.state in states),
        *(each.lines for each in _short(state)),
    ):
        for line in lines:
            found[line.key] += line.quantity
    return found


def _short(state: OrderState) -> list[Incident]:
    return [each for each in state.incidents.values() if each.is_open and each.kind == "short"]


def _from_incidents(state: OrderState, wanted: Units, now: datetime) -> tuple[list[Incident], dict[str, int]]:
    """Incidents of missing units as they are afterwards, and what is still to be taken from nodes."""
    left = {key: units for key, units in wanted.items() if units}
    changed: list[Incident] = []
    for incident in _short(state):
        gone = _taken(incident.lines, left)
        if not gone:
            continue
        rest = less(incident.lines, gone)
        changed.append(
            incident.model_copy(update={"lines": rest, "changed_at": to_iso(now)})
            if rest
            else incident.ended("cancelled", now)
        )
    return changed, {key: units for key, units in left.items() if units}


def _cuts(
    state: OrderState, wanted: Mapping[str, int], states: Sequence[FulfilmentState]
) -> tuple[list[_Cut], dict[str, int]]:
    """What is taken from which work, the last work of a state first, and what cannot be taken."""
    left = dict(wanted)
    cuts: list[_Cut] = []
    for each in _cheapest_first(state, states):
        lines = _taken(each.lines, left)
        if lines:
            cuts.append(_Cut(each, lines))
    return cuts, {key: units for key, units in left.items() if units}


def _taken(lines: Iterable[LineQuantity], left: dict[str, int]) -> tuple[LineQuantity, ...]:
    """As many of the units as are wanted still; they are wanted no more."""
    found = []
    for line in lines:
        units = min(line.quantity, left.get(line.key, 0))
        if units:
            left[line.key] -= units
            found.append(line.model_copy(update={"quantity": units}))
    return tuple(found)


def _cheapest_first(state: OrderState, states: Sequence[FulfilmentState]) -> list[Fulfilment]:
    rank = {each: place for place, each in enumerate(states)}
    found = [each for each in state.fulfilments.values() if each.state in rank]
    return sorted(found, key=lambda each: (rank[each.state], -number_of(each)))


def number_of(fulfilment: Fulfilment) -> int:
    """Its number in the order, from 1."""
    return int(fulfilment.fulfilment_id.rpartition("_")[2])


class _Pieces:
    """What all cuts come to."""

    def __init__(self, state: OrderState, now: datetime) -> None:
        self._state, self._moment = state, to_iso(now)
        self._works: dict[str, Fulfilment] = {}
        self._stock: list[StockMove] = []
        self._loads: list[LoadMove] = []
        self._queue: list[QueueChange] = []
        self._lots: list[LotMove] = []
        self._presold: Counter[str] = Counter()
        self._returned: Counter[tuple[str, str]] = Counter()
        self._begun = 0
        self._ended: list[str] = []
        self._lessened: list[str] = []

    def add(self, cut: _Cut) -> None:
        before = cut.before
        if before.work_counted:
            self._loads.append(LoadMove(before.node_id, -cut.units))
        if before.wait is not None and before.wait.presale:
            self._presold[before.takes()[0].sku] += cut.units
        if before.state not in NOT_BEGUN:
            self._begun += cut.units
        (self._ended if cut.is_whole else self._lessened).append(before.fulfilment_id)
        if before.state is FulfilmentState.WAITING:
            self._leave_queue(cut)
        else:
            self._give_back(cut)

    def _leave_queue(self, cut: _Cut) -> None:
        """An entry has its units: with fewer it is another one, of new work that keeps its place among other orders."""
        before, (take,) = cut.before, cut.before.takes()
        self._stock.append(give_up(take.sku, before.node_id, take.quantity))
        self._queue += leaving([before])
        self._end(before)
        if cut.is_whole:
            return
        number = len(self._state.fulfilments) + sum(each not in self._state.fulfilments for each in self._works) + 1
        rest = before.model_copy(
            update={
                "fulfilment_id": fulfilment_id(before.order_id, number),
                "lines": less(before.lines, cut.lines),
                "changed_at": self._moment,
                "wait": _lessened_wait(before, cut.units),
            }
        )
        self._works[rest.fulfilment_id] = rest
        self._stock.append(wait_for(take.sku, before.node_id, take.quantity - cut.units))
        self._queue += joining([rest])

    def _give_back(self, cut: _Cut) -> None:
        before = cut.before
        for take in given_up_takes(before, cut.lines):
            self._stock.append(release(take.sku, before.node_id, take.quantity, take.bucket))
            self._returned[take.sku, before.node_id] += take.quantity
        self._lots += lots_back([before.model_copy(update={"lots": given_up_lots(before, cut.lines)})])
        if cut.is_whole:
            self._end(before)
            return
        packed = before.state is FulfilmentState.PACKED  # its box is opened again
        self._works[before.fulfilment_id] = before.model_copy(
            update={
                "state": FulfilmentState.PICKED if packed else before.state,
                "lines": less(before.lines, cut.lines),
                "buckets": kept_buckets(before, cut.lines),
                "lots": kept_lots(before, cut.lines),
                "changed_at": self._moment,
            }
        )

    def _end(self, work: Fulfilment) -> None:
        update = {"state": FulfilmentState.CANCELLED, "changed_at": self._moment, "lots": ()}
        self._works[work.fulfilment_id] = work.model_copy(update=update)

    def done(self, incidents: Sequence[Incident], wanted: Units) -> Trimmed:
        """All of it, and the order afterwards."""
        state, works = self._state, self._works
        header = _header(state.header, sum(wanted.values()), self._begun, incidents)
        after = replace(
            state,
            header=header,
            fulfilments={**state.fulfilments, **works},
            incidents={**state.incidents, **{each.incident_id: each for each in incidents}},
        )
        return Trimmed(
            after,
            cut=_named(state, wanted),
            records=(*works.values(), *incidents),
            stock=tuple(self._stock),
            loads=tuple(self._loads),
            queue=tuple(self._queue),
            presales=tuple(Presale(sku, -units) for sku, units in sorted(self._presold.items())),
            lots=tuple(self._lots),
            returned=tuple((sku, node, units) for (sku, node), units in sorted(self._returned.items())),
            ended=tuple(sorted(self._ended)),
            lessened=tuple(sorted(self._lessened)),
            resolved=tuple(each.incident_id for each in incidents if not each.is_open),
            had_begun=self._begun > 0,
        )


def _lessened_wait(before: Fulfilment, cut: int) -> Any:
    wait = before.wait
    return wait.model_copy(update={"supplied": min(wait.supplied, before.units - cut)}) if wait else None


def _header(header: OrderHeader, cut: int, begun: int, incidents: Iterable[Incident]) -> OrderHeader:
    units = header.units
    over = {each.incident_id for each in incidents if not each.is_open}
    return header.model_copy(
        update={
            "units": units.model_copy(update={"cancelled": units.cancelled + cut, "started": units.started - begun}),
            "open_incidents": {name: due for name, due in header.open_incidents.items() if name not in over},
        }
    )


def _named(state: OrderState, wanted: Units) -> tuple[LineQuantity, ...]:
    known = {
        line.key: line
        for lines in (
            *(each.lines for each in state.fulfilments.values()),
            *(each.lines for each in state.incidents.values()),
        )
        for line in lines
    }
    return tuple(known[key].model_copy(update={"quantity": units}) for key, units in sorted(wanted.items()) if units)


def _too_late(state: OrderState, wanted: Units, missing: Mapping[str, int]) -> NotAllowedNow:
    """Why not, in facts: how many of each could be ended, and what has become of the others."""
    picked = (FulfilmentState.PICKED, FulfilmentState.PACKED)
    lines = []
    for key in sorted(missing):
        found: Counter[str] = Counter()
        for each in state.fulfilments.values():
            if each.state in (*picked, FulfilmentState.DISPATCHED):
                found[each.state] += sum(line.quantity for line in each.lines if line.key == key)
        lines.append({"line_id": key, "wanted": wanted[key], "possible": wanted[key] - missing[key], **+found})
    stopped = {
        each.fulfilment_id: str(each.state)
        for each in state.fulfilments.values()
        if each.state in (*WORKABLE[2:], FulfilmentState.DISPATCHED) and any(line.key in missing for line in each.lines)
    }
    parcels = sorted(
        parcel.tracking_number
        for shipment in state.shipments.values()
        for parcel in shipment.parcels
        if shipment.fulfilment_id in stopped
    )
    return NotAllowedNow(
        _why(parcels, stopped),
        facts={
            "status": str(state.header.status),
            "lines": lines,
            "fulfilments": dict(sorted(stopped.items())),
            "tracking_numbers": parcels,
        },
    )


def _why(parcels: Sequence[str], stopped: Mapping[str, str]) -> str:
    if parcels:
        return "Units are on their way: a parcel can be intercepted, refused or returned, but not changed."
    if stopped:
        return "Units are picked or packed: only staff can take them out now."
    return "The order has not so many units that can be taken out."
