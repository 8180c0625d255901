"""What an offer looks at, and what it is: the result of asking one promotion. Nothing here changes a cart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import GiftReward
from ordo.catalog.selections import Condition, Judged, Measure, Selection
from ordo.kernel.money import Spare
from ordo.pricing.budget import Budget
from ordo.pricing.cuts import Changed
from ordo.pricing.lines import Item, Matcher, State


@dataclass(slots=True)
class Offer:
    """What a promotion does: `changed` lines, of which `base` was left before; a gift; or the `reason` for nothing."""

    changed: Sequence[Changed] = ()
    base: int = 0
    reason: str = ""
    missing: int | None = None
    missing_units: int | None = None
    gift: tuple[str, int] | None = None
    amount: int = field(init=False)

    def __post_init__(self) -> None:
        self.amount = sum(each.amount for each in self.changed)

    @property
    def gives(self) -> bool:
        """Whether it does anything for the customer."""
        return self.amount > 0 or self.gift is not None


class Basket(NamedTuple):
    """What offers look at besides the state: it stays the same while a cart is priced."""

    items: Sequence[Item]
    matcher: Matcher
    currency: str
    shipping: int
    method: str | None
    choose_gift: Callable[[GiftReward], tuple[str, str]]
    """The SKU that is given, and why none is (one of both is empty)."""
    spare: Spare = Spare.LARGEST_REMAINDER
    has_floors: bool = True
    """Whether any line's units have a price that they cost at least."""
    budget: Budget | None = None
    """What asking promotions may cost; None: anything."""

    @property
    def shipping_place(self) -> int:
        """Behind the last line."""
        return len(self.items)

    def floor(self, place: int) -> int:
        """What one unit costs at least."""
        return self.items[place].floor if place < len(self.items) else 0

    def original(self, place: int) -> int:
        """One unit's price before cart promotions."""
        return self.items[place].price if place < len(self.items) else self.shipping


class Work(NamedTuple):
    """One promotion, asked about a cart as it stands; `places` are its lines."""

    promotion: Promotion
    basket: Basket
    state: State
    places: Sequence[int]

    @property
    def used_by(self) -> str:
        """What marks the units that the promotion uses up; `""` when it leaves them to others."""
        return self.promotion.promotion_id if self.promotion.consumes else ""

    def lines_of(self, selection: Selection | None) -> Sequence[int]:
        """The lines of a part of the promotion: its own where it names none."""
        return self.places if selection is None else self.basket.matcher.lines(selection)

    def look_at(self, places: Iterable[int]) -> None:
        """Before the runs of these lines are worked on. Raises `TooMuchToPrice`."""
        budget, runs = self.basket.budget, self.state.runs
        if budget is not None:
            budget.spend(sum([len(runs[place]) for place in places]))

    def original(self, place: int) -> int | None:
        """The weight of a unit of this line where percentages are of original prices."""
        return self.basket.original(place) if self.promotion.base is Judged.ORIGINAL else None


def unmet(condition: Condition, basket: Basket, state: State, own: Sequence[int]) -> Offer | None:
    """The offer that says what is missing, or None when the condition holds; `own` are the promotion's lines."""
    places = own if condition.of is None else basket.matcher.lines(condition.of)
    needed = condition.at_least
    if not isinstance(needed, int):
        found = needed.get(basket.currency)
        if found is None:
            return Offer(reason="not_in_currency")
        needed = found
    have = measured(condition.measure, condition.judged, places, basket, state, per_line=condition.per_line)
    return None if have >= needed else short(condition.measure, needed - have)


def measured(
    measure: Measure, judged: Judged, places: Sequence[int], basket: Basket, state: State, *, per_line: bool = False
) -> int:
    """Minor units or units of the lines; with `per_line` those of the line that has most."""
    items = basket.items
    if measure is Measure.SUBTOTAL:
        if judged is Judged.ORIGINAL:
            each = [items[place].price * items[place].quantity for place in places]
        elif not state.consumed:
            left = state.left
            each = [left[place] for place in places]
        else:
            each = [state.free_amount(place) for place in places]
    elif judged is Judged.ORIGINAL or not state.consumed:
        each = [items[place].quantity for place in places]
    else:
        each = [state.free_units(place) for place in places]
    return max(each, default=0) if per_line else sum(each)


def short(measure: Measure, missing: int) -> Offer:
    """Nothing, since so much or so many are missing."""
    if measure is Measure.SUBTOTAL:
        return Offer(reason="threshold_not_reached", missing=missing)
    return Offer(reason="threshold_not_reached", missing_units=missing)
