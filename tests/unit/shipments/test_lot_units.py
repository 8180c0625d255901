"""Any interleaving of what happens to lots, against a list of single units that knows no counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.inventory.errors import LotsShort, MovementRefused
from ordo.inventory.lot_shelf import Expiry, LotShelf
from ordo.inventory.lots import NEVER
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import MAIN
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.service import StockService
from ordo.inventory.shortage_memory import InMemoryShortages
from ordo.inventory.shortages import Shortages
from ordo.orders.cancellation import cancellation
from ordo.orders.desk import OrderDesk
from ordo.orders.elsewhere import Found
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import SYSTEM
from ordo.shipments.answers import Reason, Reply
from ordo.shipments.errors import StockNotThere
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.picking import Pick
from ordo.shipments.service import answer_fulfilment, dispatch_fulfilment, work_fulfilment
from ordo.shipments.waiting import InMemoryWaitingStore
from ordo.shipments.work import Dispatch
from tests.support.shipping import Clock, CountingIds, first, place

START = date(2026, 11, 22)
Unit = tuple[str, str]
"""(expires_on, lot) of one single unit of goods."""


class Policies:
    """At least one day must be left."""

    def __init__(self) -> None:
        self.day = START

    def min_days(self, skus: Any) -> Mapping[str, int]:
        return dict.fromkeys(skus, 1)

    def today(self, node: str, now: object) -> date:
        return self.day


class Shop:
    """The product on one side; on the other the oracle: units in lists, on a shelf, in boxes. It knows no counters."""

    def __init__(self) -> None:
        self.stock, self.clock, self.ids, self.policies = InMemoryStock(), Clock(), CountingIds(), Policies()
        self.repository = InMemoryOrderRepository(self.stock.by_key)
        self.repository.by_lot = self.stock.by_lot
        self.desk = OrderDesk(self.repository, self.clock, self.ids, budget_s=0.2)
        self.service = StockService(self.stock, self.clock)
        shortages = Shortages(InMemoryShortages(self.stock), self.clock, self.ids)
        self.expiry = Expiry(self.stock, self.policies, shortages, self.clock, self.ids)
        self.pick = Pick(LotShelf(self.stock, self.policies, self.clock))
        self.orders = 0
        self.shelf: list[Unit] = []
        self.boxes: dict[str, list[Unit]] = {}
        self.reserved: dict[str, int] = {}

    def move(self, kind: str, quantity: int, lot: str | None = None, expires_on: str | None = None) -> bool:
        self.ids.count += 1
        command = RecordMovement(
            f"m{self.ids.count}",
            MovementKind(kind),
            "TEE",
            "WH-1",
            quantity,
            "why",
            "wms",
            lot=lot,
            expires_on=expires_on,
        )
        try:
            self.service.record(command, by_lot=True)
        except (LotsShort, MovementRefused):
            return False
        return True

    def good(self) -> list[Unit]:
        return sorted(unit for unit in self.shelf if date.fromisoformat(unit[0]) - self.policies.day >= timedelta(1))

    def free(self) -> int:
        boxed = sum(map(len, self.boxes.values()))
        return len(self.shelf) + boxed - sum(self.reserved.values())

    # ------------------------------------------------------------------ what happens
    def do_receive(self, days: int, count: int) -> None:
        """Some lots are over already when they come; those with the most days left never expire and have no name."""
        expires_on = (START + timedelta(days)).isoformat()
        named: tuple[str | None, str | None] = (f"L{days % 2}-{expires_on}", expires_on) if days < 8 else (None, None)
        assert self.move("receive", count, *named)
        self.shelf += [(named[1] or NEVER, named[0] or "")] * count

    def do_damage(self, _days: int, count: int) -> None:
        possible = self.free() >= count and len(self.shelf) >= count
        assert self.move("damage", count) == possible
        if possible:
            self.shelf = sorted(self.shelf)[count:]

    def do_count(self, _days: int, less: int) -> None:
        """Some are not there any more, or more than was thought."""
        there = len(self.shelf) + sum(map(len, self.boxes.values()))
        gone, found = min(less, len(self.shelf)), 1 if less == 4 else 0
        if there - gone + found == 0 and not there:
            return
        assert self.move("count", there - gone if not found else there + 1)
        self.shelf = sorted(self.shelf)[gone:] if not found else [*self.shelf, (NEVER, "")]

    def do_order(self, _days: int, count: int) -> None:
        if self.free() < count:
            return
        self.orders += 1
        order = f"ord_{self.orders:026d}"
        place(self.repository, {"WH-1": [("1", "TEE", count)]}, order_id=order)
        self.reserved[order] = count

    def do_pick(self, which: int, _count: int) -> None:
        for order in self.waiting(which):
            wanted, good = self.reserved[order], self.good()
            if len(good) < wanted:
                with pytest.raises(LotsShort) as short:
                    self.work(order)
                assert short.value.lacks[0].there == len(good)
                return
            done = self.work(order)
            self.box(order, wanted, good)
            told = Counter({(each.expires_on or NEVER, each.lot): each.quantity for each in done.lots})
            assert told == Counter(self.boxes[order])

    def do_dispatch(self, which: int, _count: int) -> None:
        for order in [*self.boxes, *self.waiting(which)][which % 2 :][:1]:
            command = Dispatch(first(order), "generic", "wms", f"GEN-{order}")
            good = self.good()
            try:
                dispatch_fulfilment(self.desk, InMemoryWaitingStore(), command, lambda _: True, self.pick)
            except LotsShort:
                assert order not in self.boxes
                assert len(good) < self.reserved[order]
                return
            except StockNotThere:
                raise AssertionError("what lies in a lot is on hand") from None
            if order not in self.boxes:
                self.box(order, self.reserved[order], good)
            del self.boxes[order], self.reserved[order]

    def do_cancel(self, which: int, _count: int) -> None:
        for order in list(self.reserved)[which % 3 :][:1]:
            self.desk.change(order, lambda state, now: cancellation(state, now, code="staff", reason="x"), actor=SYSTEM)
            self.shelf += self.boxes.pop(order, [])
            del self.reserved[order]

    def do_reject(self, which: int, count: int) -> None:
        """The whole of it: what was in its box goes back to the shelf, or is missing; or so much of the shelf is."""
        for order in list(self.reserved)[which % 3 :][:1]:
            reason: Reason = "missing" if count % 2 else "closed"
            self.answer(order, Reply(first(order), reason, "wms"))
            box, wanted = self.boxes.pop(order, None), self.reserved.pop(order)
            if reason == "closed":
                self.shelf += box or []
            elif box is None and len(self.shelf) >= wanted:
                self.shelf = sorted(self.shelf)[wanted:]

    def do_short(self, which: int, count: int) -> None:
        """One unit less: it is left on the shelf, or damaged if there is any."""
        for order in [each for each in self.waiting(which) if self.reserved[each] > 1]:
            kept, good = self.reserved[order] - 1, self.good()
            reply = Reply(first(order), "damaged" if count % 2 else "other", "wms", short=(("1", 1),))
            if len(good) < kept:
                with pytest.raises(LotsShort):
                    self.answer(order, reply)
                return
            done = self.answer(order, reply)
            self.box(order, kept, good)
            assert sum(each.quantity for each in done.lots) == kept
            self.reserved[order] = kept
            if reply.reason == "damaged" and self.shelf:
                self.shelf = sorted(self.shelf)[1:]

    def do_night(self, days: int, _count: int) -> None:
        self.policies.day += timedelta(days % 3)
        self.expiry.look("TEE", "WH-1")
        self.shelf = self.good()

    def work(self, order: str) -> Fulfilment:
        target = FulfilmentState.PICKED
        return work_fulfilment(self.desk, first(order), target, "wms", lambda _: True, self.pick).fulfilment

    def answer(self, order: str, reply: Reply) -> Fulfilment:
        def nobody(_state: object, _now: object, lines: Sequence[LineQuantity]) -> Found:
            return Found(tuple(lines))

        return answer_fulfilment(self.desk, nobody, reply, lambda _: True, self.pick).fulfilment

    # ------------------------------------------------------------------ what is true
    def waiting(self, which: int) -> list[str]:
        return [order for order in self.reserved if order not in self.boxes][which % 2 :][:1]

    def box(self, order: str, wanted: int, good: list[Unit]) -> None:
        self.boxes[order] = good[:wanted]
        for unit in self.boxes[order]:
            self.shelf.remove(unit)

    def agree(self) -> None:
        lots = {(lot.expires_on, lot.lot): lot.units for lot in self.stock.lots("TEE", "WH-1") if lot.units}
        assert Counter(lots) == Counter(self.shelf)
        for counter in self.stock.counters([("TEE", "WH-1", MAIN)]):
            boxed = sum(map(len, self.boxes.values()))
            assert counter.on_hand == len(self.shelf) + boxed == sum(lots.values()) + boxed
            assert counter.reserved == sum(self.reserved.values())


KINDS = (
    "receive",
    "order",
    "order",
    "pick",
    "pick",
    "dispatch",
    "cancel",
    "cancel",
    "damage",
    "count",
    "night",
    "reject",
    "short",
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(1, 4)), min_size=12, max_size=30))
def test_whatever_happens_lots_and_counters_are_the_units_that_are_there(happens: list[tuple[str, int, int]]) -> None:
    shop = Shop()
    for days in (3, 5, 9):
        shop.do_receive(days, 4)
    for kind, days, count in happens:
        getattr(shop, f"do_{kind}")(days, count)
        shop.agree()
