"""What kept units cost, from scratch: promotions that claw back are asked again, unit by unit; the others'
stored shares stay. Grants are looked at by the tests themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ordo.catalog.promotions import OnReturn, Promotion
from ordo.catalog.rewards import GiftReward, OverrideReward
from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from ordo.kernel.money import Spare
from ordo.kernel.percent import percent
from ordo.pricing.model import Charge, PricedLine, UnitRun
from ordo.pricing.refund_model import Purchase
from tests.proof.oracle_rewards import effect_of
from tests.proof.oracle_taxes import tax_within, taxes_of
from tests.proof.oracle_units import SHIPPING, Basket, Facts, Unit

Kept = Mapping[str, frozenset[int]]
"""Of each line the places of the units that did not come back."""
Money = tuple[int, int]
"""Net and tax."""


@dataclass
class _Placed:
    """A unit as it was sold, with its share of each promotion."""

    run: UnitRun
    shares: dict[str, int]


def price_kept_long(purchase: Purchase, kept: Kept, charges_kept: frozenset[str]) -> dict[str, Money]:
    """Net and tax of what is kept of each line and charge (by `kind/id`)."""
    return _Again(purchase, kept, charges_kept).prices()


class _Again:
    def __init__(self, purchase: Purchase, kept: Kept, charges_kept: frozenset[str]) -> None:
        self.priced, self.promotions = purchase.priced, purchase.promotions
        self.charges_kept = charges_kept
        self.lines = [line for line in self.priced.lines if line.gift_of is None and kept[line.line_id]]
        self.gifts = [line for line in self.priced.lines if line.gift_of is not None]
        self.kept = kept
        self.placed = {line.line_id: _kept_of(line, kept[line.line_id]) for line in self.priced.lines}
        self.charge = next(each for each in self.priced.shipping.charges if each.kind == "shipping")
        shipping = self.charge.price if _name(self.charge) in charges_kept else 0
        self.basket = Basket(
            self.priced.currency,
            [self._units(number, line) for number, line in enumerate(self.lines)],
            [
                Facts(
                    frozenset({line.sku, line.stock_sku}),
                    frozenset(line.categories),
                    self._price(line),
                    self._on_sale(line),
                )
                for line in self.lines
            ],
            Unit(SHIPPING, shipping, 0, shipping),
            self.priced.shipping.method,
            self.priced.spare == Spare.FIRST.value,
            sold=frozenset(gift.sku for gift in self.gifts),
        )
        self.free = {gift.line_id: len(self.placed[gift.line_id]) for gift in self.gifts}

    def _promotion(self, promotion_id: str) -> Promotion | None:
        return next((each for (name, _), each in self.promotions.items() if name == promotion_id), None)

    def _overrides(self, line: PricedLine) -> list[str]:
        names = [each.promotion_id for each in line.adjustments]
        found = [(name, self._promotion(name)) for name in names]
        return [name for name, each in found if each is not None and isinstance(each.reward, OverrideReward)]

    def _price(self, line: PricedLine) -> int:
        names = [each.promotion_id for each in line.adjustments]
        return line.price - sum(line.runs[0].shares[names.index(name)] for name in self._overrides(line))

    def _on_sale(self, line: PricedLine) -> bool:
        return line.on_sale or bool(self._overrides(line))

    def _units(self, number: int, line: PricedLine) -> list[Unit]:
        price = self._price(line)
        return [Unit(number, price, line.minimum_price, price) for _ in self.placed[line.line_id]]

    def prices(self) -> dict[str, Money]:
        for applied in self.priced.trace.applied:
            promotion = self._promotion(applied.promotion_id)
            if promotion is not None and isinstance(promotion.reward, OverrideReward):
                continue
            if promotion is not None and promotion.returns.kind is OnReturn.CLAW_BACK:
                self._ask(promotion)
            else:
                self._keep(applied.promotion_id)
        prices = {
            f"line/{line.line_id}": self._line(line, units)
            for line, units in zip(self.lines, self.basket.lines, strict=True)
        }
        prices |= {f"line/{gift.line_id}": self._gift(gift) for gift in self.gifts}
        for charge in self.priced.shipping.charges:
            if _name(charge) in self.charges_kept:
                left = self.basket.shipping.left if charge is self.charge else charge.price
                prices[_name(charge)] = self._charge(charge, left)
        return prices

    def _ask(self, promotion: Promotion) -> None:
        found = effect_of(promotion, self.basket)
        for unit, cut in found.cuts:
            unit.left -= cut
            unit.used_by = promotion.promotion_id if promotion.consumes and unit.line != SHIPPING else unit.used_by
        if isinstance(promotion.reward, GiftReward):
            for gift in self.gifts:
                if gift.gift_of == promotion.promotion_id:
                    self.free[gift.line_id] = found.gift[1] if found.gift else 0

    def _keep(self, promotion_id: str) -> None:
        for line, units in zip(self.lines, self.basket.lines, strict=True):
            for unit, placed in zip(units, self.placed[line.line_id], strict=True):
                unit.left -= min(placed.shares.get(promotion_id, 0), unit.room)
                unit.used_by = unit.used_by or (promotion_id if placed.run.used_by == promotion_id else "")
        if self.basket.shipping.price:
            taken = [each.amount for each in self.charge.adjustments if each.promotion_id == promotion_id]
            self.basket.shipping.left -= min(sum(taken), self.basket.shipping.room)

    def _line(self, line: PricedLine, units: list[Unit]) -> Money:
        """Units whose price stays as it was keep their tax; of the others it is reckoned anew, together."""
        net = tax = 0
        changed = []
        for unit, placed in zip(units, self.placed[line.line_id], strict=True):
            if unit.left == line.price - sum(placed.shares.values()):
                net, tax = net + placed.run.net, tax + placed.run.tax
            else:
                changed.append(unit.left)
        more = self._taxed(line, changed)
        return net + more[0], tax + more[1]

    def _gift(self, gift: PricedLine) -> Money:
        number = len(self.placed[gift.line_id])
        return self._taxed(gift, [gift.price] * max(0, number - self.free[gift.line_id]))

    def _taxed(self, line: PricedLine, left: list[int]) -> Money:
        mode, rounding = TaxMode(self.priced.tax_mode), TaxRounding(self.priced.tax_rounding)
        rate = Rate(percent(line.tax_rate_percent), line.tax_parts)
        tax = sum(map(sum, taxes_of([left], [rate], mode, rounding))) if left else 0
        return (sum(left) - tax if mode is TaxMode.INCLUSIVE else sum(left)), tax

    def _charge(self, charge: Charge, left: int) -> Money:
        if left == charge.price - sum(each.amount for each in charge.adjustments):
            return charge.net, charge.tax
        mode = TaxMode(self.priced.shipping_tax_mode or self.priced.tax_mode)
        tax = tax_within(left, Rate(percent(charge.tax_rate_percent), charge.tax_parts), mode)
        return (left - tax if mode is TaxMode.INCLUSIVE else left), tax


def _name(charge: Charge) -> str:
    return f"{charge.kind}/{charge.charge_id}"


def _kept_of(line: PricedLine, kept: frozenset[int]) -> list[_Placed]:
    names = [each.promotion_id for each in line.adjustments]
    units = [run for run in line.runs for _ in range(run.count)]
    return [_Placed(run, dict(zip(names, run.shares, strict=True))) for place, run in enumerate(units) if place in kept]


def within(gross: int, rate: str) -> int:
    """The tax in a granted amount."""
    part = Fraction(rate) / 100
    return int(Fraction(gross) * part / (1 + part) + Fraction(1, 2))
