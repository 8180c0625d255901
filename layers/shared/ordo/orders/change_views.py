"""Changes of orders as the API shows them: the preview of one, and where the order stands when it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from ordo.kernel.frozen import Model
from ordo.orders.amounts import BalanceView, MoneyView, balance_view, money
from ordo.orders.command_schemas import StandingView
from ordo.orders.model import ChangeKind, ChangeState, OrderChange, OrderHeader, Requester
from ordo.orders.refund_schemas import RefundFigureView
from ordo.orders.refund_views import figure_view
from ordo.pricing.refund_codec import booking_from_json
from ordo.pricing.returned import LINE


class StockReturn(Model):
    """Units of one SKU that one node gets back."""

    sku: str
    node_id: str
    quantity: int


class StockTaken(StockReturn):
    """Units of one SKU that one node gives."""


class OwedView(Model):
    """What the order costs, with tax."""

    before: MoneyView
    after: MoneyView


class BookingView(Model):
    """One posting to the order's account: what it costs more (negative: less)."""

    kind: str
    amount: MoneyView
    addition: str | None = Field(default=None, description="The set of added lines that it is about.")


class RefundedView(Model):
    """What goes back by the price rules, by line, unit and charge."""

    kind: str
    refund: MoneyView
    charge: MoneyView = Field(description="Asked for instead, where promotions are not earned any more.")
    carried: MoneyView
    lines: list[RefundFigureView]
    charges: list[RefundFigureView]


class ChangedRateView(Model):
    """By tax rate, what the order costs more (negative: less)."""

    rate_percent: str
    net: MoneyView
    tax: MoneyView
    gross: MoneyView


class EndedLineView(Model):
    """Units that are not part of the order any more."""

    line_id: str
    sku: str
    quantity: int
    part: int | None = None


class AddedUnitsView(Model):
    """`count` equal units; amounts are of one unit."""

    count: int
    net: MoneyView
    tax: MoneyView
    gross: MoneyView


class AddedLineView(Model):
    """A line that the order gets, at the price of now."""

    line_id: str
    sku: str
    stock_sku: str
    options: dict[str, str]
    quantity: int
    net: MoneyView
    tax: MoneyView
    gross: MoneyView
    units: list[AddedUnitsView]


class AddedWorkView(Model):
    """Work that a node gets, and when it begins."""

    fulfilment_id: str
    node_id: str
    units: int
    begins: Literal["at_once", "when_released", "when_paid", "when_goods_come", "when_returned"]


class ChangePromiseView(Model):
    """When goods come that the change sources; applied later than half an hour, it may have to be previewed again."""

    ready_by: str
    deliver_by: str


Warning_ = Literal[
    "work_started",
    "authorisation_to_be_voided",
    "plan_is_kept",
    "added_goods_wait_for_payment",
    "promotions_give_less",
]


class PreviewView(Model):
    """What the change does when it is applied: exactly this, or nothing. `refund` and `to_pay` are what goes back, or
    is to be paid, more than before.
    """

    allowed: bool
    refund: MoneyView
    to_pay: MoneyView | None = None
    fee: MoneyView | None = None
    owed: OwedView | None = None
    bookings: list[BookingView] = Field(default_factory=list)
    refunds: list[RefundedView] = Field(default_factory=list)
    tax_rates: list[ChangedRateView] = Field(default_factory=list)
    lines_ended: list[EndedLineView] = Field(default_factory=list)
    lines_added: list[AddedLineView] = Field(default_factory=list)
    stock_returned: list[StockReturn]
    stock_taken: list[StockTaken] = Field(default_factory=list)
    fulfilments_cancelled: list[str]
    fulfilments_changed: list[str] = Field(default_factory=list)
    fulfilments_added: list[AddedWorkView] = Field(default_factory=list)
    holds_released: list[str]
    incidents_resolved: list[str] = Field(default_factory=list)
    coupons_given_back: list[str] = Field(default_factory=list)
    shipping_method: str | None = None
    promised_at: str | None = None
    promise: ChangePromiseView | None = None
    warnings: list[Warning_]

    @staticmethod
    def of(preview: Mapping[str, Any], currency: str) -> PreviewView:
        """The stored preview with its amounts in their currency."""
        owed = preview.get("owed")
        told = {
            **preview,
            "owed": {name: money(amount, currency) for name, amount in owed.items()} if owed else None,
            "bookings": [{**each, "amount": money(each["amount"], currency)} for each in preview.get("bookings", ())],
            "refunds": [_refunded(each, currency) for each in preview.get("refunds", ())],
            "tax_rates": [_taxed(each, currency) for each in preview.get("tax_rates", ())],
            "lines_added": [
                {**_taxed(each, currency), "units": [_taxed(units, currency) for units in each["units"]]}
                for each in preview.get("lines_added", ())
            ],
        }
        return PreviewView.model_validate(told)


class ChangeView(Model):
    """A change with its preview. `based_on` is the order's version by the proposal."""

    change_id: str
    order_id: str
    kind: ChangeKind
    state: ChangeState
    requested_by: Requester
    reason: str
    based_on: int
    preview: PreviewView
    created_at: str
    incident_id: str | None = Field(default=None, description="What a reship solves.")

    @staticmethod
    def of(change: OrderChange) -> ChangeView:
        """The answer to a proposal."""
        return ChangeView(**change_fields(change))


class AppliedChangeView(ChangeView):
    """An applied change and where the order stands now."""

    order: StandingView
    balance: BalanceView

    @staticmethod
    def after(change: OrderChange, header: OrderHeader) -> AppliedChangeView:
        """The answer to an apply."""
        return AppliedChangeView(**change_fields(change), order=StandingView.of(header), balance=balance_view(header))


def change_fields(change: OrderChange) -> dict[str, Any]:
    """A change's own part of its views."""
    currency = change.preview.get("refund", {}).get("currency", "")
    return {
        **change.model_dump(exclude={"preview", "asked"}),
        "requested_by": change.requested_by.type,
        "preview": PreviewView.of(change.preview, currency),
    }


def _taxed(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {**row, **{name: money(row[name], currency) for name in ("net", "tax", "gross")}}


def _refunded(row: Mapping[str, Any], currency: str) -> RefundedView:
    booking = booking_from_json(row)
    figures = [(each.kind == LINE, figure_view(each, currency)) for each in booking.figures]
    return RefundedView(
        kind=row["kind"],
        refund=money(booking.refund, currency),
        charge=money(booking.charge, currency),
        carried=money(booking.carried, currency),
        lines=[view for is_line, view in figures if is_line],
        charges=[view for is_line, view in figures if not is_line],
    )
