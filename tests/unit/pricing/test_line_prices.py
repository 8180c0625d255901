"""What one unit sells for, by which price list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.custom import CustomChoice, CustomKind, CustomPrice
from ordo.catalog.model import Product, State
from ordo.catalog.options import choose
from ordo.catalog.price_lists import PriceList, PriceListState
from ordo.catalog.prices import PriceEntry
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.money import MAX_AMOUNT
from ordo.pricing.errors import NotForSale
from ordo.pricing.prices import LinePrice, applicable_lists, line_price

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEB = ChannelPolicy("web", {"CNY": "usual", "JPY": "yen", "KWD": "dinar"})
NAME = {"en": "Name", "zh": "名"}


def price_list(price_list_id: str, **more: Any) -> PriceList:
    return PriceList(price_list_id, NAME, **{"currency": "CNY", "channels": frozenset({"web"}), **more})


def offered(*lists: PriceList, segment: str | None = None, currency: str = "CNY") -> tuple[str, ...]:
    return applicable_lists(lists, WEB, currency, segment, NOW)


def product(prices: Any, **more: Any) -> Product:
    return Product("P", NAME, prices, **more)


def unit(
    sold: Product, lists: tuple[str, ...] = ("usual",), quantity: int = 1, custom: Any = None, **options: str
) -> LinePrice:
    return line_price(sold, choose(sold, options, "/lines/0/options"), quantity, lists, "/lines/0", custom or {})


def test_the_usual_list_of_the_channel_is_the_last_whatever_its_priority() -> None:
    assert offered() == ("usual",)
    assert offered(price_list("usual", priority=9), price_list("b"), price_list("a")) == ("a", "b", "usual")
    assert offered(price_list("a"), price_list("b", priority=1)) == ("b", "a", "usual")
    assert offered(price_list("usual", state=PriceListState.ENDED)) == ("usual",)
    assert offered(price_list("members", currency="JPY"), currency="JPY") == ("members", "yen")


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "JPY"},
        {"state": PriceListState.DRAFT},
        {"state": PriceListState.PAUSED},
        {"state": PriceListState.ENDED},
        {"channels": frozenset({"app"})},
        {"channels": frozenset()},
        {"segments": frozenset({"staff"})},
        {"valid_from": NOW + HOUR},
        {"valid_to": NOW},
    ],
)
def test_a_list_for_others_or_of_another_time_is_not_offered(wrong: dict[str, Any]) -> None:
    assert offered(price_list("a", valid_from=NOW, valid_to=NOW + HOUR), segment="vip") == ("a", "usual")
    assert offered(price_list("a", **wrong), segment="vip") == ("usual",)


def test_a_list_for_a_segment_is_for_its_buyers_in_every_channel_unless_it_names_some() -> None:
    members = price_list("members", channels=frozenset(), segments=frozenset({"vip", "staff"}))
    assert offered(members, segment="vip") == ("members", "usual")
    assert offered(members, segment="new") == offered(members) == ("usual",)


def test_a_currency_that_the_channel_does_not_name_is_refused_although_a_list_has_it() -> None:
    with pytest.raises(UnknownCurrency) as refused:
        offered(price_list("dollars", currency="USD"), currency="USD")
    assert refused.value.pointer == "/currency"


def test_a_plain_number_is_the_price_and_all_that_is_known() -> None:
    assert unit(product({"usual": 1000})) == LinePrice(1000, 1000, 0, None, "usual", False)


def test_an_entry_has_list_price_cost_and_minimum() -> None:
    entry = PriceEntry(900, list_price=1200, cost=400, minimum_price=500)
    assert unit(product({"usual": entry})) == LinePrice(1200, 900, 500, 400, "usual", True)


def test_the_first_list_that_prices_the_product_counts() -> None:
    sold = product({"usual": 1000, "b": 800})
    assert unit(sold, ("a", "b", "usual"))[1::3] == (800, "b")
    assert unit(sold, ("a", "usual"))[1::3] == (1000, "usual")


def phone() -> Product:
    body = {
        "name": NAME,
        "options": [
            {"axis": "memory", "values": ["128", "256", "512"]},
            {"axis": "colour", "values": ["black", "red"]},
        ],
        "variants": [
            {"sku": f"P-{memory}", "options": {"memory": memory}, "prices": prices}
            for memory, prices in {"128": {}, "256": {"usual": 1500}, "512": {"b": 1900}}.items()
        ],
        "prices": {"usual": {"price": 1000, "cost": 300}, "a": 700},
        "option_prices": {"colour": {"red": {"usual": 50, "b": -20}}, "memory": {"512": {"usual": 7}}},
    }
    return Product.of("P", body, 1)


def test_a_variants_own_entry_replaces_the_products_with_all_that_it_says() -> None:
    sold = phone()
    assert unit(sold, memory="128", colour="black")[1:4] == (1000, 0, 300)
    assert unit(sold, memory="256", colour="black")[1:4] == (1500, 0, None)
    assert unit(sold, ("b", "usual"), memory="512", colour="black")[1::3] == (1907, "b")


def test_options_add_what_the_same_list_says_else_the_next_one_that_says_something() -> None:
    sold = phone()
    assert unit(sold, ("b", "usual"), memory="128", colour="red").price == 1050
    assert unit(sold, ("b", "usual"), memory="512", colour="red").price == 1900 - 20 + 7
    assert unit(sold, ("a", "usual"), memory="128", colour="red").price == 750


def test_a_price_by_quantity_is_for_every_unit_from_that_quantity_on() -> None:
    sold = product({"usual": PriceEntry(1000, breaks=((3, 900), (10, 750)))})
    assert [unit(sold, quantity=bought).price for bought in (1, 2, 3, 9, 10, 10**6)] == [1000, 1000, 900, 900, 750, 750]
    many = unit(sold, quantity=10)
    assert (many.list_price, many.on_sale) == (1000, False)


def test_a_break_that_is_dearer_raises_what_it_is_compared_with() -> None:
    assert unit(product({"usual": PriceEntry(10, breaks=((2, 12),))}), quantity=2)[:2] == (12, 12)


def engraved(**more: Any) -> Product:
    text = CustomChoice("text", CustomKind.TEXT, NAME, prices={"usual": CustomPrice(200, 10), "a": CustomPrice(1)})
    length = CustomChoice("length", CustomKind.NUMBER, NAME, prices={"usual": CustomPrice(0, 3)})
    return product({"usual": PriceEntry(1000, 1100, minimum_price=950), "a": 500}, custom=(text, length), **more)


def test_custom_choices_cost_once_and_by_measure() -> None:
    assert unit(engraved()).price == 1000
    made = unit(engraved(), custom={"text": 5, "length": 40})
    assert (made.list_price, made.price, made.minimum_price) == (1100 + 370, 1000 + 370, 950)
    assert unit(engraved(), ("a", "usual"), custom={"text": 5, "length": 40}).price == 500 + 1 + 120


def test_options_never_take_a_price_below_zero_nor_leave_the_minimum_above_it() -> None:
    cheap = {"axis": {"no": {"usual": -5000}, "some": {"usual": -100}}}
    sold = engraved(options={"axis": ("no", "some")}, option_prices=cheap)
    assert unit(sold, axis="no")[:3] == (0, 0, 0)
    assert unit(sold, axis="some")[:3] == (1000, 900, 900)


def test_what_has_no_price_here_or_is_not_active_is_not_for_sale() -> None:
    for sold in (product({"yen": 1}), product({"usual": 1}, state=State.INACTIVE)):
        with pytest.raises(NotForSale) as refused:
            unit(sold)
        assert (refused.value.pointer, refused.value.facts) == ("/lines/0/sku", {"sku": "P"})


def test_what_custom_choices_make_too_dear_to_count_is_not_for_sale() -> None:
    choice = CustomChoice("length", CustomKind.NUMBER, NAME, prices={"usual": CustomPrice(0, MAX_AMOUNT)})
    sold = product({"usual": 0}, custom=(choice,))
    assert unit(sold, custom={"length": 1}).price == MAX_AMOUNT
    with pytest.raises(NotForSale):
        unit(sold, custom={"length": 2})


@pytest.mark.parametrize(("currency", "usual"), [("JPY", "yen"), ("KWD", "dinar")])
def test_amounts_are_minor_units_of_whatever_currency(currency: str, usual: str) -> None:
    lists = applicable_lists((), WEB, currency, None, NOW)
    assert (
        unit(product({"usual": 1, "yen": 1500, "dinar": 12_345}), lists).price == {"yen": 1500, "dinar": 12_345}[usual]
    )


AMOUNTS = st.integers(0, 2000)
ENTRIES = st.one_of(
    AMOUNTS,
    st.builds(
        PriceEntry,
        price=AMOUNTS,
        list_price=st.none() | st.integers(2000, 4000),
        cost=st.none() | AMOUNTS,
        minimum_price=AMOUNTS,
        breaks=st.dictionaries(st.integers(2, 30), AMOUNTS, max_size=4).map(lambda each: tuple(sorted(each.items()))),
    ),
)
LISTS = st.permutations(["a", "b", "usual"]).map(tuple)


@given(
    st.dictionaries(st.sampled_from("abx"), ENTRIES),
    ENTRIES,
    st.dictionaries(st.sampled_from(["a", "b", "usual"]), st.integers(-3000, 3000)),
    LISTS,
    st.integers(1, 40),
)
def test_the_price_is_that_of_the_first_list_with_everything_added(
    more: dict[str, Any], usual: Any, added: dict[str, int], lists: tuple[str, ...], quantity: int
) -> None:
    prices = {**more, "usual": usual}
    sold = product(prices, options={"axis": ("on",)}, option_prices={"axis": {"on": added}})
    found = unit(sold, lists, quantity, axis="on")
    counted = next(name for name in lists if name in prices)
    rest = lists[lists.index(counted) :]
    plus = next((added[name] for name in rest if name in added), 0)
    entry = prices[counted]
    steps = [] if isinstance(entry, int) else [price for least, price in entry.breaks if least <= quantity]
    base = steps[-1] if steps else entry if isinstance(entry, int) else entry.price
    assert (found.price_list, found.price) == (counted, max(0, base + plus))
    assert 0 <= found.minimum_price <= found.price <= found.list_price
    compared = None if isinstance(entry, int) else entry.list_price
    if compared is not None:
        assert found.list_price == max(0, found.price, compared + plus)
    assert found.on_sale is (compared is not None and not isinstance(entry, int) and entry.price < compared)
