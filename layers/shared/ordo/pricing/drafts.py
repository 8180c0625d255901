"""Pricing the draft of an order, under its channel's policy."""

from __future__ import annotations

from datetime import datetime

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.contacts import require_contact
from ordo.catalog.documents import CatalogRepository
from ordo.kernel.clock import to_iso
from ordo.orders.placement import DraftTerms, PlacementDraft
from ordo.pricing.model import Cart, CartLine
from ordo.pricing.service import price


def price_draft(draft: PlacementDraft, catalog: CatalogRepository, now: datetime) -> PlacementDraft:
    """The draft with its price, the channel's terms, and when the catalogue was read.

    Raises what `price` does, and `ContactRequired`.
    """
    snapshot = catalog.load_snapshot(draft.channel, [line.sku for line in draft.lines], draft.coupons, now)
    lines = tuple(CartLine(line.line_id, line.sku, line.quantity, line.options) for line in draft.lines)
    priced = price(Cart(draft.channel, draft.currency, lines, draft.coupons), snapshot, now)
    channel = snapshot.selling_channel(draft.channel)
    require_contact(draft.contact_given, channel.required_contact)
    return draft.with_(priced=priced, terms=terms_of(channel), catalog_read_at=to_iso(snapshot.read_at))


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
