"""What the coupons of a cart allow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.uses import coupon_code
from ordo.pricing.errors import InvalidCoupon
from ordo.pricing.model import AppliedPromotion, Cart
from ordo.pricing.promote import why_not_now


def unlocked_by(cart: Cart, snapshot: CatalogSnapshot, now: datetime) -> frozenset[str]:
    """The promotions that the cart's coupons allow. Raises `InvalidCoupon` for a coupon that can allow none."""
    if not cart.coupons:
        return frozenset()
    promotions = {promotion.promotion_id: promotion for promotion in snapshot.promotions}
    unlocked = set()
    for place, text in enumerate(cart.coupons):
        coupon = snapshot.coupons.get(coupon_code(text))
        reason = "unknown" if coupon is None else coupon.unusable(cart.buyer.customer_id, now)
        if reason is None and coupon is not None:
            promotion = promotions.get(coupon.promotion_id)
            reason = "promotion_not_active" if promotion is None else why_not_now(promotion, cart.channel, now)
            unlocked.add(coupon.promotion_id)
        if reason is not None:
            raise InvalidCoupon(
                "This coupon cannot be used.", pointer=f"/coupons/{place}", facts={"coupon": text, "reason": reason}
            )
    return frozenset(unlocked)


def coupons_used(cart: Cart, snapshot: CatalogSnapshot, applied: Iterable[AppliedPromotion]) -> tuple[str, ...]:
    """Of each promotion that applied by coupon the first of the cart's codes that allows it.

    What applies without a code uses up none.
    """
    by_code = {each.promotion_id for each in snapshot.promotions if each.requires_coupon}
    promotions = {each.promotion_id for each in applied} & by_code
    used: dict[str, str] = {}
    for code in map(coupon_code, cart.coupons):
        coupon = snapshot.coupons.get(code)
        if coupon is not None and coupon.promotion_id in promotions:
            used.setdefault(coupon.promotion_id, code)
    return tuple(used.values())
