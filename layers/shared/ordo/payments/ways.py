"""How an order that is paid after it was cancelled for not being paid comes back: from where it takes what it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ordo.capacity.model import NodeFull
from ordo.catalog.uses import bucket_with_uses
from ordo.orders.cancellation import NodePart, same_nodes
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import ClaimTaken, CouponShort, StockShort
from ordo.orders.model import OrderState
from ordo.orders.placement import MAX_COUNTERS, MAX_TAKES
from ordo.orders.taken import Buckets, counters

ATTEMPTS = 3
"""How often it is looked elsewhere when others take the stock, or the uses of its coupons, first."""

Parts = Callable[[OrderState], Sequence[NodePart]]
"""Where an order's stock is taken from; nothing when there is not enough."""

Resource = Callable[[OrderState, datetime], Sequence[NodePart]]
"""Reads the stock and sources the whole order anew; nothing when there is not enough."""


def nowhere(_state: OrderState) -> Sequence[NodePart]:
    """Something that the order needs is gone: it does not come back."""
    return ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where the order takes its stock and the uses of its coupons, and whether it is its customer's first again."""

    parts: Parts = same_nodes
    buckets: Buckets = field(default_factory=dict)
    first_order: bool = True


SAME_WAY = Way()
"""Everything where it was."""


class Ways:
    """One way after the other, as the commits of the ones before were refused."""

    def __init__(self, desk: OrderDesk, resource: Resource, order_id: str) -> None:
        self._desk, self._resource, self._order_id = desk, resource, order_id
        self._tried: Counter[type[Exception]] = Counter()
        self.way = SAME_WAY

    def look_elsewhere(self, refusal: StockShort | NodeFull | CouponShort | ClaimTaken) -> None:
        """Another way; the last one takes nothing at all, since the order does not come back. Raises foreign claims."""
        if isinstance(refusal, ClaimTaken):
            if refusal.kind != "first_order":
                raise refusal
            self.way = replace(self.way, first_order=False)
            return
        self._tried[type(refusal)] += 1
        if self._tried[type(refusal)] > ATTEMPTS:
            self.way = Way(nowhere)
        elif isinstance(refusal, (StockShort, NodeFull)):
            self.way = replace(self.way, parts=self._sourced())
        else:
            self.way = self._with_other_buckets(refusal)

    def _sourced(self) -> Parts:
        state = self._desk.repository.load(self._order_id)
        found = tuple(self._resource(state, self._desk.now()))
        stock = {(line.sku, part.node_id) for part in found for line in part.lines}
        work = sum(part.work_counted for part in found)
        fits = len(found) + work + counters(state.header) <= MAX_TAKES and len(stock) <= MAX_COUNTERS
        return (lambda _state: found) if fits else nowhere

    def _with_other_buckets(self, short: CouponShort) -> Way:
        buckets = dict(self.way.buckets)
        for code, limit in short.limits.items():
            left = self._desk.repository.uses_left(code) if limit == "total" else {}
            bucket = bucket_with_uses(self._order_id, code, left)
            if bucket is None:
                return Way(nowhere)
            buckets[code] = bucket
        return replace(self.way, buckets=buckets)
