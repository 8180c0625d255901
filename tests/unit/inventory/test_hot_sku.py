"""A hot SKU under any interleaving: orders, cancels, dispatches, changes of buckets and fences, movements.

Read and write are steps apart, so that another comes between. The books are kept beside, from the answers alone.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from ordo.inventory.arranging import Arranging
from ordo.inventory.demand import availability
from ordo.inventory.errors import FenceTooLarge, MovementRefused, StockExhausted
from ordo.inventory.layout import Fence, is_general
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockCounter, dispatch, release, reserve
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.service import StockService, shelf_of
from ordo.inventory.spread import takes, usable

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
SKU, NODE = "tee", "hz"
CHANNELS = ("web", "live")

Taken = dict[str, int]


class HotSku(RuleBasedStateMachine):
    seen: Bundle[tuple[str, str, int, list[StockCounter]]] = Bundle("seen")
    held: Bundle[tuple[str, Taken]] = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.stock = InMemoryStock()
        self.service = StockService(self.stock, lambda: NOON)
        self.minted = 0
        self.arranging = Arranging(self.stock, lambda: NOON, lambda prefix, _: f"{prefix}_{self._next()}")
        self.on_hand = 0
        self.reserved = 0
        self.owed = False

    def _next(self) -> int:
        self.minted += 1
        return self.minted

    def _record(self, kind: MovementKind, quantity: int) -> bool:
        command = RecordMovement(f"m{self._next()}", kind, SKU, NODE, quantity, "why", "who")
        try:
            self.service.record(command)
        except MovementRefused:
            return False
        return True

    # -------------------------------------------------------------- orders
    @rule(target=seen, channel=st.sampled_from(CHANNELS), quantity=st.integers(1, 6))
    def look(self, channel: str, quantity: int) -> tuple[str, str, int, list[StockCounter]]:
        return f"ord_{self._next()}", channel, quantity, self.service.counters([SKU], [NODE])

    @rule(target=held, order=consumes(seen))
    def take(self, order: tuple[str, str, int, list[StockCounter]]) -> tuple[str, Taken]:
        order_id, channel, quantity, counters = order
        for attempt in range(2):
            shelves = usable(counters, channel).get(SKU, {}).get(NODE)
            there = availability(counters, channel).get(SKU, {}).get(NODE, 0)
            parts = takes(order_id, SKU, NODE, quantity, shelves or {"0": there}, channel)
            if parts is None:
                assert there < quantity, "refused while stock is left"
                if attempt:
                    return order_id, {}
            else:
                try:
                    self.stock.commit([reserve(SKU, NODE, units, bucket) for bucket, units in parts.items()])
                except StockExhausted:
                    pass
                else:
                    self.reserved += quantity
                    for bucket in parts:
                        assert is_general(bucket) or bucket == f"@{channel}", "took what is kept for another"
                    return order_id, parts
            counters = self.service.counters([SKU], [NODE], consistent=True)
        return order_id, {}

    @rule(order=consumes(held))
    def cancel(self, order: tuple[str, Taken]) -> None:
        self.stock.commit([release(SKU, NODE, units, bucket) for bucket, units in order[1].items()])
        self.reserved -= sum(order[1].values())

    @rule(order=consumes(held))
    def send(self, order: tuple[str, Taken]) -> None:
        try:
            self.stock.commit([dispatch(SKU, NODE, units, bucket) for bucket, units in order[1].items()])
        except StockExhausted:
            assert self.owed, "reserved units were not on hand"
            self.stock.commit([release(SKU, NODE, units, bucket) for bucket, units in order[1].items()])
            self.reserved -= sum(order[1].values())
            return
        self.on_hand -= sum(order[1].values())
        self.reserved -= sum(order[1].values())

    # -------------------------------------------------------------- staff
    @rule(quantity=st.integers(1, 40))
    def receive(self, quantity: int) -> None:
        assert self._record(MovementKind.RECEIVE, quantity)
        self.on_hand += quantity

    @rule(quantity=st.integers(1, 10))
    def damage(self, quantity: int) -> None:
        if self._record(MovementKind.DAMAGE, quantity):
            self.on_hand -= quantity

    @rule(quantity=st.integers(0, 40))
    def count(self, quantity: int) -> None:
        if self._record(MovementKind.COUNT, quantity):
            self.owed = self.owed or quantity < self.reserved
            self.on_hand = quantity

    @rule(buckets=st.integers(1, 6))
    def spread(self, buckets: int) -> None:
        self.arranging.arrange(SKU, NODE, actor="who", buckets=buckets)

    @rule(fences=st.dictionaries(st.sampled_from(CHANNELS), st.builds(Fence, quantity=st.integers(1, 8))))
    def fence(self, fences: dict[str, Fence]) -> None:
        with suppress(FenceTooLarge):
            self.arranging.arrange(SKU, NODE, actor="who", fences=fences)

    @rule()
    def arrange(self) -> None:
        self.arranging.arrange(SKU, NODE, actor="who")

    # -------------------------------------------------------------- always
    @invariant()
    def the_books_are_right(self) -> None:
        shelf = shelf_of(self.stock, SKU, NODE)
        assert set(self.stock.by_key) <= {each.key for each in shelf}, "a bucket that the layout does not name"
        assert sum(each.on_hand for each in shelf) == self.on_hand
        assert sum(each.reserved for each in shelf) == self.reserved
        ledger = sum(entry.on_hand for row in self.stock.movements() for entry in row.entries)
        dispatched = ledger - self.on_hand
        assert dispatched >= 0, "dispatches are the only ones without a row here"
        assert all(each.on_hand >= 0 and each.reserved >= 0 for each in shelf)
        if not self.owed:
            assert all(each.available >= 0 for each in shelf)


TestHotSku = HotSku.TestCase
TestHotSku.settings = settings(max_examples=60, stateful_step_count=30)
