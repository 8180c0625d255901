"""Quotes over the API: the price that the placement of the same cart has, explained, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.orders import answers
from tests.support.shop import must, order_body, place, quote_body, sell
from tests.support.world import Answer, Client, World

pytestmark = pytest.mark.moto

SHIRT = ("SHIRT-LINEN", 1, {"size": "M"})
BUDS = ("AURORA-BUDS", 2, {"colour": "blue"})
PRICE_PARTS = ("totals", "lines", "charges", "tax_rates")


def ask(world: World, body: dict[str, Any], *scopes: str) -> Answer:
    return world.call("POST", "/v1/quotes", body, client=Client(scopes=("prices:read", *scopes)))


def quoted(world: World, body: dict[str, Any] | None = None, *scopes: str) -> Any:
    return must(ask(world, body or quote_body(), *scopes))


def put_promotion(world: World, promotion_id: str, reward: dict[str, Any], **more: Any) -> None:
    name = {"en": promotion_id, "zh": promotion_id}
    must(world.call("PUT", f"/v1/promotions/{promotion_id}", {"name": name, "reward": reward, **more}))


def change_channel(world: World, **changes: Any) -> None:
    present = must(world.call("GET", "/v1/channels/web"))
    for gone in [name for name, value in changes.items() if value is None]:
        present.pop(gone)
        changes.pop(gone)
    must(world.call("PUT", "/v1/channels/web", present | changes))


def a_rich_shop(world: World) -> None:
    """Methods, surcharges, taxes by region, members' prices, a first order, a gift, staff that may give discounts."""
    change_channel(
        world,
        shipping=None,
        shipping_methods=[
            {"method_id": "post", "name": {"en": "Post"}, "rates": {"CNY": {"flat": 1200, "free_from": 90000}}},
            {"method_id": "air", "name": {"en": "Air"}, "rates": {"CNY": {"flat": 3000}}},
        ],
        surcharges=[{"surcharge_id": "small", "name": {"en": "Small"}, "amounts": {"CNY": 500}}],
        manual_limit_percent="20",
    )
    sell(world, "MUG", {"hangzhou": 500}, price=1999)
    put_promotion(world, "first", {"type": "percent", "percent": "5"}, first_order_only=True)
    put_promotion(world, "vip", {"type": "percent", "percent": "3"}, segments=["retail"])
    put_promotion(world, "mug", {"type": "gift", "sku": "MUG"}, conditions=[{"type": "quantity", "at_least": 2}])


# ---------------------------------------------------------------- as the placement
@pytest.mark.parametrize(
    ("lines", "changes"),
    [
        ((), {}),
        ((SHIRT,), {}),
        ((SHIRT, BUDS), {"coupons": ["audio10 "]}),
        ((BUDS,), {"shipping_method": "air"}),
        ((SHIRT, SHIRT, ("MUG", 3, {})), {"customer": {"customer_id": "c-1001", "name": "X", "phone": "13800000000"}}),
        ((SHIRT,), {"customer": {"name": "X", "phone": "13800000000"}}),
        (
            (SHIRT, BUDS),
            {
                "manual_discounts": [
                    {"line_id": "1", "percent": "10", "reason": "a scratch"},
                    {"amount": 700, "reason": "a friend", "includes_shipping": True},
                ]
            },
        ),
    ],
    ids=["tees", "shirt", "coupon", "method", "known", "unknown", "staff"],
)
def test_a_quote_is_what_placing_the_same_cart_answers(
    world: World, lines: tuple[Any, ...], changes: dict[str, Any]
) -> None:
    a_rich_shop(world)
    body = order_body(*lines, **changes)
    quote = quoted(world, quote_body(*lines, **changes), "prices:override")
    order = place(world, body)
    assert {part: quote[part] for part in PRICE_PARTS} == {part: order[part] for part in PRICE_PARTS}
    assert ids(quote["trace"]["applied"]) == ids(order["price"]["applied"])
    reasons = [(each["promotion_id"], each["reason"]) for each in quote["trace"]["not_applied"]]
    assert reasons == [(each["promotion_id"], each["reason"]) for each in order["price"]["not_applied"]]
    again = quoted(world, quote_body(*lines, **changes), "prices:override")
    first = "first" in ids(quote["trace"]["applied"])
    assert (again["totals"] == quote["totals"]) is not first, "only the first order changes what the next one costs"


