"""Refunding the units of an incident: by the price rules, as much as is due back, and they are owed no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ordo.kernel.clock import to_iso
from ordo.orders.accounts import Accounts, Booked, postings_of
from ordo.orders.decision import Decision
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.posting import with_postings
from ordo.orders.write_off import settled_with, without, write_off
from ordo.pricing.refund_model import RefundRequest, ReturnedLine, ReturnedPart, ShippingRefund
from ordo.shipments.arrival import arrived
from ordo.shipments.model import LineQuantity, Shipment

CANCELLED_BY = "incident"
"""Why an order is cancelled of which everything was refunded."""


@dataclass(frozen=True, slots=True)
class RefundRules:
    """What units of an order are refunded, after all that was booked of it before. Reads the promotions."""

    accounts: Accounts

    def __call__(self, state: OrderState, incident: Incident) -> Booked:
        """Without a fee: the goods never came as they should. Raises what previews of refunds do."""
        nothing_left = state.header.units.cancelled + incident.units == state.header.units.total
        shipping = ShippingRefund.ALL if nothing_left else ShippingRefund.BY_RULE
        return self.accounts.of(state).preview(request_for(incident.lines, shipping))


def refund(state: OrderState, incident: Incident, booked: Booked, now: datetime, reason: str | None) -> Decision:
    """The units are owed no more, and what `booked` says is due back; it ends the incident."""
    books = write_off(state, incident, now)
    after = incident.ended("refunded", now).model_copy(update={"refund": booked.payout})
    gone = (after, *settled_with(state, after, now))
    postings = postings_of(state, "incident", booked, now, source=incident.incident_id)
    header = owed_no_more(without(books.header, gone), incident.units, books.shipments(state), now)
    header = with_postings(header, postings)
    return Decision(
        "incident.resolved",
        header,
        {
            **after.told(),
            "resolution": after.resolution,
            "refund": {"amount": booked.payout, "currency": header.currency},
            "refund_due": header.funds.refund_due,
            "incidents_resolved": sorted(each.incident_id for each in gone),
        },
        reason=reason,
        records=(*books.records, *gone, *postings),
    )


def owed_no_more(header: OrderHeader, units: int, shipments: Iterable[Shipment], now: datetime) -> OrderHeader:
    """The header when so many units are cancelled; the order is, when nothing is left of it."""
    counts = header.units.model_copy(update={"cancelled": header.units.cancelled + units})
    header = arrived(header.model_copy(update={"units": counts}), shipments, now)
    if counts.cancelled < counts.total:
        return header
    return header.model_copy(update={"cancelled_at": to_iso(now), "cancel_reason": CANCELLED_BY})


def request_for(lines: Iterable[LineQuantity], shipping: ShippingRefund) -> RefundRequest:
    """The refund of units as they are counted in stock, of bundles' parts by themselves; without a fee."""
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
