"""Ending an order that has not left, and taking its stock again when its money comes after all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.capacity.model import LoadMove
from ordo.catalog.uses import CouponMove
from ordo.inventory.backlog import Presale, QueueChange
from ordo.inventory.model import StockMove, merge
from ordo.kernel.clock import to_iso
from ordo.orders.backorders import given_back, joining, leaving, presold, taken, unsold
from ordo.orders.decision import Claim, Decision
from ordo.orders.errors import StockShort
from ordo.orders.model import OrderHeader, OrderState, Record, fulfilment_id
from ordo.orders.node_work import begun, ended
from ordo.orders.posting import in_order, posted, with_postings
from ordo.orders.taken import Buckets, codes_given_back, first_order_claims, taken_again, uses_given_back
from ordo.shipments.model import WORKABLE, BucketUnits, Fulfilment, FulfilmentState, LineQuantity, Wait
from ordo.shipments.picking import lots_back, told_if_any

CancelReason = Literal["unpaid", "customer", "staff"]
"""Kept on the header as a code, since a late capture brings only an `unpaid` order back; texts go into the event."""

UNPAID: CancelReason = "unpaid"


@dataclass(frozen=True, slots=True)
class NodePart:
    """What one node gives to an order."""

    node_id: str
    lines: tuple[LineQuantity, ...]
    buckets: tuple[BucketUnits, ...] = ()
    """Where it is taken, if not all from the main bucket."""
    work_counted: bool = False
    work_limit: int | None = None
    """How many units may be open there, where its work is counted and the policy holds it to that."""
    wait: Wait | None = None
    """Of a part that waits for goods; `limit` is how much may wait there, or be sold before the launch, at most."""
    limit: int | None = None


def reserving(state: OrderState) -> list[Fulfilment]:
    """The fulfilments whose units are still reserved: neither dispatched nor cancelled."""
    live = (FulfilmentState.PLANNED, FulfilmentState.WAITING, *WORKABLE)
    return [each for each in state.fulfilments.values() if each.state in live]


def stock_back(state: OrderState) -> list[StockMove]:
    """Moves that give back every reservation of the order, one for each counter."""
    return merge(given_back(reserving(state)))


def cancellation(
    state: OrderState,
    now: datetime,
    *,
    code: CancelReason,
    reason: str,
    data: dict[str, Any] | None = None,
    records: tuple[Record, ...] = (),
    source: str | None = None,
) -> Decision:
    """Cancel all of the order: stock goes back, and what was kept of its money is due to be refunded. `source` is the
    change that it is of.

    So do uses of coupons whose policy says so, and another order may be the customer's first.
    """
    header, moment = state.header, to_iso(now)
    units = header.units.model_copy(update={"cancelled": header.units.total})
    posting = posted(state, "cancelled", -header.owed, moment, source=source)
    header = with_postings(header, (posting,))
    incidents = tuple(each.ended("cancelled", now) for each in state.incidents.values() if each.is_open)
    told = {"incidents_resolved": [each.incident_id for each in incidents]} if incidents else {}
    return Decision(
        type="order.cancelled",
        header=header.model_copy(
            update={
                "units": units,
                "cancelled_at": moment,
                "cancel_reason": code,
                "open_incidents": {},
            }
        ),
        data={
            "cancel_reason": code,
            "refund_due": header.funds.refund_due,
            **codes_given_back(header),
            **told,
            **told_if_any(units for each in reserving(state) for units in each.lots),
            **(data or {}),
        },
        implies=("incident.resolved",) if incidents else (),
        reason=reason,
        records=(*_ended(state, moment), *incidents, posting, *records),
        unclaimed=first_order_claims(header),
        coupons=uses_given_back(header),
        stock=tuple(stock_back(state)),
        loads=ended(reserving(state)),
        queue=leaving(reserving(state)),
        presales=unsold(reserving(state)),
        lots=lots_back(reserving(state)),
    )


def same_nodes(state: OrderState) -> list[NodePart]:
    """The parts that the order's last cancellation ended: where its stock was.

    Raises `StockShort` when it waited for some: what it would wait for now is another plan; and when some was in other
    buckets than the main one, which alone knows whether what is free in them is of those who wait.
    """
    parts = ended_with_it(state)
    if any(each.wait is not None or each.buckets for each in parts):
        raise StockShort({})
    return [NodePart(each.node_id, each.lines, work_counted=each.work_counted) for each in parts]


def ended_with_it(state: OrderState) -> list[Fulfilment]:
    """The work that the order's last cancellation ended: what of the order was left then."""
    return [
        each
        for each in state.fulfilments.values()
        if each.state is FulfilmentState.CANCELLED and each.changed_at == state.header.cancelled_at
    ]


