"""Pricing the draft of an order, under its channel's policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.contacts import require_contact
from ordo.catalog.coupons import takes_of
from ordo.catalog.custom import CustomKind
from ordo.catalog.documents import CatalogRepository
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.inventory.demand import demand_key
from ordo.kernel.clock import to_iso
from ordo.orders.answers import require_answerable
from ordo.orders.placement import DraftTerms, PlacementDraft
from ordo.pricing.buyers import OrderHistory, buyer_of
from ordo.pricing.manual import manual_discount
from ordo.pricing.model import Buyer, Cart, CartLine, PricedCart
from ordo.pricing.service import price


def price_draft(
    draft: PlacementDraft, catalog: CatalogRepository, history: OrderHistory, now: datetime
) -> PlacementDraft:
    """The draft with its price, the channel's terms, what it takes of coupons, and when the catalogue was read.

    Raises what `price` does, `ContactRequired`, and `too_many_lines` when the order could not be answered.
    """
    snapshot = catalog.load_snapshot(draft.channel, [line.sku for line in draft.lines], draft.coupons, now)
    buyer = buyer_of(draft.customer_id, snapshot, catalog, history, had_first_order=draft.first_order_taken)
    priced = price(cart_of(draft, buyer), snapshot, now)
    require_answerable(priced)
    channel = snapshot.selling_channel(draft.channel)
    require_contact(draft.contact_given, channel.required_contact)
    return draft.with_(
        priced=priced,
        terms=terms_of(channel),
        catalog_read_at=to_iso(snapshot.read_at),
        coupon_takes=takes_of(priced.coupons_used, snapshot.coupons, draft.customer_id),
        first_order_of=draft.customer_id if _first_order_only(priced, snapshot) else None,
        text_rules=_text_rules(draft, snapshot),
        needs=_needs(priced, snapshot, grouped="ship_together" in channel.sourcing),
        sourcing=dict(channel.sourcing) or None,
        paying=_paying(draft, priced.totals.total, channel, now),
    )


def _paying(draft: PlacementDraft, total: int, channel: ChannelPolicy, now: datetime) -> dict[str, Any] | None:
    """How it is paid, with amounts; the channel's schedule where the order has none of its own."""
    schedule = draft.schedule or channel.payment_schedule
    if not draft.tenders and not schedule:
        return None
    from ordo.payments.agreeing import agreed  # here, since few orders say how they are paid

    return agreed(draft.tenders, schedule, total, customer_id=draft.customer_id, moment=to_iso(now))


def cart_of(draft: PlacementDraft, buyer: Buyer) -> Cart:
    """The cart that the draft is the order of."""
    return Cart(
        channel=draft.channel,
        currency=draft.currency,
        lines=tuple(CartLine(line.line_id, line.sku, line.quantity, line.options, line.custom) for line in draft.lines),
        coupons=draft.coupons,
        buyer=buyer,
        country=draft.country,
        region=draft.region,
        shipping_method=draft.shipping_method,
        manual=tuple(manual_discount(each, draft.currency) for each in draft.manual),
        unavailable=frozenset(draft.unavailable),
    )


def terms_of(channel: ChannelPolicy) -> DraftTerms:
    """The part of the channel's policy that an order keeps."""
    return DraftTerms(
        payable_later=channel.payable_later,
        payment_minutes=channel.payment_deadline_minutes,
        dispatch_hours=channel.dispatch_hours,
        silence_hours=channel.silence_hours,
        completion_days=channel.completion_days,
        max_fulfilments=channel.max_fulfilments,
    )


def _first_order_only(priced: PricedCart, snapshot: CatalogSnapshot) -> bool:
    """Whether a promotion that is only for first orders applied."""
    applied = {each.promotion_id for each in priced.trace.applied}
    return any(each.first_order_only and each.promotion_id in applied for each in snapshot.promotions)


def _needs(priced: PricedCart, snapshot: CatalogSnapshot, *, grouped: bool) -> dict[str, dict[str, Any]] | None:
    """What nodes must be able to do for each line, or part of a bundle's; its categories where the channel ships some
    of them together: of a part also those of its bundle.
    """
    found: dict[str, dict[str, Any]] = {}
    for line in priced.lines:
        bundle = snapshot.products[line.sku]
        named = {demand_key(line.line_id, place): snapshot.products[part.sku] for place, part in enumerate(line.parts)}
        for key, product in (named or {line.line_id: bundle}).items():
            need = {
                "requires": list(product.requires),
                "minutes": product.preparation_minutes,
                "categories": list(dict.fromkeys((*product.categories, *bundle.categories))) if grouped else [],
                # Gifts are given from stock or not at all.
                "availability": product.availability.to_dict() if line.gift_of is None else {},
            }
            if any(need.values()):
                found[key] = {name: value for name, value in need.items() if value}
    return found or None


def _text_rules(draft: PlacementDraft, snapshot: CatalogSnapshot) -> dict[str, dict[str, str | None]] | None:
    """Of each line the custom choices that are texts, with their patterns: whoever opens the envelope checks them."""
    rules = {
        line.line_id: {
            choice.name: choice.pattern
            for choice in snapshot.products[line.sku].custom
            if choice.kind is CustomKind.TEXT and choice.name in line.custom
        }
        for line in draft.lines
        if line.custom
    }
    return {line_id: found for line_id, found in rules.items() if found} or None
