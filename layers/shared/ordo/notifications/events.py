"""One event of the timeline becomes messages: one for its own type, one for each type that it implies. Pure.

Most events are an order's; those of stock are of a SKU at a node, whose outbox is their timeline, and a complaint has
its own. Whatever an event is of is its subject: receipts, lanes and dead letters know it by that, in attributes that
are called `order_id`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SOURCE = "ordo"
MAX_ENTRY_BYTES = 200_000
"""A bus entry holds at most 256 KB; what is larger goes without its `data`, which readers find in the timeline."""

EVENT_TYPES: tuple[str, ...] = (
    "order.placed",
    "order.released",
    "order.held",
    "order.hold_released",
    "order.changed",
    "order.overdue",
    "order.completed",
    "order.cancelled",
    "order.reinstated",
    "change.proposed",
    "change.dropped",
    "payment.authorised",
    "payment.captured",
    "payment.failed",
    "payment.voided",
    "payment.requested",
    "payment.moved",
    "payment.due",
    "payment.tendered",
    "payment.remitted",
    "refund.issued",
    "refund.requested",
    "refund.failed",
    "promise.changed",
    "fulfilment.filled",
    "fulfilment.accepted",
    "fulfilment.picked",
    "fulfilment.packed",
    "fulfilment.photographed",
    "fulfilment.rejected",
    "fulfilment.short_picked",
    "order.resourced",
    "order.reshipped",
    "incident.opened",
    "incident.acted",
    "incident.escalated",
    "incident.resolved",
    "return.requested",
    "return.approved",
    "return.refused",
    "return.labelled",
    "return.label_failed",
    "return.sent",
    "return.tracking_updated",
    "return.received",
    "return.inspected",
    "return.settled",
    "return.ended",
    "return.overdue",
    "claim.opened",
    "claim.filed",
    "claim.accepted",
    "claim.refused",
    "claim.recovered",
    "claim.settled",
    "claim.expired",
    "claim.reminded",
    "shipment.dispatched",
    "shipment.tracking_updated",
    "shipment.delivered",
    "shipment.proven",
    "shipment.refused",
    "damage.reported",
    "complaint.opened",
    "complaint.message_added",
    "complaint.escalated",
    "complaint.decided",
    "complaint.remedy_refused",
    "complaint.resolved",
    "complaint.reopened",
    "complaint.satisfaction_asked",
    "complaint.rated",
    "complaint.erased",
    "stock.low",
    "stock.short",
    "stock.expired",
    "purchase.required",
    "purchase.closed",
)
"""Every type that is published. A test holds it to what the contexts decide."""


STOCK = "stockevent#"
"""What the subject of a stock event begins with: `stockevent#<sku>#<node>`, its partition in the Supply table."""


def stock_subject(sku: str, node_id: str) -> str:
    """The subject of the stock events of a SKU at a node."""
    return f"{STOCK}{sku}#{node_id}"


def is_stock(subject: str) -> bool:
    """Whether a subject is a SKU at a node, and not an order."""
    return subject.startswith(STOCK)


def is_complaint(subject: str) -> bool:
    """Whether a subject is a complaint."""
    return subject.startswith("cmp_")


class PoisonEvent(ValueError):
    """What is stored cannot be read as an event; the text names what is wrong, never the content."""


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """An event as the timeline has it: its number and its body (canonical JSON). `order_id` is its subject."""

    order_id: str
    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a consumer gets. `id` is the event's own for its type and `<event id>.<type>` for an implied type.

    A stock event has `sku` and `node_id` in place of an order; it is of no channel. A complaint's has `complaint_id`,
    its `state`, and `of_order` when it belongs to one. `order_id` is the subject of all.
    """

    id: str
    type: str
    timestamp: str
    seq: int
    order_id: str
    external_id: str | None
    channel: str
    status: str
    payment_status: str
    data: dict[str, Any]
    sku: str | None = None
    node_id: str | None = None
    complaint_id: str | None = None
    of_order: str | None = None
    state: str = ""