@dataclass(frozen=True, slots=True)
class Comeback:
    """An order alive again: its header, new fulfilments in place of the cancelled ones, and all that it takes."""

    header: OrderHeader
    records: tuple[Record, ...]
    stock: tuple[StockMove, ...]
    loads: tuple[LoadMove, ...]
    coupons: tuple[CouponMove, ...]
    claims: tuple[Claim, ...]
    queue: tuple[QueueChange, ...] = ()
    presales: tuple[Presale, ...] = ()


def reinstatement(
    state: OrderState,
    header: OrderHeader,
    parts: Sequence[NodePart],
    now: datetime,
    *,
    buckets: Buckets,
    first_order: bool = True,
) -> Comeback:
    """Bring a cancelled order back, with stock from `parts` and uses of coupons from `buckets` or where they were.

    `header` has its funds already; `make_commit` releases the order in the same commit when nothing holds it. The price
    of a placed order never changes: without `first_order`, when another order has become the customer's first
    meanwhile, this one keeps its price and has no claim any more.
    """
    again, moves = taken_again(header, buckets)
    posting = posted(state, "reinstated", cost_if_back(state) - header.owed, to_iso(now))
    again = with_postings(again, (posting,))
    alive = again.model_copy(
        update={
            "first_order": header.first_order and first_order,
            "units": header.units.model_copy(update={"cancelled": header.units.total - _units(parts)}),
            "cancelled_at": None,
            "cancel_reason": None,
        }
    )
    fulfilments = new_fulfilments(state, parts, to_iso(now))
    caps = {each.fulfilment_id: part.limit for each, part in zip(fulfilments, parts, strict=True)}
    return Comeback(
        alive,
        (*fulfilments, posting),
        tuple(merge(taken(fulfilments, caps))),
        begun(fulfilments, limits_of(parts)),
        moves,
        first_order_claims(alive),
        joining(fulfilments),
        presold(fulfilments, caps),
    )


def cost_if_back(state: OrderState) -> int:
    """What a cancelled order costs when it comes back, in minor units: what it cost when it was cancelled."""
    cancelled = next((each for each in reversed(in_order(state)) if each.kind == "cancelled"), None)
    return state.header.owed - cancelled.amount if cancelled else state.header.totals.total


def _units(parts: Iterable[NodePart]) -> int:
    return sum(line.quantity for part in parts for line in part.lines)


def limits_of(parts: Iterable[NodePart]) -> dict[str, int]:
    """How many units may be open at each node that is held to that."""
    return {part.node_id: part.work_limit for part in parts if part.work_limit is not None}


def _ended(state: OrderState, moment: str) -> Iterable[Fulfilment]:
    update = {"state": FulfilmentState.CANCELLED, "changed_at": moment, "lots": ()}
    return (each.model_copy(update=update) for each in reserving(state))


def new_fulfilments(
    state: OrderState,
    parts: Sequence[NodePart],
    moment: str,
    begin: FulfilmentState = FulfilmentState.PLANNED,
    *,
    replaces: str | None = None,
    awaits: str | None = None,
) -> tuple[Fulfilment, ...]:
    """Further fulfilments of the order, numbered after those that it has. `replaces`: of a reship, its incident;
    `awaits`: of an exchange, the return without which it does not begin.
    """
    return tuple(
        Fulfilment(
            fulfilment_id=fulfilment_id(state.header.order_id, number),
            order_id=state.header.order_id,
            node_id=part.node_id,
            state=FulfilmentState.WAITING if part.wait else begin,
            lines=part.lines,
            created_at=moment,
            changed_at=moment,
            buckets=part.buckets,
            work_counted=part.work_counted,
            wait=part.wait,
            replaces=replaces,
            awaits=awaits,
        )
        for number, part in enumerate(parts, start=len(state.fulfilments) + 1)
    )
