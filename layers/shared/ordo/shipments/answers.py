"""A node that cannot give what it was to give: it rejects its work, or picks short. Pure decisions.

What it gives up is sourced again in the same commit, from wherever `Elsewhere` found it; what nobody gives is an
incident. Whatever the node says, the units never stay reserved there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.capacity.model import LoadMove
from ordo.inventory.model import StockMove, merge, release
from ordo.inventory.model import dispatch as leave
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.orders.backorders import taken
from ordo.orders.cancellation import limits_of, new_fulfilments
from ordo.orders.decision import Decision, NoChange
from ordo.orders.elsewhere import Found
from ordo.orders.incident import Incident, opened
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.node_work import begun
from ordo.orders.proposals import proposing
from ordo.shipments.giving_up import given_up_takes, kept_buckets, less
from ordo.shipments.lot_answers import LotAnswer, lots_answered
from ordo.shipments.model import ENDED, Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.picking import UNLOTTED, Pick, guarded, require_same, told_if_any
from ordo.shipments.work import Decide, find, require_workable

Reason = Literal["no_capacity", "closed", "cannot_make", "missing", "damaged", "other"]
GONE: dict[str, MovementKind] = {"missing": MovementKind.ADJUST, "damaged": MovementKind.DAMAGE}
"""Reasons by which the units are not on the shelf: they leave the node's stock, as this kind of movement."""

Elsewhere = Callable[[OrderState, datetime, Sequence[LineQuantity]], Found]
"""Where units of an order can be had that the nodes which were asked do not give. It reads, so it may differ each time.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a node says of a fulfilment: that it gives none of it (`short` None), or not these units, by line key.

    `note` is kept in the timeline, so it holds nothing personal. `counted`: the node's stock was corrected already.
    """

    fulfilment_id: str
    reason: Reason
    actor: str
    note: str | None = None
    short: tuple[tuple[str, int], ...] | None = None
    counted: bool = False


