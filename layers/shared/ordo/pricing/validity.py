"""How long a price holds by the clock alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ordo.catalog.promotions import PromotionState
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.pricing.model import Cart, PricedCart


def valid_until(cart: Cart, priced: PricedCart, snapshot: CatalogSnapshot, now: datetime) -> datetime | None:
    """The first moment from which the same cart may be priced otherwise although nobody changed anything; None: none.

    That is when a promotion that applied, a price list that a line is priced by or a coupon of the cart ends, or when
    a promotion or price list begins that is for such a cart. It is no promise: of the catalogue nothing is frozen, and
    the last use of a coupon or the last gift may go to somebody else.
    """
    moments = (*_of_promotions(cart, priced, snapshot), *_of_lists(cart, priced, snapshot), *_of_coupons(snapshot))
    return min((each for each in moments if each is not None and each > now), default=None)


def _of_promotions(cart: Cart, priced: PricedCart, snapshot: CatalogSnapshot) -> Iterator[datetime | None]:
    applied = {each.promotion_id for each in priced.trace.applied}
    for each in snapshot.promotions:
        if each.promotion_id in applied:
            yield each.valid_to
        elif each.state is PromotionState.ACTIVE and each.is_for(cart.channel):
            yield each.valid_from


def _of_lists(cart: Cart, priced: PricedCart, snapshot: CatalogSnapshot) -> Iterator[datetime | None]:
    used = {line.price_list for line in priced.lines}
    for each in snapshot.price_lists:
        if each.price_list_id == priced.price_list:  # the channel's usual one, which its own dates do not bind
            continue
        if each.price_list_id in used:
            yield each.valid_to
        elif each.valid_from is not None and each.is_for(cart.channel, cart.buyer.segment, each.valid_from):
            yield each.valid_from if each.currency == cart.currency else None


def _of_coupons(snapshot: CatalogSnapshot) -> Iterator[datetime | None]:
    for coupon in snapshot.coupons.values():
        yield coupon.valid_to
