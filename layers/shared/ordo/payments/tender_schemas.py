"""How an order is to be paid, as the API takes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from ordo.kernel.clock import to_iso
from ordo.kernel.frozen import Closed
from ordo.kernel.percent import percent

MAX_TENDERS, MAX_PARTS = 5, 12
Provider = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
MinorUnits = Annotated[int, Field(strict=True, ge=1, le=10**13)]
PartDue = Literal["placement", "before_dispatch", "acceptance", "date"]


class TenderRequest(Closed):
    """One way to pay. `stripe` and `store_credit` are moved by Ordo, `cash_on_delivery` is collected at the door, any
    other provider is the storefront's: Ordo tells it what is to move, and it reports what has.
    """

    provider: Provider
    amount: MinorUnits | None = Field(default=None, description="Minor units of the order's currency; none: the rest.")
    method: Reference | None = Field(
        default=None, description="The provider's reference of a stored method, which Ordo then charges by itself."
    )
    payer: Reference | None = Field(default=None, description="The provider's reference of whose it is.")
    capture: Literal["at_once", "on_dispatch"] = "at_once"

    def plain(self) -> dict[str, Any]:
        """As drafts and orders keep it."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True) | {"provider": self.provider}


class PartRequest(Closed):
    """A part of the price and when it is due: at once, when the goods are ready to leave, when the customer has them,
    or at a time. `amount`, or `percent` of the price; neither: the rest.
    """

    due: PartDue
    amount: MinorUnits | None = None
    percent: Annotated[str, StringConstraints(max_length=12)] | None = Field(default=None, examples=["30"])
    due_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.percent is not None and (self.amount is not None or not 0 < percent(self.percent).of(10**6) <= 10**6):
            raise ValueError("a part has an amount, or a percent of at most 100, or neither")
        if (self.due == "date") != (self.due_at is not None):
            raise ValueError("a part that is due at a date, and no other, has due_at")
        return self

    def plain(self) -> dict[str, Any]:
        """As drafts and channels keep it."""
        found = self.model_dump(mode="json", exclude_none=True, exclude={"due_at"})
        return found | ({"due_at": to_iso(self.due_at)} if self.due_at else {})


def _tenders(tenders: tuple[TenderRequest, ...]) -> tuple[TenderRequest, ...]:
    if sum(each.amount is None for each in tenders) > 1:
        raise ValueError("only one tender takes the rest")
    if sum(each.provider == "cash_on_delivery" for each in tenders) > 1:
        raise ValueError("cash is collected at the door once")
    return tenders


def _parts(parts: tuple[PartRequest, ...]) -> tuple[PartRequest, ...]:
    if sum(each.amount is None and each.percent is None for each in parts) > 1:
        raise ValueError("only one part is the rest")
    return parts


Tenders = Annotated[tuple[TenderRequest, ...], Field(max_length=MAX_TENDERS), AfterValidator(_tenders)]
Schedule = Annotated[tuple[PartRequest, ...], Field(max_length=MAX_PARTS), AfterValidator(_parts)]
