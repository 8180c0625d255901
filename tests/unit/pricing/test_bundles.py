"""Bundles: one price, divided over the parts once, and refunded part by part to the cent."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.catalog.channels import TaxMode
from ordo.catalog.custom import CustomChoice
from ordo.catalog.model import BundlePart, Product, ProductKind
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotions import OnReturn, Promotion, ReturnPolicy
from ordo.catalog.rewards import GiftReward, LinesReward, NthReward, PercentOff
from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.percent import percent
from ordo.pricing.errors import NotForSale, PartialReturnForbidden, RefundExceedsPaid, UnknownPart
from ordo.pricing.line_codec import lines_from_json, lines_to_json
from ordo.pricing.model import PricedCart, PricedLine
from ordo.pricing.refund_model import Grant, Purchase, RefundBooking, RefundRequest, ReturnedLine, ReturnedPart
from ordo.pricing.refunds import preview_refund, return_everything
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, cart, channel, fixed_off, off_from, percent_off, product, promotion, snapshot

PARTS = (product("PHONE", 6000), product("CASE", 1000), product("CABLE", 500))


def bundle(amount: int, *parts: BundlePart, **more: Any) -> Product:
    return product("SET", amount, kind=ProductKind.BUNDLE, parts=parts or DEFAULT, **more)


DEFAULT = (BundlePart("PHONE"), BundlePart("CASE", 2), BundlePart("CABLE"))


def priced(
    of: Product, quantity: int = 1, *offers: Promotion, mode: TaxMode = TaxMode.INCLUSIVE, rate: str = "13"
) -> PricedCart:
    shop = snapshot((of, *PARTS, product("SOCKS", 700)), offers, channel(mode, rate=rate))
    return price(cart(("SET", quantity), ("SOCKS", 2)), shop, NOW)


def set_line(found: PricedCart) -> PricedLine:
    return found.lines[0]


def written_out(line: PricedLine) -> list[list[tuple[int, int, int]]]:
    """Of each unit of the line `(part, gross, tax)` of every single unit of its parts."""
    found = []
    for run, of in enumerate(line.runs):
        units = [
            (number, share.gross, share.tax)
            for number, part in enumerate(line.parts)
            for share in part.shares[run]
            for _ in range(share.units)
        ]
        found += [units] * of.count
    return found


def hamilton(amount: int, weights: list[int]) -> list[int]:
    """Largest remainder in exact fractions, one unit after the other; ties to the first."""
    if not amount:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts


# ------------------------------------------------------------------ the division
def test_a_bundle_is_divided_by_what_its_parts_cost_alone() -> None:
    line = set_line(priced(bundle(6800)))
    assert [part.quantity for part in line.parts] == [1, 2, 1]
    assert [(share.units, share.gross) for part in line.parts for share in part.shares[0]] == [
        (1, 4800),
        (2, 800),
        (1, 400),
    ]
    assert line.units == 4
    assert (line.stock_sku, line.part_amounts(1)[0]) == ("SET", 1600)


def test_given_weights_count_more_than_prices() -> None:
    parts = (BundlePart("PHONE", weight=1), BundlePart("CASE", 2, weight=1), BundlePart("CABLE", weight=0))
    line = set_line(priced(bundle(1000, *parts)))
    assert [share for part in line.parts for share in part.shares[0]] == [(1, 334, 39), (2, 333, 38), (1, 0, 0)]


def test_without_a_price_of_every_part_all_units_weigh_the_same() -> None:
    free = Product("FREE", {"en": "FREE"}, {})
    of = bundle(1001, BundlePart("PHONE"), BundlePart("FREE", 3))
    found = price(cart(("SET", 1)), snapshot((of, free, *PARTS)), NOW)
    assert [tuple(share)[:2] for part in found.lines[0].parts for share in part.shares[0]] == [(1, 251), (3, 250)]


def test_a_bundle_costs_the_merchant_what_its_parts_do_where_all_are_known() -> None:
    parts = tuple(Product(sku, {"en": sku}, {"cny": PriceEntry(100, cost=cost)}) for sku, cost in (("A", 30), ("B", 5)))
    of = bundle(150, BundlePart("A"), BundlePart("B", 2))
    (line,) = price(cart(("SET", 1)), snapshot((of, *parts)), NOW).lines
    assert line.cost == 40
    (line,) = price(cart(("SET", 1)), snapshot((of, parts[0], product("B", 9))), NOW).lines
    assert line.cost is None


def test_a_line_of_a_bundle_reads_back_as_it_was() -> None:
    lines = priced(bundle(999), 7, promotion("off", fixed_off(1000)), mode=TaxMode.EXCLUSIVE).lines
    assert len(lines[0].runs) > 1
    body = json.loads(json.dumps(lines_to_json(lines)))
    assert lines_from_json(body) == lines
    assert "parts" not in body["lines"][1]


@settings(max_examples=150, deadline=None)
@given(
    amount=st.integers(0, 100_000),
    quantity=st.integers(1, 9),
    off=st.integers(0, 100_000),
    share=st.sampled_from(["0", "7", "33.3", "100"]),
    rate=st.sampled_from(["0", "6", "13", "8.875"]),
    mode=st.sampled_from(TaxMode),
    parts=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 50)), min_size=1, max_size=6),
    given_weights=st.booleans(),
)
def test_the_parts_of_each_unit_add_up_to_it_and_are_shared_by_largest_remainder(
    amount: int,
    quantity: int,
    off: int,
    share: str,
    rate: str,
    mode: TaxMode,
    parts: list[tuple[int, int]],
    given_weights: bool,
) -> None:
    given_weights = given_weights and any(weight for _, weight in parts)
    of = bundle(
        amount,
        *(
            BundlePart(f"P{place}", number, weight=weight if given_weights else None)
            for place, (number, weight) in enumerate(parts)
        ),
    )
    goods = [product(f"P{place}", weight) for place, (_, weight) in enumerate(parts)]
    offers = (promotion("off", fixed_off(off or 1)), promotion("share", percent_off(share), priority=-1))
    line = price(cart(("SET", quantity)), snapshot((of, *goods), offers, channel(mode, rate=rate)), NOW).lines[0]
    flat = [weight for number, weight in parts for _ in range(number)]
    if not any(flat):
        flat = [1] * len(flat)
    units = [run for run in line.runs for _ in range(run.count)]
    for unit, of_parts in zip(units, written_out(line), strict=True):
        gross = [each[1] for each in of_parts]
        assert sum(gross) == unit.gross
        assert sum(each[2] for each in of_parts) == unit.tax
        assert gross == hamilton(unit.gross, flat)
        assert all(0 <= tax <= cost for _, cost, tax in of_parts)


# ------------------------------------------------------------------ what is not sold
def test_a_bundle_with_a_part_that_is_not_sold_is_refused_by_name() -> None:
    with pytest.raises(NotForSale) as refused:
        price(cart(("SOCKS", 1), ("SET", 1)), snapshot((bundle(100), PARTS[0], product("SOCKS", 1))), NOW)
    assert refused.value.pointer == "/lines/1/sku"
    assert refused.value.facts == {"sku": "SET", "part": 1, "part_sku": "CASE", "reason": "unknown_part"}


def test_lines_and_parts_together_are_limited() -> None:
    goods = [product(f"P{place}", 1) for place in range(20)]
    of = bundle(100, *(BundlePart(each.sku) for each in goods))
    shop = snapshot((of, *goods))
    assert len(price(cart(*[("SET", 1)] * 25), shop, NOW).lines) == 25
    with pytest.raises(OrdoError) as refused:
        price(cart(*[("SET", 1)] * 26), shop, NOW)
    assert refused.value.code is Code.TOO_MANY_LINES


def test_a_bundle_may_be_a_gift_and_is_not_given_when_a_part_is_not_sold() -> None:
    gift = promotion("gift", GiftReward("SET", 1))
    shop = snapshot((bundle(6800), *PARTS, product("SOCKS", 700)), (gift,))
    given_away = price(cart(("SOCKS", 1)), shop, NOW).lines[1]
    assert (given_away.gift_of, given_away.gross, given_away.units) == ("gift", 0, 4)
    assert all(share.gross == 0 for part in given_away.parts for share in part.shares[0])
    without = price(cart(("SOCKS", 1)), snapshot((bundle(6800), product("SOCKS", 700)), (gift,)), NOW)
    assert [each.reason for each in without.trace.not_applied] == ["gift_not_for_sale"]


def test_a_bundle_may_have_options_and_custom_choices_of_its_own() -> None:
    card = CustomChoice.of({"name": "card", "kind": "text", "label": {"en": "Card"}, "prices": {"cny": {"flat": 200}}})
    of = bundle(6800, options={"wrapping": ("red",)}, option_prices={"wrapping": {"red": {"cny": 500}}}, custom=(card,))
    wanted = cart(("SET", 1))
    (line,) = wanted.lines
    chosen = type(line)(line.line_id, line.sku, 1, {"wrapping": "red"}, {"card": 4})
    (sold,) = price(type(wanted)("web", "CNY", (chosen,)), snapshot((of, *PARTS)), NOW).lines
    assert (sold.price, sold.stock_sku) == (7500, "SET")
    assert sum(units for units, _, _ in (share for part in sold.parts for share in part.shares[0])) == 4


# ------------------------------------------------------------------ single parts that come back
def purchase(found: PricedCart, *offers: Promotion) -> Purchase:
    return Purchase(found, {(each.promotion_id, each.version): each for each in offers})


def part(number: int, quantity: int = 1, units: tuple[int, ...] = ()) -> RefundRequest:
    return RefundRequest((ReturnedLine("1", units=units, parts=(ReturnedPart(number, quantity),)),))


def test_a_part_refunds_its_share_and_the_rest_the_rest() -> None:
    bought = purchase(priced(bundle(6800)))
    case = preview_refund(bought, (), part(1))
    assert case.refund == 800
    (figure,) = case.figures
    assert [(each.start, each.count, each.part, each.quantity) for each in figure.parts_back] == [(0, 1, 1, 1)]
    assert (figure.units, figure.returned.gross, figure.returned.tax) == ((), 800, 92)
    rest = preview_refund(bought, (case,), RefundRequest((ReturnedLine("1", 1),)))
    assert rest.refund == 6000


def test_the_restocking_fee_is_of_parts_too() -> None:
    found = replace(priced(bundle(6800)), restocking_fee_percent="10")
    booking = preview_refund(purchase(found), (), part(1, 2))
    assert (booking.refund, booking.fee, booking.payout) == (1600, 160, 1440)


def test_parts_come_from_bundles_that_were_begun_first_and_the_last_makes_a_unit_of_them() -> None:
    bought = purchase(priced(bundle(6800), 2))
    booked: list[RefundBooking] = []
    for number, quantity in ((1, 2), (2, 1), (0, 1)):
        booked.append(preview_refund(bought, booked, part(number, quantity)))
    assert [each.refund for each in booked] == [1600, 400, 4800]
    assert [bool(each.figures[0].units) for each in booked] == [False, False, True]
    assert preview_refund(bought, booked, RefundRequest((ReturnedLine("1", 1),))).refund == 6800


def test_more_of_a_part_than_one_bundle_has_goes_on_to_the_next() -> None:
    bought = purchase(priced(bundle(6800), 3, rate="0"))
    booking = preview_refund(bought, (), part(1, 5))
    assert booking.refund == 4000
    assert [(each.start, each.count, each.quantity) for each in booking.figures[0].parts_back] == [(0, 2, 2), (2, 1, 1)]


def test_parts_of_named_units() -> None:
    bought = purchase(priced(bundle(6800), 3))
    booking = preview_refund(bought, (), part(1, 1, units=(2, 0)))
    assert booking.refund == 1600
    assert [each.start for each in booking.figures[0].parts_back] == [0, 2]
    with pytest.raises(RefundExceedsPaid) as refused:
        preview_refund(bought, (booking,), part(1, 2, units=(0,)))
    assert refused.value.pointer == "/lines/0/parts/0/quantity"
    assert refused.value.facts == {"line_id": "1", "part": 1, "kept": 1, "unit": 0}


@pytest.mark.parametrize(
    ("line", "number", "quantity", "error"),
    [("1", 3, 1, UnknownPart), ("2", 0, 1, UnknownPart), ("1", 1, 3, RefundExceedsPaid)],
)
def test_what_is_not_a_part_or_not_with_the_customer_is_refused(
    line: str, number: int, quantity: int, error: type[OrdoError]
) -> None:
    bought = purchase(priced(bundle(6800)))
    wanted = RefundRequest((ReturnedLine(line, parts=(ReturnedPart(number, quantity),)),))
    with pytest.raises(error) as refused:
        preview_refund(bought, (), wanted)
    assert (refused.value.pointer or "").startswith("/lines/0/parts/0/")


def test_a_part_is_worth_no_more_than_was_left_of_its_bundle_after_a_grant() -> None:
    bought = purchase(priced(bundle(6800)))
    granted = preview_refund(bought, (), RefundRequest(grants=(Grant("1", 6500, 0),)))
    case = preview_refund(bought, (granted,), part(1))
    assert (granted.refund, case.refund) == (6500, 300)
    last = preview_refund(bought, (granted, case), RefundRequest((ReturnedLine("1", 1),)))
    assert last.refund == 0
    assert sum(each.figures[0].total.tax for each in (granted, case, last)) == set_line(bought.priced).tax


def test_the_rest_of_a_bundle_is_not_priced_again_until_its_last_part_comes_back() -> None:
    sale = promotion("100-off-8000", off_from(8000, 1000), returns=ReturnPolicy(OnReturn.CLAW_BACK))
    bought = purchase(priced(bundle(6800), 1, sale), sale)
    assert bought.priced.totals.total == 8200 - 1000
    shares = [line_share[1] for line_share in written_out(set_line(bought.priced))[0]]
    first = preview_refund(bought, (), part(0))
    assert (first.refund, first.clawed_back[0].before) == (shares[0], first.clawed_back[0].now)
    second = preview_refund(bought, (first,), part(1, 2))
    assert second.refund == shares[1] + shares[2]
    last = preview_refund(bought, (first, second), part(2))
    assert first.refund + second.refund + last.refund - last.charge == bought.priced.totals.total - 1400


def test_a_promotion_that_forbids_partial_returns_forbids_single_parts() -> None:
    sale = promotion("sale", percent_off("10"), returns=ReturnPolicy(OnReturn.FORBID_PARTIAL))
    bought = purchase(priced(bundle(6800), 1, sale), sale)
    with pytest.raises(PartialReturnForbidden):
        preview_refund(bought, (), part(1))
    assert preview_refund(bought, (), return_everything(bought, ())).refund == bought.priced.totals.total


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    amount=st.integers(1, 50_000),
    quantity=st.integers(1, 5),
    mode=st.sampled_from(TaxMode),
    returns=st.sampled_from([None, ReturnPolicy(), ReturnPolicy(OnReturn.CLAW_BACK)]),
)
def test_a_line_that_comes_back_part_by_part_in_any_order_refunds_exactly_the_line(
    seed: int, amount: int, quantity: int, mode: TaxMode, returns: ReturnPolicy | None
) -> None:
    random = Random(seed)
    offers = (
        ()
        if returns is None
        else (
            promotion("nth", NthReward(2, PercentOff(percent("37"))), returns=returns, skus=frozenset({"SET"})),
            promotion("tenth", LinesReward(PercentOff(percent("10"))), priority=-1, skus=frozenset({"SET"})),
        )
    )
    bought = purchase(priced(bundle(amount), quantity, *offers, mode=mode), *offers)
    line = set_line(bought.priced)
    numbers = [number for number, each in enumerate(line.parts) for _ in range(each.quantity)]
    pieces = [(unit, number) for unit in range(quantity) for number in numbers]
    random.shuffle(pieces)
    shares = [iter_shares(line, unit) for unit in range(quantity)]
    booked: list[RefundBooking] = []
    for unit, number in pieces:
        booking = preview_refund(bought, booked, part(number, 1, units=(unit,)))
        if returns is None or returns.kind is OnReturn.KEEP:
            gross, tax = shares[unit][number].pop(0)
            returned = booking.figures[0].returned
            assert (booking.refund, returned.gross, returned.tax) == (gross, gross, tax)
        booked.append(booking)
    figures = [each for booking in booked for each in booking.figures if each.figure_id == "1"]
    assert sum(each.total.gross for each in figures) == line.gross
    assert sum(each.total.tax for each in figures) == line.tax
    with pytest.raises(RefundExceedsPaid):
        preview_refund(bought, booked, part(0))


def iter_shares(line: PricedLine, unit: int) -> dict[int, list[tuple[int, int]]]:
    """By part what its units cost in one bundle, in their order."""
    found: dict[int, list[tuple[int, int]]] = {}
    for number, gross, tax in written_out(line)[unit]:
        found.setdefault(number, []).append((gross, tax))
    return found


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32), amount=st.integers(1, 20_000), quantity=st.integers(1, 4))
def test_parts_units_and_grants_in_any_order_never_refund_more_than_a_bundle_cost(
    seed: int, amount: int, quantity: int
) -> None:
    """Against a customer who writes down what each bundle is still worth, unit by unit."""
    random = Random(seed)
    bought = purchase(priced(bundle(amount), quantity))
    line = set_line(bought.priced)
    left = [sum(each[1] for each in unit) for unit in written_out(line)]
    shares = [iter_shares(line, unit) for unit in range(quantity)]
    here = set(range(quantity))
    booked: list[RefundBooking] = []
    while here:
        unit = random.choice(sorted(here))
        numbers = [number for number, each in shares[unit].items() if each]
        step = random.choice(["part", "part", "part", "grant", "whole"])
        if step == "grant":
            worth = random.randint(0, left[unit])
            if not worth:
                continue
            request = RefundRequest(grants=(Grant("1", worth, unit),))
        elif step == "part":
            number = random.choice(numbers)
            request, worth = part(number, 1, units=(unit,)), min(left[unit], shares[unit][number].pop(0)[0])
        else:
            request, worth = RefundRequest((ReturnedLine("1", units=(unit,)),)), left[unit]
        booking = preview_refund(bought, booked, request)
        assert (booking.refund, booking.charge, booking.carried) == (worth, 0, 0)
        booked.append(booking)
        left[unit] -= worth
        if step == "whole" or not any(shares[unit].values()):
            here.remove(unit)
    figures = [each for booking in booked for each in booking.figures if each.figure_id == "1"]
    assert sum(each.total.gross for each in figures) == line.gross
    assert sum(each.total.tax for each in figures) == line.tax
