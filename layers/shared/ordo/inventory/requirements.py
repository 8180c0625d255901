"""Purchase requirements: one open per SKU and node, enlarged rather than repeated. Pure.

What is wanted is the sum of the causes, each there once; what supply and receipts covered is taken off; nothing left
closes it. The stock events that tell of it are decided here too (docs/adr/0027-stock-ledger-and-shortages.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

REORDER = "reorder"
"""The cause of what brings stock back to its reorder-to level."""

EventType = Literal["stock.low", "stock.short", "purchase.required", "purchase.closed"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why units are wanted: `reorder`, `order:<id>` (an accepted backorder) or `day:<date>` (refused that day)."""

    name: str
    units: int
    needed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """Units that came or are promised: `by` is `supply`, `receipt` or `stock`; `ref` makes it count once."""

    ref: str
    units: int
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """What purchasing is asked for. Times are ISO texts; `quantity` is what is still open, in units."""

    requirement_id: str
    sku: str
    node: str
    opened_at: str
    changed_at: str
    causes: tuple[Cause, ...] = ()
    covers: tuple[Cover, ...] = ()
    closed_at: str | None = None

    @property
    def wanted(self) -> int:
        """All causes together."""
        return sum(cause.units for cause in self.causes)

    @property
    def quantity(self) -> int:
        """What is still to be bought."""
        return max(0, self.wanted - sum(cover.units for cover in self.covers))

    @property
    def needed_by(self) -> str | None:
        """The earliest date that a cause names."""
        return min((cause.needed_by for cause in self.causes if cause.needed_by), default=None)

    def cause(self, name: str) -> Cause | None:
        """The cause of this name."""
        return next((cause for cause in self.causes if cause.name == name), None)


