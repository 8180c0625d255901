"""From one event to the messages that it means: which kind, by which ways, now, later, or not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ordo.catalog.message_terms import MessageKind, MessageTerms, Way
from ordo.kernel.clock import from_iso, to_iso
from ordo.messages.model import MessageKey
from ordo.messages.quiet import quiet_until
from ordo.orders.model import OrderState, OrderStatus
from ordo.shipments.model import TrackingStatus

TOO_OLD = timedelta(days=3)
"""News that are older are none: what was stuck for days is not sent in a burst when it is redriven."""
AT_ONCE = (MessageKind.PLACED, MessageKind.PAID)
"""Answers to what a customer has just done: by e-mail they go at any hour."""
NECESSARY = frozenset(
    {
        *(MessageKind.PLACED, MessageKind.DELAYED, MessageKind.INCIDENT),
        *(MessageKind.CANCELLED, MessageKind.REFUND, MessageKind.RETURN),
    }
    | {each for each in MessageKind if each.startswith("complaint_")}
)
"""What a customer must be told: the contract, its end, money, and what may need an answer. The rest can be stopped."""
_KINDS = {
    "order.placed": MessageKind.PLACED,
    "payment.captured": MessageKind.PAID,
    "shipment.dispatched": MessageKind.DISPATCHED,
    "shipment.delivered": MessageKind.DELIVERED,
    "promise.changed": MessageKind.DELAYED,
    "incident.opened": MessageKind.INCIDENT,
    "incident.resolved": MessageKind.SOLVED,
    "order.cancelled": MessageKind.CANCELLED,
    "refund.issued": MessageKind.REFUND,
    "return.approved": MessageKind.RETURN,
    "return.refused": MessageKind.RETURN,
    "return.settled": MessageKind.RETURN,
    "return.ended": MessageKind.RETURN,
}
OF_COMPLAINTS = {
    "complaint.opened": MessageKind.COMPLAINT_RECEIVED,
    "complaint.message_added": MessageKind.COMPLAINT_ANSWERED,
    "complaint.resolved": MessageKind.COMPLAINT_RESOLVED,
    "complaint.satisfaction_asked": MessageKind.COMPLAINT_SATISFACTION,
}
"""What events of complaints mean to whoever complained; of messages only those of staff."""
_ENDED = (OrderStatus.DELIVERED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)
_BEFORE_THE_END = (MessageKind.DISPATCHED, MessageKind.OUT_FOR_DELIVERY, MessageKind.DELAYED, MessageKind.INCIDENT)
_LATE = {"dispatch", "supply", "silence"}
ONCE = 0


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an order's timeline, by one of its types. `data` is the event's own."""

    order_id: str
    seq: int
    type: str
    occurred_at: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to write to: addresses by way (personal), and what they want. `dead`: ways whose address takes nothing;
    `stopped`: whose reader wants only what is necessary.
    """

    addresses: Mapping[Way, str]
    wishes: Mapping[Way, bool]
    zone: str
    dead: frozenset[Way] = frozenset()
    stopped: frozenset[Way] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """One message: `send` it, let it `wait` until a time, or `suppress` it for a reason."""

    key: MessageKey
    action: Literal["send", "wait", "suppress"]
    reason: str = ""
    until: datetime | None = None


def kind_of(event: Happened) -> MessageKind | None:
    """What the event means to a customer, or None."""
    if event.type == "shipment.tracking_updated":
        out = event.data.get("tracking_status") == TrackingStatus.OUT_FOR_DELIVERY
        return MessageKind.OUT_FOR_DELIVERY if out else None
    if event.type == "promise.changed" and not (event.data.get("promise") or {}).get("reason"):
        return None  # it is at risk, or kept: there is no new day
    if event.type == "order.overdue":
        return MessageKind.DELAYED if _LATE.intersection(event.data.get("what", ())) else None
    return _KINDS.get(event.type) or OF_COMPLAINTS.get(event.type)


def decide_complaint(event: Happened, terms: MessageTerms, person: Person, now: datetime) -> list[Planned]:
    """The messages of an event of a complaint: answers to what somebody has said, so by e-mail they go at any hour.

    By webhook there are none: the events themselves are told so.
    """
    kind = OF_COMPLAINTS.get(event.type)
    if event.type == "complaint.message_added" and event.data.get("role") != "staff":
        return []
    planned = []
    for way in (way for way in (Way.EMAIL, Way.SMS) if kind in terms.kinds.get(way, ())):
        key = MessageKey(event.order_id, event.seq, kind, way) if kind else None
        if key is not None:
            reason = next(_against_any(key, event, terms, person, now), None)
            until = None if way is Way.EMAIL else quiet_until(terms.quiet, person.zone, now)
            wait = Planned(key, "wait", "quiet_hours", until) if until else Planned(key, "send")
            planned.append(Planned(key, "suppress", reason) if reason else wait)
    return planned


def decide(event: Happened, state: OrderState, terms: MessageTerms, person: Person, now: datetime) -> list[Planned]:
    """The messages of an event, one for each way that the channel names for its kind, in a fixed order.

    That an order is overdue is noted every day, and told once, when the last day that was said has passed; a new day
    each time.
    """
    kind = kind_of(event)
    if event.type == "order.overdue" and to_iso(now) <= (state.header.last_word or "~"):
        return []
    ways = [way for way in Way if kind in terms.kinds.get(way, ())] if kind else []
    seq = ONCE if event.type == "order.overdue" else event.seq
    return [
        _planned(MessageKey(event.order_id, seq, kind, way), event, state, terms, person, now) for way in ways if kind
    ]


def _planned(
    key: MessageKey, event: Happened, state: OrderState, terms: MessageTerms, person: Person, now: datetime
) -> Planned:
    reason = next(_against(key, event, state, terms, person, now), None)
    if reason:
        return Planned(key, "suppress", reason)
    if key.kind in AT_ONCE and key.way is Way.EMAIL:
        return Planned(key, "send")
    until = quiet_until(terms.quiet, person.zone, now)
    return Planned(key, "wait", "quiet_hours", until) if until else Planned(key, "send")


def _against(
    key: MessageKey, event: Happened, state: OrderState, terms: MessageTerms, person: Person, now: datetime
) -> Iterator[str]:
    """Reasons not to send it, the first of which is kept."""
    yield from _against_any(key, event, terms, person, now)
    if _overtaken(key.kind, event, state):
        yield "overtaken"
    if _said_otherwise(key, event, state, terms, now):
        yield "said_otherwise"


def _against_any(key: MessageKey, event: Happened, terms: MessageTerms, person: Person, now: datetime) -> Iterator[str]:
    wish = person.wishes.get(key.way)
    if wish is False or (terms.asked and wish is not True):
        yield "no_consent"
    if key.way in person.stopped and key.kind not in NECESSARY:
        yield "unsubscribed"
    if key.way not in person.addresses:
        yield "no_address"
    if key.way in person.dead:
        yield "undeliverable"
    if now - from_iso(event.occurred_at) > TOO_OLD:
        yield "too_old"


def _said_otherwise(key: MessageKey, event: Happened, state: OrderState, terms: MessageTerms, now: datetime) -> bool:
    """Whether another message says it: that a parcel is late, the one with the new day; that it was solved by being
    delivered, the one of the delivery.
    """
    names = event.data.get("incidents_opened" if key.kind is MessageKind.INCIDENT else "incidents_resolved")
    meant = names or [str(event.data.get("incident_id"))]
    incidents = [state.incidents[each] for each in meant if each in state.incidents]
    if not incidents:
        return False
    if all(each.kind == "payment" for each in incidents):
        return True  # what a customer is told of money are the refund and the payment themselves
    if key.kind is MessageKind.INCIDENT:
        new_day = bool(state.header.repromised) and to_iso(now) < (state.header.last_word or "")
        return new_day and all(each.kind == "delayed" for each in incidents)
    tells = MessageKind.DELIVERED in terms.kinds.get(key.way, ())
    return key.kind is MessageKind.SOLVED and tells and all(each.resolution == "delivered" for each in incidents)


def _overtaken(kind: MessageKind, event: Happened, state: OrderState) -> bool:
    """Whether the order has gone beyond what would be told, while it waited."""
    if kind in _BEFORE_THE_END and state.header.status in _ENDED:
        return True
    if kind is MessageKind.INCIDENT and not state.header.open_incidents:
        return True
    if kind is MessageKind.RETURN:
        found = state.returns.get(str(event.data.get("return_id")))
        return found is not None and event.type == "return.approved" and not found.is_open
    shipment = state.shipments.get(str(event.data.get("shipment_id")))
    return (
        kind in (MessageKind.DISPATCHED, MessageKind.OUT_FOR_DELIVERY)
        and shipment is not None
        and shipment.is_delivered
    )