def ids(applied: list[dict[str, Any]]) -> list[str]:
    return [each["promotion_id"] for each in applied]


def test_a_gift_that_is_out_of_stock_is_priced_away_as_the_placement_does(world: World) -> None:
    a_rich_shop(world)
    put_promotion(world, "mug", {"type": "gift", "sku": "MUG"})
    sell(world, "LAST", {"hangzhou": 1})
    put_promotion(world, "last", {"type": "gift", "sku": "LAST", "substitutes": ["MUG"]})
    place(world, order_body(("LAST", 1, {})))
    quote = quoted(world, quote_body(SHIRT))
    assert [(line["sku"], line["gift_of"]) for line in quote["lines"]][1:] == [("MUG", "last"), ("MUG", "mug")]
    assert quote["lines"] == place(world, order_body(SHIRT))["lines"]


def test_a_gift_that_must_be_there_refuses_the_cart_with_what_is_missing(world: World) -> None:
    sell(world, "GONE", {})
    put_promotion(world, "gone", {"type": "gift", "sku": "GONE", "out_of_stock": "refuse"})
    answer = ask(world, quote_body())
    assert (answer.status, answer.code) == (409, "out_of_stock")
    assert answer.body["facts"] == {"promotion_id": "gone", "sku": "GONE"}


def test_nothing_is_written(world: World) -> None:
    a_rich_shop(world)
    with world.record() as calls:
        quoted(world)
    assert {call.operation for call in calls} <= {"BatchGetItem", "Query"}


# ---------------------------------------------------------------- what it tells
def test_what_is_missing_is_told_as_a_shop_can_say_it(world: World) -> None:
    (told,) = [
        each
        for each in quoted(world, quote_body(("TEE-WHITE", 2, {"size": "M"})))["trace"]["not_applied"]
        if each["promotion_id"] == "garments-300-50"
    ]
    assert told["missing"] == {"amount": 10000, "currency": "CNY"}
    assert told["text"] == {
        "en": "100.00 more for: Garments: 50 off 300",
        "zh": "再买100.00元享：服饰满300减50",
    }


def test_ways_to_ship_are_offered_with_their_totals(world: World) -> None:
    a_rich_shop(world)
    methods = quoted(world, quote_body(SHIRT, shipping_method="air"))["shipping_methods"]
    assert [(each["method_id"], each["gross"]["amount"], each["chosen"]) for each in methods] == [
        ("post", 1200, False),
        ("air", 3000, True),
    ]
    assert methods[1]["total"]["amount"] - methods[0]["total"]["amount"] == 1800


def test_an_unknown_way_to_ship_is_refused_with_those_there_are(world: World) -> None:
    a_rich_shop(world)
    answer = ask(world, quote_body(SHIRT, shipping_method="camel"))
    assert (answer.status, answer.code) == (422, "unknown_shipping_method")
    assert answer.body["facts"]["offered"] == ["post", "air"]


def test_a_price_is_told_to_hold_until_the_first_of_what_it_hangs_on_ends(world: World) -> None:
    assert quoted(world)["valid_until"] is None
    put_promotion(world, "today", {"type": "percent", "percent": "5"}, valid_to="2026-03-03T00:00:00+08:00")
    quote = quoted(world)
    assert quote["valid_until"] is None, "the catalogue was read before"
    world.clock.advance(minutes=1)
    quote = quoted(world)
    assert (quote["valid_until"], quote["quoted_at"][:16]) == ("2026-03-02T16:00:00.000Z", "2026-03-02T08:01")


