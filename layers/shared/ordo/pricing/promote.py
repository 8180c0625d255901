"""How promotions lower what is left of each line, one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ordo.catalog.model import Product
from ordo.catalog.options import Choice
from ordo.catalog.promotions import (
    FixedReward,
    PercentReward,
    PercentRounding,
    Promotion,
    PromotionState,
    ThresholdReward,
)
from ordo.kernel.money import allocate
from ordo.pricing.model import Adjustment, AppliedPromotion, CartLine, RejectedPromotion, Trace
from ordo.pricing.shares import Run, allocate_runs


@dataclass(slots=True)
class WorkingLine:
    """A line while it is priced: `runs` are `(count, what is left of each unit)` in the order of its units."""

    line: CartLine
    product: Product
    choice: Choice
    list_price: int
    runs: list[Run]
    adjustments: list[Adjustment] = field(default_factory=list)

    @property
    def left(self) -> int:
        """What is left to pay for the line."""
        return sum(count * left for count, left in self.runs)

    def take(self, amount: int) -> None:
        """Take `amount` off, shared over the units by what is left of each."""
        runs: list[Run] = []
        for (_, left), parts in zip(self.runs, allocate_runs(amount, self.runs), strict=True):
            for count, share in parts:
                _append(runs, count, left - share)
        self.runs = runs


def _append(runs: list[Run], count: int, left: int) -> None:
    if runs and runs[-1][1] == left:
        runs[-1] = (runs[-1][0] + count, left)
    else:
        runs.append((count, left))


@dataclass(frozen=True, slots=True)
class Terms:
    """Where and when a cart is bought, as far as promotions ask."""

    channel: str
    currency: str
    now: datetime
    unlocked: frozenset[str]
    """Promotions that a coupon of the cart allows."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a promotion would take off each of `lines`, which have `base` left; or why it takes nothing."""

    lines: Sequence[WorkingLine] = ()
    shares: Sequence[int] = ()
    base: int = 0
    reason: str = ""
    missing: int | None = None

    @property
    def amount(self) -> int:
        return sum(self.shares)


def apply_promotions(lines: Sequence[WorkingLine], promotions: Iterable[Promotion], terms: Terms) -> Trace:
    """Apply what applies to `lines`, in place; each promotion sees what the ones before it have left.

    An exclusive promotion that gives something, the first by priority, is applied alone; the others are judged on
    the cart as it was before it, and the trace says of those that would have given something what excluded them.
    """
    ordered = sorted(promotions, key=lambda promotion: (-promotion.priority, promotion.promotion_id))
    alone = next((each for each in ordered if each.exclusive and _offer(each, lines, terms).amount), None)
    applied: list[AppliedPromotion] = []
    rejected: list[RejectedPromotion] = []
    for promotion in ordered if alone is None else [*(each for each in ordered if each is not alone), alone]:
        offer = _offer(promotion, lines, terms)
        if alone is not None and promotion is not alone and offer.amount:
            rejected.append(_rejected(promotion, "excluded_by", by=alone.promotion_id))
        elif offer.amount == 0:
            rejected.append(_rejected(promotion, offer.reason or "nothing_left", missing=offer.missing))
        else:
            applied.append(_book(promotion, offer))
    return Trace(tuple(applied), tuple(rejected))


def why_not_now(promotion: Promotion, channel: str, now: datetime) -> str | None:
    """Why the promotion cannot be used here and now, whatever is in the cart; None when it can."""
    if promotion.state is not PromotionState.ACTIVE:
        return "not_active"
    if promotion.valid_from is not None and now < promotion.valid_from:
        return "not_started"
    if promotion.valid_to is not None and now >= promotion.valid_to:
        return "ended"
    if promotion.channels and channel not in promotion.channels:
        return "not_in_channel"
    return None


def _offer(promotion: Promotion, lines: Sequence[WorkingLine], terms: Terms) -> _Offer:
    reason = why_not_now(promotion, terms.channel, terms.now)
    if reason is None and promotion.requires_coupon and promotion.promotion_id not in terms.unlocked:
        reason = "coupon_missing"
    if reason is not None:
        return _Offer(reason=reason)
    matching = [each for each in lines if promotion.covers(each.line.sku, each.choice.stock_sku)]
    if not matching:
        return _Offer(reason="no_matching_lines")
    bases = [each.left for each in matching]
    reward = promotion.reward
    if isinstance(reward, PercentReward) and reward.rounding is PercentRounding.LINE:
        return _Offer(matching, [min(reward.percent.of(base), base) for base in bases], sum(bases))
    base = sum(bases)
    offered = _amount_off(reward, base, terms.currency)
    if isinstance(offered, _Offer):
        return offered
    return _Offer(matching, allocate(min(offered, base), bases), base)


def _amount_off(reward: PercentReward | FixedReward | ThresholdReward, base: int, currency: str) -> int | _Offer:
    """What the reward takes off `base` in one sum, before it is shared; or the offer that says why nothing."""
    if isinstance(reward, PercentReward):
        return reward.percent.of(base)
    amount = reward.amounts.get(currency)
    if amount is None:
        return _Offer(reason="not_in_currency")
    if isinstance(reward, FixedReward):
        return amount
    threshold = reward.thresholds.get(currency)
    if threshold is None:
        return _Offer(reason="not_in_currency")
    if base < threshold:
        return _Offer(reason="threshold_not_reached", missing=threshold - base)
    return amount * (base // threshold) if reward.per_every else amount


def _book(promotion: Promotion, offer: _Offer) -> AppliedPromotion:
    for line, share in zip(offer.lines, offer.shares, strict=True):
        if share:
            line.adjustments.append(
                Adjustment(promotion.promotion_id, promotion.version, promotion.name, share, line.left)
            )
            line.take(share)
    return AppliedPromotion(promotion.promotion_id, promotion.version, promotion.name, offer.amount, offer.base)


def _rejected(
    promotion: Promotion, reason: str, *, missing: int | None = None, by: str | None = None
) -> RejectedPromotion:
    return RejectedPromotion(promotion.promotion_id, promotion.version, promotion.name, reason, missing, by)
