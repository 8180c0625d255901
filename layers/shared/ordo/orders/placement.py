"""The draft of an order on its way through the placement workflow. Nothing is written before the commit."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ordo.kernel.frozen import Frozen
from ordo.orders.model import OrderHeader
from ordo.pricing.model import PricedCart
from ordo.runtime.packing import pack_text, unpack_text


class DraftLine(Frozen):
    """What is wanted of one SKU, as the storefront said it."""

    line_id: str
    sku: str
    quantity: int
    options: dict[str, str] = Field(default_factory=dict)


class DraftTerms(Frozen):
    """What the channel's policy said when the draft was priced."""

    payable_later: bool = False
    payment_minutes: int = 1440
    completion_days: int = 7
    max_fulfilments: int = 0


class PlacementDraft(Frozen):
    """An order in the making. Steps only add to it: price, stock seen, plan, and at the end the header as committed.

    `sealed` holds the personal data (`{"contact": {...}, "ship_to": {...}}`) as one opaque text; `contact_given` says
    which details it has, so that the channel's policy can be checked without opening it.
    """

    order_id: str
    client_id: str
    idempotency_key: str
    body_hash: str
    channel: str
    currency: str
    external_id: str | None = None
    customer_id: str | None = None
    country: str
    lines: tuple[DraftLine, ...]
    coupons: tuple[str, ...] = ()
    sealed: str
    contact_given: tuple[str, ...] = ()
    terms: DraftTerms = DraftTerms()
    priced: PricedCart | None = None
    catalog_read_at: str | None = None
    stock: dict[str, dict[str, int]] | None = None
    plan: dict[str, Any] | None = None
    header: OrderHeader | None = None

    def with_(self, **changes: Any) -> PlacementDraft:
        """A copy with some fields set."""
        return self.model_copy(update=changes)


def pack_draft(draft: PlacementDraft) -> str:
    """The draft as one short text: the largest order (500 lines) stays far below a state's limit."""
    return pack_text(draft.model_dump_json(exclude_none=True))


def read_draft(packed: str) -> PlacementDraft:
    """The draft that `pack_draft` was given."""
    return PlacementDraft.model_validate_json(unpack_text(packed))
