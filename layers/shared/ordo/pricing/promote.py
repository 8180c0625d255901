"""Which promotions apply to a cart, one after another, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ordo.catalog.promotions import Promotion, PromotionState
from ordo.pricing.basket import Basket, Offer
from ordo.pricing.best import best_combination
from ordo.pricing.lines import State
from ordo.pricing.model import Adjustment, AppliedPromotion, Buyer, Combined, RejectedPromotion, Trace
from ordo.pricing.offers import offer


@dataclass(frozen=True, slots=True)
class Terms:
    """Where, when and by whom a cart is bought, as far as promotions ask.

    `unlocked` are the promotions that a coupon of the cart allows, `barred` the groups that something else stands for.
    `best` chooses the combination that costs the customer least instead of taking all in order of priority.
    """

    channel: str
    now: datetime
    unlocked: frozenset[str] = frozenset()
    buyer: Buyer = field(default_factory=Buyer)
    country: str | None = None
    region: str | None = None
    barred: Mapping[str, str] = field(default_factory=dict)
    best: bool = False
    weights: Sequence[int] = ()
    """What one minor unit of each line, and at last of shipping, costs the customer with tax, up to a common factor."""


@dataclass(frozen=True, slots=True)
class Given:
    """A gift that a promotion gives."""

    promotion: Promotion
    sku: str
    quantity: int


@dataclass(slots=True)
class Booked:
    """A cart with what was applied to it so far."""

    state: State
    adjustments: list[list[Adjustment]]
    line_ids: Sequence[str]
    applied: list[AppliedPromotion] = field(default_factory=list)
    gifts: list[Given] = field(default_factory=list)

    def book(self, promotion: Promotion, found: Offer) -> None:
        """Apply an offer that was made for this very state."""
        lines, units, shipping = [], 0, 0
        promotion_id, version, name = promotion.promotion_id, promotion.version, promotion.name
        all_runs, left, line_ids = self.state.runs, self.state.left, self.line_ids
        for place, runs, amount, number in found.changed:
            if amount:
                self.adjustments[place].append(Adjustment(promotion_id, version, name, amount, left[place], number))
                if place < len(line_ids):
                    lines.append(line_ids[place])
                    units += number
                else:
                    shipping = amount
                all_runs[place] = runs
                left[place] -= amount
            else:  # its units were only used up
                all_runs[place] = tuple((count, each, used, shares[:-1]) for count, each, used, shares in runs)
        self.state.consumed = self.state.consumed or (promotion.consumes and bool(found.changed))
        if found.gift is not None:
            self.gifts.append(Given(promotion, *found.gift))
        self.applied.append(
            AppliedPromotion(
                promotion.promotion_id,
                promotion.version,
                promotion.name,
                found.amount,
                found.base,
                tuple(lines),
                units,
                shipping,
            )
        )


def by_priority(promotions: Iterable[Promotion]) -> list[Promotion]:
    """Higher priority first, then the id in order of text: whatever order they were listed in."""
    return sorted(promotions, key=lambda promotion: (-promotion.priority, promotion.promotion_id))


def apply_promotions(promotions: Iterable[Promotion], basket: Basket, booked: Booked, terms: Terms) -> Trace:
    """Apply what applies, each promotion on what the ones before it have left, and tell why the others do not.

    An exclusive promotion that gives something, the first by priority, is applied alone; the others are judged on
    the cart as it was before it, and the trace says of those that would have given something what excluded them.
    Of a group the first that gives something applies. With `terms.best` the combination that costs least is chosen
    from all that these rules allow (`ordo.pricing.best`).
    """
    ordered = by_priority(promotions)
    rejected: list[RejectedPromotion] = []
    usable = []
    reasons: dict[str, RejectedPromotion] = {}
    for promotion in ordered:
        reason = why_not(promotion, terms)
        if reason is None:
            usable.append(promotion)
        else:
            reasons[promotion.promotion_id] = _rejected(promotion, Offer(reason=reason))
    combined = None
    if terms.best:
        combined = _apply_best(usable, basket, booked, terms, reasons)
    else:
        _apply_in_order(usable, basket, booked, terms, reasons)
    rejected = [reasons[each.promotion_id] for each in ordered if each.promotion_id in reasons]
    return Trace(tuple(booked.applied), tuple(rejected), combined)


Reasons = dict[str, RejectedPromotion]


def _apply_in_order(
    usable: Sequence[Promotion], basket: Basket, booked: Booked, terms: Terms, reasons: Reasons
) -> None:
    alone = next((each for each in usable if _excludes(each, basket, booked, terms)), None)
    if alone is not None:
        for promotion in usable:
            if promotion is not alone:
                found = offer(promotion, basket, booked.state)
                reasons[promotion.promotion_id] = _rejected(promotion, found, by=alone.promotion_id)
        booked.book(alone, offer(alone, basket, booked.state))
        return
    taken = dict(terms.barred)
    for promotion in usable:
        found = offer(promotion, basket, booked.state)
        by = taken.get(promotion.group) if promotion.group is not None else None
        if by is not None or not found.gives:
            reasons[promotion.promotion_id] = _rejected(promotion, found, by=by)
            continue
        booked.book(promotion, found)
        if promotion.group is not None:
            taken[promotion.group] = promotion.promotion_id


def _excludes(promotion: Promotion, basket: Basket, booked: Booked, terms: Terms) -> bool:
    """Whether it is applied alone; not when something else stands for its group."""
    if not promotion.exclusive or promotion.group in terms.barred:
        return False
    return offer(promotion, basket, booked.state).gives


def _apply_best(
    usable: Sequence[Promotion], basket: Basket, booked: Booked, terms: Terms, reasons: Reasons
) -> Combined:
    open_to_choice = [each for each in usable if each.group not in terms.barred]
    best = best_combination(open_to_choice, basket, booked.state, terms.weights)
    chosen = {each.promotion_id for each in best.chosen}
    groups = {**terms.barred, **{each.group: each.promotion_id for each in best.chosen if each.group is not None}}
    alone = next((each.promotion_id for each in best.chosen if each.exclusive), None)
    first = booked.state.copy()
    for promotion in usable:
        if promotion.promotion_id in chosen:
            booked.book(promotion, offer(promotion, basket, booked.state))
            continue
        found = offer(promotion, basket, first)
        by = alone or (groups.get(promotion.group) if promotion.group is not None else None)
        if found.gives and by is None:
            found = Offer(reason="not_best")
        reasons[promotion.promotion_id] = _rejected(promotion, found, by=by)
    return Combined(best.competing, best.explored, best.exact)


def why_not(promotion: Promotion, terms: Terms) -> str | None:
    """Why the promotion cannot be used here, now and by this buyer, whatever is in the cart; None when it can."""
    reason = why_not_now(promotion, terms.channel, terms.now)
    if reason is not None:
        return reason
    if promotion.regions and not any(each.covers(terms.country, terms.region) for each in promotion.regions):
        return "not_in_region"
    if promotion.segments and terms.buyer.segment not in promotion.segments:
        return "not_in_segment"
    if promotion.first_order_only and not terms.buyer.first_order:
        return "not_first_order"
    if promotion.requires_coupon and promotion.promotion_id not in terms.unlocked:
        return "coupon_missing"
    return None


def why_not_now(promotion: Promotion, channel: str, now: datetime) -> str | None:
    """Why the promotion cannot be used by anybody in this channel now; None when it can."""
    if promotion.state is not PromotionState.ACTIVE:
        return "not_active"
    if promotion.valid_from is not None and now < promotion.valid_from:
        return "not_started"
    if promotion.valid_to is not None and now >= promotion.valid_to:
        return "ended"
    if not promotion.is_of_channel(channel):
        return "not_in_channel"
    return None


def _rejected(promotion: Promotion, found: Offer, *, by: str | None = None) -> RejectedPromotion:
    excluded = found.gives and by is not None
    return RejectedPromotion(
        promotion.promotion_id,
        promotion.version,
        promotion.name,
        "excluded_by" if excluded else found.reason or "nothing_left",
        found.missing,
        found.missing_units,
        by if excluded else None,
    )
