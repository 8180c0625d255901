"""Orders for tests: placed by the real placement commit, on either repository, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ordo.inventory.model import MAIN, StockCounter
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Commit, Decision, NoChange
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import Actor, OrderHeader, OrderState
from ordo.orders.place import placement_commit
from ordo.orders.placement import DraftLine, DraftTerms, PlacementDraft
from ordo.pricing.model import PricedCart, PricedLine, Shipping, Totals, Trace, UnitRun
from ordo.shipments.model import FulfilmentState
from tests.support.changing import means_for

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H7"
STAFF = Actor(type="staff", id="desk")
SHIP_TO: dict[str, Any] = {
    "country": "CN",
    "city": "杭州市",
    "line1": "文三路 1 号",
    "postal_code": "310000",
    "location": {"lat": 30.25, "lon": 120.1},
}
CONTACT: dict[str, Any] = {"name": "示例顾客", "phone": "+8613800000000", "email": "customer@example.com"}
UNIT_PRICE = 10_000

Parts = Sequence[tuple[str, Sequence[tuple[str, str, int]]]]
"""(node, lines of (line_id, sku, quantity))."""

TWO_NODES: Parts = (("hz", (("1", "TEE", 2),)), ("sh", (("1", "TEE", 1), ("2", "MUG", 1))))
"""Four units for 400.00 yuan: two from hz, two from sh."""


def priced(parts: Parts, prices: Mapping[str, int] | None = None) -> PricedCart:
    """The cart of the parts; each unit costs 100.00 yuan, or what `prices` say of its SKU in minor units."""
    costs = prices or {}
    quantities: dict[tuple[str, str], int] = {}
    for _, lines in parts:
        for line_id, sku, quantity in lines:
            quantities[line_id, sku] = quantities.get((line_id, sku), 0) + quantity
    total = sum(units * costs.get(sku, UNIT_PRICE) for (_, sku), units in quantities.items())
    return PricedCart(
        currency="CNY",
        price_list="cny",
        tax_mode="inclusive",
        lines=tuple(
            PricedLine(
                line_id=line_id,
                sku=sku,
                stock_sku=sku,
                name={"en": sku},
                options={},
                quantity=quantity,
                list_price=costs.get(sku, UNIT_PRICE),
                price=costs.get(sku, UNIT_PRICE),
                tax_class="standard",
                tax_rate_percent="0",
                adjustments=(),
                runs=(_run(quantity, costs.get(sku, UNIT_PRICE)),),
            )
            for (line_id, sku), quantity in quantities.items()
        ),
        shipping=Shipping(0, 0, 0),
        totals=Totals(total, 0, 0, 0, total),
        trace=Trace(),
    )


def _run(quantity: int, price: int) -> UnitRun:
    return UnitRun(quantity, price, (), price, 0, price)


def placement(order_id: str = ORDER, parts: Parts = TWO_NODES, *, now: datetime = NOON, **fields: Any) -> Commit:
    """The commit that places the order: to be paid within 30 minutes, ready in a day, completed after 7 days."""
    draft = draft_for(order_id, parts, now=now, **fields)
    return placement_commit(
        draft, {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}, now=now, event_id=f"evt_of_{order_id}"
    )


def draft_for(
    order_id: str = ORDER,
    parts: Parts = TWO_NODES,
    *,
    now: datetime = NOON,
    payable_later: bool = False,
    location: str = "exact",
    key: str | None = None,
    external_id: str | None = None,
    channel: str = "web",
    customer_id: str | None = "c-1",
    **fields: Any,
) -> PlacementDraft:
    """The order's draft, priced and planned; other `fields` of it as given."""
    cart = priced(parts)
    return PlacementDraft(
        order_id=order_id,
        client_id="shop",
        idempotency_key=key or order_id,
        body_hash=f"body of {order_id}",
        channel=channel,
        currency="CNY",
        external_id=external_id,
        customer_id=customer_id,
        country="CN",
        lines=tuple(DraftLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity) for line in cart.lines),
        sealed="sealed",
        terms=DraftTerms(payable_later=payable_later, payment_minutes=30, completion_days=7),
        priced=cart,
        catalog_read_at=to_iso(now),
        plan={
            "location": location,
            "fulfilments": [
                {"node_id": node, "lines": [{"line_id": i, "sku": s, "quantity": q} for i, s, q in lines]}
                for node, lines in parts
            ],
            "promise": {
                "ready_by": to_iso(now + timedelta(hours=24)),
                "deliver_by": to_iso(now + timedelta(days=3)),
                "reason": "24 h handling",
            },
        },
        **fields,
    )