def test_costs_and_margins_are_for_keys_that_may_see_them(world: World) -> None:
    plain = quoted(world, quote_body(SHIRT, ("SOCKS-3", 1, {})))
    assert (plain["margin"], [line["cost"] for line in plain["lines"]]) == (None, [None, None])
    told = quoted(world, quote_body(SHIRT, ("SOCKS-3", 1, {})), "prices:cost")
    cost = told["lines"][0]["cost"]["amount"]
    assert cost > 0
    assert told["margin"]["margin"]["amount"] == told["lines"][0]["net"]["amount"] - cost
    assert told["margin"]["unknown_lines"] == ["2"]


def test_a_cart_without_an_address_has_a_price_too(world: World) -> None:
    body = quote_body(ship_to={})
    assert quoted(world, body)["totals"]["total"]["amount"] == 25000


# ---------------------------------------------------------------- coupons
def test_a_limited_coupon_tells_what_is_left_and_is_refused_when_it_is_used_up(world: World) -> None:
    limits = {"promotion_id": "audio-10", "total_limit": 2, "per_customer_limit": 1}
    must(world.call("PUT", "/v1/coupons/FEW", limits))
    bought = order_body(BUDS, coupons=["few"])
    asked = quote_body(BUDS, coupons=["few"])
    assert quoted(world, asked)["coupons"] == [
        {
            "code": "FEW",
            "promotion_id": "audio-10",
            "applied": True,
            "left": 2,
            "used_by_customer": 0,
            "per_customer_limit": 1,
        }
    ]
    place(world, bought)
    mine = ask(world, asked)
    assert (mine.status, mine.code, mine.body["pointer"]) == (409, "coupon_used_up", "/coupons/0")
    assert mine.body == world.call("POST", "/v1/orders", bought, key="again").body
    other = {**asked, "customer": {"customer_id": "c-2"}}
    assert quoted(world, other)["coupons"][0]["left"] == 1
    place(world, {**bought, "customer": {**bought["customer"], "customer_id": "c-3"}})
    assert ask(world, other).body["facts"] == {"coupon": "few", "reason": "total"}


def test_a_coupon_without_effect_is_told_and_takes_nothing(world: World) -> None:
    coupon = quoted(world, quote_body(coupons=["AUDIO10"]))["coupons"][0]
    assert (coupon["code"], coupon["applied"], coupon["left"]) == ("AUDIO10", False, None)


# ---------------------------------------------------------------- who may, and what is refused
def test_a_key_for_prices_need_not_be_able_to_place_orders(world: World) -> None:
    refused = world.call("POST", "/v1/quotes", quote_body(), client=Client(scopes=("orders:write",)))
    assert (refused.status, refused.body["facts"]) == (403, {"scope": "prices:read"})
    assert ask(world, quote_body()).status == 200


def test_discounts_by_staff_need_their_scope(world: World) -> None:
    body = quote_body(manual_discounts=[{"amount": 1, "reason": "x"}])
    refused = ask(world, body)
    assert (refused.status, refused.body["facts"]) == (403, {"scope": "prices:override"})
    assert ask(world, body, "prices:override").code == "discount_not_allowed", "the channel allows none"


def test_a_channel_that_the_key_is_not_bound_to_is_refused(world: World) -> None:
    client = Client(channels=("pos",), scopes=("prices:read",))
    refused = world.call("POST", "/v1/quotes", quote_body(), client=client)
    assert (refused.status, refused.code, refused.body["pointer"]) == (403, "channel_not_allowed", "/channel")


