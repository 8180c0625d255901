"""From a storefront's request to the draft that the workflow carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ordo.catalog.contacts import normalise_contact
from ordo.catalog.custom import split_custom
from ordo.orders.placement import DraftLine, PlacementDraft
from ordo.orders.schemas import PlaceOrderRequest, body_hash

Seal = Callable[[dict[str, Any], str], str]
"""`seal(personal data, order id)` -> an opaque text that only this stack opens, for this order only."""


def draft_of(
    request: PlaceOrderRequest, client_id: str, idempotency_key: str, order_id: str, seal: Seal
) -> PlacementDraft:
    """The draft, with contact details in their one form (phone E.164) and sealed together with the address.

    Raises `InvalidPhone` or `InvalidEmail`. What the channel requires is checked where its policy is read: in pricing.
    """
    customer = request.customer
    contact = normalise_contact(
        customer.name, customer.phone, customer.email, country=request.ship_to.country, required=()
    )
    given = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    told = {"language": customer.language, "messages": customer.messages}
    personal: dict[str, Any] = {
        "contact": given | {name: value for name, value in told.items() if value is not None},
        "ship_to": request.ship_to.model_dump(mode="json", exclude_none=True),
    }
    custom = {line.line_id: split_custom(line.custom) for line in request.lines if line.custom}
    texts = {line_id: values.texts for line_id, values in custom.items() if values.texts}
    if texts:
        personal["custom"] = texts
    return PlacementDraft(
        order_id=order_id,
        client_id=client_id,
        idempotency_key=idempotency_key,
        body_hash=body_hash(request),
        channel=request.channel,
        currency=request.currency,
        external_id=request.external_id,
        customer_id=customer.customer_id,
        country=request.ship_to.country,
        region=request.ship_to.region,
        lines=tuple(
            DraftLine(
                line.line_id,
                line.sku,
                line.quantity,
                line.options,
                custom[line.line_id].measures if line.line_id in custom else {},
            )
            for line in request.lines
        ),
        shipping_method=request.shipping_method,
        manual=tuple(each.model_dump(mode="json", exclude_defaults=True) for each in request.manual_discounts),
        coupons=request.coupons,
        tenders=tuple(each.plain() for each in request.tenders),
        schedule=tuple(each.plain() for each in request.payment_schedule),
        reservation_id=request.reservation_id,
        sealed=seal(personal, order_id),
        contact_given=tuple(sorted(name for name, value in given.items() if value)),
    )
