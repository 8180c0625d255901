"""The ways in which a cart can be shipped, each with what it would cost: a customer chooses among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.catalog.charges import STANDARD
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.errors import OrdoError
from ordo.pricing.budget import Budget
from ordo.pricing.charges import SHIPPING
from ordo.pricing.model import Cart, Charge, PricedCart
from ordo.pricing.service import price

MAX_LINES_PRICED = 5_000
"""Of the whole cart again for each method: a very long cart has only the first methods offered, and the chosen one."""


@dataclass(frozen=True, slots=True)
class OfferedMethod:
    """A shipping method: its charge as it would be after promotions, and the total of the whole cart with it."""

    charge: Charge
    total: int
    chosen: bool


def offered_methods(
    cart: Cart, priced: PricedCart, snapshot: CatalogSnapshot, now: datetime
) -> tuple[OfferedMethod, ...]:
    """Every method that ships this cart there, in the channel's order; `priced` is the price of `cart`.

    Each is priced with the whole cart, since promotions and surcharges may hang on it. One with which the cart cannot
    be placed (as a discount by staff would be too high with it) is left out, and so are the last ones where pricing the
    cart for each takes too much time: `MAX_LINES_PRICED`, and for all of them the work that one price may be.
    """
    return tuple(_offered(cart, priced, snapshot, now))


def _offered(cart: Cart, priced: PricedCart, snapshot: CatalogSnapshot, now: datetime) -> Iterator[OfferedMethod]:
    channel = snapshot.selling_channel(cart.channel)
    budget = Budget()
    left = MAX_LINES_PRICED // len(cart.lines)
    for method_id in [each.method_id for each in channel.shipping_methods] or [STANDARD]:
        chosen = method_id == priced.shipping.method
        left -= not chosen
        if left < 0 and not chosen:
            continue
        try:
            found = priced if chosen else price(replace(cart, shipping_method=method_id), snapshot, now, budget)
        except OrdoError:
            continue
        charge = next(each for each in found.shipping.charges if each.kind == SHIPPING)
        yield OfferedMethod(charge, found.totals.total, chosen)
