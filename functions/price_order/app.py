"""Placement step: price the cart. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.contacts import require_contact
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.snapshot import CACHE_S
from ordo.kernel.clock import Clock, system_clock, to_iso
from ordo.kernel.errors import OrdoError
from ordo.orders.placement import DraftTerms, PlacementDraft, pack_draft, read_draft
from ordo.pricing.model import Cart, CartLine
from ordo.pricing.service import price
from ordo.runtime.settings import load_settings
from ordo.runtime.steps import StepInput, StepOutput, StepProblem, step
from pydantic import BaseModel


class Settings(BaseModel):
    """The environment of this function; `CATALOG_CACHE_S` 0 reads the catalogue afresh each time."""

    catalog_table: str
    catalog_cache_s: int = CACHE_S


class PriceOrderOutput(StepOutput):
    """The draft with its price and terms, or what refuses it."""

    outcome: Literal["priced", "refused"]


settings = load_settings(Settings)
catalog = DynamoCatalogRepository(settings.catalog_table, cache_s=settings.catalog_cache_s)
clock: Clock = system_clock


def price_order(request: StepInput) -> PriceOrderOutput:
    """Price the draft as of now; a refusal leaves it as it was."""
    try:
        priced = priced_draft(read_draft(request.draft), clock())
    except OrdoError as refusal:
        return PriceOrderOutput(outcome="refused", draft=request.draft, problem=StepProblem.of(refusal))
    return PriceOrderOutput(outcome="priced", draft=pack_draft(priced))


def priced_draft(draft: PlacementDraft, now: datetime) -> PlacementDraft:
    """The draft with price, terms and the time its catalogue was read; raises what `price` and the contact rule do."""
    snapshot = catalog.load_snapshot(draft.channel, [line.sku for line in draft.lines], draft.coupons, now)
    lines = tuple(CartLine(line.line_id, line.sku, line.quantity, line.options) for line in draft.lines)
    priced = price(Cart(draft.channel, draft.currency, lines, draft.coupons), snapshot, now)
    assert snapshot.channel is not None  # price() refuses an unknown channel
    require_contact(draft.contact_given, snapshot.channel.required_contact)
    return draft.with_(priced=priced, terms=terms_of(snapshot.channel), catalog_read_at=to_iso(snapshot.read_at))


def terms_of(channel: ChannelPolicy) -> DraftTerms:
    """The part of the channel's policy that the order keeps."""
    return DraftTerms(
        payable_later=channel.payable_later,
        payment_minutes=channel.payment_deadline_minutes,
        completion_days=channel.completion_days,
        max_fulfilments=channel.max_fulfilments,
    )


lambda_handler = step(price_order)
