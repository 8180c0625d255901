"""Amounts as the API shows them: minor units with their currency."""

from __future__ import annotations

from ordo.kernel.frozen import Model
from ordo.orders.model import OrderHeader
from ordo.pricing.model import Totals


class MoneyView(Model):
    """Minor units: 25000 CNY is 250.00 yuan."""

    amount: int
    currency: str


class TotalsView(Model):
    """`total = items - discount + shipping`, and `+ tax` where prices exclude it."""

    items: MoneyView
    discount: MoneyView
    shipping: MoneyView
    tax: MoneyView
    total: MoneyView


class BalanceView(Model):
    """`owed`: what the order costs now, its total at placement and all that was booked since. `due`: still to pay.
    `overpaid`: more was captured than the order costs. `refund_due`: to be paid back.
    """

    owed: MoneyView
    authorised: MoneyView
    captured: MoneyView
    refunded: MoneyView
    due: MoneyView
    overpaid: MoneyView
    refund_due: MoneyView


def balance_view(header: OrderHeader) -> BalanceView:
    """Where the order's money stands: too little and too much both stay visible until they are put right."""
    funds, currency = header.funds, header.currency
    owed = header.owed
    return BalanceView(
        owed=money(owed, currency),
        authorised=money(funds.authorised, currency),
        captured=money(funds.captured, currency),
        refunded=money(funds.refunded, currency),
        due=money(max(0, owed - funds.kept), currency),
        overpaid=money(max(0, funds.kept - owed), currency),
        refund_due=money(funds.refund_due, currency),
    )


def totals_view(totals: Totals, currency: str) -> TotalsView:
    """The sums of an order or quote."""
    return TotalsView(
        items=money(totals.items, currency),
        discount=money(totals.discount, currency),
        shipping=money(totals.shipping, currency),
        tax=money(totals.tax, currency),
        total=money(totals.total, currency),
    )


def money(amount: int, currency: str) -> MoneyView:
    """An amount in minor units, with its currency."""
    return MoneyView(amount=amount, currency=currency)
