"""From a decision to a commit: the one place where an order's next version is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ordo.capacity.model import LoadMove, merge_loads
from ordo.inventory.model import StockMove, merge
from ordo.kernel.clock import to_iso
from ordo.orders.deadlines import deadlines_of, next_wake
from ordo.orders.model import (
    Actor,
    OrderHeader,
    OrderState,
    OrderStatus,
    Record,
    derive_status,
)
from ordo.orders.promise import judged
from ordo.orders.records import sort_key
from ordo.orders.timeline import StoredEvent, record_event
from ordo.payments.model import payment_status
from ordo.payments.planning import asked
from ordo.shipments.model import ENDED, Fulfilment, FulfilmentState, Shipment

if TYPE_CHECKING:
    from ordo.catalog.uses import CouponMove
    from ordo.inventory.backlog import Presale, QueueChange
    from ordo.inventory.lots import LotMove
    from ordo.inventory.movements import Movement
    from ordo.inventory.reservations import Pending
    from ordo.pricing.model import PricedLine


ClaimKind = Literal["idem", "external", "tracking", "first_order"]
"""An idempotency key, an external id of a channel, a tracking number of a carrier, a customer's first order."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that may exist once: an idempotency key, an external id, a tracking number. Put if absent."""

    kind: ClaimKind
    parts: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContactWrite:
    """Personal data of the order, in the Customers table. `slot` is `contact`, or `change#<id>` for a proposed one.

    By the phone and the e-mail of `contact` the order is found, as long as it is there; None erases it.
    """

    slot: str
    contact: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a pure decision wants: one event, the header with its facts changed, and what goes with it."""

    type: str
    header: OrderHeader
    data: dict[str, Any] = field(default_factory=dict)
    implies: tuple[str, ...] = ()
    reason: str | None = None
    records: tuple[Record, ...] = ()
    claims: tuple[Claim, ...] = ()
    unclaimed: tuple[Claim, ...] = ()
    """Claims of this order that end."""
    coupons: tuple[CouponMove, ...] = ()
    stock: tuple[StockMove, ...] = ()
    loads: tuple[LoadMove, ...] = ()
    """Work that nodes get or are done with."""
    queue: tuple[QueueChange, ...] = ()
    """Parts that begin or end to wait for a SKU at a node; their units are in `stock` too."""
    presales: tuple[Presale, ...] = ()
    lots: tuple[LotMove, ...] = ()
    """Changes of lots; one that has too little by now means that they are chosen again."""
    movement: Movement | None = None
    plan: dict[str, Any] | None = None
    """A sourcing plan made after placement, kept beside the first one (law 5)."""
    contacts: tuple[ContactWrite, ...] = ()
    lines: tuple[PricedLine, ...] | None = None
    trace: dict[str, Any] | None = None
    metrics: tuple[str, ...] = ()
    reservation: Pending | None = None
    """A reservation that becomes the order's own; its counters are among the moves."""


@dataclass(frozen=True, slots=True)
class NoChange:
    """The decision is that nothing needs to be written: it was done before, or there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One write of an order: all of it or nothing. `expected_seq` 0 means that the order must not exist yet."""

    expected_seq: int
    header: OrderHeader
    event: StoredEvent
    decision: Decision
    records: tuple[Record, ...]
    stock: tuple[StockMove, ...]
    loads: tuple[LoadMove, ...] = ()
    written_at: Mapping[str, int] = field(default_factory=dict, compare=False)
    """As in `OrderState`, once this is written."""


def make_commit(before: OrderState | None, decision: Decision, *, now: datetime, actor: Actor, event_id: str) -> Commit:
    """Release what became ready, derive both states, judge the promise, set the deadlines, and chain the event."""
    moment = to_iso(now)
    header, records, implies = _release(before, decision, moment)
    money = asked(before, header, records, now)
    header, records = money.header, _replaced(records, money.records)
    implies = (*implies, *(each for each in money.implies if each != decision.type and each not in implies))
    judgement = judged(before, _derive(_with_waiting(before, header, records)), _shipments(before, records), now)
    header = judgement.header
    old = before.header if before else None
    deadlines = deadlines_of(header)
    header = header.model_copy(
        update={
            "seq": (old.seq if old else 0) + 1,
            "changed_at": moment,
            "deadlines": deadlines,
            "deadline_at": next_wake(old, deadlines, moment),
            "parked": None,  # it moves again: the watcher may try it again
        }
    )
    event = record_event(
        header,
        event_id=event_id,
        event_type=decision.type,
        implies=(*implies, *(each for each in judgement.implies if each != decision.type)),
        occurred_at=moment,
        actor=actor,
        reason=decision.reason,
        data={**decision.data, **_with_asked(decision.data, money.data), **judgement.data},
    )
    header = header.model_copy(update={"head_hash": event.hash})
    written_at = {**(before.written_at if before else {}), **{sort_key(record): header.seq for record in records}}
    return Commit(
        old.seq if old else 0,
        header,
        event,
        decision,
        records,
        tuple(merge(decision.stock)),
        merge_loads(decision.loads),
        written_at,
    )


