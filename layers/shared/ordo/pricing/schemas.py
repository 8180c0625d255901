"""What a cart's price can be asked with, beside its lines: discounts by staff, and what is made for the customer."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.catalog.fields import PercentText
from ordo.kernel.frozen import Model
from ordo.kernel.money import MAX_AMOUNT
from ordo.pricing.manual import manual_discount
from ordo.pricing.model import ManualDiscount

Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT)]
MAX_TEXT = 1000
"""Characters of a custom text."""


def _custom(value: Any) -> Any:
    """One refusal for texts and numbers, so that it points at the choice and not into a union; no text is repeated."""
    text = isinstance(value, str) and len(value) <= MAX_TEXT
    number = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_AMOUNT
    if not (text or number):
        wanted = "Write a text of at most {most} characters, or a whole number"
        raise PydanticCustomError("invalid_request", wanted, {"most": MAX_TEXT})
    return value


CustomText = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
CustomNumber = Annotated[int, Field(strict=True, ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
CustomName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
CustomValue = Annotated[CustomText | CustomNumber, BeforeValidator(_custom)]
CustomValues = Annotated[dict[CustomName, CustomValue], Field(max_length=20)]
"""Texts and numbers by the names of the product's custom choices."""

MAX_MANUAL = 50
"""Discounts by staff in one cart."""


class ManualDiscountRequest(Model):
    """By staff: `percent` or `amount` off a line, or its unit `price`; or `percent` or `amount` off the whole order.

    On a line it stands in place of catalogue overrides and goes before promotions; on the order it goes after them, and
    in place of the promotions of the group `instead_of`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    line_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    percent: PercentText | None = None
    amount: Amount | None = None
    price: Amount | None = None
    reason: Annotated[
        str,
        StringConstraints(min_length=1, max_length=200, pattern=r"\S"),
        Field(
            description="Why it is given. It is kept with the order for ever, and shown to keys with the scope "
            "`prices:override`: it must hold nothing personal, such as a name, a phone number or an address."
        ),
    ]
    includes_shipping: bool = False
    instead_of: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if sum(each is not None for each in (self.percent, self.amount, self.price)) != 1:
            raise ValueError("give exactly one of percent, amount and price")
        if self.line_id is None and self.price is not None:
            raise ValueError("a price is for the units of a line: name its line_id")
        if self.line_id is not None and (self.includes_shipping or self.instead_of is not None):
            raise ValueError("includes_shipping and instead_of are for discounts on the whole order")
        return self

    def to_domain(self, currency: str) -> ManualDiscount:
        """The discount in the cart's currency."""
        return manual_discount(self.model_dump(mode="json", exclude_none=True), currency)
