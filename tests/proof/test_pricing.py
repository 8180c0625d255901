"""Whatever the cart, the promotions and the tax: exact to the minor unit, as the oracle says, and explained."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from ordo.catalog.model import Product
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff, Reward, Tier, TieredReward
from ordo.catalog.selections import Condition, Measure
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from ordo.kernel.percent import percent
from ordo.pricing.codec import priced_from_json, priced_to_json
from ordo.pricing.figures import invoice_figures
from ordo.pricing.model import Cart, CartLine, Charge, PricedCart, PricedLine
from ordo.pricing.service import price
from tests.proof.conftest import SHARE_OF
from tests.proof.oracle_order import Answer, price_long
from tests.proof.oracle_taxes import tax_within
from tests.proof.orders import COUNT, DECIMALS, NAME, NOW, Order, order
from tests.proof.unrelated import with_unrelated_line

pytestmark = pytest.mark.timeout(1800)
LEAST_SHARE = 0.05


def orders() -> Iterator[tuple[Order, PricedCart]]:
    """All orders, with their prices."""
    for number in range(COUNT):
        yield order(number), order(number).priced


def kinds_in(each: Order, cart: PricedCart) -> set[str]:
    """What a sample must have enough of, as far as this order has it."""
    applied = {promotion.promotion_id for promotion in cart.trace.applied}
    kinds = {f"gives {each.name['en']}" for each in each.shop.promotions if each.promotion_id in applied}
    kinds |= {"gives by coupon"} if cart.coupons_used else set()
    kinds |= {"gives by staff"} if any(name.startswith("@") for name in applied) else set()
    tax = each.channel.tax
    kinds |= {f"tax {tax.mode.value}", f"tax by {tax.rounding.value}", f"{DECIMALS[cart.currency]} decimals"}
    kinds |= {"shipping taxed otherwise"} if tax.charge_mode is not tax.mode else set()
    kinds |= {"units used up"} if any(run.used_by for line in cart.lines for run in line.runs) else set()
    return kinds | {f"policy {each.policy}"} | ({"surcharge"} if len(cart.shipping.charges) > 1 else set())


def test_the_sample_has_enough_of_every_type_of_promotion_tax_mode_and_number_of_decimals(
    record_property: Callable[[str, object], None],
) -> None:
    found: Counter[str] = Counter()
    for each, cart in orders():
        found.update(kinds_in(each, cart))
    wanted = {f"gives {kind}" for kind in ("percent", "amount", "price", "tiers", "override", "buy_get", "nth", "set")}
    wanted |= {"gives gift", "gives shipping", "gives by coupon", "gives by staff", "units used up", "surcharge"}
    wanted |= {f"tax {mode.value}" for mode in TaxMode} | {f"tax by {rounding.value}" for rounding in TaxRounding}
    wanted |= {f"{decimals} decimals" for decimals in DECIMALS.values()}
    for kind in sorted(wanted | set(found)):
        record_property(f"{SHARE_OF}{kind}", f"{found[kind] / COUNT:.1%} of {COUNT} orders")
    assert {kind for kind in wanted if found[kind] < LEAST_SHARE * COUNT} == set()


def test_every_unit_charge_and_gift_is_as_the_oracle_says() -> None:
    for each, cart in orders():
        answer: Answer = price_long(each.cart, each.shop, NOW)
        lines = [line for line in cart.lines if line.gift_of is None]
        assert [_units(line) for line in lines] == [
            [(unit.cuts, unit.net, unit.tax, unit.gross, unit.used_by) for unit in line] for line in answer.lines
        ], each.number
        assert [_charge(charge) for charge in cart.shipping.charges] == [
            (charge.cuts, charge.net, charge.tax, charge.gross) for charge in answer.charges
        ], each.number
        gifts = [(line.gift_of, line.sku, line.quantity) for line in cart.lines if line.gift_of is not None]
        assert gifts == answer.gifts, each.number
        assert [applied.promotion_id for applied in cart.trace.applied] == answer.applied, each.number


def _units(line: PricedLine) -> list[tuple[Any, ...]]:
    names = [each.promotion_id for each in line.adjustments]
    return [
        (tuple((name, share) for name, share in zip(names, run.shares, strict=True) if share), *rest)
        for run in line.runs
        for rest in [(run.net, run.tax, run.gross, run.used_by)] * run.count
    ]


def _charge(charge: Charge) -> tuple[Any, ...]:
    cuts = tuple((each.promotion_id, each.amount) for each in charge.adjustments)
    return cuts, charge.net, charge.tax, charge.gross


def test_units_and_charges_add_up_to_the_total_in_both_tax_modes() -> None:
    for each, cart in orders():
        runs = [run for line in cart.lines for run in line.runs]
        charges = cart.shipping.charges
        assert all(run.net + run.tax == run.gross and run.net >= 0 <= run.tax for run in runs), each.number
        assert all(charge.net + charge.tax == charge.gross and charge.net >= 0 <= charge.tax for charge in charges)
        gross = sum(run.count * run.gross for run in runs) + sum(charge.gross for charge in charges)
        tax = sum(run.count * run.tax for run in runs) + sum(charge.tax for charge in charges)
        assert (gross, tax) == (cart.totals.total, cart.totals.tax), each.number
        assert sum(line.quantity for line in cart.lines) == sum(run.count for run in runs)


def test_the_totals_are_those_of_a_calculation_by_lines_that_knows_no_units() -> None:
    for each, cart in orders():
        tax, totals = each.channel.tax, cart.totals
        left = {
            line.line_id: line.quantity * line.price - sum(a.amount for a in line.adjustments) for line in cart.lines
        }
        charges = [charge.price - sum(a.amount for a in charge.adjustments) for charge in cart.shipping.charges]
        off = sum(line.quantity * line.price for line in cart.lines) - sum(left.values())
        assert (totals.items - totals.discount, totals.discount) == (sum(left.values()), off), each.number
        taxes = sum(run.count * run.tax for line in cart.lines for run in line.runs)
        if tax.rounding is not TaxRounding.UNIT:
            taxes = sum(_taxes(cart.lines, left, tax.mode, by_order=tax.rounding is TaxRounding.ORDER))
        of_charges = _taxes_of_charges(each, charges, tax.charge_rate("CN"))
        assert totals.tax == taxes + of_charges, each.number
        with_tax = sum(charges) + (of_charges if tax.charge_mode is TaxMode.EXCLUSIVE else 0)
        lines = sum(left.values()) + (taxes if tax.mode is TaxMode.EXCLUSIVE else 0)
        assert totals.total == lines + with_tax, each.number
        assert totals.shipping == (with_tax if tax.mode is TaxMode.INCLUSIVE else with_tax - of_charges), each.number


def _taxes(lines: tuple[PricedLine, ...], left: dict[str, int], mode: TaxMode, *, by_order: bool) -> list[int]:
    amounts: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for line in lines:
        amounts[line.tax_rate_percent, line.tax_parts, "" if by_order else line.line_id] += left[line.line_id]
    return [tax_within(amount, Rate(percent(rate)), mode) for (rate, _, _), amount in amounts.items()]


def _taxes_of_charges(each: Order, charges: list[int], rate: Rate) -> int:
    tax = each.channel.tax
    together = [sum(charges)] if tax.rounding is TaxRounding.ORDER else charges
    return sum(tax_within(amount, rate, tax.charge_mode) for amount in together)


def test_the_invoice_figures_add_up_by_line_and_by_rate() -> None:
    for each, cart in orders():
        figures = invoice_figures(cart)
        every = (*figures.lines, *figures.charges)
        for parts in (every, figures.rates):
            assert (sum(part.net for part in parts), sum(part.tax for part in parts)) == (figures.net, figures.tax)
        assert (figures.gross, figures.tax) == (cart.totals.total, cart.totals.tax), each.number
        for rate in figures.rates:
            assert not rate.parts or sum(part.tax for part in rate.parts) == rate.tax, each.number


def test_no_unit_costs_less_than_it_must_nor_less_than_nothing() -> None:
    for each, cart in orders():
        for line in cart.lines:
            least = 0 if line.gift_of is not None else min(line.minimum_price, line.price)
            assert all(run.price - run.discount >= least and run.gross >= 0 for run in line.runs), each.number
            assert all(min(run.shares, default=0) >= 0 for run in line.runs)


def test_adjustments_shares_trace_and_totals_tell_the_same() -> None:
    for each, cart in orders():
        for line in cart.lines:
            left = line.quantity * line.price
            for place, adjustment in enumerate(line.adjustments):
                assert adjustment.amount == sum(run.count * run.shares[place] for run in line.runs), each.number
                assert adjustment.units == sum(run.count for run in line.runs if run.shares[place]), each.number
                assert adjustment.base == left
                left -= adjustment.amount
            assert all(one != other for one, other in pairwise(line.runs)), each.number
        for applied in cart.trace.applied:
            _check_applied(each, cart, applied.promotion_id)
        considered = [one.promotion_id for one in cart.trace.applied]
        considered += [one.promotion_id for one in cart.trace.not_applied]
        named = Counter(name for name in considered if not name.startswith("@"))
        assert named == Counter(one.promotion_id for one in each.shop.promotions), each.number


def _check_applied(each: Order, cart: PricedCart, promotion_id: str) -> None:
    applied = next(one for one in cart.trace.applied if one.promotion_id == promotion_id)
    of_lines = {
        line.line_id: adjustment
        for line in cart.lines
        for adjustment in line.adjustments
        if adjustment.promotion_id == promotion_id
    }
    shipping = sum(a.amount for c in cart.shipping.charges for a in c.adjustments if a.promotion_id == promotion_id)
    assert applied.amount == sum(a.amount for a in of_lines.values()) + shipping, each.number
    assert applied.shipping == shipping
    assert sorted((*applied.lines, *applied.gift_lines)) == sorted({*of_lines, *applied.gift_lines}), each.number
    assert applied.amount <= applied.base or shipping, each.number
    assert applied.amount > 0 or applied.gift_lines


def test_the_order_in_which_promotions_and_coupons_are_listed_does_not_matter() -> None:
    for each, cart in orders():
        r = Random(each.number)
        promotions, codes = list(each.shop.promotions), list(each.cart.coupons)
        r.shuffle(promotions)
        r.shuffle(codes)
        again = price(replace(each.cart, coupons=tuple(codes)), replace(each.shop, promotions=tuple(promotions)), NOW)
        assert replace(again, coupons=cart.coupons, coupons_used=cart.coupons_used) == cart, each.number
        assert sorted(again.coupons_used) == sorted(cart.coupons_used)


def test_a_line_that_no_promotion_is_about_changes_no_other_line() -> None:
    for number in range(COUNT):
        alone, together = with_unrelated_line(order(number))
        before, after = price(alone.cart, alone.shop, NOW), price(together.cart, together.shop, NOW)
        others = tuple(line for line in after.lines if line.line_id != "unrelated")
        assert others == before.lines, number
        assert after.shipping == before.shipping, number
        assert after.trace == before.trace, number


def test_a_price_survives_json_exactly() -> None:
    for each, cart in orders():
        assert priced_from_json(json.loads(json.dumps(priced_to_json(cart)))) == cart, each.number


def test_the_same_numbers_cost_the_same_in_every_currency() -> None:
    for number in range(0, COUNT, 5):
        yen, dinar = order(number, "JPY"), order(number, "KWD")
        one, other = price(yen.cart, yen.shop, NOW), price(dinar.cart, dinar.shop, NOW)
        assert replace(other, currency="JPY") == one, number


def test_one_line_of_many_units_costs_what_as_many_lines_of_one_do_where_all_is_for_the_order() -> None:
    for number in range(0, COUNT, 5):
        r = Random(number)
        amount, quantity = r.randint(1, 30_000), r.randint(2, 60)
        shop = _one_product_shop(r, amount, quantity)
        many = tuple(CartLine(str(place), "A", 1) for place in range(quantity))
        wide = price(Cart("web", "CNY", many), shop, NOW)
        tall = price(Cart("web", "CNY", (CartLine("1", "A", quantity),)), shop, NOW)
        assert wide.totals == tall.totals, number


def _one_product_shop(r: Random, amount: int, quantity: int) -> CatalogSnapshot:
    worth = amount * quantity
    off = AmountOff({"CNY": r.randint(1, worth)})
    tiers = TieredReward(Measure.QUANTITY, tuple(Tier(step, LinesReward(off, Per.ORDER)) for step in (2, 5, 9)))
    tenth = LinesReward(PercentOff(percent(r.choice(("7.5", "33.33")))), Per.ORDER, cap={"CNY": max(1, worth // 9)})
    rewards: tuple[Reward, ...] = (LinesReward(off, Per.ORDER, every={"CNY": worth // 3 + 1}), tenth, tiers)
    promotions = tuple(
        Promotion(f"p{place}", 1, NAME, reward, conditions=(Condition(Measure.SUBTOTAL, {"CNY": worth // 4}),))
        for place, reward in enumerate(r.sample(rewards, r.randint(1, 3)))
    )
    base = order(r.randint(0, 499), "CNY")
    tax = replace(base.channel.tax, rounding=TaxRounding.ORDER)
    channel = replace(base.channel, tax=tax)
    return replace(
        base.shop, channel=channel, products={"A": Product("A", NAME, {"list": amount})}, promotions=promotions
    )
