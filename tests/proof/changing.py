"""Orders made by chance, lived by chance, and changed by chance; with all that tables show of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.charges import ShippingMethod, ShippingRate
from ordo.catalog.coupons import takes_of
from ordo.catalog.model import Node, NodeKind, Place
from ordo.catalog.node_terms import NodeTerms
from ordo.catalog.promotions import Promotion
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.inventory.demand import demand_of
from ordo.inventory.model import MAIN, StockCounter
from ordo.kernel.clock import to_iso
from ordo.kernel.geo import Location
from ordo.orders.accounts import Accounts
from ordo.orders.adding import Goods
from ordo.orders.again import Again
from ordo.orders.change_kinds import Means, channels_of
from ordo.orders.desk import OrderDesk
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import OrderState
from ordo.orders.place import placement_commit
from ordo.orders.placement import DraftLine, DraftTerms, PlacementDraft
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.model import ENDED, WORKABLE, FulfilmentState, TrackingStatus
from ordo.shipments.service import dispatch_fulfilment, work_fulfilment
from ordo.shipments.waiting import InMemoryWaitingStore, receive_push
from ordo.shipments.work import Dispatch
from ordo.sourcing.service import SourcingService
from tests.proof.orders import NAME, NOW, Order, order
from tests.support.orders import CONTACT, ORDER, SHIP_TO, STAFF

NODES = ("hz", "sh", "bj")
EXPRESS = 2_000
"""What the method `express` costs, that every channel has by the time of changes."""
FEES = [
    {"stage": "placed", "percent": "0"},
    {"stage": "released", "percent": "10"},
    {"stage": "in_fulfilment", "percent": "33.3"},
]


@dataclass
class Shop:
    """The catalogue and the stock of one order made by chance, as changes read them."""

    each: Order
    repository: InMemoryOrderRepository
    changes: Mapping[str, Any]

    def load_snapshot(self, channel: str, skus: object, coupons: object, now: datetime) -> CatalogSnapshot:
        return replace(self.each.shop, channel=self.channel, read_at=now)

    @property
    def channel(self) -> ChannelPolicy:
        """As it is when the order is changed."""
        was, currency = self.each.channel, self.each.cart.currency
        flat = ShippingMethod("standard", NAME, {currency: ShippingRate(flat=was.shipping.get(currency, 0))})
        express = ShippingMethod("express", NAME, {currency: ShippingRate(flat=EXPRESS)})
        methods = (*(was.shipping_methods or (flat,)), express)
        return replace(was, changes=self.changes, shipping_methods=methods)

    def promotion_versions(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Promotion]:
        known = {(each.promotion_id, each.version): each for each in self.each.shop.promotions}
        return {each: known[each] for each in wanted if each in known}

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        counted = {"hz": NodeTerms(capacity=1_000_000)}
        return tuple(
            Node(node, NAME, NodeKind.WAREHOUSE, Location(30.0 + place, 120.0), terms=counted.get(node, NodeTerms()))
            for place, node in enumerate(NODES)
        )

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        return self.load_nodes(now), None

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        known = self.repository.counters
        return [known[sku, node, MAIN] for sku in skus for node in nodes if (sku, node, MAIN) in known]

    def open_units(self, nodes: Iterable[str], *, consistent: bool = False) -> dict[str, int]:
        return {node: self.repository.loads.get(node, 0) for node in nodes}


@dataclass
class Life:
    """One order and what happens to it. Time stands still but for `wait`."""

    number: int
    r: Random = field(init=False)
    now: datetime = NOW
    minted: int = 0

    def __post_init__(self) -> None:
        self.r, self.each = Random(self.number), order(self.number)
        self.repository = InMemoryOrderRepository()
        fees = FEES if self.r.random() < 0.4 else []
        policy = {"cancellation_fees": fees, "trust": self.r.random() < 0.2, "goodwill_limits": {}}
        self.shop = Shop(self.each, self.repository, policy)
        self.desk = OrderDesk(self.repository, lambda: self.now, self.new_id, budget_s=0.5)
        self.store = InMemoryWaitingStore()
        self.sourcing = SourcingService(self.shop, self.shop, self.shop)
        goods = Goods(Again(self.shop, self.shop), self.sourcing)
        accounts = Accounts(self.repository, self.shop)
        self.means = Means(accounts, channels_of(self.shop), self.repository.contact, goods)

    def new_id(self, prefix: str, _now: datetime | None = None) -> str:
        self.minted += 1
        return f"{prefix}_{self.minted:026d}"

    @property
    def state(self) -> OrderState:
        return self.repository.load(ORDER)

    # ------------------------------------------------------------------ placed
    def place(self, paying: dict[str, Any] | None = None) -> None:
        """Stock is somewhere, and mostly enough to change one's mind; the order takes its part."""
        priced = self.each.priced
        takes = takes_of(priced.coupons_used, self.each.shop.coupons, "c-1")
        self._stock()
        demand = demand_of(priced.lines)
        seen = self.sourcing.seen(demand, "web", self.now, consistent=True)
        plan = self.sourcing.plan(demand, "web", SHIP_TO, seen.stock, self.now, open_units=seen.open_units)
        draft = PlacementDraft(
            order_id=ORDER,
            client_id="shop",
            idempotency_key="k",
            body_hash="h",
            channel="web",
            currency=priced.currency,
            external_id=None,
            customer_id="c-1",
            country="CN",
            lines=tuple(DraftLine(line.line_id, line.sku, line.quantity) for line in self.each.cart.lines),
            sealed="sealed",
            terms=DraftTerms(payable_later=self.r.random() < 0.1 and paying is None),
            paying=paying,
            priced=priced,
            coupon_takes=takes,
            catalog_read_at=to_iso(self.now),
            plan=plan.to_dict(),
        )
        personal = {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}
        self.repository.commit(placement_commit(draft, personal, now=self.now, event_id="evt_placed"))

    def _stock(self) -> None:
        wanted: Counter[str] = Counter()
        for line in self.each.priced.lines:
            wanted[line.stock_sku] += line.quantity
        for sku in sorted({*wanted, *self.each.shop.products}):
            there = wanted[sku] + self.r.choice((0, 1, 5, 60))
            at = self.r.randint(0, there)
            for node, units in (("hz", at), ("sh", there - at), ("bj", self.r.choice((0, 40)))):
                self.repository.counters[sku, node, MAIN] = StockCounter(sku, node, units)

    # ------------------------------------------------------------------ what happens to it
    def pay(self) -> None:
        """All, a part, nothing, or only authorised."""
        owed = self.state.header.owed - self.state.header.funds.kept
        kind = self.r.choice(("all", "all", "all", "all", "part", "authorised", "none"))
        amount = owed if kind in ("all", "authorised") else owed // 2
        if kind == "none" or amount <= 0:
            return
        self.report(PaymentKind.AUTHORISED if kind == "authorised" else PaymentKind.CAPTURED, amount)

    def report(self, kind: PaymentKind, amount: int) -> None:
        report = PaymentReport(kind, amount, self.each.cart.currency, "alipay", self.new_id("ref"))
        record_payment(self.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)

    def refund(self) -> None:
        """The provider has paid back what is due."""
        due = self.state.header.funds.refund_due
        if due:
            self.report(PaymentKind.REFUNDED, due)

    def work(self) -> None:
        """A node goes on with some of it; what has left may arrive."""
        for each in list(self.state.fulfilments.values()):
            if each.state not in WORKABLE or self.r.random() < 0.5:
                continue
            target = self.r.choice(("accepted", "picked", "packed", "dispatched", "delivered"))
            if target in ("dispatched", "delivered"):
                number = self.new_id("T")
                sent = Dispatch(each.fulfilment_id, "generic", "wms", number)
                dispatch_fulfilment(self.desk, self.store, sent, lambda _: True)
                if target == "delivered":
                    self.deliver(number)
            else:
                state = FulfilmentState(target)
                work_fulfilment(self.desk, each.fulfilment_id, state, "wms", lambda _: True)

    def deliver(self, number: str) -> None:
        at = to_iso(self.now)
        event = CarrierEvent(
            tracking_number=number, status=TrackingStatus.DELIVERED, occurred_at=at, received_at=at, cause=None
        )
        receive_push(self.desk, self.store, "generic", (event,))

    def wait(self) -> None:
        self.now += timedelta(minutes=self.r.choice((0, 1, 7)))