@dataclass
class World:
    """An in-memory repository with stock, a desk on it, and a clock that stands still until it is moved."""

    now: datetime = NOON
    repository: InMemoryOrderRepository = field(default_factory=InMemoryOrderRepository)
    minted: int = 0

    def __post_init__(self) -> None:
        self.desk = OrderDesk(self.repository, lambda: self.now, self._id, budget_s=0.5)
        self.means = means_for(self.repository)

    def _id(self, prefix: str, _now: datetime) -> str:
        self.minted += 1
        return f"{prefix}_{self.minted:026d}"

    def stock(self, *counters: tuple[str, str, int]) -> World:
        """Put (sku, node, on hand) in place."""
        for sku, node, on_hand in counters:
            self.repository.counters[sku, node, MAIN] = StockCounter(sku, node, on_hand)
        return self

    def place(self, order_id: str = ORDER, parts: Parts = TWO_NODES, **options: Any) -> OrderState:
        """Place an order now; its stock must be there."""
        self.repository.commit(placement(order_id, parts, now=self.now, **options))
        return self.state(order_id)

    def state(self, order_id: str = ORDER) -> OrderState:
        return self.repository.load(order_id)

    def header(self, order_id: str = ORDER) -> OrderHeader:
        return self.repository.headers[order_id]

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)

    def reserved(self) -> dict[tuple[str, str], int]:
        """What the first counters say is reserved, by SKU and node."""
        return {
            (sku, node): counter.reserved
            for (sku, node, _), counter in self.repository.counters.items()
            if counter.reserved
        }

    def types(self, order_id: str = ORDER) -> list[str]:
        """Event types of the timeline, the implied after their own."""
        events = [event.read() for event in self.repository.timeline(order_id)]
        return [name for event in events for name in (event["type"], *event["implies"])]

    def work(self, to: FulfilmentState, order_id: str = ORDER, *, only: int | None = None) -> Changed:
        """Move the order's fulfilments (or the one numbered `only`) to a state, as a node's work would."""
        return self.desk.change(order_id, lambda state, now: worked(state, now, to, only), actor=STAFF)

    def deliver(self, order_id: str = ORDER) -> Changed:
        """Everything dispatched is delivered, as a carrier would say."""
        return self.desk.change(order_id, delivered, actor=Actor(type="carrier", id="generic"))


def shop() -> World:
    """A world with 5 TEE and 5 MUG at each of hz and sh."""
    return World().stock(("TEE", "hz", 5), ("TEE", "sh", 5), ("MUG", "hz", 5), ("MUG", "sh", 5))


def worked(state: OrderState, now: datetime, to: FulfilmentState, only: int | None = None) -> Decision | NoChange:
    """A node's work in its simplest form: units started, and at dispatch the reservation ends."""
    from ordo.inventory.model import dispatch

    chosen = [
        each
        for each in state.fulfilments.values()
        if each.state not in (FulfilmentState.CANCELLED, FulfilmentState.DISPATCHED)
        and (only is None or each.fulfilment_id.endswith(f"_{only}"))
    ]
    units = state.header.units
    waiting = (FulfilmentState.PLANNED, FulfilmentState.OPEN)
    started = sum(each.units for each in chosen if each.state in waiting)
    gone = sum(each.units for each in chosen) if to is FulfilmentState.DISPATCHED else 0
    header = state.header.model_copy(
        update={
            "units": units.model_copy(
                update={"started": units.started + started, "dispatched": units.dispatched + gone}
            ),
            "moved_at": to_iso(now) if gone else state.header.moved_at,
        }
    )
    return Decision(
        f"fulfilment.{to}",
        header,
        records=tuple(each.model_copy(update={"state": to, "changed_at": to_iso(now)}) for each in chosen),
        stock=tuple(dispatch(line.sku, each.node_id, line.quantity) for each in chosen for line in each.lines)
        if gone
        else (),
    )


def delivered(state: OrderState, now: datetime) -> Decision:
    """The carrier says that all that left has come."""
    units = state.header.units.model_copy(update={"delivered": state.header.units.dispatched})
    update: dict[str, Any] = {"units": units, "moved_at": to_iso(now)}
    if units.delivered >= units.total - units.cancelled:
        update["delivered_at"] = to_iso(now)
    return Decision("shipment.delivered", state.header.model_copy(update=update))
