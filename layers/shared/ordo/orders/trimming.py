"""Taking units out of an order's live work: what they hold goes back, and work of which nothing is left ends. Pure.

Units are taken where they cost least: first those that no node gives (an open incident `short`), then those that wait,
that are planned, open, accepted; picked or packed ones only where staff asks. What has left a node is never touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.incident import Incident
from ordo.orders.model import OrderState
from ordo.orders.trimmed import NOT_BEGUN, Cut, Pieces, Trimmed, Units
from ordo.shipments.giving_up import less
from ordo.shipments.model import WORKABLE, Fulfilment, FulfilmentState, LineQuantity

__all__ = ["CHEAPEST_FIRST", "NOT_PICKED", "Trimmed", "Units", "live_units", "number_of", "trim"]

NOT_PICKED = (*NOT_BEGUN, FulfilmentState.ACCEPTED)
CHEAPEST_FIRST = (*NOT_PICKED, FulfilmentState.PICKED, FulfilmentState.PACKED)


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
    pieces = Pieces(state, now)
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
) -> tuple[list[Cut], dict[str, int]]:
    """What is taken from which work, the last work of a state first, and what cannot be taken."""
    left = dict(wanted)
    cuts: list[Cut] = []
    for each in _cheapest_first(state, states):
        lines = _taken(each.lines, left)
        if lines:
            cuts.append(Cut(each, lines))
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
