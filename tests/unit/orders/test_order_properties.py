"""Whatever is sent in whatever order, twice, late or with lost answers: the order's books stay right.

The oracle counts by itself: stock and status from the fulfilments' own states, money from the accepted reports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ordo.inventory.model import MAIN, StockCounter
from ordo.kernel.errors import Conflict, OrdoError
from ordo.orders.changes import ProposeChange, apply_change, drop_change, propose_change
from ordo.orders.completion import confirm_receipt
from ordo.orders.decision import Commit
from ordo.orders.due import settle_due
from ordo.orders.errors import StaleVersion
from ordo.orders.holds import PlaceHold, place_hold, release_hold
from ordo.orders.keys import CommandKey
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import Actor, OrderState
from ordo.orders.verification import verify_chain
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.model import FulfilmentState
from tests.support.orders import ORDER, STAFF, World

STOCK = {("TEE", "hz"): 5, ("TEE", "sh"): 5, ("MUG", "hz"): 5, ("MUG", "sh"): 2}
TOTAL = 40_000
LIVE = ("planned", "open", "accepted", "picked", "packed")

amounts = st.sampled_from([1, 20_000, TOTAL, TOTAL + 5])
KINDS = [PaymentKind.AUTHORISED, PaymentKind.CAPTURED, PaymentKind.FAILED, PaymentKind.REFUNDED]
actions = st.one_of(
    st.tuples(st.just("pay"), st.sampled_from(KINDS), amounts, st.sampled_from("abc")),
    st.tuples(st.just("hold"), st.sampled_from("kl")),
    st.tuples(st.just("release"), st.integers(0, 2)),
    st.tuples(st.just("propose"), st.sampled_from(["cancel", "address"]), st.sampled_from(["customer", "staff"])),
    st.tuples(st.sampled_from(["apply", "drop"]), st.integers(0, 2)),
    st.tuples(st.just("confirm")),
    st.tuples(
        st.just("work"),
        st.sampled_from([FulfilmentState.ACCEPTED, FulfilmentState.PICKED, FulfilmentState.DISPATCHED]),
        st.sampled_from([None, 1, 2]),
    ),
    st.tuples(st.just("deliver")),
    st.tuples(st.just("wait"), st.sampled_from([1, 31, 60 * 49, 60 * 24 * 8])),
    st.tuples(st.just("take"), st.sampled_from(["MUG", "TEE"])),
)
troubles = st.lists(st.sampled_from(["", "", "", "", "stale", "lost"]), max_size=60)


class Troubled(InMemoryOrderRepository):
    """Some commits meet a quicker writer, and of some the answer is lost."""

    def __init__(self, troubles: list[str]) -> None:
        super().__init__({(*key, MAIN): StockCounter(*key, units) for key, units in STOCK.items()})
        self.troubles = iter(troubles)

    def commit(self, commit: Commit) -> None:
        trouble = next(self.troubles, "")
        if trouble == "stale":
            raise StaleVersion
        super().commit(commit)
        if trouble == "lost":
            raise Conflict("no answer")


class Run:
    """Carries actions out and keeps the oracle's own books."""

    def __init__(self, troubles: list[str], payable_later: bool, location: str) -> None:
        self.world = World(repository=Troubled([]))
        self.world.place(payable_later=payable_later, location=location)
        self.world.repository.troubles = iter(troubles)  # type: ignore[attr-defined]
        self.reports: dict[tuple[str, str], int] = {}
        self.changes: list[str] = []
        self.holds: list[str] = [hold.hold_id for hold in self.world.header().holds]
        self.delivered = False

    def do(self, action: tuple[Any, ...]) -> None:
        """Carry out; a refusal must have changed nothing."""
        before = self.world.state()
        try:
            getattr(self, action[0])(*action[1:])
        except OrdoError:
            assert self.world.state() == before

    def pay(self, kind: PaymentKind, amount: int, reference: str) -> None:
        report = PaymentReport(kind, amount, "CNY", "alipay", reference)
        record_payment(self.world.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)
        assert self.reports.setdefault((reference, kind), amount) == amount

    def hold(self, key: str) -> None:
        command = PlaceHold(self.world.desk.new_id("hld"), "fraud", "look")
        placed = place_hold(self.world.desk, ORDER, command, CommandKey("desk", key, ORDER, "h"), actor=STAFF)
        self._remember(self.holds, placed.hold.hold_id)

    def release(self, number: int) -> None:
        if number < len(self.holds):
            release_hold(self.world.desk, ORDER, self.holds[number], actor=STAFF)

    def propose(self, kind: Any, by: Any) -> None:
        contact = {"ship_to": {"country": "CN", "line1": "2"}} if kind == "address" else None
        command = ProposeChange(self.world.desk.new_id("chg"), kind, by, "why", contact)
        key = CommandKey("shop", f"{kind}{by}", ORDER, "h")
        change = propose_change(self.world.desk, ORDER, command, key, self.world.means, actor=Actor(type=by, id="shop"))
        self._remember(self.changes, change.change_id)

    @staticmethod
    def _remember(ids: list[str], new: str) -> None:
        if new not in ids:
            ids.append(new)

    def apply(self, number: int) -> None:
        if number < len(self.changes):
            apply_change(self.world.desk, ORDER, self.changes[number], self.world.means, actor=STAFF)

    def drop(self, number: int) -> None:
        if number < len(self.changes):
            drop_change(self.world.desk, ORDER, self.changes[number], actor=STAFF)

    def confirm(self) -> None:
        self.world.desk.change(ORDER, confirm_receipt, actor=STAFF)

    def work(self, to: FulfilmentState, only: int | None) -> None:
        header = self.world.header()
        if header.is_open and header.released_at:
            self.world.work(to, only=only)

    def deliver(self) -> None:
        if self.world.header().units.dispatched and self.world.header().is_open:
            self.world.deliver()
            self.delivered = True

    def wait(self, minutes: int) -> None:
        self.world.wait(minutes=minutes)
        settle_due(self.world.desk, ORDER)

    def take(self, sku: str) -> None:
        """Somebody else buys what is there."""
        counters = self.world.repository.counters
        counter = counters[sku, "sh", MAIN]
        counters[sku, "sh", MAIN] = StockCounter(sku, "sh", counter.on_hand - counter.available, counter.reserved)


