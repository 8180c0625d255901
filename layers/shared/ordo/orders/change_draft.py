"""What one change does, piece by piece. Pure: the preview and the commit are made of the same pieces.

A draft goes on from state to state: each piece is decided on the order as the pieces before it leave it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ordo.capacity.model import LoadMove
from ordo.catalog.uses import CouponMove
from ordo.inventory.backlog import Presale, QueueChange
from ordo.inventory.lots import LotMove
from ordo.inventory.model import StockMove, merge
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.accounts import Booked, postings_of
from ordo.orders.adding import Sourced
from ordo.orders.addition import OrderAddition, addition_id
from ordo.orders.backorders import joining, presold, taken
from ordo.orders.cancellation import limits_of, new_fulfilments
from ordo.orders.decision import Claim, ContactWrite
from ordo.orders.model import Hold, OrderState, Record
from ordo.orders.node_work import begun
from ordo.orders.posting import Posting, PostingKind, posted, with_postings
from ordo.orders.trimming import Trimmed, Units, trim
from ordo.pricing.model import PricedCart, PricedLine
from ordo.shipments.arrival import arrived
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity

DECIDING = timedelta(minutes=30)
"""A preview says when goods come whether it is applied at once or so much later."""


@dataclass
class ChangeDraft:
    """`before` is the order as it is, `state` as the change leaves it. `source` is the id of the change, `said` the
    promise that its preview made: it is kept as long as it can be.
    """

    before: OrderState
    now: datetime
    source: str
    said: Mapping[str, str] | None = None
    state: OrderState = field(init=False)
    records: dict[str, Record] = field(default_factory=dict)
    stock: list[StockMove] = field(default_factory=list)
    loads: list[LoadMove] = field(default_factory=list)
    queue: list[QueueChange] = field(default_factory=list)
    presales: Counter[str] = field(default_factory=Counter)
    caps: dict[str, int | None] = field(default_factory=dict)
    lots: list[LotMove] = field(default_factory=list)
    coupons: tuple[CouponMove, ...] = ()
    unclaimed: tuple[Claim, ...] = ()
    contacts: tuple[ContactWrite, ...] = ()
    plan: dict[str, Any] | None = None
    trims: list[Trimmed] = field(default_factory=list)
    cut: list[LineQuantity] = field(default_factory=list)
    """Units that are not owed any more, by line or part."""
    bookings: list[tuple[PostingKind, Booked]] = field(default_factory=list)
    added: list[PricedCart] = field(default_factory=list)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Units by SKU and node."""
    work: list[Fulfilment] = field(default_factory=list)
    """New work of nodes."""
    promise: dict[str, str] | None = None
    """When goods that the change sources come."""
    holds_released: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)
    texts_of: dict[str, str] = field(default_factory=dict)
    """By new line: the line whose texts, which are personal, it is made with."""
    told: dict[str, Any] = field(default_factory=dict)
    """What else the preview and the event tell, by reference."""

    def __post_init__(self) -> None:
        self.state = self.before

    # ------------------------------------------------------------------ goods
    def end(self, wanted: Units, *, picked: bool) -> None:
        """Take units out of live work; they are not owed any more."""
        done = self._trimmed(trim(self.state, wanted, self.now, picked=picked))
        self.cut += done.cut

    def take_back(self, wanted: Units, states: Sequence[FulfilmentState]) -> None:
        """Take units out of work in these states, to be sourced again by the same change."""
        self._trimmed(trim(self.state, wanted, self.now, only=states))
        units = self.state.header.units
        self._header(units=units.model_copy(update={"cancelled": self.before.header.units.cancelled}))

    def _trimmed(self, done: Trimmed) -> Trimmed:
        self._write(done.records)
        self.stock += done.stock
        self.loads += done.loads
        self.queue += done.queue
        self.lots += done.lots
        for each in done.presales:
            self.presales[each.sku] += each.units
        self.work += done.replaced
        self.trims.append(done)
        self.state = done.state
        return done

    def add(self, priced: PricedCart, *, kind: PostingKind = "added") -> OrderAddition:
        """Give the order further lines; what they cost is booked as `kind`."""
        header = self.state.header
        addition = OrderAddition.of(
            addition_id(header.order_id, len(self.state.additions) + 1),
            header.order_id,
            self.source,
            priced,
            to_iso(self.now),
        )
        self.added.append(priced)
        self._write((addition,))
        units = header.units.model_copy(update={"total": header.units.total + addition.units})
        self.state = replace(
            self.state,
            header=header.model_copy(update={"units": units, "completed_at": None}),
            lines=(*self.state.lines, *priced.lines),
            additions={**self.state.additions, addition.order_addition_id: addition},
        )
        self.ask(kind, addition.total, addition=addition.order_addition_id)
        return addition

    def begin(self, found: Sourced, *, at_once: bool, awaits: str | None = None) -> tuple[Fulfilment, ...]:
        """Give nodes the work of `found`: `at_once`, or when the order's money covers it, and not before what it
        `awaits` (a return) lets it go.
        """
        state = FulfilmentState.OPEN if at_once and awaits is None else FulfilmentState.PLANNED
        new = new_fulfilments(self.state, found.parts, to_iso(self.now), state, awaits=awaits)
        caps = {each.fulfilment_id: part.limit for each, part in zip(new, found.parts, strict=True)}
        self._write(new)
        self.work += new
        self.stock += taken(new, caps)
        self.loads += begun(new, limits_of(found.parts))
        self.queue += joining(new)
        for each in presold(new, caps):
            self.presales[each.sku] += each.units
            self.caps[each.sku] = each.cap
        for part in found.parts:
            for line in part.lines:
                self.taken[line.sku, part.node_id] += 0 if part.wait else line.quantity
        self.plan = found.plan
        self.promise = self._promise(found)
        self.state = replace(
            self.state, fulfilments={**self.state.fulfilments, **{each.fulfilment_id: each for each in new}}
        )
        self._promised(self.promise["ready_by"], self.promise["deliver_by"])
        return new

    def _promise(self, found: Sourced) -> dict[str, str]:
        """When the goods come, with some time for deciding; what was said already holds while the plan keeps it."""
        plain = {"ready_by": found.ready_by, "deliver_by": found.deliver_by}
        if self.said and all(plain[name] <= self.said.get(name, "") for name in plain):
            return dict(self.said)
        return {name: to_iso(from_iso(time) + DECIDING) for name, time in plain.items()}

    def _promised(self, ready_by: str, deliver_by: str) -> None:
        header = self.state.header
        later = max(filter(None, (header.expected_at, deliver_by)), default=None)
        late = later if later and header.promised_at and later > header.promised_at else None
        self._header(
            filled_at=to_iso(self.now),  # its nodes have their time to ship from now on
            ready_by=max(filter(None, (header.ready_by, ready_by)), default=None),
            expected_at=late,
        )

    # ------------------------------------------------------------------ money
    def book(self, kind: PostingKind, booked: Booked) -> None:
        """Book a refund by the price rules."""
        self.bookings.append((kind, booked))
        self._post(postings_of(self.state, kind, booked, self.now, source=self.source))

    def ask(self, kind: PostingKind, amount: int, *, addition: str | None = None) -> None:
        """Book an amount that no price rule is asked for: what the order costs more (negative: less)."""
        if amount:
            self._post((posted(self.state, kind, amount, to_iso(self.now), source=self.source, addition=addition),))

    def _post(self, postings: Iterable[Posting]) -> None:
        postings = tuple(postings)
        self._write(postings)
        self.state = replace(
            self.state,
            header=with_postings(self.state.header, postings),
            postings={**self.state.postings, **{each.posting_id: each for each in postings}},
        )

    @property
    def refund(self) -> int:
        """What goes back to the customer more than before, in minor units."""
        return max(0, self._due(self.state) - self._due(self.before))

    @property
    def to_pay(self) -> int:
        """What the customer has to pay more than before."""
        return max(0, self._unpaid(self.state) - self._unpaid(self.before))

    @staticmethod
    def _due(state: OrderState) -> int:
        return max(0, state.header.funds.kept - state.header.owed)

    @staticmethod
    def _unpaid(state: OrderState) -> int:
        return max(0, state.header.owed - state.header.funds.kept)

    # ------------------------------------------------------------------ the rest
    def release_address_holds(self) -> None:
        """A new address is what these waited for."""
        holds: tuple[Hold, ...] = self.state.header.holds
        self.holds_released = tuple(each.hold_id for each in holds if each.kind == "address")
        self._header(holds=tuple(each for each in holds if each.kind != "address"))

    def set_header(self, **fields: Any) -> None:
        """Change facts of the header."""
        self._header(**fields)

    def keep(self, *records: Record) -> None:
        """Write records with it."""
        self._write(records)

    def settle(self) -> None:
        """Judge what has arrived anew: fewer or more units are owed now."""
        header = self.state.header
        if header.units.delivered or header.delivered_at:
            shipments = self.state.shipments.values()
            self.state = replace(self.state, header=arrived(header, shipments, self.now))

    @property
    def is_all_cancelled(self) -> bool:
        """Whether nothing of the order is left."""
        units = self.state.header.units
        return units.cancelled >= units.total

    @property
    def added_lines(self) -> Sequence[PricedLine]:
        """Lines that the order gets."""
        return [line for cart in self.added for line in cart.lines]

    def merged_stock(self) -> tuple[StockMove, ...]:
        """One move for each counter."""
        return tuple(merge(self.stock))

    def merged_presales(self) -> tuple[Presale, ...]:
        """One for each SKU."""
        return tuple(Presale(sku, units, self.caps.get(sku)) for sku, units in sorted(self.presales.items()) if units)

    def _write(self, records: Iterable[Record]) -> None:
        from ordo.orders.records import sort_key

        self.records |= {sort_key(each): each for each in records}

    def _header(self, **fields: Any) -> None:
        self.state = replace(self.state, header=self.state.header.model_copy(update=fields))
