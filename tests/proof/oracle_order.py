"""What an order costs, worked out the long way: every unit by itself, by the rules in the docstrings and the design."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.charges import JudgedSubtotal, ShippingRate
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.rewards import OverrideReward
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import TaxMode
from ordo.kernel.money import Spare
from ordo.pricing.model import Cart
from tests.proof.oracle_effects import Effect, book
from tests.proof.oracle_overrides import override
from tests.proof.oracle_rewards import effect_of
from tests.proof.oracle_taxes import taxes_of, with_tax
from tests.proof.oracle_units import SHIPPING, Basket, Facts, Unit, per_cent


@dataclass(frozen=True)
class Paid:
    """One unit or charge: what was taken off it by whom, and what it costs."""

    cuts: tuple[tuple[str, int], ...]
    net: int
    tax: int
    gross: int
    used_by: str = ""


@dataclass
class Answer:
    """The units of each line, the charges (shipping first), and gifts as `(promotion, sku, units)`."""

    lines: list[list[Paid]]
    charges: list[Paid]
    gifts: list[tuple[str, str, int]]
    applied: list[str] = field(default_factory=list)


def price_long(cart: Cart, shop: CatalogSnapshot, now: datetime) -> Answer:
    """The price of a cart without coupons that cannot be used, discounts above the limit or refused gifts."""
    return _Pricing(cart, shop, now).answer()


def by_rank(promotions: Iterable[Promotion]) -> list[Promotion]:
    """Higher priority first, then by id."""
    return sorted(sorted(promotions, key=lambda each: each.promotion_id), key=lambda each: each.priority, reverse=True)


def apply_in_order(promotions: Sequence[Promotion], basket: Basket, barred: frozenset[str | None]) -> list[str]:
    """All that apply, by rank; an exclusive one alone, of a group the first."""
    for promotion in promotions:
        if promotion.exclusive and (found := effect_of(promotion, basket)).gives:
            book(promotion, found, basket)
            return [promotion.promotion_id]
    taken, applied = set(barred), []
    for promotion in promotions:
        if promotion.group is not None and promotion.group in taken:
            continue
        found = effect_of(promotion, basket)
        if found.gives:
            book(promotion, found, basket)
            taken.add(promotion.group)
            applied.append(promotion.promotion_id)
    return applied


class _Pricing:
    def __init__(self, cart: Cart, shop: CatalogSnapshot, now: datetime) -> None:
        assert shop.channel is not None
        self.cart, self.shop, self.now = cart, shop, now
        self.channel: ChannelPolicy = shop.channel
        self.products = [shop.products[line.sku] for line in cart.lines]
        self.entries = [self._entry(product.prices[self._list]) for product in self.products]
        self.usable = [each for each in by_rank(shop.promotions) if self._is_usable(each)]

    @property
    def _list(self) -> str:
        return self.channel.price_lists[self.cart.currency]

    @staticmethod
    def _entry(price: int | PriceEntry) -> PriceEntry:
        return PriceEntry(price) if isinstance(price, int) else price

    def _is_usable(self, promotion: Promotion) -> bool:
        buyer, cart = self.cart.buyer, self.cart
        coupons = {self.shop.coupons[code].promotion_id for code in cart.coupons}
        begun = promotion.valid_from is None or promotion.valid_from <= self.now
        return (
            promotion.state is PromotionState.ACTIVE
            and begun
            and (promotion.valid_to is None or self.now < promotion.valid_to)
            and (not promotion.channels or cart.channel in promotion.channels)
            and (not promotion.segments or buyer.segment in promotion.segments)
            and (not promotion.first_order_only or buyer.first_order is True)
            and (not promotion.requires_coupon or promotion.promotion_id in coupons)
            and (not promotion.regions or any(each.country == cart.country for each in promotion.regions))
        )

    def price_of(self, place: int) -> int:
        """By quantity break, counting all units of the product in the cart."""
        sku, entry = self.cart.lines[place].sku, self.entries[place]
        bought = sum(line.quantity for line in self.cart.lines if line.sku == sku)
        reached = [price for least, price in entry.breaks if bought >= least]
        return min([entry.price, *reached])

    def basket(self, shipping: int) -> tuple[Basket, list[str]]:
        """The cart before promotions of the cart, with the overrides that changed its prices."""
        prices = [self.price_of(place) for place in range(len(self.cart.lines))]
        facts = [
            Facts(
                frozenset({line.sku}),
                frozenset(product.categories),
                price,
                entry.list_price is not None and entry.list_price > entry.price,
            )
            for line, product, entry, price in zip(self.cart.lines, self.products, self.entries, prices, strict=True)
        ]
        lines = [
            [Unit(place, price, min(entry.minimum_price, price), price) for _ in range(line.quantity)]
            for place, (line, price, entry) in enumerate(zip(self.cart.lines, prices, self.entries, strict=True))
        ]
        basket = Basket(
            self.cart.currency,
            lines,
            facts,
            Unit(SHIPPING, shipping, 0, shipping),
            self.method_id,
            self.channel.pricing.spare is Spare.FIRST,
            unavailable=self.cart.unavailable,
            sold=frozenset(self.shop.products),
        )
        staff = {each.line_id for each in self.cart.manual}
        fixed = {place for place, line in enumerate(self.cart.lines) if line.line_id in staff}
        return basket, override(
            basket, [each for each in self.usable if isinstance(each.reward, OverrideReward)], fixed
        )

    @property
    def method_id(self) -> str:
        """Of the method by which it is shipped."""
        methods = self.channel.shipping_methods
        return self.cart.shipping_method or (methods[0].method_id if methods else "standard")

    def shipping_price(self, before: int, after: int) -> int:
        """By weight and subtotal."""
        methods = [each for each in self.channel.shipping_methods if each.method_id == self.method_id]
        if not methods:
            return self.channel.shipping.get(self.cart.currency, 0)
        rate = methods[0].rates[self.cart.currency]
        weight = sum(
            (product.weight_g or 0) * line.quantity
            for product, line in zip(self.products, self.cart.lines, strict=True)
        )
        return _rated(rate, weight, after if rate.judged is JudgedSubtotal.AFTER else before)

    def answer(self) -> Answer:
        """Shipping is first reckoned by what the items cost before promotions; where those change it, once more."""
        empty, _ = self.basket(0)
        before = sum(unit.price for line in empty.lines for unit in line)
        price = self.shipping_price(before, before)
        basket, applied = self._promoted(price)
        again = self.shipping_price(before, _subtotal(basket))
        if again != price:
            basket, applied = self._promoted(again)
        return self._taxed(basket, applied)

    def _promoted(self, shipping: int) -> tuple[Basket, list[str]]:
        basket, applied = self.basket(shipping)
        barred: set[str | None] = {each.instead_of for each in self.cart.manual if each.line_id is None}
        line_ids = [line.line_id for line in self.cart.lines]
        for place, manual in enumerate(self.cart.manual):
            if manual.line_id is not None:
                applied += self._by_staff(basket, place, [line_ids.index(manual.line_id)])
        others = [each for each in self.usable if not isinstance(each.reward, OverrideReward)]
        applied += apply_in_order(others, basket, frozenset(barred - {None}))
        for place, manual in enumerate(self.cart.manual):
            if manual.line_id is None:
                applied += self._by_staff(basket, place, list(range(len(line_ids))))
        return basket, applied

    def _by_staff(self, basket: Basket, place: int, lines: list[int]) -> list[str]:
        promotion = Promotion(f"@manual-{place + 1}", 1, {}, self.cart.manual[place].reward)
        part = Basket(
            basket.currency,
            [line if number in lines else [] for number, line in enumerate(basket.lines)],
            basket.facts,
            basket.shipping,
            basket.method,
            basket.first_gets_spare,
        )
        used = [(unit, unit.used_by) for line in part.lines for unit in line]
        for unit, _ in used:
            unit.used_by = ""  # a promotion keeps other promotions off, not staff
        found: Effect = effect_of(promotion, part)
        book(promotion, found, part)
        for unit, used_by in used:
            unit.used_by = used_by
        return [promotion.promotion_id] if found.gives else []

    def _taxed(self, basket: Basket, applied: list[str]) -> Answer:
        tax, cart = self.channel.tax, self.cart
        rates = [tax.rate_for(product.tax_class, cart.country, cart.region) for product in self.products]
        left = [[unit.left for unit in line] for line in basket.lines]
        taxes = taxes_of(left, rates, tax.mode, tax.rounding)
        lines = [
            [_paid(unit, each, tax.mode) for unit, each in zip(line, of_line, strict=True)]
            for line, of_line in zip(basket.lines, taxes, strict=True)
        ]
        mode = tax.shipping_mode or tax.mode
        charges = [basket.shipping, *(Unit(SHIPPING, each, 0, each) for each in self._surcharges(_subtotal(basket)))]
        rate = tax.charge_rate(cart.country, cart.region)
        parts = taxes_of([[each.left] for each in charges], [rate] * len(charges), mode, tax.rounding)
        paid = [_paid(unit, part[0], mode) for unit, part in zip(charges, parts, strict=True)]
        return Answer(lines, paid, basket.gifts, applied)

    def _surcharges(self, subtotal: int) -> list[int]:
        found = []
        for each in self.channel.surcharges:
            below = None if each.below_subtotal is None else each.below_subtotal.get(self.cart.currency, 0)
            if below is None or subtotal < below:
                share = each.percent
                found.append(
                    each.amounts.get(self.cart.currency, 0) if share is None else per_cent(share.text, subtotal)
                )
        return [each for each in found if each]


def _subtotal(basket: Basket) -> int:
    return sum(unit.left for line in basket.lines for unit in line)


def _paid(unit: Unit, tax: int, mode: TaxMode) -> Paid:
    net = unit.left - tax if mode is TaxMode.INCLUSIVE else unit.left
    return Paid(tuple((name, cut) for name, cut in unit.cuts.items() if cut), net, tax, net + tax, unit.used_by)


def _rated(rate: ShippingRate, weight_g: int, subtotal: int) -> int:
    if rate.free_from is not None and subtotal >= rate.free_from:
        return 0
    price = max([(least, amount) for least, amount in rate.by_subtotal if subtotal >= least], default=(0, rate.flat))[1]
    if rate.by_weight is not None:
        bands = [amount for up_to_g, amount in rate.by_weight.bands if weight_g <= up_to_g]
        if bands:
            return price + bands[0]
        last_g, last = rate.by_weight.bands[-1] if rate.by_weight.bands else (0, 0)
        steps = Fraction(weight_g - last_g, rate.by_weight.step_g)
        return price + last + -(-steps.numerator // steps.denominator) * rate.by_weight.step_amount
    return price


def usable_of(cart: Cart, shop: CatalogSnapshot, now: datetime) -> tuple[Basket, list[Promotion], list[Fraction]]:
    """The basket before promotions of the cart, those that may be used by rank, and what a minor unit of each line, and
    of shipping, costs with tax.
    """
    pricing = _Pricing(cart, shop, now)
    basket, _ = pricing.basket(pricing.shipping_price(0, 0))
    tax = pricing.channel.tax
    rates = [(tax.rate_for(product.tax_class, cart.country, cart.region), tax.mode) for product in pricing.products]
    rates.append((tax.charge_rate(cart.country, cart.region), tax.charge_mode))
    weights = [with_tax(rate.percent.text, mode) for rate, mode in rates]
    usable = [each for each in pricing.usable if not isinstance(each.reward, OverrideReward)]
    return basket, usable, weights
