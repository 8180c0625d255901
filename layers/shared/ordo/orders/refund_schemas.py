"""What a preview of a refund is asked with, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ordo.kernel.frozen import Closed, Model
from ordo.kernel.money import MAX_AMOUNT
from ordo.orders.amounts import MoneyView
from ordo.orders.price_views import RateView
from ordo.orders.schemas import MAX_LINES, Id, Quantity
from ordo.pricing.refund_model import Grant, RefundRequest, ReturnedLine, ReturnedPart, ShippingRefund

MAX_AFTER = 20
MAX_PARTS = 20
MAX_NAMED_UNITS = 200
"""Of one line: units that are named one by one."""
MAX_ALL_NAMED_UNITS = 2_000
"""Of one refund."""

Unit = Annotated[int, Field(strict=True, ge=0, lt=100_000)]
PositiveAmount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]


def _shipping(value: Any) -> Any:
    """One refusal for all forms, so that it points at the field and not into a union."""
    amount = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_AMOUNT
    if not amount and value not in tuple(ShippingRefund):
        words = ", ".join(ShippingRefund)
        text = "Write {words}, or an amount with tax in minor units"
        raise PydanticCustomError("invalid_request", text, {"words": words})
    return value


def _each_once(units: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(units)) != len(units):
        raise ValueError("a unit is named twice")
    return units


class ReturnedPartRequest(Closed):
    """Units of the part at this place in the bundle, from 0."""

    part: Annotated[int, Field(strict=True, ge=0, lt=100)]
    quantity: Quantity


class ReturnedLineRequest(Closed):
    """Units of a line that come back: `quantity`, the first that have not come back yet, or `units` by their place in
    the line, from 0, in the order of its unit runs.

    Of a bundle single `parts` may come back: so many of each of the named `units`, or, where none are named, so many in
    all, of the first bundles that still have some.
    """

    line_id: Id
    quantity: Quantity | None = None
    units: Annotated[tuple[Unit, ...], Field(max_length=MAX_NAMED_UNITS), AfterValidator(_each_once)] = ()
    parts: Annotated[tuple[ReturnedPartRequest, ...], Field(max_length=MAX_PARTS)] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.parts and self.quantity is not None:
            raise ValueError("parts come with units or by themselves, not with quantity")
        if len({each.part for each in self.parts}) != len(self.parts):
            raise ValueError("a part is named twice")
        if not self.parts and (self.quantity is None) is not bool(self.units):
            raise ValueError("give exactly one of quantity and units")
        return self

    def to_line(self) -> ReturnedLine:
        """As pricing takes it."""
        parts = tuple(ReturnedPart(each.part, each.quantity) for each in self.parts)
        return ReturnedLine(self.line_id, self.quantity or 0, self.units, parts)


class GrantRequest(Closed):
    """An amount with tax, in minor units, on a unit that the customer keeps; on all that are kept where none is named.

    It lowers what those units can still be refunded.
    """

    line_id: Id
    amount: PositiveAmount
    unit: Unit | None = None


class RefundAsked(Closed):
    """Goods that come back, amounts that are granted, shipping. `fee` false waives the restocking fee of the policy."""

    lines: Annotated[tuple[ReturnedLineRequest, ...], Field(max_length=MAX_LINES)] = ()
    grants: Annotated[tuple[GrantRequest, ...], Field(max_length=MAX_LINES)] = ()
    shipping: Annotated[
        Literal["by_rule", "all", "none"] | PositiveAmount,
        BeforeValidator(_shipping),
        Field(description="As the channel's policy said at placement, all that is left, nothing, or so much with tax."),
    ] = "by_rule"
    fee: bool = True

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if sum(len(line.units) for line in self.lines) > MAX_ALL_NAMED_UNITS:
            text = "At most {most} units are named one by one; use quantity"
            raise PydanticCustomError("invalid_request", text, {"most": MAX_ALL_NAMED_UNITS})
        return self

    def to_request(self) -> RefundRequest:
        """As pricing takes it."""
        shipping = self.shipping if isinstance(self.shipping, int) else ShippingRefund(self.shipping)
        return RefundRequest(
            lines=tuple(line.to_line() for line in self.lines),
            grants=tuple(Grant(grant.line_id, grant.amount, grant.unit) for grant in self.grants),
            shipping=shipping,
            fee=self.fee,
        )


class RefundPreviewRequest(RefundAsked):
    """What if this were refunded? `after` are refunds that come before it, in their order: what was refunded so far."""

    after: Annotated[tuple[RefundAsked, ...], Field(max_length=MAX_AFTER)] = ()


class TaxedView(Model):
    """`net + tax = gross`."""

    net: MoneyView
    tax: MoneyView
    gross: MoneyView


class UnitSpanView(Model):
    """`count` units in a row, from place `start` on."""

    start: int
    count: int


class GrantedSpanView(UnitSpanView):
    """With what is granted on each of them."""

    granted: MoneyView


class PartSpanView(UnitSpanView):
    """`quantity` units of the part at this place came back of each of these bundles."""

    part: int
    quantity: int


class RefundFigureView(Model):
    """What is booked of one line, or of a charge: for units that come `returned`, and `parts` of bundles, what they
    cost, what is `granted`, and the `deduction` of promotions that claw back; `total` is their sum. A bundle whose last
    part comes back is among `units`.
    """

    kind: str
    id: str
    rate_percent: str
    units: list[UnitSpanView]
    grants: list[GrantedSpanView]
    parts: list[PartSpanView] = Field(default_factory=list)
    returned: TaxedView
    granted: TaxedView
    deduction: TaxedView
    total: TaxedView


class ClawedBackView(Model):
    """A promotion that claws back: what it took off what is kept `before`, at placement, and takes off it `now`."""

    promotion_id: str
    version: int
    name: dict[str, str]
    before: MoneyView
    now: MoneyView


class CoverView(Model):
    """How far the money that was received covers the payout: `captured`, less what was already `refunded` by reports of
    the payment provider or by the refunds of `after`, whichever is more, since they are the same refunds.
    """

    captured: MoneyView
    refunded: MoneyView
    earlier: MoneyView = Field(description="What the refunds of `after` pay out.")
    covered: MoneyView
    uncovered: MoneyView


class RefundPreviewView(Model):
    """What the refund would come to. `payout = refund - fee` goes to the customer; a shortfall of promotions that claw
    back is either asked of the customer (`charge`) or lowers later refunds (`carried`). Nothing is booked.
    """

    order_id: str
    currency: str
    refund: MoneyView
    fee: MoneyView
    payout: MoneyView
    charge: MoneyView
    carried: MoneyView
    lines: list[RefundFigureView]
    charges: list[RefundFigureView]
    tax_rates: list[RateView] = Field(description="Net, tax and gross by rate; they add up to the refund before a fee.")
    clawed_back: list[ClawedBackView]
    payments: CoverView
