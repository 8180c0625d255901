"""Gifts: which SKU is given, and the line that it becomes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ordo.catalog.bundles import PartFault, choose_parts
from ordo.catalog.errors import InvalidOption
from ordo.catalog.model import Product, State
from ordo.catalog.options import choose
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import GiftReward, OutOfStockGift
from ordo.catalog.taxes import Rate
from ordo.pricing.errors import GiftOutOfStock
from ordo.pricing.model import Adjustment, PricedLine, RejectedPromotion, UnitRun
from ordo.pricing.promote import Booked, Given

Chooser = Callable[[GiftReward], tuple[str, str]]


def gift_chooser(products: Mapping[str, Product], unavailable: Collection[str]) -> Chooser:
    """What answers for a reward with the SKU that is given, or with the reason why none is; the other is empty.

    The first of the reward's SKU and its substitutes that is for sale and not known to be out of stock.
    """

    def choose_gift(reward: GiftReward) -> tuple[str, str]:
        reason = "gift_not_for_sale"
        for sku in (reward.sku, *reward.substitutes):
            stock_sku = _stock_sku(products.get(sku), reward, products)
            if stock_sku is None:
                continue
            if stock_sku not in unavailable:
                return sku, ""
            reason = "gift_out_of_stock"
        return "", reason

    return choose_gift


def _stock_sku(product: Product | None, reward: GiftReward, products: Mapping[str, Product]) -> str | None:
    if product is None or product.state is not State.ACTIVE:
        return None
    if isinstance(choose_parts(product, products), PartFault):
        return None
    try:
        return choose(product, _options(product, reward), "").stock_sku
    except InvalidOption:
        return None


def _options(product: Product, reward: GiftReward) -> Mapping[str, str]:
    """A substitute need not have the options of what it stands for."""
    return {axis: value for axis, value in reward.options.items() if axis in product.options}


def refuse_missing_gifts(rejected: Iterable[RejectedPromotion], promotions: Iterable[Promotion]) -> None:
    """Raises `GiftOutOfStock` when a promotion that would have given a gift says that the order is then refused."""
    missing = {each.promotion_id for each in rejected if each.reason == "gift_out_of_stock"}
    if missing:
        for each in promotions:
            reward = each.reward
            refuses = isinstance(reward, GiftReward) and reward.out_of_stock is OutOfStockGift.REFUSE
            if refuses and isinstance(reward, GiftReward) and each.promotion_id in missing:
                raise GiftOutOfStock(each.promotion_id, reward.sku)


def gift_lines(
    booked: Booked, products: Mapping[str, Product], lists: Sequence[str], rate_for: Callable[[str], Rate]
) -> list[PricedLine]:
    """The lines of what was given, at their own price with all of it taken off; the trace names them."""
    lines = []
    taken = set(booked.line_ids)
    for given in booked.gifts:
        line = _line(given, products[given.sku], _line_id(given, taken), lists, rate_for)
        taken.add(line.line_id)
        lines.append(line)
        value = line.price * line.quantity
        booked.applied = [
            replace(
                each,
                amount=each.amount + value,
                base=each.base + value,
                gift_lines=(*each.gift_lines, line.line_id),
            )
            if each.promotion_id == given.promotion.promotion_id
            else each
            for each in booked.applied
        ]
    return lines


def _line_id(given: Given, taken: Collection[str]) -> str:
    """`gift-<promotion>`, as short as ids must be, and none that the cart has."""
    wanted = base = f"gift-{given.promotion.promotion_id}"[:60]
    number = 2
    while wanted in taken:
        wanted, number = f"{base}-{number}", number + 1
    return wanted


def _line(
    given: Given,
    product: Product,
    line_id: str,
    lists: Sequence[str],
    rate_for: Callable[[str], Rate],
) -> PricedLine:
    reward = given.promotion.reward
    options = _options(product, reward) if isinstance(reward, GiftReward) else {}
    choice = choose(product, options, "")
    own = choice.variant.prices if choice.variant is not None else {}
    entry: int | PriceEntry = next(
        (prices[name] for name in lists for prices in (own, product.prices) if name in prices), 0
    )
    price = entry if isinstance(entry, int) else entry.price
    rate = rate_for(product.tax_class)
    promotion, quantity = given.promotion, given.quantity
    value = price * quantity
    taken = (Adjustment(promotion.promotion_id, promotion.version, promotion.name, value, value, quantity),)
    return PricedLine(
        line_id=line_id,
        sku=product.sku,
        stock_sku=choice.stock_sku,
        name=product.name,
        options=choice.options,
        quantity=quantity,
        list_price=price,
        price=price,
        tax_class=product.tax_class,
        tax_rate_percent=rate.percent.text,
        adjustments=taken if value else (),
        runs=(UnitRun(quantity, price, (price,) if value else (), 0, 0, 0),),
        tax_parts=rate.parts,
        cost=None if isinstance(entry, int) else entry.cost,
        categories=product.categories,
        gift_of=promotion.promotion_id,
    )
