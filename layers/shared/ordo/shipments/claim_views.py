"""Claims against carriers as the API shows them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ordo.kernel.frozen import Model
from ordo.orders.amounts import MoneyView
from ordo.shipments.claim_model import CarrierClaim


class ClaimView(Model):
    """A claim. `amount` is what is asked, at most `value` (what the units were sold for); `accepted` what the carrier
    says that it pays, `recovered` what it has paid. `due_at` is when somebody should look at it again.
    """

    claim_id: str
    order_id: str
    shipment_id: str
    tracking_number: str
    carrier: str
    reason: str
    state: str
    value: MoneyView
    amount: MoneyView
    accepted: MoneyView | None = None
    recovered: MoneyView
    lines: list[dict[str, Any]]
    evidence: list[dict[str, Any]] = Field(description="References to records and files, with their hashes.")
    opened_at: str
    changed_at: str
    file_by: str
    answer_by: str | None = None
    due_at: str | None = None
    reference: str | None = None
    refused_for: str | None = None
    incident_id: str | None = None

    @staticmethod
    def of(claim: CarrierClaim) -> ClaimView:
        """The claim as the API shows it."""
        amounts = ("value", "amount", "accepted", "recovered")
        shown = claim.model_dump(mode="json", exclude_none=True, exclude={"currency", "answer_days", "remind_at"})
        money = {name: MoneyView(amount=shown[name], currency=claim.currency) for name in amounts if name in shown}
        return ClaimView(**{**shown, **money, "due_at": claim.due_at})


class ClaimedView(ClaimView):
    """A claim, and the order's version by it."""

    version: int

    @staticmethod
    def by(claim: CarrierClaim, version: int) -> ClaimedView:
        """The claim as it is after a command."""
        return ClaimedView(**ClaimView.of(claim).model_dump(), version=version)
