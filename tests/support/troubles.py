"""A paid order of four units on its way, in memory, for tests of incidents: nodes send, carriers tell, staff decide.

Two units of TEE leave from hz with the number HZ1; a TEE and a MUG from sh with SH1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ordo.catalog.carrier_terms import ClaimTerms
from ordo.catalog.incident_terms import IncidentTerms
from ordo.inventory.model import MAIN, StockCounter
from ordo.kernel.clock import to_iso
from ordo.orders.accounts import Accounts
from ordo.orders.cancellation import NodePart
from ordo.orders.desk import OrderDesk
from ordo.orders.due import Settlement, settle_due
from ordo.orders.elsewhere import Found
from ordo.orders.giving_back import RefundRules
from ordo.orders.incident import Incident
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import Actor, OrderHeader, OrderState
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.model import FulfilmentState, LineQuantity, Parcel, TrackingStatus
from ordo.shipments.resolving import Remedies, Resolve, resolve_incident
from ordo.shipments.service import dispatch_fulfilment, work_fulfilment
from ordo.shipments.waiting import InMemoryWaitingStore, receive_push
from ordo.shipments.work import Dispatch
from tests.support.changing import NoPromotions, means_for
from tests.support.orders import ORDER, STAFF, World

NODES = ("hz", "sh")


@dataclass
class NodeSearch:
    """Gives units from the first node that has all of a line, and what none has as unsourced."""

    repository: InMemoryOrderRepository

    def __call__(self, state: OrderState, now: datetime, lines: Sequence[LineQuantity]) -> Found:
        parts: dict[str, list[LineQuantity]] = {}
        left, unsourced = dict(self.repository.counters), []
        for line in lines:
            node = next((each for each in NODES if left[line.sku, each, MAIN].available >= line.quantity), None)
            if node is None:
                unsourced.append(line)
                continue
            counter = left[line.sku, node, MAIN]
            left[line.sku, node, MAIN] = StockCounter(line.sku, node, counter.on_hand, counter.reserved + line.quantity)
            parts.setdefault(node, []).append(line)
        found = tuple(NodePart(node, tuple(each)) for node, each in parts.items())
        return Found(tuple(unsourced), found, plan={"made": "for a test"} if found else None)


@dataclass
class Journey:
    """`terms` is the channel's policy; change it before something goes wrong."""

    terms: IncidentTerms = field(default_factory=IncidentTerms)
    stock: int = 9
    asked: int = 0
    """How often the policy was read."""

    def __post_init__(self) -> None:
        counters = [(sku, node, self.stock) for sku in ("TEE", "MUG") for node in NODES]
        self.world = World().stock(*counters)
        self.repository = self.world.repository
        self.desk = OrderDesk(
            self.repository, lambda: self.world.now, self.world._id, budget_s=0.5, policies=self._policy
        )
        self.store = InMemoryWaitingStore()
        self.elsewhere = NodeSearch(self.repository)
        self.means = means_for(self.repository, elsewhere=self.elsewhere)
        self.remedies = Remedies(
            self.elsewhere, RefundRules(Accounts(self.repository, NoPromotions())), lambda _: ClaimTerms()
        )
        self.world.place()
        report = PaymentReport(PaymentKind.CAPTURED, 40_000, "CNY", "alipay", "r1")
        record_payment(self.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)

    def _policy(self, _channel: str, _now: datetime) -> IncidentTerms:
        self.asked += 1
        return self.terms

    def sent(self) -> Journey:
        """Everything has left."""
        for number, tracking in ((1, "HZ1"), (2, "SH1")):
            self.send(number, tracking)
        return self

    def fulfilment(self, number: int) -> str:
        return f"ful_{ORDER.removeprefix('ord_')}_{number}"

    def send(self, number: int, tracking: str) -> None:
        command = Dispatch(self.fulfilment(number), "generic", "wms", tracking)
        dispatch_fulfilment(self.desk, self.store, command, lambda _: True)

    def accept(self, number: int) -> None:
        work_fulfilment(self.desk, self.fulfilment(number), FulfilmentState.ACCEPTED, "wms", lambda _: True)

    def tell(self, status: str, number: str = "HZ1", *, hours_ago: float = 0, cause: str | None = None) -> None:
        """The carrier says so, now, of what happened so long ago; time goes on by a second."""
        at = to_iso(self.world.now - timedelta(hours=hours_ago))
        event = CarrierEvent(
            tracking_number=number,
            status=TrackingStatus(status),
            occurred_at=at,
            received_at=to_iso(self.world.now),
            cause=cause,
        )
        receive_push(self.desk, self.store, "generic", (event,))
        self.world.wait(seconds=1)

    def wait(self, **duration: float) -> None:
        self.world.wait(**duration)

    def sweep(self) -> Settlement:
        """The watcher meets the order."""
        return settle_due(self.desk, ORDER)

    def decide(self, decided: Any, incident: Incident | None = None, **fields: Any) -> Incident:
        """Staff decide about the last incident, or the one that is given."""
        chosen = incident or self.last
        command = Resolve(chosen.incident_id, decided, self.desk.new_id("chg"), **fields)
        return resolve_incident(self.desk, self.remedies, command, actor=Actor(type="staff", id="ana")).incident

    @property
    def state(self) -> OrderState:
        return self.repository.load(ORDER)

    @property
    def header(self) -> OrderHeader:
        return self.repository.headers[ORDER]

    @property
    def incidents(self) -> list[Incident]:
        return list(self.state.incidents.values())

    @property
    def last(self) -> Incident:
        return self.incidents[-1]

    def told(self) -> list[tuple[str, str, str | None]]:
        """(kind, state, resolution) of every incident."""
        return [(each.kind, each.state, each.resolution) for each in self.incidents]

    def parcel(self, number: str = "HZ1") -> Parcel:
        parcels = (each for one in self.state.shipments.values() for each in one.parcels)
        return next(each for each in parcels if each.tracking_number == number)

    def events(self) -> list[dict[str, Any]]:
        return [event.read() for event in self.repository.timeline(ORDER)]

    def types(self) -> list[str]:
        return self.world.types()

    def counts(self) -> dict[str, int]:
        """Units by how far they are, without zeros."""
        return {name: units for name, units in self.header.units.model_dump().items() if units}

    def on_hand(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(on hand, reserved) by SKU and node."""
        return {(sku, node): (each.on_hand, each.reserved) for (sku, node, _), each in self.repository.counters.items()}
