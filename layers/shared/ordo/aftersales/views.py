"""Returns as the API shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from ordo.aftersales.deciding import may_decide
from ordo.aftersales.expecting import Expected
from ordo.aftersales.model import Exchange, Inspected, Return, SentBack
from ordo.kernel.frozen import Model
from ordo.orders.amounts import BalanceView, MoneyView, balance_view, money
from ordo.orders.model import OrderHeader
from ordo.shipments.proof_model import KeptFile
from ordo.shipments.proof_views import FileView

Link = Callable[[KeptFile], str | None]


class RuleView(Model):
    """What one rule said: of a line, or of the whole request."""

    rule: str
    verdict: str
    line_id: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)


class SentBackView(Model):
    """A parcel on its way back."""

    carrier: str
    tracking_number: str
    source: str = Field(description="label, pickup, or own: the customer's carrier")
    status: str
    cost: MoneyView | None = None


class InspectedView(Model):
    """Equal units that came, and what they are."""

    line_id: str | None = None
    part: int | None = None
    sku: str
    quantity: int
    condition: str
    disposition: str
    node_id: str
    receipt: int
    received_at: str
    serial: str | None = None
    accepted: bool
    deduction: MoneyView
    files: list[FileView] = Field(default_factory=list)


class ExchangeView(Model):
    """New goods for old. `credit` is what the old goods are worth, at most what the new ones cost: it was booked in
    advance, and is taken back when they are here or when they never come.
    """

    lines: list[dict[str, Any]]
    advance: bool
    line_ids: list[str] = Field(description="The order's lines that were added for it.")
    fulfilment_ids: list[str]
    price: MoneyView
    credit: MoneyView


class ExpectedView(Model):
    """What it comes to when the goods come back as they were."""

    worth: MoneyView = Field(description="Of the old goods, by the price rules.")
    price: MoneyView | None = Field(default=None, description="Of the new goods, as they are sold now.")
    to_pay: MoneyView | None = Field(default=None, description="Before new goods leave.")
    refund: MoneyView


class ReturnView(Model):
    """A return, exchange or claim of an order. `findings` say by which rules it was decided; `differences` are lines of
    which more or fewer came than announced. Amounts are with tax.
    """

    return_id: str
    order_id: str
    state: str
    outcome: str
    reason: str
    requested_by: str
    requested_at: str
    changed_at: str
    deadline: str | None = Field(description="When it is looked at again; null when it is over.")
    lines: list[dict[str, Any]] = Field(description="What was announced.")
    verdict: str = Field(description="automatic, by_hand or refused")
    findings: list[RuleView]
    way: str
    without_goods: bool
    reship: bool
    unannounced: bool
    worth: MoneyView
    decided_by: str | None = None
    decided_at: str | None = None
    send_by: str | None = None
    arrive_by: str | None = None
    sent: list[SentBackView]
    label_problem: str | None = None
    units: list[InspectedView] = Field(description="What came.")
    differences: list[dict[str, Any]]
    refunded: MoneyView = Field(description="What was booked for it, less what was held back.")
    deducted: MoneyView = Field(description="What was held back: for the goods' condition, and for the label.")
    credit_wanted: MoneyView = Field(description="So much of the refund at most is to be credit in the shop.")
    credited: MoneyView = Field(description="What of the refund is credit in the shop.")
    exchange: ExchangeView | None = None
    ending: str | None = None

    @staticmethod
    def of(found: Return, currency: str, link: Link = lambda file: None) -> ReturnView:
        """The return as the API shows it."""
        return ReturnView(**_fields(found, currency, link))


class ReturnCase(ReturnView):
    """A return by itself, with what may be decided about it now, and its order's version and balance.

    `note`, `label_url` and the addresses of photos are there for keys with the scope `customers:read`.
    """

    version: int
    may: list[str] = Field(description="What may be decided: `POST /v1/returns/{id}/decision`")
    balance: BalanceView
    files: list[FileView] = Field(default_factory=list, description="Photos of the request.")
    note: str | None = None
    label_url: str | None = None
    preview: bool = Field(default=False, description="Nothing was written: this is what would be.")
    expected: ExpectedView | None = Field(default=None, description="Of a preview of a request.")

    @staticmethod
    def now(
        found: Return,
        header: OrderHeader,
        words: Mapping[str, Any],
        link: Link = lambda file: None,
        *,
        preview: bool = False,
        expected: Expected | None = None,
    ) -> ReturnCase:
        """The answer."""
        return ReturnCase(
            **_fields(found, header.currency, link),
            version=header.version,
            may=list(may_decide(found)),
            balance=balance_view(header),
            files=[FileView(**each.told(), url=link(each)) for each in found.files],
            note=words.get("note"),
            label_url=words.get("label_url"),
            preview=preview,
            expected=_expected(expected, header.currency) if expected else None,
        )


def _fields(found: Return, currency: str, link: Link) -> dict[str, Any]:
    told = found.model_dump(mode="json", exclude={"terms", "files", "exchange", "personal_hash"})
    return {
        **told,
        "deadline": found.deadline if found.is_open else None,
        "findings": [RuleView(**each.model_dump(mode="json")) for each in found.findings],
        "worth": money(found.worth, currency),
        "sent": [_sent(each, currency) for each in found.sent],
        "units": [_unit(each, currency, link) for each in found.units],
        "differences": list(found.differences()) if found.units and not found.unannounced else [],
        "refunded": money(found.refunded, currency),
        "deducted": money(found.deducted, currency),
        "credit_wanted": money(found.credit_wanted, currency),
        "credited": money(found.credited, currency),
        "exchange": _exchange(found.exchange, currency) if found.exchange else None,
    }


def _exchange(exchange: Exchange, currency: str) -> ExchangeView:
    told = exchange.model_dump(mode="json", exclude={"price", "credit"})
    return ExchangeView(**told, price=money(exchange.price, currency), credit=money(exchange.credit, currency))


def _expected(expected: Expected, currency: str) -> ExpectedView:
    new = expected.price is not None
    return ExpectedView(
        worth=money(expected.worth, currency),
        price=money(expected.price or 0, currency) if new else None,
        to_pay=money(expected.to_pay, currency) if new else None,
        refund=money(expected.refund, currency),
    )


def _sent(sent: SentBack, currency: str) -> SentBackView:
    return SentBackView(
        carrier=sent.carrier,
        tracking_number=sent.parcel.tracking_number,
        source=sent.source,
        status=sent.parcel.status,
        cost=None if sent.cost is None else money(sent.cost, currency),
    )


def _unit(unit: Inspected, currency: str, link: Link) -> InspectedView:
    fields = unit.model_dump(mode="json", exclude={"files", "deduction"})
    files = [FileView(**each.told(), url=link(each)) for each in unit.files]
    return InspectedView(**fields, deduction=money(unit.deduction, currency), files=files)
