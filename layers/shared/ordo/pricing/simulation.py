"""What a promotion would do to a cart: the price with it and without it, compared. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.uses import coupon_code
from ordo.pricing.model import AppliedPromotion, Cart, PricedCart, PricedLine, RejectedPromotion
from ordo.pricing.promote import why_not_now
from ordo.pricing.service import price


@dataclass(frozen=True, slots=True)
class LineGain:
    """A line that is ordered: `gain` is how much less it costs with tax than without the promotion, `given` what the
    promotion itself takes off it as listed. They differ where another promotion gives way, and by tax.
    """

    line_id: str
    gain: int
    given: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """A cart `before` (without the promotion) and `after`; either `applied` or `rejected` is there.

    `displaced` are promotions that applied before and no longer do.
    """

    before: PricedCart
    after: PricedCart
    applied: AppliedPromotion | None
    rejected: RejectedPromotion | None
    lines: tuple[LineGain, ...]
    gifts: tuple[PricedLine, ...]
    displaced: tuple[str, ...]

    @property
    def gain(self) -> int:
        """How much less the customer pays in all."""
        return self.before.totals.total - self.after.totals.total

    @property
    def charges_gain(self) -> int:
        """The part of it that is shipping and surcharges."""
        return self.before.shipping.gross - self.after.shipping.gross


def as_tested(promotion: Promotion, *, respect_validity: bool) -> Promotion:
    """The promotion as it is tried: unlocked without a coupon and, unless told otherwise, active at any time."""
    unlocked = replace(promotion, requires_coupon=False)
    if respect_validity:
        return unlocked
    return replace(unlocked, state=PromotionState.ACTIVE, valid_from=None, valid_to=None)


def snapshot_without(snapshot: CatalogSnapshot, promotion_id: str) -> CatalogSnapshot:
    """The catalogue as if there were no such promotion."""
    return replace(
        snapshot, promotions=tuple(each for each in snapshot.promotions if each.promotion_id != promotion_id)
    )


def snapshot_with(snapshot: CatalogSnapshot, promotion: Promotion) -> CatalogSnapshot:
    """The catalogue with this version of the promotion in place of any other."""
    others = snapshot_without(snapshot, promotion.promotion_id)
    return replace(others, promotions=(*others.promotions, promotion))


def simulate(cart: Cart, snapshot: CatalogSnapshot, promotion: Promotion, now: datetime) -> Simulated:
    """Price the cart twice; `promotion` is `as_tested`. Raises what `price` does.

    The cart's coupons of this promotion are left out both times, since it is unlocked without them. Gifts count as
    being in stock.
    """
    cart = replace(cart, coupons=tuple(each for each in cart.coupons if not _is_of(each, snapshot, promotion)))
    before = price(cart, snapshot_without(snapshot, promotion.promotion_id), now)
    after = price(cart, snapshot_with(snapshot, promotion), now)
    still = {each.promotion_id for each in after.trace.applied}
    return Simulated(
        before=before,
        after=after,
        applied=next((each for each in after.trace.applied if each.promotion_id == promotion.promotion_id), None),
        rejected=_rejected(cart, after, promotion, now),
        lines=_gains(cart, before, after, promotion.promotion_id),
        gifts=tuple(line for line in after.lines if line.gift_of == promotion.promotion_id),
        displaced=tuple(each.promotion_id for each in before.trace.applied if each.promotion_id not in still),
    )


def _rejected(cart: Cart, after: PricedCart, promotion: Promotion, now: datetime) -> RejectedPromotion | None:
    """Why it did not apply. The price does not tell of promotions of other channels, but who tries one must know."""
    if promotion.is_of_channel(cart.channel):
        return next((each for each in after.trace.not_applied if each.promotion_id == promotion.promotion_id), None)
    reason = why_not_now(promotion, cart.channel, now)
    return (
        None if reason is None else RejectedPromotion(promotion.promotion_id, promotion.version, promotion.name, reason)
    )


def _is_of(code: str, snapshot: CatalogSnapshot, promotion: Promotion) -> bool:
    coupon = snapshot.coupons.get(coupon_code(code))
    return coupon is not None and coupon.promotion_id == promotion.promotion_id


def _gains(cart: Cart, before: PricedCart, after: PricedCart, promotion_id: str) -> tuple[LineGain, ...]:
    """Of the lines that are ordered; both prices have them first, in the cart's order."""
    return tuple(
        LineGain(old.line_id, old.gross - new.gross, _given(new, promotion_id))
        for _, old, new in zip(cart.lines, before.lines, after.lines, strict=False)
    )


def _given(line: PricedLine, promotion_id: str) -> int:
    return sum(each.amount for each in line.adjustments if each.promotion_id == promotion_id)
