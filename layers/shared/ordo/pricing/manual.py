"""What staff takes off, with its reason and within the channel's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff, PriceTo
from ordo.kernel.percent import Percent, percent
from ordo.pricing.basket import Basket, Offer, Work
from ordo.pricing.errors import DiscountNotAllowed
from ordo.pricing.lines import used_as
from ordo.pricing.model import ManualDiscount
from ordo.pricing.offers import lines_offer
from ordo.pricing.promote import Booked

NAME = {"en": "Discount by staff", "zh": "人工优惠"}


def manual_id(place: int) -> str:
    """The id under which the trace names the n-th discount by staff; no promotion's id has such a sign."""
    return f"@manual-{place + 1}"


def manual_discount(body: Mapping[str, Any], currency: str) -> ManualDiscount:
    """A discount by staff from its plain form."""
    line_id = body.get("line_id")
    per = Per.ORDER if line_id is None else Per.LINE
    shipping = bool(body.get("includes_shipping", False))
    if "percent" in body:
        reward = LinesReward(PercentOff(percent(body["percent"])), per, includes_shipping=shipping)
    elif "amount" in body:
        reward = LinesReward(AmountOff({currency: body["amount"]}), per, includes_shipping=shipping)
    else:
        reward = LinesReward(PriceTo({currency: body["price"]}), Per.UNIT)
    return ManualDiscount(reward, body["reason"], line_id, body.get("instead_of"))


def is_manual(promotion_id: str) -> bool:
    """Whether the trace means a discount by staff by this id."""
    return promotion_id.startswith("@")


@dataclass(slots=True)
class ManualWork:
    """The discounts of a cart, and what they are taken off.

    `limit` is per cent of what a line or the order costs; `taken` is what they took so far of each line, and of
    shipping behind the last.
    """

    basket: Basket
    booked: Booked
    discounts: Sequence[ManualDiscount]
    limit: Percent
    taken: dict[int, int] = field(default_factory=dict)
    booked_already: int = 0


def discount_lines(work: ManualWork) -> dict[str, str]:
    """Take off what goes before promotions; of the others, the groups of promotions that they stand for, by whom.

    Raises `DiscountNotAllowed`, or `ValueError` for a line that the cart does not have.
    """
    line_ids = list(work.booked.line_ids)
    barred = {}
    for place, discount in enumerate(work.discounts):
        if discount.line_id is not None:
            _discount(work, place, discount, (line_ids.index(discount.line_id),))
        elif discount.instead_of is not None:
            barred[discount.instead_of] = manual_id(place)
    return barred


def discount_order(work: ManualWork) -> None:
    """Take off what goes after promotions, from all lines. Raises `DiscountNotAllowed`."""
    every = tuple(range(len(work.booked.line_ids)))
    for place, discount in enumerate(work.discounts):
        if discount.line_id is None:
            _discount(work, place, discount, every)


def _discount(work: ManualWork, place: int, discount: ManualDiscount, places: tuple[int, ...]) -> None:
    booked = work.booked
    promotion = Promotion(manual_id(place), 1, NAME, discount.reward)
    found = _asked(work, promotion, discount.reward, places)
    for changed in found.changed:
        work.taken[changed.place] = work.taken.get(changed.place, 0) + changed.amount
    _check_limit(work, place, [changed.place for changed in found.changed])
    if found.gives:
        booked.book(promotion, found)
        booked.applied[-1] = replace(booked.applied[-1], reason=discount.reason)


def _asked(work: ManualWork, promotion: Promotion, reward: LinesReward, places: tuple[int, ...]) -> Offer:
    """Used-up units are kept from other promotions, not from staff: asked as if none were, and marked as they were."""
    state = work.booked.state
    if not state.consumed:
        return lines_offer(Work(promotion, work.basket, state, places), reward)
    found = lines_offer(Work(promotion, work.basket, state.unused(), places), reward)
    found.changed = [each._replace(runs=used_as(state.runs[each.place], each.runs)) for each in found.changed]
    return found


def _check_limit(work: ManualWork, place: int, places: Sequence[int]) -> None:
    """All that staff took off a line, and off the order, against what each cost before staff took anything: however
    many discounts it came in. A line's price is that before promotions, the order's what they left.
    """
    basket = work.basket
    for each in places:
        units = basket.items[each].quantity if each < basket.shipping_place else 1
        _check(work, place, work.taken[each], basket.original(each) * units)
    costs = sum(work.booked.state.left[:-1])
    if basket.shipping_place in work.taken:
        costs += work.booked.state.left[-1]
    taken = sum(work.taken.values())
    asked_now = taken - work.booked_already
    _check(work, place, taken, costs + work.booked_already)
    work.booked_already += asked_now


def _check(work: ManualWork, place: int, asked: int, costs: int) -> None:
    most = work.limit.of(costs)
    if asked > most:
        raise DiscountNotAllowed(
            f"Staff may take at most {work.limit.text} % off here, in all.",
            pointer=f"/manual_discounts/{place}",
            facts={"limit_percent": work.limit.text, "asked": asked, "most": most},
        )
