"""What is odd about prices, price lists and channels, but no reason to refuse them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.errors import pointer_token
from ordo.catalog.model import Product
from ordo.catalog.price_lists import PriceList, PriceListState
from ordo.catalog.prices import PriceEntry, Prices, entry_of
from ordo.catalog.warnings import DocumentWarning

BELOW_COST = "below_cost"
"""The one warning that tells something of a cost."""


def price_list_warnings(
    price_list: PriceList, others: Iterable[PriceList], channels: Mapping[str, ChannelPolicy], now: datetime
) -> list[DocumentWarning]:
    """Of a list beside the `others` that are active; `channels` are those that it names and that exist.

    Codes: `same_priority`, `no_effect`, `already_ended`, `unknown_channel`, `channel_inactive`, `not_in_currency`.
    """
    if not price_list.is_addressed:
        return list(_without_effect(price_list))
    if price_list.state is not PriceListState.ACTIVE:
        return []
    found = list(_unreachable(price_list, channels, now))
    for other in sorted(others, key=lambda each: each.price_list_id):
        if other.price_list_id != price_list.price_list_id and _compete(price_list, other):
            first = min(price_list.price_list_id, other.price_list_id)
            found.append(
                _warning(
                    "same_priority",
                    "/priority",
                    f"The price list {other.price_list_id} has the same priority and the same buyers at the same time: "
                    f"of products in both, the prices of {first} count, as its id comes first.",
                    f"价目表 {other.price_list_id} 的优先级相同，且在同一时间面向相同的买家："
                    f"两个价目表都有的商品按编号在前的 {first} 计价。",
                )
            )
    return found


def product_warnings(product: Product, currencies: Mapping[str, str]) -> list[DocumentWarning]:
    """Of a product's prices; `currencies` are those of the price lists that it names.

    Codes: `break_not_cheaper`, `below_cost`, `variant_without_price`, `options_below_zero`.
    """
    found = list(_of_prices(product.prices, "/prices"))
    for place, variant in enumerate(product.variants):
        pointer = f"/variants/{place}/prices"
        found += _of_prices(variant.prices, pointer)
        own = {currencies.get(name) for name in variant.prices}
        for name in sorted(product.prices.keys() - variant.prices.keys()):
            if currencies.get(name) in own:
                found.append(_variant_without_price(variant.sku, name, pointer))
    return [*found, *_options_below_zero(product)]


def channel_warnings(policy: ChannelPolicy, price_lists: Mapping[str, PriceList]) -> list[DocumentWarning]:
    """Of a channel and its usual lists. Code: `usual_list_limited`."""
    return [
        _warning(
            "usual_list_limited",
            f"/price_lists/{pointer_token(currency)}",
            f"As the usual list of this channel {name} counts for every buyer at any time, "
            "whatever its state, validity and segments say.",
            f"{name} 作为本渠道的默认价目表，对所有买家始终有效，其状态、有效期和客户分组均不起作用。",
        )
        for currency, name in policy.price_lists.items()
        if name in price_lists and _is_limited(price_lists[name])
    ]


def _is_limited(price_list: PriceList) -> bool:
    limits = (price_list.valid_from, price_list.valid_to, *price_list.segments)
    return price_list.state is not PriceListState.ACTIVE or any(limits)


def _without_effect(price_list: PriceList) -> Iterator[DocumentWarning]:
    """What a list says that is only ever a channel's usual one."""
    for name, said in {
        "state": price_list.state in (PriceListState.PAUSED, PriceListState.ENDED),
        "valid_from": price_list.valid_from is not None,
        "valid_to": price_list.valid_to is not None,
        "priority": price_list.priority != 0,
    }.items():
        if said:
            yield _warning(
                "no_effect",
                f"/{name}",
                "A list that names neither channels nor segments is only used as a channel's usual list, "
                f"and there always: {name} has no effect. Name who it is for.",
                f"未指定渠道或客户分组的价目表只能作为渠道的默认价目表，且始终有效：{name} 不起作用。请指定适用对象。",
            )


