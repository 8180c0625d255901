"""The combination of promotions that costs the customer least, within the rules.

Rules: an exclusive promotion is applied alone, of a group at most one, and what is applied goes in order of priority.
Up to `EXACT` competing promotions all allowed combinations are weighed, by branch and bound: promotions are decided one
after another, and a branch is left when even all that the rest could still give would not make it cheaper. Beyond, the
`EXACT` that give most by themselves are weighed so, then each of the next `ADDED`, in order of priority, is added where
that makes the cart cheaper; and where all in order of priority come to less, that is taken. The same is taken where the
search costs more work than `budget.MAX_SEARCH` and ends before it has weighed all. Of equally cheap
combinations the one with more gifts is taken, then the one that applies the promotions of higher priority. "Costs" is
with tax, before tax is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import (
    NO_LIMIT,
    BuyGetReward,
    LinesReward,
    Per,
    PercentOff,
    Pick,
    Reward,
    SetReward,
    ShippingReward,
    TieredReward,
)
from ordo.catalog.selections import Judged
from ordo.pricing.basket import Basket, Offer
from ordo.pricing.budget import MAX_SEARCH, Budget
from ordo.pricing.errors import TooMuchToPrice
from ordo.pricing.lines import State
from ordo.pricing.offers import offer

EXACT = 12
"""So many competing promotions are combined exactly."""
ADDED = 48
"""So many more are tried, each once."""


@dataclass(frozen=True, slots=True)
class Best:
    """The chosen promotions in order of priority, and how they were found."""

    chosen: tuple[Promotion, ...]
    competing: int
    explored: int
    exact: bool


class Cost(NamedTuple):
    """What the customer pays, times the common factor of the weights; and minus the number of gift units."""

    paid: int
    gifts: int


class _Facts(NamedTuple):
    """What widens bounds: units that are used up, floors, lines whose minor units cost differently with tax."""

    consuming: bool
    floors: bool
    uneven: bool


@dataclass(frozen=True, slots=True)
class _Node:
    """A cart to which some promotions were applied."""

    state: State
    cost: Cost
    chosen: tuple[Promotion, ...] = ()
    groups: frozenset[str] = frozenset()

    def allows(self, promotion: Promotion) -> bool:
        """Whether nothing else of its group was applied."""
        return promotion.group is None or promotion.group not in self.groups

    def after(self, promotion: Promotion, found: Offer, weights: Sequence[int]) -> _Node:
        """The cart with one promotion more; `found` is its offer for this state."""
        state = self.state.copy()
        paid = self.cost.paid
        for changed in found.changed:
            state.runs[changed.place] = changed.runs
            state.left[changed.place] -= changed.amount
            paid -= changed.amount * weights[changed.place]
        state.consumed = state.consumed or (promotion.consumes and bool(found.changed))
        groups = self.groups if promotion.group is None else self.groups | {promotion.group}
        cost = Cost(paid, self.cost.gifts - (found.gift[1] if found.gift else 0))
        return _Node(state, cost, (*self.chosen, promotion), groups)


def best_combination(usable: Sequence[Promotion], basket: Basket, state: State, weights: Sequence[int]) -> Best:
    """The best of what `usable` (in order of priority) allow on a cart in `state`."""
    root = _Node(state, Cost(sum(left * weight for left, weight in zip(state.left, weights, strict=True)), 0))
    facts = _Facts(
        consuming=any(each.consumes for each in usable),
        floors=any(item.floor for item in basket.items),
        uneven=len(set(weights)) > 1,
    )
    competing = _competing(usable, basket, state, facts)
    alone = {each.promotion_id: root.after(each, offer(each, basket, state), weights) for each in competing}
    together = [each for each in competing if not each.exclusive]
    ranked = sorted(together, key=lambda each: alone[each.promotion_id].cost)  # stable: ties by priority
    core = {each.promotion_id for each in ranked[:EXACT]}
    searched = basket._replace(budget=Budget(MAX_SEARCH))
    search = _Search([each for each in together if each.promotion_id in core], searched, weights, facts)
    more = {each.promotion_id for each in ranked[EXACT : EXACT + ADDED]}
    best, ended = _searched(search, root, together, [each for each in together if each.promotion_id in more])
    exact = ended and len(together) <= EXACT
    if not exact:
        best = min(best, _in_order(together, root, basket, weights), key=lambda each: each.cost)
        search.explored += 1
    for single in competing:
        if single.exclusive and alone[single.promotion_id].cost < best.cost:
            best = alone[single.promotion_id]
    return Best(best.chosen, len(competing), search.explored, exact)


def _searched(
    search: _Search, root: _Node, order: Sequence[Promotion], more: Iterable[Promotion]
) -> tuple[_Node, bool]:
    """The best that the search finds, with what is added of `more`; and whether it ended by itself."""
    try:
        search.look(0, root)
        best = search.best or root
        for extra in more:
            best = search.best = _with(extra, best, order, root, search.basket, search.weights)
            search.explored += 1
    except TooMuchToPrice:
        return search.best or root, False
    return best, True


def _competing(usable: Sequence[Promotion], basket: Basket, state: State, facts: _Facts) -> list[Promotion]:
    """Those that give something by themselves. What is left and counted only gets less by other promotions, so the rest
    give nothing in any combination; but what picks single units and finds nothing to take off those may come to others.
    """
    competing = []
    for each in usable:
        found = offer(each, basket, state)
        elsewhere = found.reason == "nothing_left" and not _takes_all(each.reward) and not _steady(each, facts)
        if found.gives or elsewhere:
            competing.append(each)
    return competing


def _with(
    extra: Promotion,
    best: _Node,
    order: Sequence[Promotion],
    root: _Node,
    basket: Basket,
    weights: Sequence[int],
) -> _Node:
    """The combination with one promotion more, if that is allowed and cheaper."""
    if not best.allows(extra):
        return best
    wanted = {each.promotion_id for each in best.chosen} | {extra.promotion_id}
    node = _in_order([each for each in order if each.promotion_id in wanted], root, basket, weights)
    return min(best, node, key=lambda each: each.cost)


def _in_order(promotions: Iterable[Promotion], node: _Node, basket: Basket, weights: Sequence[int]) -> _Node:
    """The cart with all of them that are allowed and give something, one after the other."""
    for promotion in promotions:
        if node.allows(promotion):
            found = offer(promotion, basket, node.state)
            node = node.after(promotion, found, weights) if found.gives else node
    return node


class _Rest(NamedTuple):
    """The most that the promotions from one place on can still do to what is left to pay: leave the part
    `numerator / denominator` of it, and take `amount` off.
    """

    numerator: int
    denominator: int
    amount: int
    gifts: bool


@dataclass(slots=True)
class _Search:
    """Branch and bound: each promotion is applied or not, in order of priority."""

    promotions: Sequence[Promotion]
    basket: Basket
    weights: Sequence[int]
    facts: _Facts
    best: _Node | None = None
    explored: int = 0
    rests: list[_Rest] = field(default_factory=list)

    def look(self, place: int, node: _Node) -> None:
        """Weigh all that can be made of `node` by the promotions from `place` on."""
        if not self.rests:
            self._bound(node.state)
        self.explored += 1
        if self.best is None or node.cost < self.best.cost:
            self.best = node
        while place < len(self.promotions):
            if not self._can_improve(place, node):
                return
            promotion = self.promotions[place]
            place += 1
            if node.allows(promotion):
                found = offer(promotion, self.basket, node.state)
                if found.gives:
                    self.look(place, node.after(promotion, found, self.weights))

    def _can_improve(self, place: int, node: _Node) -> bool:
        rest, best = self.rests[place], self.best
        if best is None or rest.gifts:
            return True
        least = node.cost.paid * rest.numerator - rest.amount * rest.denominator
        return least < best.cost.paid * rest.denominator or best.cost.gifts > node.cost.gifts

    def _bound(self, state: State) -> None:
        rest = _Rest(1, 1, 0, gifts=False)
        self.rests = [rest]
        for promotion in reversed(self.promotions):
            found = offer(promotion, self.basket, state)
            rest = self._before(promotion, found, rest, state)
            self.rests.insert(0, rest)

    def _before(self, promotion: Promotion, found: Offer, rest: _Rest, state: State) -> _Rest:
        reward = promotion.reward
        gifts = rest.gifts or found.gift is not None
        if (
            isinstance(reward, LinesReward)
            and isinstance(reward.value, PercentOff)
            and _compounds(promotion, self.facts)
        ):
            percent = reward.value.percent
            left = max(0, percent.denominator - percent.numerator)
            slack = sum(self.weights) if reward.per is not Per.UNIT else _units(state) * max(self.weights)
            return _Rest(rest.numerator * left, rest.denominator * percent.denominator, rest.amount + slack, gifts)
        if not _steady(promotion, self.facts):
            most = sum(left * weight for left, weight in zip(state.left, self.weights, strict=True))
        elif self.facts.uneven and _moves(reward):
            most = found.amount * max(self.weights)
        else:
            most = sum(each.amount * self.weights[each.place] for each in found.changed)
        return _Rest(rest.numerator, rest.denominator, rest.amount + most + max(self.weights, default=0), gifts)


def _units(state: State) -> int:
    return sum(run[0] for runs in state.runs for run in runs)


def _takes_all(reward: Reward) -> bool:
    """Whether it is for all units of its lines, and picks none of them."""
    if isinstance(reward, TieredReward):
        return all(tier.reward.limit == NO_LIMIT for tier in reward.tiers)
    return isinstance(reward, ShippingReward) or (isinstance(reward, LinesReward) and reward.limit == NO_LIMIT)


def _moves(reward: Reward) -> bool:
    """Whether it may take more off one line when another has become cheaper, though never more in all."""
    if isinstance(reward, LinesReward):
        return reward.per is Per.ORDER or reward.limit != NO_LIMIT or reward.cap is not None
    return not isinstance(reward, ShippingReward)


def _compounds(promotion: Promotion, facts: _Facts) -> bool:
    """Whether a percentage takes at most that part of what each line costs with tax."""
    reward = promotion.reward
    if promotion.base is not Judged.LEFT or not isinstance(reward, LinesReward) or reward.cap is not None:
        return False
    return not (reward.per is Per.ORDER and facts.floors and facts.uneven)


def _steady(promotion: Promotion, facts: _Facts) -> bool:
    """Whether it never gives more on a cart that others have made cheaper. What passes over units that cannot get any
    cheaper, or sets that do not, can: it then takes dearer ones. So can what picks units by what is left of them and
    weighs them by their original prices.
    """
    reward = promotion.reward
    if facts.consuming:
        return False
    if _takes_all(reward):
        return True
    if facts.floors or promotion.base is Judged.ORIGINAL:
        return False
    if isinstance(reward, TieredReward):
        return all(tier.reward.limit.pick is not Pick.CHEAPEST for tier in reward.tiers)
    if isinstance(reward, LinesReward):
        limit = reward.limit
        return limit.pick is Pick.DEAREST or not (limit.max_units or limit.max_units_per_line)
    return not isinstance(reward, SetReward | BuyGetReward)
