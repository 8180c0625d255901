"""Refunding the units of an incident: by the price rules, as much as is due back, and they are owed no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ordo.kernel.clock import to_iso
from ordo.orders.decision import Decision
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.refunding import PromotionVersions, purchase_of
from ordo.orders.write_off import settled_with, without, write_off
from ordo.pricing.refund_model import RefundBooking, RefundRequest, ReturnedLine, ReturnedPart, ShippingRefund
from ordo.pricing.refunds import preview_after
from ordo.pricing.returned import Ledger
from ordo.shipments.arrival import arrived
from ordo.shipments.model import LineQuantity, Shipment

CANCELLED_BY = "incident"
"""Why an order is cancelled of which everything was refunded."""


class Traces(Protocol):
    """Where the price of a large order is read (`ordo.orders.ports.OrderRepository` has it)."""

    def trace(self, order_id: str) -> dict[str, Any] | None:
        """The stored decision."""
        ...


@dataclass(frozen=True, slots=True)
class RefundRules:
    """What units of an order are refunded, after what was refunded of it for other incidents. Reads the promotions."""

    traces: Traces
    catalog: PromotionVersions

    def __call__(self, state: OrderState, incident: Incident) -> int:
        """Minor units, without a fee: the goods never came as they should. Raises what previews of refunds do."""
        trace = state.trace or self.traces.trace(state.header.order_id) or {}
        purchase = purchase_of(state, trace, self.catalog)
        ledger, booked = Ledger.of(purchase, ()), list[RefundBooking]()
        earlier = [each for each in state.incidents.values() if each.refund is not None]
        for each in sorted(earlier, key=lambda one: (one.changed_at, one.incident_id)):
            booked.append(preview_after(purchase, ledger, _request(each.lines, ShippingRefund.BY_RULE)))
            ledger.book(booked[-1])
        nothing_left = state.header.units.cancelled + incident.units == state.header.units.total
        shipping = ShippingRefund.ALL if nothing_left else ShippingRefund.BY_RULE
        return preview_after(purchase, ledger, _request(incident.lines, shipping)).payout


def refund(state: OrderState, incident: Incident, amount: int, now: datetime, reason: str | None) -> Decision:
    """The units are owed no more, and `amount` of what was paid is due back; it ends the incident."""
    books = write_off(state, incident, now)
    after = incident.ended("refunded", now).model_copy(update={"refund": amount})
    gone = (after, *settled_with(state, after, now))
    header = owed_no_more(without(books.header, gone), incident.units, books.shipments(state), now)
    funds = header.funds
    due = min(funds.kept, funds.refund_due + amount)
    header = header.model_copy(update={"funds": funds.model_copy(update={"refund_due": due})})
    return Decision(
        "incident.resolved",
        header,
        {
            **after.told(),
            "resolution": after.resolution,
            "refund": {"amount": amount, "currency": header.currency},
            "refund_due": due,
            "incidents_resolved": sorted(each.incident_id for each in gone),
        },
        reason=reason,
        records=(*books.records, *gone),
    )


def owed_no_more(header: OrderHeader, units: int, shipments: Iterable[Shipment], now: datetime) -> OrderHeader:
    """The header when so many units are cancelled; the order is, when nothing is left of it."""
    counts = header.units.model_copy(update={"cancelled": header.units.cancelled + units})
    header = arrived(header.model_copy(update={"units": counts}), shipments, now)
    if counts.cancelled < counts.total:
        return header
    return header.model_copy(update={"cancelled_at": to_iso(now), "cancel_reason": CANCELLED_BY})


def _request(lines: Iterable[LineQuantity], shipping: ShippingRefund) -> RefundRequest:
    whole: dict[str, int] = {}
    parts: dict[str, list[ReturnedPart]] = {}
    for line in lines:
        if line.part is None:
            whole[line.line_id] = whole.get(line.line_id, 0) + line.quantity
        else:
            parts.setdefault(line.line_id, []).append(ReturnedPart(line.part, line.quantity))
    returned = [ReturnedLine(line_id, quantity=units) for line_id, units in whole.items()]
    returned += [ReturnedLine(line_id, parts=tuple(each)) for line_id, each in parts.items()]
    return RefundRequest(tuple(returned), shipping=shipping, fee=False)