def _unreachable(
    price_list: PriceList, channels: Mapping[str, ChannelPolicy], now: datetime
) -> Iterator[DocumentWarning]:
    if price_list.valid_to is not None and price_list.valid_to <= now:
        yield _warning(
            "already_ended", "/valid_to", "This list has ended: nobody buys by it.", "该价目表已过期，不会再被使用。"
        )
    for name in sorted(price_list.channels):
        policy = channels.get(name)
        if policy is None:
            yield _warning("unknown_channel", "/channels", f"There is no channel {name} yet.", f"尚无渠道 {name}。")
        elif not policy.sells:
            yield _warning(
                "channel_inactive", "/channels", f"The channel {name} is not active.", f"渠道 {name} 未启用。"
            )
        elif price_list.currency not in policy.price_lists:
            yield _warning(
                "not_in_currency",
                "/channels",
                f"The channel {name} sells nothing in {price_list.currency}.",
                f"渠道 {name} 不以 {price_list.currency} 销售。",
            )


def _compete(one: PriceList, other: PriceList) -> bool:
    """Whether some buyer could be offered both at some time, neither before the other by its priority."""
    return (
        other.is_addressed
        and other.state is PriceListState.ACTIVE
        and (one.currency, one.priority) == (other.currency, other.priority)
        and _meet(one.channels, other.channels)
        and _meet(one.segments, other.segments)
        and _begins_before_end_of(one, other)
        and _begins_before_end_of(other, one)
    )


def _meet(some: frozenset[str], others: frozenset[str]) -> bool:
    return not some or not others or bool(some & others)


def _begins_before_end_of(one: PriceList, other: PriceList) -> bool:
    return one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to


def _of_prices(prices: Prices, pointer: str) -> Iterator[DocumentWarning]:
    for name, price in prices.items():
        yield from _of_entry(entry_of(price), f"{pointer}/{pointer_token(name)}")


def _of_entry(entry: PriceEntry, pointer: str) -> Iterator[DocumentWarning]:
    before = entry.price
    if entry.cost is not None and entry.cost > entry.price:
        yield _below_cost(f"{pointer}/price")
    for place, (_, price) in enumerate(entry.breaks):
        where = f"{pointer}/breaks/{place}/price"
        if price >= before:
            yield _warning(
                "break_not_cheaper",
                where,
                "This price by quantity is not lower than the one before it.",
                "该数量阶梯价不低于前一档价格。",
            )
        if entry.cost is not None and price < entry.cost <= entry.price:
            yield _below_cost(where)
        before = price


def _below_cost(pointer: str) -> DocumentWarning:
    return _warning(BELOW_COST, pointer, "This price is below the cost.", "该价格低于成本。")


def _variant_without_price(variant: str, price_list: str, pointer: str) -> DocumentWarning:
    return _warning(
        "variant_without_price",
        pointer,
        f"{variant} has prices of its own, but none in {price_list}: there it sells at the price of the product.",
        f"{variant} 有自己的价格，但在价目表 {price_list} 中没有：在该价目表中按商品价格销售。",
    )


def _options_below_zero(product: Product) -> Iterator[DocumentWarning]:
    """Where the cheapest values of all axes together would take more off than the product costs."""
    for name, price in product.prices.items():
        entry = entry_of(price)
        lowest = min(entry.price, *(each for _, each in entry.breaks)) if entry.breaks else entry.price
        for axis, values in product.option_prices.items():
            offered = product.options.get(axis, ())
            lowest += min((values.get(value, {}).get(name, 0) for value in offered), default=0)
        if lowest < 0:
            yield _warning(
                "options_below_zero",
                "/option_prices",
                f"In {name} some options would take more off than the product costs: it is sold for nothing then.",
                f"在价目表 {name} 中，某些选项的减价超过商品价格：此时按零元销售。",
            )


def _warning(code: str, pointer: str, en: str, zh: str) -> DocumentWarning:
    return DocumentWarning(code, pointer, {"en": en, "zh": zh})
