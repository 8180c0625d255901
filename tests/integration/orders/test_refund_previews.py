"""What refunding a part of an order would come to, over the API: exact, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import cancel, must, order_body, pay, payment, place, read, sell
from tests.support.world import Answer, Client, World

pytestmark = pytest.mark.moto


def ask(world: World, order: dict[str, Any], body: dict[str, Any], client: Client | None = None) -> Answer:
    return world.call("POST", f"/v1/orders/{order['order_id']}/refunds/preview", body, client=client)


def previewed(world: World, order: dict[str, Any], body: dict[str, Any]) -> Any:
    return must(ask(world, order, body))


def one(line_id: str = "1", quantity: int = 1) -> dict[str, Any]:
    return {"lines": [{"line_id": line_id, "quantity": quantity}]}


def returns_by(world: World, policy: dict[str, Any] | str) -> None:
    """满300减50 with this return policy, from now on."""
    present = must(world.call("GET", "/v1/promotions/garments-300-50"))
    must(world.call("PUT", "/v1/promotions/garments-300-50", present | {"return_policy": policy}))
    world.clock.advance(minutes=1)


def test_keep_refunds_what_each_unit_cost_and_the_last_the_rest(world: World) -> None:
    order = place(world)
    assert previewed(world, order, one())["payout"]["amount"] == 8333
    after = {"after": [one(), one()]}
    assert previewed(world, order, one() | after)["payout"]["amount"] == 8334


def test_claw_back_prices_what_is_kept_by_the_promotion_of_placement(world: World) -> None:
    returns_by(world, {"type": "claw_back"})
    order = place(world)
    returns_by(world, "keep")
    told = previewed(world, order, one())
    assert told["payout"]["amount"] == 5000
    (clawed,) = told["clawed_back"]
    assert (clawed["promotion_id"], clawed["before"]["amount"], clawed["now"]["amount"]) == ("garments-300-50", 3333, 0)
    assert previewed(world, order, one(quantity=2) | {"after": [one()]})["payout"]["amount"] == 20000


@pytest.mark.parametrize(("shortfall", "told"), [("carry", "carried"), ("charge", "charge")])
def test_a_shortfall_is_carried_or_charged_as_the_promotion_says(world: World, shortfall: str, told: str) -> None:
    """290.00 + 10.00 reach 300: without the 10.00 the 50.00 were not earned."""
    prices = {"GARMENT-290": 29000, "GARMENT-10": 1000}
    for sku, amount in prices.items():
        sell(world, sku, {"hangzhou": 5}, price=amount)
    sale = {
        "name": {"en": "50 off 300", "zh": "满300减50"},
        "conditions": [{"type": "subtotal", "at_least": {"CNY": 30000}}],
        "reward": {"type": "amount", "amounts": {"CNY": 5000}},
        "return_policy": {"type": "claw_back", "shortfall": shortfall},
    }
    must(world.call("PUT", "/v1/promotions/back", sale))
    order = place(world, order_body(*((sku, 1, {}) for sku in prices)))
    small = previewed(world, order, one("2"))
    assert (small["payout"]["amount"], small[told]["amount"]) == (0, 4000)
    rest = previewed(world, order, one("1") | {"after": [one("2")]})
    assert rest["payout"]["amount"] == 25000 + (4000 if told == "charge" else 0)


def test_a_promotion_that_forbids_a_partial_return_is_named(world: World) -> None:
    returns_by(world, "forbid_partial")
    order = place(world)
    refused = ask(world, order, one())
    assert (refused.status, refused.code) == (409, "partial_return_forbidden")
    assert refused.body["facts"]["promotion_id"] == "garments-300-50"
    assert previewed(world, order, one(quantity=3))["payout"]["amount"] == 25000


def test_figures_add_up_by_line_and_by_rate(world: World) -> None:
    order = place(world, order_body(("TEE-WHITE", 3, {"size": "M"}), ("SHIRT-LINEN", 2, {"size": "M"})))
    body = {"lines": [{"line_id": "1", "units": [0, 2]}], "grants": [{"line_id": "2", "amount": 777, "unit": 1}]}
    told = previewed(world, order, body)
    returned, granted = told["lines"]
    assert returned["units"] == [{"start": 0, "count": 1}, {"start": 2, "count": 1}]
    assert granted["grants"] == [{"start": 1, "count": 1, "granted": {"amount": 777, "currency": "CNY"}}]
    for name in ("net", "tax", "gross"):
        figures = sum(line["total"][name]["amount"] for line in told["lines"])
        assert figures == sum(rate[name]["amount"] for rate in told["tax_rates"])
    assert told["tax_rates"][0]["gross"] == told["refund"]
    for line in told["lines"]:
        assert line["total"]["net"]["amount"] + line["total"]["tax"]["amount"] == line["total"]["gross"]["amount"]


def test_shipping_and_the_fee_go_by_the_policy_of_placement_unless_told_otherwise(world: World) -> None:
    present = must(world.call("GET", "/v1/channels/web"))
    changed = {"shipping": {"CNY": 1300}, "returns": {"shipping": "never", "restocking_fee_percent": "10"}}
    must(world.call("PUT", "/v1/channels/web", present | changed))
    order = place(world)
    everything = one(quantity=3)
    told = previewed(world, order, everything)
    assert (told["refund"]["amount"], told["fee"]["amount"], told["payout"]["amount"]) == (25000, 2500, 22500)
    told = previewed(world, order, everything | {"shipping": "all", "fee": False})
    assert (told["payout"]["amount"], [each["id"] for each in told["charges"]]) == (26300, ["standard"])
    assert previewed(world, order, {"shipping": 300})["payout"]["amount"] == 300
    refused = ask(world, order, {"shipping": 1301})
    assert (refused.status, refused.code, refused.body["pointer"]) == (409, "refund_exceeds_paid", "/shipping")


def test_what_was_received_covers_it_as_far_as_it_goes(world: World) -> None:
    order = place(world)
    told = previewed(world, order, one())["payments"]
    assert (told["covered"]["amount"], told["uncovered"]["amount"]) == (0, 8333)
    must(pay(world, order))
    assert previewed(world, order, one())["payments"]["covered"]["amount"] == 8333
    refund = payment(20000, kind="refunded", reference="back")
    must(world.call("POST", f"/v1/orders/{order['order_id']}/payments", refund))
    told = previewed(world, order, one() | {"after": [one()]})["payments"]
    assert {name: told[name]["amount"] for name in told} == {
        "captured": 25000,
        "refunded": 20000,
        "earlier": 8333,
        "covered": 5000,
        "uncovered": 3333,
    }


def test_a_large_order_whose_trace_is_kept_apart_is_previewed_too(world: World) -> None:
    order = place(world, order_body(*[("TEE-WHITE", 1, {"size": "M"}) for _ in range(60)]))
    assert previewed(world, order, one("60"))["payout"] == order["lines"][-1]["total"]


def test_nothing_is_written(world: World) -> None:
    order = place(world)
    before = read(world, order["order_id"])
    with world.record() as calls:
        previewed(world, order, one())
    assert {call.operation for call in calls} <= {"GetItem", "Query", "BatchGetItem"}
    assert read(world, order["order_id"]) == before


# ---------------------------------------------------------------- refusals
def test_more_than_there_is_is_refused_also_in_earlier_refunds(world: World) -> None:
    order = place(world)
    refused = ask(world, order, one(quantity=2) | {"after": [one(), one()]})
    assert (refused.status, refused.code, refused.body["pointer"]) == (409, "refund_exceeds_paid", "/lines/0/quantity")
    refused = ask(world, order, one() | {"after": [one(quantity=4)]})
    assert refused.body["pointer"] == "/after/0/lines/0/quantity"
    refused = ask(world, order, one("9"))
    assert (refused.status, refused.code, refused.body["pointer"]) == (422, "unknown_line", "/lines/0/line_id")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"lines": [{"line_id": "1"}]}, "/lines/0"),
        ({"lines": [{"line_id": "1", "quantity": 1, "units": [0]}]}, "/lines/0"),
        ({"lines": [{"line_id": "1", "units": [0, 0]}]}, "/lines/0/units"),
        ({"lines": [{"line_id": "1", "quantity": 0}]}, "/lines/0/quantity"),
        ({"grants": [{"line_id": "1", "amount": 0}]}, "/grants/0/amount"),
        ({"shipping": True}, "/shipping"),
        ({"shipping": "perhaps"}, "/shipping"),
        ({"shipping": -1}, "/shipping"),
        ({"lines": [{"line_id": str(n), "units": list(range(200))} for n in range(11)]}, ""),
        ({"fees": 1}, "/fees"),
    ],
)
def test_what_makes_no_refund_is_refused(world: World, body: dict[str, Any], pointer: str) -> None:
    refused = ask(world, place(world), body)
    assert (refused.status, refused.body["pointer"]) == (422, pointer)


def test_a_cancelled_order_has_its_refund_in_its_balance(world: World) -> None:
    order = place(world)
    cancel(world, order["order_id"])
    refused = ask(world, order, one())
    assert (refused.status, refused.code) == (409, "not_allowed_now")


def test_orders_of_other_channels_and_unknown_ones_look_the_same(world: World) -> None:
    order = place(world)
    elsewhere = ask(world, order, one(), Client(channels=("pos",)))
    assert (elsewhere.status, elsewhere.code) == (404, "not_found")
    assert ask(world, {"order_id": "ord_none"}, one()).status == 404
    refused = ask(world, order, one(), Client(scopes=("orders:write",)))
    assert refused.body["facts"] == {"scope": "orders:read"}
