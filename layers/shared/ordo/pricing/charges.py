"""What is charged beside the lines, after promotions and with tax."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from ordo.pricing.model import Adjustment, Cart, Charge, Shipping
from ordo.pricing.promote import Booked
from ordo.pricing.shipping import NamedCharge, surcharges_of
from ordo.pricing.tax import Taxable, tax_lines

SHIPPING, SURCHARGE = "shipping", "surcharge"


def charges_of(charge: NamedCharge, booked: Booked, subtotal: int, cart: Cart, channel: ChannelPolicy) -> Shipping:
    """Shipping less what promotions took off it, and the channel's surcharges on items that cost `subtotal` now."""
    mode = channel.tax.charge_mode
    rate = channel.tax.charge_rate(cart.country, cart.region)
    named = [charge, *surcharges_of(channel, cart.currency, subtotal, cart.country, cart.region, charge.charge_id)]
    left = [booked.state.left[-1], *(each.price for each in named[1:])]
    adjusted: list[Sequence[Adjustment]] = [booked.adjustments[-1], *([] for _ in named[1:])]
    taxes = tax_lines([Taxable([(1, each)], rate) for each in left], mode, channel.tax.rounding)
    charges = tuple(
        _charge(SURCHARGE if place else SHIPPING, each, adjusted[place], left[place], taxes[place][0][0][1], rate, mode)
        for place, each in enumerate(named)
    )
    return shipping_of(charges, charge.charge_id)


def shipping_of(charges: tuple[Charge, ...], method: str | None) -> Shipping:
    """The charges with their sums."""
    net, tax = sum(each.net for each in charges), sum(each.tax for each in charges)
    return Shipping(net, tax, net + tax, method, charges)


def tax_of_charge(left: int, rate: Rate, mode: TaxMode) -> int:
    """The tax of one charge by itself."""
    return tax_lines([Taxable([(1, left)], rate)], mode, TaxRounding.LINE)[0][0][0][1]


def _charge(
    kind: str,
    named: NamedCharge,
    adjustments: Sequence[Adjustment],
    left: int,
    tax: int,
    rate: Rate,
    mode: TaxMode,
) -> Charge:
    gross = left if mode is TaxMode.INCLUSIVE else left + tax
    return Charge(
        kind,
        named.charge_id,
        named.name,
        named.price,
        tuple(adjustments),
        gross - tax,
        tax,
        gross,
        rate.percent.text,
        rate.parts,
    )