def check_books(run: Run) -> None:
    world, state = run.world, run.world.state()
    header = state.header
    assert world.reserved() == reserved_by(state)
    assert all(counter.available >= 0 for counter in world.repository.counters.values())
    events = world.repository.timeline(ORDER)
    assert verify_chain(events, header.seq, header.head_hash) == []
    assert [event.seq for event in events] == list(range(1, header.seq + 1))
    last = events[-1].read()
    assert (last["status"], last["payment_status"]) == (header.status, header.payment_status)
    assert header.status == status_of(state)
    check_money(run, state)
    assert not header.is_open or header.deadline_at, "an open order waits for something"
    assert header.is_open or header.deadline_at == header.paying.look_at, "a closed one only for its money"
    ids = [each["event_id"] for each in (event.read() for event in events)]
    assert len(set(ids)) == len(ids)


def check_money(run: Run, state: OrderState) -> None:
    sums: Callable[[str], int] = lambda kind: sum(a for (_, k), a in run.reports.items() if k == kind)  # noqa: E731
    funds = state.header.funds
    assert (funds.authorised, funds.captured, funds.refunded) == tuple(
        map(sums, ("authorised", "captured", "refunded"))
    )
    assert funds.refunded <= funds.captured
    assert len(state.payments) == len(run.reports)
    assert funds.refund_due == (funds.captured - funds.refunded if state.header.status == "cancelled" else 0)


def reserved_by(state: OrderState) -> dict[tuple[str, str], int]:
    """What the order's live fulfilments say is reserved for it."""
    found: dict[tuple[str, str], int] = {}
    for each in state.fulfilments.values():
        for line in each.lines if each.state in LIVE else ():
            found[line.sku, each.node_id] = found.get((line.sku, each.node_id), 0) + line.quantity
    return found


def status_of(state: OrderState) -> str:
    """The status from the fulfilments' states, without the header's counts (except what carriers delivered)."""
    active = [each for each in state.fulfilments.values() if each.state != "cancelled"]
    gone = [each for each in active if each.state == "dispatched"]
    if not active:
        return "cancelled"
    if state.header.completed_at:
        return "completed"
    if len(gone) == len(active):
        return "delivered" if state.header.units.delivered == sum(each.units for each in gone) else "shipped"
    if gone:
        return "partially_shipped"
    if any(each.state in LIVE[2:] for each in active):
        return "in_fulfilment"
    return "released" if state.header.released_at else "placed"


@given(st.lists(actions, max_size=25), troubles, st.booleans(), st.sampled_from(["exact", "unknown"]))
def test_the_books_are_right_after_every_step(
    steps: list[tuple[Any, ...]], troubles: list[str], payable_later: bool, location: str
) -> None:
    run = Run(troubles, payable_later, location)
    for step in steps:
        run.do(step)
        check_books(run)


@given(st.lists(actions, max_size=15))
def test_everything_sent_twice_ends_as_if_sent_once(steps: list[tuple[Any, ...]]) -> None:
    once, twice = Run([], False, "exact"), Run([], False, "exact")
    for step in steps:
        once.do(step)
        twice.do(step)
        if step[0] not in ("wait", "take"):
            twice.do(step)
    ours, theirs = once.world.state(), twice.world.state()
    ignored = {"seq", "head_hash", "holds", "reminded"}
    assert ours.header.model_dump(exclude=ignored) == theirs.header.model_dump(exclude=ignored)
    assert len(ours.header.holds) == len(theirs.header.holds)
    assert ours.fulfilments == theirs.fulfilments
    assert once.world.repository.counters == twice.world.repository.counters
