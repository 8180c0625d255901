"""Promotions tried on carts over the API: what each gains, what margin is left, and nothing stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.errors import Code, OrdoError
from ordo.pricing.simulation_schemas import SimulationRequest
from ordo.pricing.simulations import BUDGET_S, Simulating
from tests.support.shop import must, order_body, place, quote_body, sell
from tests.support.timing import START
from tests.support.world import Answer, Client, World
from tools.quoting import NoOrders, load_catalog
from tools.seed import read_shop

pytestmark = pytest.mark.moto

SALE = "garments-300-50"
DRAFT: dict[str, Any] = {
    "name": {"en": "20 % off", "zh": "八折"},
    "reward": {"type": "percent", "percent": "20"},
    "channels": ["web"],
}
SOCKS_LINE: tuple[str, int, dict[str, str]] = ("SOCKS-3", 1, {})
TEES, SOCKS = quote_body(), quote_body(SOCKS_LINE)


def ask(
    world: World, promotion: str, body: dict[str, Any], *scopes: str, channels: tuple[str, ...] = ("web",)
) -> Answer:
    client = Client(channels=channels, scopes=("catalog:read", *scopes))
    return world.call("POST", f"/v1/promotions/{promotion}/simulate", body, client=client)


def tried(world: World, *carts: dict[str, Any], promotion: str = SALE, scopes: tuple[str, ...] = ()) -> Any:
    return must(ask(world, promotion, {"carts": list(carts)}, *scopes))


def amounts(told: dict[str, Any], *names: str) -> list[int]:
    return [told[name]["amount"] for name in names]


def test_each_cart_tells_what_it_gains_or_what_is_missing(world: World) -> None:
    told = tried(world, TEES, SOCKS)
    assert (told["promotion_id"], told["version"], told["is_draft"], told["warnings"]) == (SALE, 1, False, [])
    tees, socks = told["carts"]
    assert amounts(tees, "total_before", "total_after", "gain") == [30000, 25000, 5000]
    assert (tees["applied"]["promotion_id"], tees["not_applied"]) == (SALE, None)
    assert [(line["line_id"], *amounts(line, "gain", "given")) for line in tees["lines"]] == [("1", 5000, 5000)]
    assert amounts(socks, "gain") == [0]
    assert socks["not_applied"]["missing"]["amount"] == 30000 - 7499
    assert socks["not_applied"]["text"]["zh"] == "再买225.01元享：服饰满300减50"
    (everything,) = told["sums"]
    assert amounts(everything, "total_before", "total_after", "gain") == [37499, 32499, 5000]
    assert (everything["carts"], everything["applied"], everything["margin_after"]) == (2, 1, None)


def test_margins_are_for_keys_that_may_see_them(world: World) -> None:
    told = tried(world, TEES, scopes=("prices:cost",))
    (cart,), (everything,) = told["carts"], told["sums"]
    assert amounts(cart["margin_before"], "cost") == amounts(cart["margin_after"], "cost") == [9600]
    lost = everything["margin_before"]["amount"] - everything["margin_after"]["amount"]
    assert lost == cart["margin_before"]["net"]["amount"] - cart["margin_after"]["net"]["amount"] == 4425
    assert tried(world, TEES)["carts"][0]["margin_after"] is None


def test_a_draft_is_tried_in_place_of_what_is_stored_and_is_not_kept(world: World) -> None:
    told = must(ask(world, SALE, {"carts": [TEES], "promotion": DRAFT}))
    assert (told["version"], told["is_draft"]) == (2, True)
    assert amounts(told["carts"][0], "total_before", "total_after") == [30000, 24000]
    assert must(world.call("GET", f"/v1/promotions/{SALE}"))["version"] == 1
    assert must(ask(world, "brand-new", {"carts": [TEES], "promotion": DRAFT}))["version"] == 1
    assert world.call("GET", "/v1/promotions/brand-new").status == 404


def test_a_draft_shows_the_warnings_that_its_put_would(world: World) -> None:
    draft = DRAFT | {"scope": {"skus": ["NOBODY-SELLS-THIS"]}}
    told = must(ask(world, "brand-new", {"carts": [TEES], "promotion": draft}))["warnings"]
    assert told
    assert told == must(world.call("PUT", "/v1/promotions/brand-new", draft))["warnings"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"channels": ["nowhere"]}, "/promotion/channels/0"),
        ({"promotion_id": "another"}, "/promotion/promotion_id"),
        ({"reward": {"type": "gift", "sku": "NONE"}}, "/promotion/reward/sku"),
        ({"reward": {"type": "percent", "percent": "200"}}, "/promotion/reward/percent"),
        ({"group": "one", "exclusive": True}, "/promotion/group"),
    ],
)
def test_a_draft_that_no_put_would_take_is_refused_with_a_pointer_into_it(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    refused = ask(world, "brand-new", {"carts": [TEES], "promotion": DRAFT | change})
    assert (refused.status, refused.body["pointer"]) == (422, pointer)


def test_a_promotion_by_coupon_or_of_another_time_is_tried_unless_its_validity_is_to_be_respected(world: World) -> None:
    buds = quote_body(("AURORA-BUDS", 1, {"colour": "blue"}), coupons=["AUDIO10"])
    assert amounts(tried(world, buds, promotion="audio-10")["carts"][0], "gain") == [6990]
    assert amounts(tried(world, buds | {"coupons": []}, promotion="audio-10")["carts"][0], "gain") == [6990]
    paused = DRAFT | {"state": "paused", "valid_from": "2030-01-01T00:00:00Z"}
    told = must(ask(world, "later", {"carts": [TEES], "promotion": paused}))
    assert amounts(told["carts"][0], "gain") == [5000]
    told = must(ask(world, "later", {"carts": [TEES], "promotion": paused, "respect_validity": True}))
    assert told["carts"][0]["not_applied"]["reason"] == "not_active"


def test_customers_and_first_orders_are_asked_about(world: World) -> None:
    draft = DRAFT | {"first_order_only": True, "segments": ["retail"]}
    known, unknown = quote_body(SOCKS_LINE), quote_body(SOCKS_LINE, customer={})
    carts = [known, known, unknown]
    told = must(ask(world, "first", {"carts": carts, "promotion": draft}))
    assert [amounts(cart, "gain") for cart in told["carts"]] == [[1500], [1500], [0]]
    assert told["carts"][2]["not_applied"]["reason"] == "not_in_segment"
    place(world, order_body(SOCKS_LINE))
    again = must(ask(world, "first", {"carts": carts, "promotion": draft}))
    assert again["carts"][0]["not_applied"]["reason"] == "not_first_order"


def test_a_gift_is_told_with_its_cost(world: World) -> None:
    sell(world, "MUG", {})
    draft = DRAFT | {"reward": {"type": "gift", "sku": "MUG", "quantity": 2}}
    body = {"carts": [SOCKS], "promotion": draft}
    (gift,) = must(ask(world, "gift", body))["carts"][0]["gifts"]
    assert (gift["sku"], gift["quantity"], gift["cost"]) == ("MUG", 2, None)
    present = must(world.call("GET", "/v1/products/MUG"))
    present["prices"] = {"cny-retail": {"price": 1000, "cost": 400}}
    must(world.call("PUT", "/v1/products/MUG", present))
    world.clock.advance(minutes=1)
    (gift,) = must(ask(world, "gift", body, "prices:cost"))["carts"][0]["gifts"]
    assert gift["cost"] == {"amount": 800, "currency": "CNY"}


# ---------------------------------------------------------------- refusals
def test_a_cart_that_cannot_be_priced_is_pointed_at(world: World) -> None:
    wrong = quote_body(("NOBODY-SELLS-THIS", 1, {}))
    refused = ask(world, SALE, {"carts": [TEES, wrong]})
    assert (refused.status, refused.code, refused.body["pointer"]) == (422, "unknown_sku", "/carts/1/lines/0/sku")
    engraved = quote_body(("AURORA-BUDS", 1, {"colour": "blue"}))
    engraved["lines"][0]["custom"] = {"engraving": 5}
    refused = ask(world, SALE, {"carts": [engraved]})
    assert (refused.code, refused.body["pointer"]) == ("invalid_option", "/carts/0/lines/0/custom/engraving")


def test_an_unknown_promotion_is_not_found(world: World) -> None:
    assert ask(world, "nobody", {"carts": [TEES]}).status == 404


def test_scopes_and_channels_are_those_of_quotes(world: World) -> None:
    assert ask(world, SALE, {"carts": [TEES]}, channels=("pos",)).body["pointer"] == "/carts/0/channel"
    by_staff = quote_body(manual_discounts=[{"amount": 1, "reason": "x"}])
    assert ask(world, SALE, {"carts": [by_staff]}).body["facts"] == {"scope": "prices:override"}
    path = f"/v1/promotions/{SALE}/simulate"
    refused = world.call("POST", path, {"carts": [TEES]}, client=Client(scopes=("prices:read",)))
    assert refused.body["facts"] == {"scope": "catalog:read"}


def test_time_that_runs_out_is_told_with_how_far_it_came() -> None:
    shop, began = load_catalog(read_shop(), START), START
    times = iter([began, began + timedelta(seconds=BUDGET_S), began + timedelta(seconds=BUDGET_S + 1)])
    simulating = Simulating(shop, NoOrders(), lambda: next(times))
    request = SimulationRequest.model_validate({"carts": [TEES, TEES, TEES]})
    with pytest.raises(OrdoError) as told:
        simulating.simulate(SALE, request, began)
    assert (told.value.code, told.value.pointer) == (Code.TOO_MANY_LINES, "/carts/2")
    assert told.value.facts == {"priced_carts": 2, "limit_seconds": BUDGET_S}


def test_too_many_lines_together_are_refused_before_anything_is_priced(world: World) -> None:
    large = {**TEES, "lines": [{"line_id": str(n), "sku": "S", "quantity": 1} for n in range(400)]}
    assert ask(world, SALE, {"carts": [large] * 5}).body["pointer"] == "/carts/0/lines/0/sku"
    refused = ask(world, SALE, {"carts": [large] * 6})
    assert (refused.status, refused.code, refused.body["pointer"]) == (422, "too_many_lines", "/carts")
    assert ask(world, SALE, {"carts": []}).body["pointer"] == "/carts"
