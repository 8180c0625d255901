"""Ending an order that has not left, and taking its stock again when its money comes after all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.catalog.uses import CouponMove
from ordo.inventory.lots import LotMove
from ordo.inventory.model import StockMove, merge, release, reserve
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.decision import Claim, Decision
from ordo.orders.model import OrderHeader, OrderState, Record, fulfilment_id
from ordo.orders.taken import Buckets, codes_given_back, first_order_claims, taken_again, uses_given_back
from ordo.shipments.model import WORKABLE, BucketUnits, Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.picking import lots_back, told_if_any

CancelReason = Literal["unpaid", "customer", "staff"]
"""Kept on the header as a code, since a late capture brings only an `unpaid` order back; texts go into the event."""

UNPAID: CancelReason = "unpaid"
MOST_GIVEN_BACK = 85
"""Counters and lots that a cancellation writes, beside fulfilments, coupons and claims: a transaction has 100 items."""


@dataclass(frozen=True, slots=True)
class NodePart:
    """What one node gives to an order."""

    node_id: str
    lines: tuple[LineQuantity, ...]
    buckets: tuple[BucketUnits, ...] = ()
    """Where it is taken, if not all from the main bucket."""


def reserving(state: OrderState) -> list[Fulfilment]:
    """The fulfilments whose units are still reserved: neither dispatched nor cancelled."""
    live = (FulfilmentState.PLANNED, *WORKABLE)
    return [each for each in state.fulfilments.values() if each.state in live]


def stock_back(state: OrderState) -> list[StockMove]:
    """Moves that give back every reservation of the order, one for each counter."""
    return merge(
        release(take.sku, each.node_id, take.quantity, take.bucket)
        for each in reserving(state)
        for take in each.takes()
    )


def lots_given_back(state: OrderState) -> tuple[LotMove, ...]:
    """Moves that put what the order has picked back to its lots; raises `NotAllowedNow` when it is too much at once."""
    moves = lots_back(reserving(state))
    if moves and len(moves) + len(stock_back(state)) > MOST_GIVEN_BACK:
        raise NotAllowedNow("More lots were picked than one commit can give back.", facts={"lots": len(moves)})
    return moves


def cancellation(
    state: OrderState,
    now: datetime,
    *,
    code: CancelReason,
    reason: str,
    data: dict[str, Any] | None = None,
    records: tuple[Record, ...] = (),
) -> Decision:
    """Cancel all of the order: stock goes back, and what was kept of its money is due to be refunded.

    So do uses of coupons whose policy says so, and another order may be the customer's first.
    """
    header, moment = state.header, to_iso(now)
    units = header.units.model_copy(update={"cancelled": header.units.total})
    funds = header.funds.model_copy(update={"refund_due": header.funds.kept})
    return Decision(
        type="order.cancelled",
        header=header.model_copy(
            update={"units": units, "funds": funds, "cancelled_at": moment, "cancel_reason": code}
        ),
        data={
            "cancel_reason": code,
            "refund_due": funds.refund_due,
            **codes_given_back(header),
            **told_if_any(units for each in reserving(state) for units in each.lots),
            **(data or {}),
        },
        reason=reason,
        records=(*_ended(state, moment), *records),
        unclaimed=first_order_claims(header),
        coupons=uses_given_back(header),
        stock=tuple(stock_back(state)),
        lots=lots_given_back(state),
    )


def same_nodes(state: OrderState) -> list[NodePart]:
    """The parts that the order's last cancellation ended: where its stock was."""
    return [
        NodePart(each.node_id, each.lines, each.buckets)
        for each in state.fulfilments.values()
        if each.state is FulfilmentState.CANCELLED and each.changed_at == state.header.cancelled_at
    ]


@dataclass(frozen=True, slots=True)
class Comeback:
    """An order alive again: its header, new fulfilments in place of the cancelled ones, and all that it takes."""

    header: OrderHeader
    records: tuple[Record, ...]
    stock: tuple[StockMove, ...]
    coupons: tuple[CouponMove, ...]
    claims: tuple[Claim, ...]


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
    alive = again.model_copy(
        update={
            "first_order": header.first_order and first_order,
            "units": header.units.model_copy(update={"cancelled": 0}),
            "funds": header.funds.model_copy(update={"refund_due": 0}),
            "cancelled_at": None,
            "cancel_reason": None,
        }
    )
    fulfilments = tuple(_new_fulfilments(state, parts, to_iso(now)))
    return Comeback(alive, fulfilments, tuple(_taken(fulfilments)), moves, first_order_claims(alive))


def _ended(state: OrderState, moment: str) -> Iterable[Fulfilment]:
    update = {"state": FulfilmentState.CANCELLED, "changed_at": moment, "lots": ()}
    return (each.model_copy(update=update) for each in reserving(state))


def _new_fulfilments(state: OrderState, parts: Sequence[NodePart], moment: str) -> Iterable[Fulfilment]:
    for number, part in enumerate(parts, start=len(state.fulfilments) + 1):
        yield Fulfilment(
            fulfilment_id=fulfilment_id(state.header.order_id, number),
            order_id=state.header.order_id,
            node_id=part.node_id,
            state=FulfilmentState.PLANNED,
            lines=part.lines,
            created_at=moment,
            changed_at=moment,
            buckets=part.buckets,
        )


def _taken(fulfilments: Sequence[Fulfilment]) -> Iterable[StockMove]:
    return merge(
        reserve(take.sku, each.node_id, take.quantity, take.bucket) for each in fulfilments for take in each.takes()
    )