@dataclass(frozen=True)
class Tables:
    """What tables show of an order, its stock and its money, read from the records themselves."""

    reserved: dict[tuple[str, str], int]
    on_hand: dict[tuple[str, str], int]
    loads: dict[str, int]
    uses: tuple[object, object]
    live: dict[str, int]
    """Units by line that nodes have, or that somebody looks for."""
    works: dict[str, tuple[str, str, int]]
    """By fulfilment: node, state, units."""
    units: dict[str, int]
    owed: int
    postings: dict[str, tuple[str, int, str, bool]]
    """Kind, amount, the set of lines, and whether a price rule was asked."""
    paid: int
    payments: frozenset[str]
    contacts: dict[Any, Any]
    events: int
    changes: dict[str, str]


def tables(life: Life) -> Tables:
    """As they are now."""
    raw, state = life.repository, life.state
    live: Counter[str] = Counter()
    for each in state.fulfilments.values():
        if each.state not in (*ENDED, FulfilmentState.DISPATCHED):
            for line in each.lines:
                live[line.key] += line.quantity
    postings = {
        each.posting_id: (str(each.kind), each.amount, each.addition or "", each.booking is not None)
        for each in state.postings.values()
    }
    money = {"captured": 1, "refunded": -1}
    records = raw.records[ORDER]
    return Tables(
        {key[:2]: each.reserved for key, each in raw.counters.items()},
        {key[:2]: each.on_hand for key, each in raw.counters.items()},
        {node: units for node, units in raw.loads.items() if units},
        (dict(raw.uses.left), dict(raw.uses.used)),
        dict(live),
        {each.fulfilment_id: (each.node_id, str(each.state), each.units) for each in state.fulfilments.values()},
        state.header.units.model_dump(),
        state.header.totals.total + sum(each[1] for each in postings.values()),
        postings,
        sum(money.get(each.kind, 0) * each.amount for each in state.payments.values()),
        frozenset(state.payments),
        {key: dict(each) for key, each in raw.contacts.items()},
        len(raw.events[ORDER]),
        {name: str(each.state) for name, each in records.items() if name.startswith("change#")},  # type: ignore[union-attr]
    )
