"""What is on the bus, type by type: the source of `events/schemas/`, and what consumers may rely on.

Consumers ignore fields they do not know: new ones may come at any time. Money is in minor units of `currency`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from ordo.notifications.event_facts.aftersales import (
    ComplaintDecided,
    ComplaintEscalated,
    ComplaintFacts,
    ComplaintOpened,
    ComplaintRated,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintSaid,
    ReturnFacts,
    ReturnReceived,
    ReturnSent,
)
from ordo.notifications.event_facts.base import MOMENT, ORDER_STATUSES, PAYMENT_STATUSES, Facts
from ordo.notifications.event_facts.orders import (
    Cancelled,
    Changed,
    ChangeFacts,
    Completed,
    HoldFacts,
    HoldsReleased,
    Overdue,
    Placed,
)
from ordo.notifications.event_facts.payments import (
    MoneyAsked,
    MoneyMoved,
    PartDue,
    PaymentFacts,
    RefundFailed,
    Remitted,
    Tendered,
)
from ordo.notifications.event_facts.shipments import (
    Acted,
    ClaimFacts,
    DamageReported,
    Dispatched,
    Escalated,
    Filled,
    FulfilmentFacts,
    IncidentFacts,
    Photographed,
    Proven,
    Refused,
    Reshipped,
    Resourced,
    Tracked,
)
from ordo.notifications.event_facts.stock import PurchaseFacts, StockExpired, StockLow, StockShort
from ordo.notifications.events import EVENT_TYPES

FACTS: dict[str, type[Facts]] = {
    "order.placed": Placed,
    "order.held": HoldFacts,
    "order.hold_released": HoldsReleased,
    "order.changed": Changed,
    "order.overdue": Overdue,
    "order.cancelled": Cancelled,
    "order.completed": Completed,
    "change.proposed": ChangeFacts,
    "change.dropped": ChangeFacts,
    "payment.authorised": PaymentFacts,
    "payment.captured": PaymentFacts,
    "payment.failed": PaymentFacts,
    "refund.issued": PaymentFacts,
    "payment.voided": PaymentFacts,
    "payment.requested": MoneyAsked,
    "refund.requested": MoneyAsked,
    "payment.moved": MoneyMoved,
    "refund.failed": RefundFailed,
    "payment.due": PartDue,
    "payment.tendered": Tendered,
    "payment.remitted": Remitted,
    "promise.changed": Facts,
    "fulfilment.filled": Filled,
    "fulfilment.accepted": FulfilmentFacts,
    "fulfilment.picked": FulfilmentFacts,
    "fulfilment.packed": FulfilmentFacts,
    "fulfilment.photographed": Photographed,
    "fulfilment.rejected": Refused,
    "fulfilment.short_picked": Refused,
    "order.resourced": Resourced,
    "order.reshipped": Reshipped,
    "incident.opened": IncidentFacts,
    "incident.acted": Acted,
    "incident.escalated": Escalated,
    "incident.resolved": IncidentFacts,
    "return.requested": ReturnFacts,
    "return.approved": ReturnFacts,
    "return.refused": ReturnFacts,
    "return.labelled": ReturnSent,
    "return.label_failed": ReturnFacts,
    "return.sent": ReturnSent,
    "return.tracking_updated": ReturnSent,
    "return.received": ReturnReceived,
    "return.inspected": ReturnFacts,
    "return.settled": ReturnFacts,
    "return.ended": ReturnFacts,
    "return.overdue": ReturnFacts,
    "claim.opened": ClaimFacts,
    "claim.filed": ClaimFacts,
    "claim.accepted": ClaimFacts,
    "claim.refused": ClaimFacts,
    "claim.recovered": ClaimFacts,
    "claim.settled": ClaimFacts,
    "claim.expired": ClaimFacts,
    "claim.reminded": ClaimFacts,
    "shipment.dispatched": Dispatched,
    "shipment.tracking_updated": Tracked,
    "shipment.delivered": Tracked,
    "shipment.proven": Proven,
    "shipment.refused": Proven,
    "damage.reported": DamageReported,
    "order.reinstated": PaymentFacts,
    "order.released": Facts,
    "complaint.opened": ComplaintOpened,
    "complaint.message_added": ComplaintSaid,
    "complaint.escalated": ComplaintEscalated,
    "complaint.decided": ComplaintDecided,
    "complaint.remedy_refused": ComplaintDecided,
    "complaint.resolved": ComplaintResolved,
    "complaint.reopened": ComplaintReopened,
    "complaint.satisfaction_asked": ComplaintFacts,
    "complaint.rated": ComplaintRated,
    "complaint.erased": ComplaintFacts,
    "stock.low": StockLow,
    "stock.short": StockShort,
    "stock.expired": StockExpired,
    "purchase.required": PurchaseFacts,
    "purchase.closed": PurchaseFacts,
}
"""By type. `order.released` is always implied by another event and carries its facts; `promise.changed` mostly is."""


class Common(BaseModel):
    """What the `detail` of every bus event has."""

    id: str = Field(description="unique; the same event may come twice with the same id")
    type: str
    timestamp: str = MOMENT
    to_webhooks: bool = Field(
        description="whether an endpoint for outgoing webhooks wants it: Ordo's own rule matches it"
    )
    data: Facts
    data_omitted: bool = Field(
        default=False, description="the event was too large for the bus; its data are in the order's timeline"
    )


class Detail(Common):
    """The `detail` of an order's event: the order's state after it, and what happened."""

    seq: int = Field(ge=1, description="counts the order's events; types implied by one event share its number")
    order_id: str
    external_id: str | None
    channel: str
    status: ORDER_STATUSES
    payment_status: PAYMENT_STATUSES


class StockDetail(Common):
    """The `detail` of a stock event. It is of no channel: only endpoints of every channel get it."""

    seq: int = Field(ge=1, description="counts the events of the SKU at the node")
    sku: str
    node_id: str


class ComplaintDetail(Common):
    """The `detail` of a complaint's event."""

    seq: int = Field(ge=1, description="counts the complaint's events")
    complaint_id: str
    order_id: str | None = Field(description="the order that it is about, if it is about one")
    channel: str
    state: Literal["open", "resolved"]


def detail_model(type_: str) -> type[Common]:
    """The model of one type's detail."""
    literal: Any = Literal[type_]
    facts: Any = FACTS[type_]
    name = "".join(part.title() for part in type_.replace(".", "_").split("_"))
    base: type[Common] = StockDetail if type_.startswith(("stock.", "purchase.")) else Detail
    if type_.startswith("complaint."):
        base = ComplaintDetail
    return create_model(name, __base__=base, type=(literal, ...), data=(facts, ...))


def json_schemas() -> dict[str, dict[str, Any]]:
    """Every published type's JSON Schema (2020-12), by type."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {type_: head | detail_model(type_).model_json_schema() for type_ in EVENT_TYPES}