def messages_of(event: TimelineEvent) -> list[Message]:
    """The messages of one event, its own type first; raises `PoisonEvent` when its body is not one."""
    try:
        body = json.loads(event.body)
        if _subject(body, event) != event.order_id or body["seq"] != event.seq:
            raise PoisonEvent("the body names another place in the timeline")
        return [_message(body, type_) for type_ in (body["type"], *body["implies"])]
    except (KeyError, TypeError) as error:
        raise PoisonEvent(f"the body lacks {error}") from None
    except json.JSONDecodeError:
        raise PoisonEvent("the body is not JSON") from None


def _subject(body: dict[str, Any], event: TimelineEvent) -> str:
    if is_stock(event.order_id):
        return stock_subject(body["sku"], body["node_id"])
    subject: str = body["complaint_id" if is_complaint(event.order_id) else "order_id"]
    return subject


def _message(body: dict[str, Any], type_: str) -> Message:
    own = type_ == body["type"]
    id_ = body["event_id"] if own else f"{body['event_id']}.{type_}"
    if "sku" in body:
        return Message(
            id=id_,
            type=type_,
            timestamp=body["occurred_at"],
            seq=body["seq"],
            order_id=stock_subject(body["sku"], body["node_id"]),
            external_id=None,
            channel="",
            status="",
            payment_status="",
            data=body["data"],
            sku=body["sku"],
            node_id=body["node_id"],
        )
    if "complaint_id" in body:
        return Message(
            id=id_,
            type=type_,
            timestamp=body["occurred_at"],
            seq=body["seq"],
            order_id=body["complaint_id"],
            external_id=None,
            channel=body["channel"],
            status="",
            payment_status="",
            data=body["data"],
            complaint_id=body["complaint_id"],
            of_order=body["order_id"],
            state=body["state"],
        )
    return Message(
        id=id_,
        type=type_,
        timestamp=body["occurred_at"],
        seq=body["seq"],
        order_id=body["order_id"],
        external_id=body["external_id"],
        channel=body["channel"],
        status=body["status"],
        payment_status=body["payment_status"],
        data=body["data"],
    )


def bus_entry(message: Message, bus: str, to_webhooks: bool) -> dict[str, Any]:
    """The EventBridge entry of a message, below the bus's limit. Only `to_webhooks` reaches the Webhooks queue."""
    fields = _fields(message) | {"to_webhooks": to_webhooks}
    detail = _text(fields)
    if size_of(detail) > MAX_ENTRY_BYTES:
        detail = _text(fields | {"data": {}, "data_omitted": True})
    return {"Source": SOURCE, "DetailType": message.type, "Detail": detail, "EventBusName": bus}


def size_of(detail: str) -> int:
    """Bytes that a detail counts for, with its source and type."""
    return len(detail.encode()) + 128


def webhook_body(message: Message) -> str:
    """The body of an outgoing webhook, in the shape that Standard Webhooks recommends: type, timestamp, data."""
    fields = _fields(message)
    data = {name: fields[name] for name in _context(message)} | {"facts": message.data}
    return _text({"type": message.type, "timestamp": message.timestamp, "data": data})


_CONTEXT = ("seq", "order_id", "external_id", "channel", "status", "payment_status")
_STOCK_CONTEXT = ("seq", "sku", "node_id")
_COMPLAINT_CONTEXT = ("seq", "complaint_id", "order_id", "channel", "state")


def _context(message: Message) -> tuple[str, ...]:
    if message.complaint_id is not None:
        return _COMPLAINT_CONTEXT
    return _CONTEXT if message.sku is None else _STOCK_CONTEXT


def _fields(message: Message) -> dict[str, Any]:
    fields = {name: getattr(message, name) for name in ("id", "type", "timestamp", *_context(message), "data")}
    return fields if message.complaint_id is None else fields | {"order_id": message.of_order}


def subject_in(detail: Mapping[str, Any]) -> str:
    """The subject of an event by the `detail` of its bus entry."""
    if "sku" in detail:
        return stock_subject(detail["sku"], detail["node_id"])
    return str(detail["complaint_id"] if "complaint_id" in detail else detail["order_id"])


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
