"""A desk in memory, with stock at two nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ordo.inventory.model import MAIN, StockCounter
from ordo.orders.desk import OrderDesk
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import OrderHeader
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.model import FulfilmentState, TrackingStatus
from ordo.shipments.parcels import PackedParcel
from ordo.shipments.service import Worked, dispatch_fulfilment, work_fulfilment
from ordo.shipments.waiting import InMemoryWaitingStore
from ordo.shipments.work import Dispatch
from tests.support.shipping import ORDER, Clock, CountingIds


@dataclass
class Room:
    """Everything a test looks at."""

    clock: Clock = field(default_factory=Clock)
    store: InMemoryWaitingStore = field(default_factory=InMemoryWaitingStore)
    repository: InMemoryOrderRepository = field(
        default_factory=lambda: InMemoryOrderRepository(
            {
                (sku, node, MAIN): StockCounter(sku, node, on_hand=10)
                for sku in ("TEE", "MUG")
                for node in ("WH-1", "WH-2")
            }
        )
    )

    def __post_init__(self) -> None:
        self.desk = OrderDesk(self.repository, self.clock, CountingIds(), budget_s=0.2)

    def work(self, fulfilment_id: str, target: FulfilmentState) -> Worked:
        return work_fulfilment(self.desk, fulfilment_id, target, "wms", lambda _: True)

    def send(
        self,
        fulfilment_id: str,
        number: str | None = "GEN1",
        parcels: tuple[PackedParcel, ...] = (),
        visible: Callable[[OrderHeader], bool] = lambda _: True,
    ) -> Worked:
        command = Dispatch(fulfilment_id, "generic", "wms", number, parcels)
        return dispatch_fulfilment(self.desk, self.store, command, visible)

    def header(self, order_id: str = ORDER) -> OrderHeader:
        return self.repository.headers[order_id]

    def types(self, order_id: str = ORDER) -> list[str]:
        return [event.read()["type"] for event in self.repository.events[order_id]]

    def counter(self, sku: str, node: str = "WH-1") -> tuple[int, int]:
        """(on hand, reserved)."""
        found = self.repository.counters[sku, node, MAIN]
        return found.on_hand, found.reserved


@pytest.fixture
def room() -> Room:
    return Room()


def told(
    status: TrackingStatus, at: str = "2026-11-22T12:00:00.000Z", number: str = "GEN1", **said: str
) -> CarrierEvent:
    """A carrier's event, received when it happened."""
    return CarrierEvent(tracking_number=number, status=status, occurred_at=at, received_at=at, **said)
