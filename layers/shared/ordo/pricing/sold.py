"""The lines of a cart: found in the catalogue before promotions, and with every unit's price after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ordo.catalog.bundles import ChosenPart
from ordo.catalog.custom import check_custom
from ordo.catalog.model import Product, State
from ordo.catalog.options import Choice, choose
from ordo.catalog.taxes import Rate, TaxMode, TaxPolicy
from ordo.pricing.errors import NotForSale, UnknownSku
from ordo.pricing.lines import Item, Run
from ordo.pricing.model import Cart, CartLine, PricedLine, UnitRun
from ordo.pricing.parts import require_few_parts, sold_parts
from ordo.pricing.prices import LinePrice, line_price
from ordo.pricing.promote import Booked
from ordo.pricing.tax import Taxable, tax_lines


@dataclass(slots=True)
class Sold:
    """A line with what it sells; the item's price is lowered by overrides later, `price` stays."""

    line: CartLine
    product: Product
    choice: Choice
    price: LinePrice
    item: Item
    parts: tuple[ChosenPart, ...] = ()


def sold_lines(cart: Cart, products: Mapping[str, Product], lists: Sequence[str]) -> list[Sold]:
    """The lines in their order. Raises `UnknownSku`, `NotForSale` or `InvalidOption`, pointing at the line, and
    `too_many_lines` where bundles have too many parts together.
    """
    quantities: dict[str, int] = {}
    for line in cart.lines:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    sold = [_sold(line, place, products, lists, quantities[line.sku]) for place, line in enumerate(cart.lines)]
    require_few_parts([len(each.parts) for each in sold])
    return sold


def _sold(line: CartLine, place: int, products: Mapping[str, Product], lists: Sequence[str], quantity: int) -> Sold:
    pointer = f"/lines/{place}"
    product, choice = chosen_of(line, pointer, products)
    price = line_price(product, choice, quantity, lists, pointer, line.custom)
    item = Item(
        line.line_id,
        line.sku,
        choice.stock_sku,
        price.price,
        line.quantity,
        price.minimum_price,
        product.categories,
        price.on_sale,
    )
    return Sold(line, product, choice, price, item, sold_parts(product, pointer, products) if product.parts else ())


def chosen_of(line: CartLine, pointer: str, products: Mapping[str, Product]) -> tuple[Product, Choice]:
    """What a line wants, checked as an order's line is, prices apart. Raises as `sold_lines` does."""
    product = products.get(line.sku)
    if product is None:
        raise UnknownSku(f"There is no product {line.sku!r}.", pointer=f"{pointer}/sku", facts={"sku": line.sku})
    if product.state is not State.ACTIVE:
        detail = f"{product.sku}: It is not for sale now."
        raise NotForSale(detail, pointer=f"{pointer}/sku", facts={"sku": product.sku})
    choice = choose(product, line.options, f"{pointer}/options")
    if product.custom or line.custom:
        check_custom(product, line.custom, f"{pointer}/custom")
    return product, choice


def priced_lines(
    sold: Sequence[Sold], booked: Booked, rates: Sequence[Rate], tax: TaxPolicy, usual_list: str
) -> list[PricedLine]:
    """Every unit with its price and tax."""
    runs = booked.state.runs
    taxable = [Taxable([(count, left) for count, left, _, _ in runs[place]], rate) for place, rate in enumerate(rates)]
    taxes = tax_lines(taxable, tax.mode, tax.rounding)
    return [
        _priced(each, booked, place, rates[place], tax.mode, taxes[place], usual_list)
        for place, each in enumerate(sold)
    ]


def _priced(
    sold: Sold,
    booked: Booked,
    place: int,
    rate: Rate,
    mode: TaxMode,
    taxes: Sequence[Sequence[tuple[int, int]]],
    usual_list: str,
) -> PricedLine:
    product, price, line = sold.product, sold.price, sold.line
    return PricedLine(
        line_id=line.line_id,
        sku=line.sku,
        stock_sku=sold.choice.stock_sku,
        name=product.name,
        options=sold.choice.options,
        quantity=line.quantity,
        list_price=price.list_price,
        price=price.price,
        tax_class=product.tax_class,
        tax_rate_percent=rate.percent.text,
        adjustments=tuple(booked.adjustments[place]),
        runs=unit_runs(booked.state.runs[place], price.price, mode, taxes),
        tax_parts=rate.parts,
        cost=price.cost,
        minimum_price=price.minimum_price,
        categories=product.categories,
        on_sale=price.on_sale,
        custom=line.custom,
        price_list=None if price.price_list == usual_list else price.price_list,
    )


def unit_runs(
    runs: Sequence[Run],
    price: int,
    mode: TaxMode,
    taxes: Sequence[Sequence[tuple[int, int]]],
) -> tuple[UnitRun, ...]:
    """The units in their order, equal ones that follow each other as one run."""
    equal: list[tuple[int, int, str, tuple[int, ...], int]] = []
    for (_, left, used_by, shares), parts in zip(runs, taxes, strict=True):
        for count, tax in parts:
            if equal and equal[-1][1:] == (left, used_by, shares, tax):
                equal[-1] = (equal[-1][0] + count, *equal[-1][1:])
            else:
                equal.append((count, left, used_by, shares, tax))
    extra = 0 if mode is TaxMode.INCLUSIVE else 1
    return tuple(
        UnitRun(count, price, shares, left - tax + extra * tax, tax, left + extra * tax, used_by)
        for count, left, used_by, shares, tax in equal
    )
