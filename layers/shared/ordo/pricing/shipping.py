"""What an order is charged beside its lines: shipping by one of the channel's methods, and surcharges.

Pure; prices are minor units of the cart's currency, before promotions, listed as `TaxPolicy.charge_mode` says.
"""

from __future__ import annotations

from typing import NamedTuple

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.charges import (
    STANDARD,
    STANDARD_NAME,
    JudgedSubtotal,
    ShippingMethod,
    ShippingRate,
    Surcharge,
    WeightScale,
)
from ordo.catalog.model import Name
from ordo.catalog.selections import Region
from ordo.kernel.money import MAX_AMOUNT
from ordo.pricing.errors import UnknownShippingMethod


class NamedCharge(NamedTuple):
    """A shipping method or surcharge with its price."""

    charge_id: str
    name: Name
    price: int


def shipping_charge(
    policy: ChannelPolicy,
    currency: str,
    method: str | None,
    country: str | None,
    region: str | None,
    weight_g: int,
    subtotal_before: int,
    subtotal_after: int,
) -> NamedCharge:
    """The named method with its price, or for None the first of the channel's that ships there.

    As long as no country is known every method counts as shipping there, so that a cart can be priced before its
    address. A method ships nothing in a currency that it has no rate for, above its last weight, or for more than
    `MAX_AMOUNT`. The subtotals are those of the items, before and after promotions. Raises `UnknownShippingMethod`.
    """
    if not policy.shipping_methods:
        if method not in (None, STANDARD):
            raise _refused(method, [STANDARD])
        return NamedCharge(STANDARD, STANDARD_NAME, policy.shipping.get(currency, 0))
    offered = []
    for each in policy.shipping_methods:
        price = _price_of(each, currency, country, region, weight_g, subtotal_before, subtotal_after)
        if price is None:
            continue
        if method in (None, each.method_id):
            return NamedCharge(each.method_id, each.name, price)
        offered.append(each.method_id)
    raise _refused(method, offered)


def surcharges_of(
    policy: ChannelPolicy, currency: str, subtotal_after: int, country: str | None, region: str | None, method: str
) -> list[NamedCharge]:
    """The channel's surcharges for such an order, in its own order, without those that would be nothing."""
    found = []
    for each in policy.surcharges:
        if _is_charged(each, currency, subtotal_after, country, region, method):
            price = each.amounts.get(currency, 0) if each.percent is None else each.percent.of(subtotal_after)
            if price:
                found.append(NamedCharge(each.surcharge_id, each.name, price))
    return found


def _is_charged(
    surcharge: Surcharge, currency: str, subtotal: int, country: str | None, region: str | None, method: str
) -> bool:
    below = surcharge.below_subtotal
    return (
        (below is None or subtotal < below.get(currency, 0))
        and (not surcharge.regions or _covers(surcharge.regions, country, region))
        and (not surcharge.methods or method in surcharge.methods)
    )


def _price_of(
    method: ShippingMethod,
    currency: str,
    country: str | None,
    region: str | None,
    weight_g: int,
    subtotal_before: int,
    subtotal_after: int,
) -> int | None:
    """What the method costs, None when it does not ship this there."""
    rate = method.rates.get(currency)
    if rate is None:
        return None
    if method.regions and country is not None and not _covers(method.regions, country, region):
        return None
    price = _rated(rate, weight_g, subtotal_after if rate.judged is JudgedSubtotal.AFTER else subtotal_before)
    return None if price is None or price > MAX_AMOUNT else price


def _rated(rate: ShippingRate, weight_g: int, subtotal: int) -> int | None:
    price = rate.flat
    for least, amount in rate.by_subtotal:
        if subtotal < least:
            break
        price = amount
    if rate.by_weight is not None:
        by_weight = _weighed(rate.by_weight, weight_g)
        if by_weight is None:
            return None
        price += by_weight
    return 0 if rate.free_from is not None and subtotal >= rate.free_from else price


def _weighed(scale: WeightScale, weight_g: int) -> int | None:
    """The price of the weight, None above the last band of a scale that has no steps."""
    last_g = last_amount = 0
    for up_to_g, amount in scale.bands:
        if weight_g <= up_to_g:
            return amount
        last_g, last_amount = up_to_g, amount
    if not scale.step_g:
        return None
    return last_amount - (last_g - weight_g) // scale.step_g * scale.step_amount


def _covers(regions: tuple[Region, ...], country: str | None, region: str | None) -> bool:
    return any(each.covers(country, region) for each in regions)


def _refused(method: str | None, offered: list[str]) -> UnknownShippingMethod:
    if method is None:
        detail = "No shipping method of this channel ships the order there."
    else:
        detail = f"The shipping method {method!r} does not exist or does not ship the order there."
    return UnknownShippingMethod(detail, pointer="/shipping_method", facts={"method": method, "offered": offered})
