"""What taking units out of work comes to: moves, entries of queues, lots, and the order afterwards. Pure."""

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
from ordo.orders.backorders import joining, leaving
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState, Record, fulfilment_id
from ordo.shipments.giving_up import given_up_lots, given_up_takes, kept_buckets, kept_lots, less
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.picking import lots_back

NOT_BEGUN = (FulfilmentState.WAITING, FulfilmentState.PLANNED, FulfilmentState.OPEN)
"""States of work whose units are not counted as `started`."""

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
    replaced: tuple[Fulfilment, ...] = ()
    """New work that goes on waiting with fewer units, in place of some that ended."""
    lessened: tuple[str, ...] = ()
    """Fulfilments that go on with fewer units."""
    resolved: tuple[str, ...] = ()
    """Incidents of missing units that are over."""
    had_begun: bool = False
    """Whether a node had begun with some of it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Units that one fulfilment gives up."""

    before: Fulfilment
    lines: tuple[LineQuantity, ...]

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_whole(self) -> bool:
        return self.units == self.before.units


class Pieces:
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
        self._replaced: list[Fulfilment] = []

    def add(self, cut: Cut) -> None:
        before = cut.before
        if before.work_counted:
            self._loads.append(LoadMove(before.node_id, -cut.units))
        if before.wait is not None and before.wait.presale:
            self._presold[before.takes()[0].sku] += cut.units
        if before.state not in NOT_BEGUN:
            self._begun += cut.units
        ends = cut.is_whole or before.state is FulfilmentState.WAITING
        (self._ended if ends else self._lessened).append(before.fulfilment_id)
        if before.state is FulfilmentState.WAITING:
            self._leave_queue(cut)
        else:
            self._give_back(cut)

    def _leave_queue(self, cut: Cut) -> None:
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
        self._replaced.append(rest)
        self._stock.append(wait_for(take.sku, before.node_id, take.quantity - cut.units))
        self._queue += joining([rest])

    def _give_back(self, cut: Cut) -> None:
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
            replaced=tuple(self._replaced),
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
