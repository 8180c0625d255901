"""What one unit of a line sells for before any promotion. Pure; all amounts are minor units of the cart's currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.model import Product, State
from ordo.catalog.options import Choice
from ordo.catalog.price_lists import PriceList
from ordo.catalog.prices import Price, Prices
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.money import MAX_AMOUNT
from ordo.pricing.errors import NotForSale

_NO_PRICES: Prices = {}
_NO_CUSTOM: Mapping[str, int] = {}


class LinePrice(NamedTuple):
    """One unit: what it is compared with, what it sells for (never more), what no promotion goes below (never more than
    that), the merchant's own cost (None: not known), the list that all of this is of, and whether that list marks it
    down: the selling price of a single unit is below the list price, options and quantity apart.
    """

    list_price: int
    price: int
    minimum_price: int
    cost: int | None
    price_list: str
    on_sale: bool


def applicable_lists(
    price_lists: Sequence[PriceList], policy: ChannelPolicy, currency: str, segment: str | None, now: datetime
) -> tuple[str, ...]:
    """The price lists by which a buyer of `segment` buys in the channel, the one that counts first first.

    `price_lists` are those of the snapshot. The channel's usual list is always one of them, and the last. Raises
    `UnknownCurrency` when the channel does not sell in the currency.
    """
    usual = policy.price_lists.get(currency)
    if usual is None:
        raise UnknownCurrency(currency, "/currency")
    if not price_lists:
        return (usual,)
    channel = policy.channel_id
    ranked = sorted(
        (-each.priority, each.price_list_id)
        for each in price_lists
        if each.currency == currency and each.price_list_id != usual and each.is_for(channel, segment, now)
    )
    return (*(price_list_id for _, price_list_id in ranked), usual)


def line_price(
    product: Product,
    choice: Choice,
    quantity: int,
    lists: Sequence[str],
    pointer: str,
    custom: Mapping[str, int] = _NO_CUSTOM,
) -> LinePrice:
    """The price of one unit by the first of `lists` that prices the product; a variant's own entry replaces its.

    `quantity` counts all units of the product in the cart, on whatever line; `custom` are checked measures
    (`catalog.custom`). What options and custom choices add is that of the same list, else of the next one that says
    something. Nothing gets below zero. Raises `NotForSale` pointing at the `sku` of the line that `pointer` names.
    """
    if product.state is not State.ACTIVE:
        raise _not_for_sale(product, pointer, "It is not for sale now.")
    rank, entry = _first_priced(product, choice, lists)
    if entry is None:
        raise _not_for_sale(product, pointer, "It has no price in this channel and currency.")
    name, more = lists[rank], 0
    if custom or product.option_prices:
        more = _additions(product, choice, custom, lists[rank:])
    if isinstance(entry, int):
        price = _within_limits(product, entry + more, pointer) if more else entry
        return LinePrice(price, price, 0, None, name, False)
    base = entry.price if entry.list_price is None else entry.list_price
    price = _within_limits(product, entry.at(quantity) + more, pointer)
    list_price = max(price, _within_limits(product, base + more, pointer))
    return LinePrice(list_price, price, min(entry.minimum_price, price), entry.cost, name, entry.price < base)


def _first_priced(product: Product, choice: Choice, lists: Sequence[str]) -> tuple[int, Price | None]:
    """The rank of the list that counts, and the entry there."""
    own = choice.variant.prices if choice.variant is not None else _NO_PRICES
    for rank, name in enumerate(lists):
        entry = own.get(name)
        if entry is None:
            entry = product.prices.get(name)
        if entry is not None:
            return rank, entry
    return 0, None


def _additions(product: Product, choice: Choice, custom: Mapping[str, int], lists: Sequence[str]) -> int:
    """What the options and custom choices add to one unit; may be negative."""
    more = 0
    for axis, values in product.option_prices.items():
        amounts = values.get(choice.options.get(axis, ""))
        if amounts:
            more += next((amounts[name] for name in lists if name in amounts), 0)
    for each in product.custom:
        if each.name in custom:
            found = next((each.prices[name] for name in lists if name in each.prices), None)
            if found is not None:
                more += found.flat + found.per_unit * custom[each.name]
    return more


def _within_limits(product: Product, price: int, pointer: str) -> int:
    if price > MAX_AMOUNT:  # only by custom choices: every single amount of a document is below
        raise _not_for_sale(product, pointer, "What was chosen makes it cost more than can be sold here.")
    return max(0, price)


def _not_for_sale(product: Product, pointer: str, detail: str) -> NotForSale:
    return NotForSale(f"{product.sku}: {detail}", pointer=f"{pointer}/sku", facts={"sku": product.sku})