def _replaced(records: tuple[Record, ...], by: tuple[Record, ...]) -> tuple[Record, ...]:
    """The records, with those of `by` in place of the same ones or behind them: an item is written once."""
    if not by:
        return records
    return tuple({sort_key(record): record for record in (*records, *by)}.values())


def _with_asked(data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for because of the commit, beside what its own decision asks for."""
    if not more:
        return {}
    return {"instructions": [*data.get("instructions", ()), *more["instructions"]]}


def _derive(header: OrderHeader) -> OrderHeader:
    status = derive_status(header)
    total = header.totals.total if status is OrderStatus.CANCELLED else header.owed
    return header.model_copy(update={"status": status, "payment_status": payment_status(header.funds, total)})


def _release(
    before: OrderState | None, decision: Decision, moment: str
) -> tuple[OrderHeader, tuple[Record, ...], tuple[str, ...]]:
    """An order is released by whatever commit makes it ready: covered by money and free of holds."""
    header = decision.header
    active = header.units.total - header.units.cancelled
    ready = header.is_covered(moment) and not header.holds and active > 0
    if not ready:
        return header, decision.records, decision.implies
    if header.released_at:
        return header, _begun(before, decision.records, moment), decision.implies
    written = {sort_key(record): record for record in decision.records}
    for fulfilment in before.fulfilments.values() if before else ():
        written.setdefault(sort_key(fulfilment), fulfilment)
    if _only_waits(written.values()):
        return header, decision.records, decision.implies
    opened = tuple(_opened(record, moment) for record in written.values())
    return header.model_copy(update={"released_at": moment}), opened, (*decision.implies, "order.released")


def _begun(before: OrderState | None, records: tuple[Record, ...], moment: str) -> tuple[Record, ...]:
    """The records, with work that was planned after the release: it begins when the order is paid for again."""
    known = {sort_key(record) for record in records}
    planned = [each for each in before.fulfilments.values() if _is_planned(each)] if before else []
    others = [each for each in planned if sort_key(each) not in known]
    return tuple(_opened(record, moment) for record in (*records, *others))


def _is_planned(work: Fulfilment) -> bool:
    return work.state is FulfilmentState.PLANNED and work.awaits is None


def _awaits(work: Fulfilment) -> bool:
    """Whether it waits for what is to come back: nobody is late with it."""
    return work.state is FulfilmentState.PLANNED and work.awaits is not None


def _only_waits(records: Iterable[Record]) -> bool:
    """Whether everything of the order waits for goods, so that no node could start."""
    live = [each for each in records if isinstance(each, Fulfilment) and each.state not in ENDED]
    return bool(live) and all(each.state is FulfilmentState.WAITING for each in live)


def _with_waiting(before: OrderState | None, header: OrderHeader, records: tuple[Record, ...]) -> OrderHeader:
    """What the header says of parts that wait, from the parts as they are after this commit."""
    parts = dict(before.fulfilments) if before else {}
    parts |= {each.fulfilment_id: each for each in records if isinstance(each, Fulfilment)}
    waiting = [each for each in parts.values() if each.state is FulfilmentState.WAITING or _awaits(each)]
    if not waiting and not header.waiting_units:
        return header
    due = min((each.wait.promise for each in waiting if each.wait), default=None)
    return header.model_copy(update={"waiting_units": sum(each.units for each in waiting), "supply_due": due})


def _shipments(before: OrderState | None, records: tuple[Record, ...]) -> dict[str, Shipment]:
    """As they are after the commit."""
    known = before.shipments if before else {}
    return {**known, **{each.shipment_id: each for each in records if isinstance(each, Shipment)}}


def _opened(record: Record, moment: str) -> Record:
    if isinstance(record, Fulfilment) and _is_planned(record):
        return record.model_copy(update={"state": FulfilmentState.OPEN, "changed_at": moment})
    return record