def answered(reply: Reply, elsewhere: Elsewhere, pick: Pick = UNLOTTED) -> Decide:
    """End the fulfilment, or pick what is there of it, and source the rest again.

    Raises `FulfilmentNotFound`, `NotAllowedNow`, `OrderOnHold`, `invalid_quantity` or `unknown_line` for a short
    pick of more than the fulfilment has, and what picking lots raises. The same again changes nothing.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        fulfilment = find(state, reply.fulfilment_id)
        if _is_repeat(fulfilment, reply):
            require_same(fulfilment, pick.named)
            return NoChange()
        _require_answerable(state.header, fulfilment, reply)
        given_up = _given_up(fulfilment, reply)
        after = _after(fulfilment, given_up, reply, now)
        lots = lots_answered(fulfilment, after, given_up, pick, gone=reply.reason in GONE and not reply.counted)
        found = elsewhere(_without(state, lots.after), now, given_up)
        return _decision(state, fulfilment, lots, given_up, found, reply, now)

    return decide


def _is_repeat(fulfilment: Fulfilment, reply: Reply) -> bool:
    if reply.short is None:
        return fulfilment.state is FulfilmentState.REJECTED
    told = {line.key: line.quantity for line in fulfilment.short}
    return bool(told) and told == dict(reply.short)


def _require_answerable(header: OrderHeader, fulfilment: Fulfilment, reply: Reply) -> None:
    """What has left the node can no longer be rejected, and what was picked in full not be picked short."""
    late = [FulfilmentState.DISPATCHED]
    if reply.short is not None:
        late += [FulfilmentState.PICKED, FulfilmentState.PACKED]
    if fulfilment.state in late:
        raise NotAllowedNow(f"The fulfilment is {fulfilment.state} already.", facts={"state": fulfilment.state})
    require_workable(header, fulfilment)


def _given_up(fulfilment: Fulfilment, reply: Reply) -> tuple[LineQuantity, ...]:
    if reply.short is None:
        return fulfilment.lines
    lines = {line.key: line for line in fulfilment.lines}
    found = []
    for place, (key, quantity) in enumerate(reply.short):
        pointer = f"/short/{place}"
        if key not in lines:
            detail = f"The fulfilment has no line {key!r}."
            raise OrdoError(detail, code=Code.UNKNOWN_LINE, pointer=f"{pointer}/line_id")
        if quantity > lines[key].quantity:
            detail = f"The fulfilment has {lines[key].quantity} units of line {key!r}."
            raise OrdoError(detail, code=Code.INVALID_QUANTITY, pointer=f"{pointer}/quantity")
        found.append(lines[key].model_copy(update={"quantity": quantity}))
    return tuple(found)


def _after(fulfilment: Fulfilment, given_up: Sequence[LineQuantity], reply: Reply, now: datetime) -> Fulfilment:
    kept = less(fulfilment.lines, given_up)
    changes: dict[str, Any] = {"changed_at": to_iso(now), "short": () if reply.short is None else tuple(given_up)}
    if not kept:
        return fulfilment.model_copy(update=changes | {"state": FulfilmentState.REJECTED})
    buckets = kept_buckets(fulfilment, given_up)
    return fulfilment.model_copy(update=changes | {"state": FulfilmentState.PICKED, "lines": kept, "buckets": buckets})


def _without(state: OrderState, after: Fulfilment) -> OrderState:
    """The order as whoever sources again is to see it: the node has said what it does not give."""
    return OrderState(state.header, state.lines, {**state.fulfilments, after.fulfilment_id: after})


def _decision(
    state: OrderState,
    before: Fulfilment,
    lots: LotAnswer,
    given_up: tuple[LineQuantity, ...],
    found: Found,
    reply: Reply,
    now: datetime,
) -> Decision:
    new = new_fulfilments(state, found.parts, to_iso(now), FulfilmentState.OPEN, replaces=before.replaces)
    incident = _incident(state, found, reply, now)
    is_new = incident is not None and incident.incident_id not in state.incidents
    after = lots.after
    units = sum(line.quantity for line in given_up)
    return Decision(
        type="fulfilment.rejected" if after.state in ENDED else "fulfilment.short_picked",
        header=_header(state.header, before, after, found, units, incident),
        data={
            "fulfilment_id": before.fulfilment_id,
            "node_id": before.node_id,
            "units": units,
            "cause": reply.reason,
            "sourced": [
                {"fulfilment_id": each.fulfilment_id, "node_id": each.node_id, "units": each.units} for each in new
            ],
            "unsourced": sum(line.quantity for line in found.unsourced),
            "incident_id": incident.incident_id if incident else None,
            **({"incidents_opened": [incident.incident_id]} if incident and is_new else {}),
            **told_if_any(lots.told),
        },
        implies=("incident.opened",) if is_new else (),
        reason=reply.note,
        records=(after, *new, *((incident,) if incident else ())),
        stock=(*(_leaving(before, given_up, lots) if lots.gone else _back(before, given_up)), *taken(new, {})),
        lots=lots.moves,
        loads=(*_done(before, units), *begun(new, limits_of(found.parts))),
        movement=_ledger_row(before, given_up, lots, reply, now) if lots.gone else None,
        plan=found.plan,
    )


def _incident(state: OrderState, found: Found, reply: Reply, now: datetime) -> Incident | None:
    if not found.unsourced:
        return None
    incident = opened(
        state.incidents.values(),
        state.header.order_id,
        found.unsourced,
        cause=reply.fulfilment_id,
        reason=reply.reason,
        terms=found.incidents.of_kind("short"),
        now=now,
    )
    return proposing(state, incident, found.incidents)


def _header(
    header: OrderHeader, before: Fulfilment, after: Fulfilment, found: Found, units: int, incident: Incident | None
) -> OrderHeader:
    """Work that had begun and was given up has not begun; a short pick is a beginning of what is left."""
    had = before.units if before.state is not FulfilmentState.OPEN else 0
    has = 0 if after.state in ENDED else after.units
    started = header.units.model_copy(update={"started": header.units.started + has - had})
    changes: dict[str, Any] = {"units": started}
    if found.parts:
        ready = max(filter(None, (header.ready_by, found.ready_by)), default=None)
        changes |= {"resourced": header.resourced + 1, "ready_by": ready, "expected_at": expected_with(header, found)}
    if incident is not None:
        changes["open_incidents"] = {**header.open_incidents, incident.incident_id: incident.deadline}
    return header.model_copy(update=changes)


def expected_with(header: OrderHeader, found: Found) -> str | None:
    """When an order comes of which parts were sourced again, if that is later than was promised."""
    later = max(filter(None, (header.expected_at, found.deliver_by)), default=None)
    return later if later and header.promised_at and later > header.promised_at else None


def _back(before: Fulfilment, given_up: Sequence[LineQuantity]) -> list[StockMove]:
    takes = given_up_takes(before, given_up)
    return merge(release(take.sku, before.node_id, take.quantity, take.bucket) for take in takes)


def _leaving(before: Fulfilment, given_up: Sequence[LineQuantity], lots: LotAnswer) -> list[StockMove]:
    takes = given_up_takes(before, given_up)
    moves = merge(leave(take.sku, before.node_id, take.quantity, take.bucket) for take in takes)
    return list(guarded(moves, lots.by_lot))


def _done(before: Fulfilment, units: int) -> tuple[LoadMove, ...]:
    return (LoadMove(before.node_id, -units),) if before.work_counted else ()


def _ledger_row(
    before: Fulfilment, given_up: Sequence[LineQuantity], lots: LotAnswer, reply: Reply, now: datetime
) -> Movement:
    entries = tuple(LedgerEntry.of(move) for move in _leaving(before, given_up, lots))
    return Movement(
        # A fulfilment that was picked short may be rejected later: each has a row of its own.
        movement_id=f"{'rejected' if reply.short is None else 'short'}#{before.fulfilment_id}",
        kind=GONE[reply.reason],
        reason=f"short_pick:{reply.reason}",
        actor=reply.actor,
        occurred_at=now,
        entries=entries,
        body_hash=sha256_hex(canonical_json([entry.to_dict() for entry in entries])),
        order_id=before.order_id,
        lots=lots.lost,
    )