@dataclass(frozen=True, slots=True)
class Levels:
    """What a node has of a SKU over all its buckets, and its settings: below `point` more is bought, up to `to`."""

    available: int
    point: int | None = None
    to: int | None = None

    @property
    def low(self) -> bool:
        """Whether it is below its reorder point; never without one."""
        return self.point is not None and self.available < self.point


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of the shortage of a SKU at a node. `version` counts its writes, `seq` its events."""

    sku: str
    node: str
    version: int = 0
    seq: int = 0
    low: bool = False
    short_day: str | None = None
    """The last day of which a refusal was told."""
    requirement: Requirement | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event to be published."""

    type: EventType
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What is known afterwards, and the events that tell it."""

    after: Watched
    events: tuple[Told, ...] = ()
    closed: Requirement | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """When it happens, and the id that a requirement gets if one is opened."""

    at: str
    new_id: str = field(default="", compare=False)

    @property
    def day(self) -> str:
        """The date, UTC."""
        return self.at[:10]


def looked(watched: Watched, levels: Levels, moment: Moment) -> Step:
    """Available was read: below the point is told once and bought for; enough on the shelf closes what is open."""
    events: list[Told] = []
    if levels.low and not watched.low:
        events.append(Told("stock.low", {"available": levels.available, "reorder_point": levels.point}))
    watched = replace(watched, low=levels.low)
    still = watched.requirement.quantity if watched.requirement else 0
    wanted = max(levels.to or 0, levels.point or 0) - levels.available
    if levels.low and wanted > still:
        return _changed(watched, _caused(watched, Cause(REORDER, wanted - still), moment), moment, events)
    if watched.requirement and levels.available >= max(levels.to or 0, still):
        covered = _covered(watched.requirement, Cover(f"stock:{moment.at}", still, "stock", moment.at))
        return _changed(watched, covered, moment, events)
    return Step(watched, tuple(events))


def backordered(
    watched: Watched, order_id: str, units: int, needed_by: str | None, moment: Moment, supplied: int = 0
) -> Step:
    """An order was accepted beyond what is there; the same order again changes nothing.

    Of its units `supplied` are due already: those need not be bought.
    """
    name = f"order:{order_id}"
    if watched.requirement and watched.requirement.cause(name):
        return Step(watched)
    events = [Told("stock.short", {"cause": "backorder", "order_id": order_id, "units": units, "needed_by": needed_by})]
    if supplied >= units:
        return Step(watched, tuple(events))
    return _changed(watched, _caused(watched, Cause(name, units - supplied, needed_by), moment), moment, events)


def refused(watched: Watched, units: int, moment: Moment) -> Step:
    """An order was refused for want of `units`: told once a day, the units of a day add up."""
    events: list[Told] = []
    if watched.short_day != moment.day:
        events.append(Told("stock.short", {"cause": "refused", "day": moment.day, "units": units}))
    watched = replace(watched, short_day=moment.day)
    return _changed(watched, _caused(watched, Cause(f"day:{moment.day}", units), moment), moment, events)


def covered(watched: Watched, units: int, by: str, ref: str, moment: Moment, of: str | None = None) -> Step:
    """Units came in or are promised: what is open is less, or closed. The same `ref` counts once.

    `of` is the supply that goods are of: when that covers already, they do not cover again.
    """
    requirement = watched.requirement
    if requirement is None or any(cover.ref in (ref, of) for cover in requirement.covers):
        return Step(watched)
    return _changed(watched, _covered(requirement, Cover(ref, units, by, moment.at)), moment, [])


def supplied(watched: Watched, units: int, ref: str, owed: int, moment: Moment) -> Step:
    """A supply brings `units` in all (0: it was cancelled), in place of what it was said to bring before.

    `owed` is what the node lacks and what no supply is due for: it is wanted again, when its cover had closed it.
    """
    requirement = watched.requirement
    if requirement is not None:
        others = tuple(cover for cover in requirement.covers if cover.ref != ref)
        cover = (Cover(ref, units, "supply", moment.at),) if units else ()
        before = [(each.ref, each.units) for each in requirement.covers]
        if sorted((each.ref, each.units) for each in (*others, *cover)) != sorted(before):
            requirement = replace(requirement, covers=(*others, *cover))
    missing = owed - (requirement.quantity if requirement else 0)
    if missing > 0:
        known = replace(watched, requirement=requirement)
        requirement = _caused(known, Cause(ref, missing), moment)
    if requirement is None or requirement == watched.requirement:
        return Step(watched)
    return _changed(watched, requirement, moment, [])


def withdrawn(watched: Watched, order_id: str, moment: Moment) -> Step:
    """A backorder is no longer wanted: its cause goes."""
    requirement, name = watched.requirement, f"order:{order_id}"
    if requirement is None or requirement.cause(name) is None:
        return Step(watched)
    causes = tuple(cause for cause in requirement.causes if cause.name != name)
    return _changed(watched, replace(requirement, causes=causes), moment, [])


def _caused(watched: Watched, cause: Cause, moment: Moment) -> Requirement:
    """The open requirement, or a new one, with more units of this cause."""
    before = watched.requirement or Requirement(moment.new_id, watched.sku, watched.node, moment.at, moment.at)
    had = before.cause(cause.name)
    causes = [each for each in before.causes if each.name != cause.name]
    needed = min((each for each in (cause.needed_by, had.needed_by if had else None) if each), default=None)
    causes.append(Cause(cause.name, cause.units + (had.units if had else 0), needed))
    return replace(before, causes=tuple(causes))


def _covered(requirement: Requirement, cover: Cover) -> Requirement:
    return replace(requirement, covers=(*requirement.covers, cover))


def _changed(watched: Watched, requirement: Requirement, moment: Moment, events: Iterable[Told]) -> Step:
    before = watched.requirement.quantity if watched.requirement else 0
    requirement = replace(requirement, changed_at=moment.at)
    told = _told(requirement, before)
    if requirement.quantity == 0:
        closed = replace(requirement, closed_at=moment.at)
        return Step(replace(watched, requirement=None), (*events, Told("purchase.closed", told)), closed)
    changed = requirement.quantity != before
    more = (Told("purchase.required", told),) if changed else ()
    return Step(replace(watched, requirement=requirement), (*events, *more))


def _told(requirement: Requirement, before: int) -> dict[str, Any]:
    return {
        "requirement_id": requirement.requirement_id,
        "quantity": requirement.quantity,
        "quantity_before": before,
        "needed_by": requirement.needed_by,
        "reasons": [{"cause": cause.name, "units": cause.units} for cause in requirement.causes],
    }
