"""A sample order at the point of its life that a message tells of, without any storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ordo.aftersales.model import Return, Wanted
from ordo.catalog.message_terms import MessageKind
from ordo.complaints.model import Complaint, Remedy
from ordo.kernel.clock import to_iso
from ordo.messages.deciding import Happened
from ordo.messages.ports import Written
from ordo.messages.rendering import ComplaintSubject, Subject, write
from ordo.orders.incident import Incident
from ordo.orders.model import Actor, OrderHeader, OrderState, OrderStatus, Terms, Units
from ordo.payments.model import Funds, PaymentStatus
from ordo.pricing.model import PricedLine, Totals, UnitRun
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity, Parcel, Shipment, TrackingStatus
from ordo.tracking.words import Language

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
COMPLAINT = "cmp_01KJM1TD80QF4RNX9Z5TTWJ1H7"
ORDER, PRICE, UNITS = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H7", 25_000, 3
NUMBER = "SF1234567890"
CONTACT = {"ship_to": {"country": "CN", "city": "杭州市"}}
STOP_LINK = "https://shop.example/unsubscribe/AZytj6wBxElR0OKTp1I5mgBRpm4yvPN7ztnmsep0v8ABOFo"
LINK = "https://shop.example/track/AZytj6wBxElR0OKTp1I5mgBQfG4yvPN7ztnmsep0v8ABOFo"
_DATA: dict[MessageKind, tuple[str, dict[str, Any]]] = {
    MessageKind.PLACED: ("order.placed", {}),
    MessageKind.PAID: ("payment.captured", {"amount": PRICE}),
    MessageKind.DISPATCHED: ("shipment.dispatched", {"carrier": "sf", "tracking_numbers": [NUMBER]}),
    MessageKind.OUT_FOR_DELIVERY: ("shipment.tracking_updated", {"carrier": "sf", "tracking_number": NUMBER}),
    MessageKind.DELIVERED: ("shipment.delivered", {"carrier": "sf", "tracking_number": NUMBER}),
    MessageKind.DELAYED: ("promise.changed", {}),
    MessageKind.INCIDENT: ("incident.opened", {}),
    MessageKind.SOLVED: ("incident.resolved", {}),
    MessageKind.CANCELLED: ("order.cancelled", {"cancel_reason": "customer"}),
    MessageKind.REFUND: ("refund.issued", {"amount": PRICE}),
    MessageKind.RETURN: ("return.approved", {"return_id": "ret_1"}),
}
_SENT = (MessageKind.DISPATCHED, MessageKind.OUT_FOR_DELIVERY, MessageKind.DELIVERED)


def sample_message(kind: MessageKind, language: Language, sender: str) -> Written:
    """The message of a paid order of three tees for 250 yuan."""
    link = f"{LINK}?lang={language}"
    stop = f"{STOP_LINK}?lang={language}"
    return write(kind, sample_subject(kind), language, "Asia/Shanghai", sender, link, NOW, stop=stop)


def sample_subject(kind: MessageKind) -> Subject | ComplaintSubject:
    """What that message is about."""
    if kind.startswith("complaint_"):
        return ComplaintSubject(Happened(COMPLAINT, 2, "complaint.opened", to_iso(NOW), {}), _complaint(), CONTACT)
    type_, data = _DATA[kind]
    return Subject(Happened(ORDER, 2, type_, to_iso(NOW), data), _order(kind), CONTACT)


def _complaint() -> Complaint:
    staff = Actor(type="staff", id="desk")
    remedy = Remedy(remedy_id="rem_1", outcome="apology", by=staff, decided_at=to_iso(NOW), reason="Late")
    return Complaint(
        complaint_id=COMPLAINT,
        seq=2,
        head_hash="0" * 64,
        channel="web",
        source="customer",
        category="delivery",
        stated="normal",
        severity="normal",
        state="resolved",
        department="customer_service",
        owner="desk",
        opened_at=to_iso(NOW),
        changed_at=to_iso(NOW),
        deadline=to_iso(NOW + timedelta(days=1)),
        remedy=remedy,
        reopen_until=to_iso(NOW + timedelta(days=14)),
    )


def _order(kind: MessageKind) -> OrderState:
    line = LineQuantity(line_id="1", sku="TEE-WHITE-M", quantity=UNITS)
    moment = to_iso(NOW)
    sent = kind in _SENT
    cancelled = kind is MessageKind.CANCELLED
    work = Fulfilment(
        fulfilment_id="ful_1",
        order_id=ORDER,
        node_id="hangzhou",
        state=FulfilmentState.DISPATCHED if sent else FulfilmentState.OPEN,
        lines=(line,),
        created_at=moment,
        changed_at=moment,
    )
    shipment = Shipment(
        shipment_id="shp_1",
        order_id=ORDER,
        fulfilment_id="ful_1",
        carrier="sf",
        dispatched_at=moment,
        parcels=(Parcel(tracking_number=NUMBER, lines=(line,), status=_status(kind)),),
    )
    incident = _incident(kind, line) if kind in (MessageKind.INCIDENT, MessageKind.SOLVED) else None
    return OrderState(
        _header(cancelled=cancelled, sent=sent, delivered=kind is MessageKind.DELIVERED),
        (_line(),),
        {work.fulfilment_id: work},
        {shipment.shipment_id: shipment} if sent else {},
        incidents={incident.incident_id: incident} if incident else {},
        returns={"ret_1": _return()} if kind is MessageKind.RETURN else {},
    )


def _return() -> Return:
    moment = to_iso(NOW)
    return Return(
        return_id="ret_1",
        order_id=ORDER,
        state="approved",
        outcome="refund",
        reason="too_small",
        requested_by="customer",
        requested_at=moment,
        changed_at=moment,
        deadline=moment,
        lines=(Wanted(line_id="1", sku="TEE-WHITE-M", quantity=1),),
        verdict="automatic",
        decided_at=moment,
        send_by=to_iso(NOW + timedelta(days=14)),
    )


def _status(kind: MessageKind) -> TrackingStatus:
    if kind is MessageKind.DELIVERED:
        return TrackingStatus.DELIVERED
    return TrackingStatus.OUT_FOR_DELIVERY if kind is MessageKind.OUT_FOR_DELIVERY else TrackingStatus.IN_TRANSIT


def _header(*, cancelled: bool, sent: bool, delivered: bool) -> OrderHeader:
    total, status = PRICE, OrderStatus.SHIPPED if sent else OrderStatus.RELEASED
    return OrderHeader(
        order_id=ORDER,
        seq=2,
        head_hash="0" * 64,
        placed_at=to_iso(NOW),
        client_id="shop",
        channel="web",
        external_id="WEB-1001",
        currency="CNY",
        totals=Totals(total, 0, 0, 0, total),
        status=OrderStatus.CANCELLED if cancelled else OrderStatus.DELIVERED if delivered else status,
        payment_status=PaymentStatus.PAID,
        units=Units(total=UNITS, dispatched=UNITS if sent else 0, cancelled=UNITS if cancelled else 0),
        terms=Terms(),
        funds=Funds(captured=total, refund_due=total if cancelled else 0),
        ready_by=to_iso(NOW + timedelta(days=1)),
        promised_at=to_iso(NOW + timedelta(days=3)),
        released_at=to_iso(NOW),
        delivered_at=to_iso(NOW) if delivered else None,
    )


def _line() -> PricedLine:
    unit = PRICE // UNITS
    return PricedLine(
        line_id="1",
        sku="TEE-WHITE",
        stock_sku="TEE-WHITE-M",
        name={"en": "White tee", "zh": "白色 T 恤"},
        options={"size": "M"},
        quantity=UNITS,
        list_price=unit,
        price=unit,
        tax_class="standard",
        tax_rate_percent="0",
        adjustments=(),
        runs=(UnitRun(UNITS, unit, (), unit, 0, unit),),
    )


def _incident(kind: MessageKind, line: LineQuantity) -> Incident:
    moment = to_iso(NOW)
    found = Incident(
        incident_id="inc_1",
        order_id=ORDER,
        kind="short",
        state="open",
        owner="warehouse",
        reason="missing",
        opened_at=moment,
        changed_at=moment,
        deadline=to_iso(NOW + timedelta(days=1)),
        lines=(line,),
    )
    return found.ended("sourced", NOW) if kind is MessageKind.SOLVED else found
