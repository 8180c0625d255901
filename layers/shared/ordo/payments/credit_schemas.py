"""Store credit as the API takes and gives it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from ordo.kernel.frozen import Closed, Model
from ordo.orders.amounts import MoneyView, money
from ordo.payments.credit import CreditAccount, CreditEntry, in_order
from ordo.payments.credit_store import CreditPage
from ordo.payments.schemas import ReportedAmount


class CreditGrantRequest(Closed):
    """Credit for a customer, in place of money: for goodwill, a return, a card that was bought."""

    amount: ReportedAmount
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")] = Field(
        description="A code of the merchant's, such as `goodwill`; no text about a person."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="Until when it can be used; none: for ever.")


class CreditQuery(Closed):
    """Which entries: in a currency, below a number, the newest first."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    before: Annotated[int, Field(ge=1)] | None = None


class GrantView(Model):
    """Credit that can still be used, and what is left of it."""

    grant_id: str
    left: MoneyView
    expires_at: str | None


class EntryView(Model):
    """One booking: `amount` is what the customer has more (negative: less) by it."""

    number: int
    kind: str
    amount: MoneyView
    at: str
    order_id: str | None
    reason: str | None

    @staticmethod
    def of(entry: CreditEntry, currency: str) -> EntryView:
        """The answer."""
        return EntryView(
            number=entry.number,
            kind=entry.kind,
            amount=money(entry.amount, currency),
            at=entry.at,
            order_id=entry.order_id,
            reason=entry.reason,
        )


class GrantedView(Model):
    """The booking of a grant."""

    customer_id: str
    entry: EntryView


class CreditView(Model):
    """A customer's credit in a currency: what can be spent, of which grants (the first to be used up first), and a page
    of its bookings; send `next_before` back as `before` for the next one.
    """

    customer_id: str
    balance: MoneyView
    grants: list[GrantView]
    entries: list[EntryView]
    next_before: int | None

    @staticmethod
    def of(account: CreditAccount, page: CreditPage, moment: str) -> CreditView:
        """The answer, at a moment."""
        currency = account.currency
        live = [each for each in in_order(account.grants) if not each.is_over(moment)]
        return CreditView(
            customer_id=account.customer_id,
            balance=money(account.balance(moment), currency),
            grants=[
                GrantView(grant_id=each.grant_id, left=money(each.left, currency), expires_at=each.expires_at)
                for each in live
            ],
            entries=[EntryView.of(each, currency) for each in page.entries],
            next_before=page.before,
        )
