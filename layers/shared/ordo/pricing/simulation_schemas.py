"""What a simulation of a promotion is asked with, and what it answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from ordo.catalog.fields import WarningText
from ordo.catalog.promotion_schemas import PromotionDocument
from ordo.kernel.frozen import Closed, Model
from ordo.orders.amounts import MoneyView
from ordo.pricing.quote_schemas import AppliedView, MarginView, NotAppliedView, QuoteRequest

MAX_CARTS = 100
MAX_SIMULATED_LINES = 2_000
"""Of all carts together: each is priced twice within the time that the API waits."""


def _not_too_many(carts: tuple[QuoteRequest, ...]) -> tuple[QuoteRequest, ...]:
    if sum(len(cart.lines) for cart in carts) > MAX_SIMULATED_LINES:
        text = "The carts of a simulation have at most {most} lines together"
        raise PydanticCustomError("too_many_lines", text, {"most": MAX_SIMULATED_LINES})
    return carts


class SimulationRequest(Closed):
    """Carts to try a promotion on: as it is stored, or as `promotion` says, a document as for a PUT.

    It counts as unlocked by a coupon and, unless `respect_validity`, as active now.
    """

    carts: Annotated[tuple[QuoteRequest, ...], Field(min_length=1, max_length=MAX_CARTS), AfterValidator(_not_too_many)]
    promotion: PromotionDocument | None = None
    respect_validity: bool = False


class LineGainView(Model):
    """`gain`: how much less the line costs with tax; `given`: what the promotion itself takes off it, as listed.
    They differ where another promotion gives way, and by tax.
    """

    line_id: str
    gain: MoneyView
    given: MoneyView


class GiftView(Model):
    """A line that the promotion adds; `cost` (of all its units) for keys with the scope `prices:cost`."""

    line_id: str
    sku: str
    quantity: int
    cost: MoneyView | None = None


class SimulatedCartView(Model):
    """One cart without the promotion (`before`) and with it (`after`). Either `applied` or `not_applied` is there."""

    total_before: MoneyView
    total_after: MoneyView
    gain: MoneyView = Field(description="How much less the customer pays; negative where a better offer gives way.")
    charges_gain: MoneyView = Field(description="The part of it that is shipping and surcharges.")
    applied: AppliedView | None = None
    not_applied: NotAppliedView | None = None
    lines: list[LineGainView]
    gifts: list[GiftView]
    displaced: list[str] = Field(description="Promotions that applied without it and do not apply with it.")
    margin_before: MarginView | None = Field(default=None, description="For keys with the scope `prices:cost`.")
    margin_after: MarginView | None = None


class SimulationSumView(Model):
    """All carts of one currency together."""

    currency: str
    carts: int
    applied: int
    total_before: MoneyView
    total_after: MoneyView
    gain: MoneyView
    margin_before: MoneyView | None = None
    margin_after: MoneyView | None = None


class SimulationView(Model):
    """What the promotion would do to each cart, in the order in which they were sent, and in all. Nothing is stored."""

    promotion_id: str
    version: int = Field(description="The stored version, or the one that the draft would get.")
    is_draft: bool
    warnings: list[WarningText] = Field(description="What a PUT of the promotion would warn of.")
    carts: list[SimulatedCartView]
    sums: list[SimulationSumView]