@pytest.mark.parametrize(
    ("custom", "code", "pointer"),
    [
        ({"engraving": 7}, "invalid_option", "/lines/0/custom/engraving"),
        ({"engraving": "much too long for it"}, "invalid_option", "/lines/0/custom/engraving"),
        ({"colour": "red"}, "invalid_option", "/lines/0/custom/colour"),
    ],
)
def test_custom_choices_are_checked_with_their_texts(
    world: World, custom: dict[str, Any], code: str, pointer: str
) -> None:
    body = quote_body(BUDS)
    body["lines"][0]["custom"] = custom
    refused = ask(world, body)
    assert (refused.status, refused.code, refused.body["pointer"]) == (422, code, pointer)


def test_a_text_is_checked_against_its_pattern_and_never_repeated(world: World) -> None:
    present = must(world.call("GET", "/v1/products/AURORA-BUDS"))
    present["custom"][0]["pattern"] = "[A-Z]*"
    must(world.call("PUT", "/v1/products/AURORA-BUDS", present))
    world.clock.advance(minutes=1)
    body = quote_body(BUDS)
    body["lines"][0]["custom"] = {"engraving": "EVE"}
    assert quoted(world, body)["lines"][0]["custom"] == {"engraving": 3}
    body["lines"][0]["custom"] = {"engraving": "eve"}
    refused = ask(world, body)
    assert (refused.status, refused.body["pointer"]) == (422, "/lines/0/custom/engraving")
    assert "eve" not in str(refused.body)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ship_to": {"country": "CN", "line1": "Street 1"}}, "/ship_to/line1"),
        ({"customer": {"name": "X"}}, "/customer/name"),
        ({"lines": []}, "/lines"),
        ({"manual_discounts": [{"line_id": "9", "amount": 1, "reason": "x"}]}, ""),
    ],
)
def test_what_is_personal_or_makes_no_cart_is_refused(world: World, changes: dict[str, Any], pointer: str) -> None:
    refused = ask(world, quote_body() | changes, "prices:override")
    assert (refused.status, refused.body["pointer"]) == (422, pointer)


def test_an_order_shows_costs_only_to_keys_that_may_see_them(world: World) -> None:
    order = place(world, order_body(SHIRT))
    path = f"/v1/orders/{order['order_id']}"
    plain = must(world.call("GET", path, client=Client(scopes=("orders:read",))))
    assert plain["lines"][0]["cost"] is None
    told = must(world.call("GET", path, client=Client(scopes=("orders:read", "prices:cost"))))
    assert told["lines"][0]["cost"]["amount"] > 0
    assert told["lines"][0]["margin"]["amount"] < told["lines"][0]["net"]["amount"]


def test_an_order_shows_why_staff_gave_a_discount_only_to_keys_that_could_give_it(world: World) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", channel | {"manual_limit_percent": "20"}))
    world.clock.advance(minutes=1)
    body = order_body(manual_discounts=[{"amount": 100, "reason": "a complaint"}])
    order = place(world, body, key="by-staff")
    assert place(world, body, key="by-staff") == order
    path = f"/v1/orders/{order['order_id']}"

    def shown(*scopes: str) -> dict[str, Any]:
        answer = must(world.call("GET", path, client=Client(scopes=("orders:read", *scopes))))
        return {each["promotion_id"]: each for each in answer["price"]["applied"]}

    assert shown("prices:override")["@manual-1"]["reason"] == "a complaint"
    plain = shown("prices:cost")
    assert plain["@manual-1"]["amount"] == 100
    assert "reason" not in plain["@manual-1"]
    assert [each["promotion_id"] for each in order["price"]["applied"]] == list(plain)
    assert order["price"]["applied"][-1]["reason"] == "a complaint", "who gave it is told"


def test_a_cart_whose_answer_would_be_too_long_is_refused_by_quote_and_placement_alike(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_PRICE_BYTES", 1_000)
    for refused in (ask(world, quote_body()), world.call("POST", "/v1/orders", order_body(SHIRT, BUDS), key="long")):
        assert (refused.status, refused.code, refused.body["pointer"]) == (422, "too_many_lines", "/lines")
        assert refused.body["facts"]["limit_bytes"] == 1_000
