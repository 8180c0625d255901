"""What one promotion takes off which unit, by the rules in the docstrings of `ordo.catalog.rewards`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import (
    AmountOff,
    BuyGetReward,
    GiftReward,
    Groups,
    LinesReward,
    NthReward,
    Per,
    PercentOff,
    Pick,
    PriceTo,
    SetReward,
    ShippingReward,
    TieredReward,
    Value,
)
from ordo.catalog.selections import Judged, Measure, Selection
from tests.proof.oracle_effects import NOTHING, Effect, composed, narrow_first, rearranged
from tests.proof.oracle_units import Basket, Unit, per_cent, picked, shared, shared_within


class _NotInCurrency(Exception):
    """An amount is asked for in a currency that it does not name."""


def effect_of(promotion: Promotion, basket: Basket) -> Effect:
    """What the promotion would do to the basket as it stands."""
    own = basket.matching(promotion.scope)
    if not own:
        return NOTHING
    try:
        for condition in promotion.conditions:
            lines = own if condition.of is None else basket.matching(condition.of)
            have = basket.measured(condition.measure, condition.judged, lines, per_line=condition.per_line)
            if have < _amount(condition.at_least, basket):
                return NOTHING
        found = _Asked(promotion, basket, own).effect()
    except _NotInCurrency:
        return NOTHING
    return found if found.gives else NOTHING


def _amount(amounts: object, basket: Basket) -> int:
    if isinstance(amounts, int):
        return amounts
    assert hasattr(amounts, "get")
    found = amounts.get(basket.currency)
    if found is None:
        raise _NotInCurrency
    assert isinstance(found, int)
    return found


@dataclass
class _Asked:
    promotion: Promotion
    basket: Basket
    own: list[int]

    def effect(self) -> Effect:
        match self.promotion.reward:
            case LinesReward() as reward:
                return self.lines(reward)
            case TieredReward() as reward:
                return self.tiers(reward)
            case BuyGetReward() as reward:
                return self.buy_get(reward)
            case NthReward() as reward:
                return self.nth(reward)
            case SetReward() as reward:
                return self.sets(reward)
            case GiftReward() as reward:
                return self.gift(reward)
            case ShippingReward() as reward:
                return self.shipping(reward)
        raise AssertionError("an override is no promotion of the cart")

    def lines_of(self, selection: Selection | None) -> list[int]:
        return self.own if selection is None else self.basket.matching(selection)

    def weight(self, unit: Unit) -> int:
        """What a percentage is of, and what an amount is shared by."""
        return unit.price if self.promotion.base is Judged.ORIGINAL else unit.left

    def off_unit(self, value: Value, unit: Unit, times: int = 1) -> int:
        if isinstance(value, PercentOff):
            off = per_cent(value.percent.text, self.weight(unit))
        elif isinstance(value, AmountOff):
            off = _amount(value.amounts, self.basket) * times
        else:
            off = unit.left - _amount(value.prices, self.basket)
        return max(0, min(off, unit.room))

    def off_together(self, value: Value, units: Sequence[Unit], times: int) -> int:
        """Off several units as one price; what there is room for is looked at later."""
        if isinstance(value, PercentOff):
            return per_cent(value.percent.text, sum(map(self.weight, units)))
        if isinstance(value, AmountOff):
            return _amount(value.amounts, self.basket) * times
        return max(0, sum(unit.left for unit in units) - _amount(value.prices, self.basket))

    def times(self, reward: LinesReward | GiftReward) -> int:
        if reward.every is not None:
            have = self.basket.measured(Measure.SUBTOTAL, Judged.LEFT, self.own)
            times = have // _amount(reward.every, self.basket)
        elif reward.every_units:
            times = self.basket.measured(Measure.QUANTITY, Judged.LEFT, self.own) // reward.every_units
        else:
            return 1
        return min(times, reward.times) if reward.times else times

    def lines(self, reward: LinesReward) -> Effect:
        times = self.times(reward)
        units = self._limited(reward)
        if units is None or times == 0:
            return NOTHING
        by_line = [list(each) for _, each in groupby(sorted(units, key=self._place), key=lambda unit: unit.line)]
        if reward.includes_shipping and self.basket.shipping.left:
            by_line.append([self.basket.shipping])
        if reward.per is Per.UNIT:
            cuts = [[self.off_unit(reward.value, unit, times) for unit in each] for each in by_line]
            if not self._is_above_cap(reward, sum(map(sum, cuts))):
                pairs = [zip(each, cut, strict=True) for each, cut in zip(by_line, cuts, strict=True)]
                return Effect([pair for each in pairs for pair in each])
            shares = list(map(sum, cuts))
        else:
            shares = self._shares(reward, by_line, times)
        if self._is_above_cap(reward, sum(shares)) and reward.cap is not None:
            shares = self._split(reward.cap[self.basket.currency], shares)
        return Effect(
            [pair for each, share in zip(by_line, shares, strict=True) for pair in self._within_line(each, share)]
        )

    def _shares(self, reward: LinesReward, by_line: list[list[Unit]], times: int) -> list[int]:
        rooms = [sum(unit.room for unit in each) for each in by_line]
        if reward.per is Per.LINE:
            offs = [self.off_together(reward.value, each, times) for each in by_line]
            return [min(off, room) for off, room in zip(offs, rooms, strict=True)]
        whole = self.off_together(reward.value, [unit for each in by_line for unit in each], times)
        weights = [sum(map(self.weight, each)) for each in by_line]
        return shared_within(whole, weights, rooms, first=self.basket.first_gets_spare)

    def _within_line(self, units: list[Unit], share: int) -> list[tuple[Unit, int]]:
        rooms = [unit.room for unit in units]
        parts = shared_within(share, list(map(self.weight, units)), rooms, first=self.basket.first_gets_spare)
        return list(zip(units, parts, strict=True))

    def _split(self, amount: int, weights: Sequence[int]) -> list[int]:
        return shared(amount, weights, first=self.basket.first_gets_spare)

    def _place(self, unit: Unit) -> tuple[int, int]:
        return unit.line, next(place for place, each in enumerate(self.basket.lines[unit.line]) if each is unit)

    def _is_above_cap(self, reward: LinesReward, amount: int) -> bool:
        cap = None if reward.cap is None else reward.cap.get(self.basket.currency)
        return cap is not None and amount > cap

    def _limited(self, reward: LinesReward) -> list[Unit] | None:
        """The units that are meant; None when a limit leaves none."""
        limit, units = reward.limit, self.basket.free(self.own)
        most, of_line = limit.max_units, limit.max_units_per_line
        if most == 0 and of_line == 0 and limit.groups_of == 1:
            return units or None
        units = picked(units, limit.pick)
        if most or of_line:
            units = [unit for unit in units if unit.room]
        if of_line:
            taken: dict[int, int] = {}
            for unit in list(units):
                taken[unit.line] = taken.get(unit.line, 0) + 1
                if taken[unit.line] > of_line:
                    units.remove(unit)
        number = min(len(units), most) if most else len(units)
        return units[: number - number % limit.groups_of] or None

    def tiers(self, reward: TieredReward) -> Effect:
        have = self.basket.measured(reward.measure, reward.judged, self.lines_of(reward.of))
        best = NOTHING
        for tier in reward.tiers:
            try:
                if have >= _amount(tier.at_least, self.basket):
                    best = max(self.lines(tier.reward), best, key=lambda effect: effect.amount)
            except _NotInCurrency:
                continue
        return best

    def buy_get(self, reward: BuyGetReward) -> Effect:
        buyable = self.basket.free(self.lines_of(reward.buy.of))
        gettable = picked(self.basket.free(self.lines_of(reward.get.of)), reward.pick)
        gettable = [unit for unit in gettable if unit.room and self._is_above(reward.value, unit)]
        for times in range(len(buyable) // reward.buy.quantity, 0, -1):
            if reward.times and times > reward.times:
                continue
            got = self._got(reward, buyable, gettable, times)
            if len(got) > (times - 1) * reward.get.quantity:
                opposite = {Pick.CHEAPEST: Pick.DEAREST, Pick.DEAREST: Pick.CHEAPEST}.get(reward.pick, reward.pick)
                rest = [unit for unit in picked(buyable, opposite) if unit not in got]
                return self._each(reward.value, got, rest[: times * reward.buy.quantity])
        return NOTHING

    def _is_above(self, value: Value, unit: Unit) -> bool:
        """Whether it costs more than it would be got for."""
        return not isinstance(value, PriceTo) or unit.left > value.prices.get(self.basket.currency, 0)

    def _got(self, reward: BuyGetReward, buyable: list[Unit], gettable: list[Unit], times: int) -> list[Unit]:
        """The first that can be given while so many repetitions can still be bought."""
        spare = len(buyable) - times * reward.buy.quantity
        both = set(map(id, buyable))
        got: list[Unit] = []
        for unit in gettable:
            if len(got) < times * reward.get.quantity and (id(unit) not in both or spare):
                got.append(unit)
                spare -= id(unit) in both
        return got

    def nth(self, reward: NthReward) -> Effect:
        orders = {Groups.ASCENDING: Pick.CHEAPEST, Groups.DESCENDING: Pick.DEAREST}
        order = orders.get(reward.groups, reward.pick)
        units = picked(self.basket.free(self.own), order)
        number = len(units) // reward.every
        number = min(number, reward.times) if reward.times else number
        units = units[: number * reward.every]
        if reward.groups is Groups.ACROSS:
            return self._each(reward.value, units[: number * reward.count], units[number * reward.count :])
        begin = reward.every - reward.count if reward.pick not in (order, Pick.FIRST) else 0
        named = [begin <= place % reward.every < begin + reward.count for place in range(len(units))]
        got: list[Unit] = []
        # Of the units of a line that cost the same, the first ones get it.
        for _, equal in groupby(zip(units, named, strict=True), key=lambda pair: (pair[0].line, pair[0].left)):
            pairs = list(equal)
            got += [unit for unit, _ in pairs[: sum(is_named for _, is_named in pairs)]]
        return self._each(reward.value, got, [unit for unit in units if unit not in got])

    def _each(self, value: Value, rewarded: list[Unit], used: list[Unit]) -> Effect:
        cuts = [(unit, self.off_unit(value, unit)) for unit in rewarded]
        return Effect([*cuts, *((unit, 0) for unit in used if self.promotion.consumes)])

    def sets(self, reward: SetReward) -> Effect:
        parts = narrow_first(
            [(part.quantity, picked(self.basket.free(self.lines_of(part.of)), reward.pick)) for part in reward.parts]
        )
        gone: set[int] = set()
        cuts: list[tuple[Unit, int]] = []
        made = 0
        while not reward.times or made < reward.times:
            units = composed(parts, gone)
            if units is None:
                break
            units.sort(key=self._place)
            offs = self._off_set(reward, units)
            if any(offs):
                made += 1
                cuts += zip(units, offs, strict=True)
                gone |= set(map(id, units))
            else:
                gone.add(id(min(units, key=lambda unit: unit.left)))
        return Effect(rearranged(self.basket, cuts))

    def _off_set(self, reward: SetReward, units: list[Unit]) -> list[int]:
        if reward.per is Per.UNIT:
            return [self.off_unit(reward.value, unit) for unit in units]
        whole = self.off_together(reward.value, units, 1)
        rooms = [unit.room for unit in units]
        return shared_within(whole, list(map(self.weight, units)), rooms, first=self.basket.first_gets_spare)

    def gift(self, reward: GiftReward) -> Effect:
        sku, times = self.basket.gift_of(reward), self.times(reward)
        return Effect(gift=(sku, reward.quantity * times)) if sku is not None and times else NOTHING

    def shipping(self, reward: ShippingReward) -> Effect:
        if reward.methods and self.basket.method not in reward.methods:
            return NOTHING
        return Effect([(self.basket.shipping, self.off_unit(reward.value, self.basket.shipping))])
