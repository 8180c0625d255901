"""Placed orders for tests of what comes after the placement, on either repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ordo.inventory.model import reserve
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Decision, make_commit
from ordo.orders.model import SYSTEM, Hold, OrderHeader, OrderStatus, Terms, Units, fulfilment_id
from ordo.orders.ports import OrderRepository
from ordo.orders.timeline import GENESIS
from ordo.payments.model import Funds, PaymentStatus
from ordo.pricing.model import Totals
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ORDER = "ord_01JDQ8Z0000000000000000000"
Work = Mapping[str, Sequence[tuple[str, str, int]]]
"""By node: (line_id, sku, quantity)."""

ONE_NODE: Work = {"WH-1": [("1", "TEE", 3), ("2", "MUG", 2)]}
TWO_NODES: Work = {"WH-1": [("1", "TEE", 3)], "WH-2": [("2", "MUG", 2)]}


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **wait: float) -> None:
        """Let time pass, told as a `timedelta` is."""
        self.now += timedelta(**wait)


class CountingIds:
    """`evt_1`, `evt_2`, …"""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, prefix: str, _now: datetime) -> str:
        self.count += 1
        return f"{prefix}_{self.count}"


def first(order_id: str = ORDER, number: int = 1) -> str:
    """The id of the order's fulfilment of this number."""
    return fulfilment_id(order_id, number)


def place(
    repository: OrderRepository,
    work: Work = ONE_NODE,
    *,
    order_id: str = ORDER,
    paid: bool = True,
    holds: tuple[Hold, ...] = (),
    channel: str = "web",
    now: datetime = NOW,
) -> str:
    """Commit an order of 100.00 EUR whose fulfilments are one for each node; the counters must have its units."""
    fulfilments = tuple(
        Fulfilment(
            fulfilment_id=fulfilment_id(order_id, number),
            order_id=order_id,
            node_id=node,
            state=FulfilmentState.PLANNED,
            lines=tuple(LineQuantity(line_id=line, sku=sku, quantity=units) for line, sku, units in lines),
            created_at=to_iso(now),
            changed_at=to_iso(now),
        )
        for number, (node, lines) in enumerate(work.items(), start=1)
    )
    header = OrderHeader(
        order_id=order_id,
        seq=0,
        head_hash=GENESIS,
        placed_at=to_iso(now),
        client_id="shop",
        channel=channel,
        currency="EUR",
        totals=Totals(items=10000, discount=0, shipping=0, tax=0, total=10000),
        status=OrderStatus.PLACED,
        payment_status=PaymentStatus.UNPAID,
        units=Units(total=sum(one.units for one in fulfilments)),
        funds=Funds(captured=10000 if paid else 0),
        terms=Terms(),
        holds=holds,
    )
    decision = Decision(
        type="order.placed",
        header=header,
        data={"holds": [hold.kind for hold in holds]},
        records=fulfilments,
        stock=tuple(reserve(line.sku, one.node_id, line.quantity) for one in fulfilments for line in one.lines),
        lines=(),
    )
    repository.commit(make_commit(None, decision, now=now, actor=SYSTEM, event_id=f"evt_{order_id}"))
    return order_id
