"""Any order of scans, sweeps, work and decisions: units owed once, counters as the ledger, nobody charged, cases once.

The oracle counts by itself: units from the parcels and fulfilments, stock from the movements, money from the reports.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.kernel.errors import OrdoError
from ordo.orders.due import settle_due
from ordo.orders.model import OrderStatus
from ordo.orders.verification import verify_chain
from ordo.shipments.model import ENDED, FulfilmentState
from tests.support.orders import ORDER
from tests.support.troubles import NODES, Journey

EXAMPLES = 3_000 if os.environ.get("ORDO_PROOF") == "full" else 150
STATUSES = ("in_transit", "out_for_delivery", "delivery_attempt_failed", "exception", "lost", "returned_to_sender")
DECISIONS = (
    "reship",
    "refund",
    "intercept",
    "keep",
    "return",
    "claim",
    "contact_customer",
    "wait",
    "dismiss",
    "settled",
)

actions = st.one_of(
    st.tuples(
        st.just("tell"),
        st.sampled_from((*STATUSES, "delivered")),
        st.integers(0, 3),
        st.sampled_from([0, 0, 5]),
        st.sampled_from([None, None, "address", "damaged"]),
    ),
    st.tuples(st.just("decide"), st.sampled_from(DECISIONS), st.integers(0, 5)),
    st.tuples(st.just("decide"), st.sampled_from(("reship", "refund", "intercept")), st.integers(0, 5)),
    st.tuples(st.just("send")),
    st.tuples(st.just("accept")),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 100, 260])),
)


class Run:
    """Carries actions out on a journey of four units, paid in full."""

    def __init__(self, stock: int) -> None:
        self.way = Journey(stock=stock).sent()
        self.begun = {key: units for key, (units, _) in self.way.on_hand().items()}
        self.before = {(sku, node): stock for sku in ("TEE", "MUG") for node in NODES}

    def do(self, action: tuple[Any, ...]) -> None:
        """Carry out; a refusal must have changed nothing."""
        before, counters = self.way.state, dict(self.way.repository.counters)
        try:
            getattr(self, action[0])(*action[1:])
        except OrdoError:
            assert (self.way.state, self.way.repository.counters) == (before, counters)

    def tell(self, status: str, number: int, hours_ago: int, cause: str | None) -> None:
        numbers = sorted(parcel.tracking_number for one in self.way.state.shipments.values() for parcel in one.parcels)
        self.way.tell(status, numbers[number % len(numbers)], hours_ago=hours_ago, cause=cause)

    def decide(self, decided: str, number: int) -> None:
        if known := self.way.incidents:
            self.way.decide(decided, known[-1 - number % len(known)], reason="so")

    def send(self) -> None:
        for work in self._open():
            number = int(work.rpartition("_")[2])
            self.way.send(number, f"HZ{number}")

    def accept(self) -> None:
        for work in self._open():
            self.way.accept(int(work.rpartition("_")[2]))

    def _open(self) -> list[str]:
        works = self.way.state.fulfilments.values()
        return [each.fulfilment_id for each in works if each.state in (FulfilmentState.OPEN, FulfilmentState.ACCEPTED)]

    def wait(self, hours: int) -> None:
        self.way.wait(hours=hours)
        for _ in range(12):
            if settle_due(self.way.desk, ORDER).outcome == "rearmed":
                return

    def check(self) -> None:
        self._units()
        self._stock()
        self._money()
        self._cases()
        assert verify_chain(self.way.repository.timeline(ORDER), self.way.header.seq, self.way.header.head_hash) == []

    def _units(self) -> None:
        state, units = self.way.state, self.way.header.units
        parcels = [parcel for one in state.shipments.values() for parcel in one.parcels]
        lost = sum(line.quantity for parcel in parcels for line in parcel.written_off)
        sent = sum(line.quantity for parcel in parcels for line in parcel.lines)
        live = [each for each in state.fulfilments.values() if each.state not in ENDED]
        waiting = sum(each.units for each in live if each.state is not FulfilmentState.DISPATCHED)
        begun = sum(each.units for each in live if each.state is FulfilmentState.ACCEPTED)
        came = [parcel for parcel in parcels if parcel.status == "delivered"]
        delivered = sum(line.quantity for parcel in came for line in parcel.lines)
        delivered -= sum(line.quantity for parcel in came for line in parcel.written_off)
        assert (units.lost, units.dispatched, units.started) == (lost, sent - lost, sent - lost + begun)
        assert units.delivered == delivered
        # Each unit that is owed is in one place: on its way or delivered as it counts, or some node's work.
        assert units.total - units.cancelled == sent - lost + waiting

    def _stock(self) -> None:
        left: Counter[tuple[str, str]] = Counter()
        for movement in self.way.repository.movements.values():
            for entry in movement.entries:
                left[entry.sku, entry.node] -= entry.on_hand
        reserved: Counter[tuple[str, str]] = Counter()
        for each in self.way.state.fulfilments.values():
            if each.state not in (*ENDED, FulfilmentState.DISPATCHED):
                for line in each.lines:
                    reserved[line.sku, each.node_id] += line.quantity
        for key, (on_hand, held) in self.way.on_hand().items():
            assert (on_hand, held) == (self.before[key] - left[key], reserved[key])

    def _money(self) -> None:
        funds, header = self.way.header.funds, self.way.header
        assert (header.totals.total, funds.captured, funds.refunded) == (40_000, 40_000, 0)
        refunds = sum(each.refund or 0 for each in self.way.incidents)
        assert funds.refund_due == refunds <= 40_000
        gone = sum(each.units for each in self.way.incidents if each.refund is not None)
        assert refunds == gone * 10_000
        if header.status is OrderStatus.CANCELLED:
            assert funds.refund_due + sum(each.units for each in self._settled()) * 10_000 == 40_000

    def _settled(self) -> list[Any]:
        return [
            each for each in self.way.incidents if each.kind == "returned_to_sender" and each.resolution == "settled"
        ]

    def _cases(self) -> None:
        known = self.way.incidents
        open_ = Counter((each.kind, each.tracking_number) for each in known if each.is_open)
        assert not [case for case, count in open_.items() if count > 1]
        causes = Counter((each.kind, each.tracking_number, cause) for each in known for cause in each.causes)
        assert not [cause for cause, count in causes.items() if count > 1]
        assert self.way.header.open_incidents == {each.incident_id: each.deadline for each in known if each.is_open}
        if self.way.header.open_incidents:
            assert "incident" in self.way.header.deadlines
        opened = [one for event in self.way.events() for one in event["data"].get("incidents_opened", ())]
        assert sorted(opened) == sorted(each.incident_id for each in known)


LOST = ("tell", "lost", 0, 0, None)
RESHIP, MOVES = ("decide", "reship", 0), ("tell", "in_transit", 0, 0, None)
BEGINNINGS: tuple[tuple[tuple[Any, ...], ...], ...] = (
    (),
    (LOST,),
    (LOST, RESHIP),
    (LOST, RESHIP, ("accept",), MOVES),
    (LOST, RESHIP, ("send",), MOVES),
    (LOST, RESHIP, MOVES, ("tell", "delivered", 0, 0, None)),
)
"""Where it gets interesting: random walks alone seldom come so far."""


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from([4, 9]), st.sampled_from(BEGINNINGS), st.lists(actions, max_size=20))
def test_whatever_happens_units_are_owed_once_and_nobody_is_charged(
    stock: int, beginning: tuple[tuple[Any, ...], ...], steps: list[tuple[Any, ...]]
) -> None:
    run = Run(stock)
    for step in (*beginning, *steps):
        run.do(step)
        run.check()
