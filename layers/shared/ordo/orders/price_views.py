"""Prices as the API shows them: of orders and of quotes. Every amount is minor units with its currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from ordo.kernel.frozen import Model
from ordo.orders.amounts import MoneyView, money
from ordo.pricing.figures import RateFigure, charge_figure, figures_of, line_figure
from ordo.pricing.model import Adjustment, Charge, PricedLine, Shipping
from ordo.pricing.part_model import PartShare


class AdjustmentView(Model):
    """What one promotion took off this line: `amount` of `base`, what was left of it then, on `units` of its units."""

    promotion_id: str
    version: int
    name: dict[str, str]
    amount: MoneyView
    base: MoneyView
    units: int


class PartShareView(Model):
    """What units of a part cost in one bundle of the run: so many `units` at these amounts each."""

    part: int
    units: int
    net: MoneyView
    tax: MoneyView
    gross: MoneyView


class PartView(Model):
    """A part of a bundle: `quantity` of it in each, and what all its units of the line cost together. What a bundle
    costs was divided by the `weight` of each unit: that of the product, or what the part sells for alone.
    """

    part: int
    sku: str
    stock_sku: str
    name: dict[str, str]
    options: dict[str, str]
    quantity: int
    weight: int
    net: MoneyView
    tax: MoneyView
    total: MoneyView


class UnitRunView(Model):
    """`count` equal units; amounts are of one unit, and `net + tax = gross`. `shares` follow the line's adjustments."""

    count: int
    list_price: MoneyView
    price: MoneyView
    shares: list[MoneyView]
    discount: MoneyView
    net: MoneyView
    tax: MoneyView
    gross: MoneyView
    parts: list[PartShareView] = Field(
        default_factory=list, description="Of a bundle: what its parts cost, fixed at placement; they add up to it."
    )


class LineView(Model):
    """A line as it was sold: names, options and prices of that moment."""

    line_id: str
    sku: str
    stock_sku: str
    name: dict[str, str]
    options: dict[str, str]
    quantity: int
    list_price: MoneyView = Field(description="What one unit is compared with; at least its price.")
    price: MoneyView = Field(description="One unit before promotions, with options and custom choices.")
    total: MoneyView
    net: MoneyView
    tax: MoneyView
    tax_rate_percent: str
    adjustments: list[AdjustmentView]
    unit_runs: list[UnitRunView]
    gift_of: str | None = Field(default=None, description="The promotion that gives this line away.")
    custom: dict[str, int] = Field(default_factory=dict, description="Measures; of a text its length.")
    price_list: str | None = Field(default=None, description="Where it is not the order's usual one.")
    cost: MoneyView | None = Field(default=None, description="One unit's, for keys with the scope `prices:cost`.")
    margin: MoneyView | None = Field(default=None, description="Net of the line less its cost; likewise.")
    parts: list[PartView] = Field(default_factory=list, description="Of a bundle, in their order.")


class ChargeView(Model):
    """Shipping or a surcharge: `price` is what it was before `discount`."""

    kind: str
    charge_id: str
    name: dict[str, str]
    price: MoneyView
    discount: MoneyView
    net: MoneyView
    tax: MoneyView
    gross: MoneyView
    tax_rate_percent: str


class RatePartView(Model):
    """One of the rates that are added, and its part of the tax."""

    rate_percent: str
    tax: MoneyView


class RateView(Model):
    """All that is taxed at one rate, charges included. `parts` are there where several rates are added."""

    rate_percent: str
    net: MoneyView
    tax: MoneyView
    gross: MoneyView
    parts: list[RatePartView] = Field(default_factory=list)


def price_views(lines: Sequence[PricedLine], shipping: Shipping, currency: str, *, costs: bool) -> dict[str, Any]:
    """Lines, charges and the figures by rate; the merchant's costs only for those who may see them."""
    figures = figures_of(tuple(map(line_figure, lines)), tuple(map(charge_figure, shipping.charges)))
    return {
        "lines": [_line(line, currency, costs=costs) for line in lines],
        "charges": [_charge(each, currency) for each in shipping.charges],
        "tax_rates": [rate_view(each, currency) for each in figures.rates],
    }


def rate_view(figure: RateFigure, currency: str) -> RateView:
    """The figures of one rate."""
    return RateView(
        rate_percent=figure.rate_percent,
        net=money(figure.net, currency),
        tax=money(figure.tax, currency),
        gross=money(figure.gross, currency),
        parts=[RatePartView(rate_percent=part.rate_percent, tax=money(part.tax, currency)) for part in figure.parts],
    )


def _charge(charge: Charge, currency: str) -> ChargeView:
    return ChargeView(
        kind=charge.kind,
        charge_id=charge.charge_id,
        name=dict(charge.name),
        price=money(charge.price, currency),
        discount=money(sum(each.amount for each in charge.adjustments), currency),
        net=money(charge.net, currency),
        tax=money(charge.tax, currency),
        gross=money(charge.gross, currency),
        tax_rate_percent=charge.tax_rate_percent,
    )


def _line(line: PricedLine, currency: str, *, costs: bool) -> LineView:
    known = costs and line.cost is not None
    return LineView(
        cost=money(line.cost, currency) if known and line.cost is not None else None,
        margin=money(line.net - line.cost * line.quantity, currency) if known and line.cost is not None else None,
        line_id=line.line_id,
        sku=line.sku,
        stock_sku=line.stock_sku,
        name=dict(line.name),
        options=line.options,
        quantity=line.quantity,
        list_price=money(line.list_price, currency),
        price=money(line.price, currency),
        total=money(line.gross, currency),
        net=money(line.net, currency),
        tax=money(line.tax, currency),
        tax_rate_percent=line.tax_rate_percent,
        gift_of=line.gift_of,
        custom=dict(line.custom),
        price_list=line.price_list,
        adjustments=[_adjustment(each, currency) for each in line.adjustments],
        unit_runs=[_run(line, place, currency) for place in range(len(line.runs))],
        parts=[_part(line, place, currency) for place in range(len(line.parts))],
    )


def _part(line: PricedLine, place: int, currency: str) -> PartView:
    part = line.parts[place]
    gross, tax = line.part_amounts(place)
    return PartView(
        part=place,
        sku=part.sku,
        stock_sku=part.stock_sku,
        name=dict(part.name),
        options=dict(part.options),
        quantity=part.quantity,
        weight=part.weight,
        net=money(gross - tax, currency),
        tax=money(tax, currency),
        total=money(gross, currency),
    )


def _adjustment(adjustment: Adjustment, currency: str) -> AdjustmentView:
    return AdjustmentView(
        promotion_id=adjustment.promotion_id,
        version=adjustment.version,
        name=dict(adjustment.name),
        amount=money(adjustment.amount, currency),
        base=money(adjustment.base, currency),
        units=adjustment.units,
    )


def _run(line: PricedLine, place: int, currency: str) -> UnitRunView:
    run = line.runs[place]
    return UnitRunView(
        parts=[
            _share(number, share, currency) for number, part in enumerate(line.parts) for share in part.shares[place]
        ],
        count=run.count,
        list_price=money(line.list_price, currency),
        price=money(run.price, currency),
        shares=[money(share, currency) for share in run.shares],
        discount=money(run.discount, currency),
        net=money(run.net, currency),
        tax=money(run.tax, currency),
        gross=money(run.gross, currency),
    )


def _share(part: int, share: PartShare, currency: str) -> PartShareView:
    return PartShareView(
        part=part,
        units=share.units,
        net=money(share.net, currency),
        tax=money(share.tax, currency),
        gross=money(share.gross, currency),
    )
