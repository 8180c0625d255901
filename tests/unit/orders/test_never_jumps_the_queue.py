"""Any interleaving of backorders, newcomers, receipts, corrections, cancels, dispatches and fillings, also of fillings
that looked at the queue long before: nothing is sold twice, and nobody gets units before who was promised earlier.

The oracle knows goods on a shelf and a list of people; it knows no counters, turns or conditions.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from ordo.inventory.backlog import Look
from ordo.inventory.errors import MovementRefused
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import MAIN, empty
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.service import StockService
from ordo.kernel.errors import Conflict
from ordo.orders.backorders import decide_filled
from ordo.orders.cancellation import cancellation
from ordo.orders.decision import NoChange, make_commit
from ordo.orders.errors import StaleVersion, StockShort
from ordo.orders.filling import fill_backlog
from ordo.orders.model import SYSTEM
from ordo.orders.place import placement_commit
from ordo.shipments.model import FulfilmentState
from tests.support.orders import CONTACT, SHIP_TO, STAFF, World, draft_for

SKU, NODE = "DRILL", "hz"
Order = tuple[str, int, str]
"""Id, units, and when it is promised (empty: it came for what is there)."""


class Shelf:
    """The oracle: goods, who has a right to some of them, and who waits, in the order in which they get theirs."""

    def __init__(self) -> None:
        self.goods = 0
        self.owners: dict[str, int] = {}
        self.waiting: list[Order] = []

    @property
    def free(self) -> int:
        """Goods that nobody has a right to; those who wait come first."""
        return self.goods - sum(self.owners.values())

    @property
    def spare(self) -> int:
        return self.free - sum(units for _, units, _ in self.waiting)

    def queue(self, order: Order) -> None:
        self.waiting.append(order)
        self.waiting.sort(key=lambda each: (each[2], each[0]))

    def serve_one(self) -> str | None:
        if not self.waiting or self.free < self.waiting[0][1]:
            return None
        order_id, units, _ = self.waiting.pop(0)
        self.owners[order_id] = units
        return order_id

    def forget(self, order_id: str) -> None:
        self.owners.pop(order_id, None)
        self.waiting = [each for each in self.waiting if each[0] != order_id]


class Queue(RuleBasedStateMachine):
    orders: Bundle[str] = Bundle("orders")
    looks: Bundle[Look] = Bundle("looks")

    def __init__(self) -> None:
        super().__init__()
        self.world, self.shelf, self.minted = World(), Shelf(), 0
        memory = InMemoryStock()
        memory.by_key = self.world.repository.counters
        self.stock = StockService(memory, lambda: self.world.now)
        self.backlog = self.world.repository.backlog

    def mint(self) -> str:
        self.minted += 1
        return f"ord_{self.minted:026d}"

    def place(self, order_id: str, units: int, waits: dict[str, Any] | None) -> bool:
        draft = draft_for(order_id, ((NODE, (("1", SKU, units),)),), now=self.world.now, payable_later=True)
        assert draft.plan is not None
        if waits:
            draft.plan["fulfilments"][0]["backorder"] = waits
        personal = {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}
        commit = placement_commit(draft, personal, now=self.world.now, event_id=f"evt_{order_id}")
        try:
            self.world.repository.commit(commit)
        except StockShort:
            return False
        return True

    @rule(target=orders, units=st.integers(1, 4))
    def newcomer(self, units: int) -> str:
        order_id, possible = self.mint(), self.shelf.spare >= units
        assert self.place(order_id, units, None) == possible
        if possible:
            self.shelf.owners[order_id] = units
        return order_id

    @rule(target=orders, units=st.integers(1, 4), day=st.integers(1, 3), cap=st.sampled_from([None, 6]))
    def backorder(self, units: int, day: int, cap: int | None) -> str:
        order_id, promise = self.mint(), f"2026-04-0{day}T00:00:00.000Z"
        possible = cap is None or sum(each for _, each, _ in self.shelf.waiting) + units <= cap
        waits = {"kind": "backorder", "ready_by": promise, "limit": cap}
        assert self.place(order_id, units, waits) == possible
        if possible:
            self.shelf.queue((order_id, units, promise))
        return order_id

    @rule(units=st.integers(1, 6))
    def receive(self, units: int) -> None:
        self.move(MovementKind.RECEIVE, units)
        self.shelf.goods += units

    @rule(units=st.integers(1, 3), kind=st.sampled_from([MovementKind.DAMAGE, MovementKind.ADJUST]))
    def lose(self, units: int, kind: MovementKind) -> None:
        """Damage is of what is spare; a correction says what is true, also of what is promised already."""
        most = self.shelf.spare if kind is MovementKind.DAMAGE else self.shelf.goods
        lost = self.move(kind, units if kind is MovementKind.DAMAGE else -units)
        assert lost == (most >= units)
        self.shelf.goods -= units if lost else 0

    def move(self, kind: MovementKind, quantity: int) -> bool:
        self.minted += 1
        try:
            self.stock.record(RecordMovement(f"m{self.minted}", kind, SKU, NODE, quantity, "why", "who"))
        except MovementRefused:
            return False
        return True

    @rule(order_id=consumes(orders))
    def cancel(self, order_id: str) -> None:
        if order_id in self.world.repository.headers:
            self.world.desk.change(
                order_id, lambda state, now: cancellation(state, now, code="staff", reason="why"), actor=STAFF
            )
            self.shelf.forget(order_id)

    @rule(order_id=consumes(orders))
    def ship(self, order_id: str) -> None:
        """Whoever has a right to goods takes them away, if they are there (a correction may have found that not)."""
        units = self.shelf.owners.get(order_id)
        if units is not None and self.shelf.goods >= units:
            self.world.work(FulfilmentState.DISPATCHED, order_id)
            self.shelf.goods -= units
            self.shelf.owners.pop(order_id)

    @rule(most=st.integers(1, 9))
    def fill(self, most: int) -> None:
        left = iter(range(most))
        fill_backlog(self.world.desk, self.backlog, SKU, NODE, go_on=lambda: next(left, None) is not None)
        for _ in range(most):
            self.shelf.serve_one()

    @rule(target=looks)
    def look(self) -> Look:
        return self.backlog.look(SKU, NODE)

    @rule(look=consumes(looks))
    def fill_from_an_old_look(self, look: Look) -> None:
        if look.head is None:
            return
        state = self.world.state(look.head.order_id)
        decision = decide_filled(state, self.world.now, look, look.head.fulfilment_id)
        if isinstance(decision, NoChange):
            return
        self.minted += 1
        commit = make_commit(state, decision, now=self.world.now, actor=SYSTEM, event_id=f"evt_{self.minted}")
        with suppress(Conflict, StaleVersion, StockShort):
            self.world.repository.commit(commit)
            assert self.shelf.serve_one() == look.head.order_id, "somebody else was first, or nothing was there"

    @rule(goods=st.integers(2, 6), units=st.integers(1, 2), days=st.tuples(st.integers(1, 3), st.integers(1, 3)))
    def somebody_joins_while_another_is_filled(self, goods: int, units: int, days: tuple[int, int]) -> None:
        """There is enough for both: whoever is promised earlier is first all the same."""
        self.receive(goods)
        self.backorder(units, days[0], None)
        look = self.look()
        self.backorder(1, days[1], None)
        self.fill_from_an_old_look(look)

    @invariant()
    def all_agree(self) -> None:
        counter = self.world.repository.counters.get((SKU, NODE, MAIN)) or empty((SKU, NODE, MAIN))
        waiting = sum(units for _, units, _ in self.shelf.waiting)
        assert (counter.on_hand, counter.backordered) == (self.shelf.goods, waiting)
        assert (counter.reserved, counter.available) == (sum(self.shelf.owners.values()) + waiting, self.shelf.spare)
        assert [each.order_id for each in self.backlog.queue(SKU, NODE)] == [each[0] for each in self.shelf.waiting]
        for order_id, header in self.world.repository.headers.items():
            waits = any(order_id == each[0] for each in self.shelf.waiting)
            assert bool(header.waiting_units) == bool(header.supply_due) == waits
            assert (header.released_at is not None) == (not waits) or header.status == "cancelled"


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
