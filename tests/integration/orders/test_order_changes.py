"""Changes of every kind over the API: what is previewed is what tables show, and what is refused says why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.audit import audit
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, read, receive, sell, simple, tell
from tests.support.world import Answer, World

pytestmark = pytest.mark.moto
TEE = {"size": "L"}
_numbers = count(1)


@pytest.fixture(autouse=True)
def _adds_up(world: World) -> Iterator[None]:
    """Whatever a test does: tables, timelines, stock, coupons and accounts agree with each other in the end."""
    yield
    assert audit() == []


def propose(world: World, order: dict[str, Any], kind: str, *, by: str = "staff", **fields: Any) -> Answer:
    body = {"kind": kind, "reason": "Asked for it", "requested_by": by, **fields}
    path = f"/v1/orders/{order['order_id']}/changes"
    return world.call("POST", path, body, key=f"change-{next(_numbers)}")


def apply(world: World, order: dict[str, Any], change: dict[str, Any]) -> Answer:
    return world.call("POST", f"/v1/orders/{order['order_id']}/changes/{change['change_id']}/apply")


def change(world: World, order: dict[str, Any], kind: str, **fields: Any) -> dict[str, Any]:
    """Proposed and applied; the preview."""
    proposed = must(propose(world, order, kind, **fields), 201)
    applied = must(apply(world, order, proposed), 200)
    assert applied["preview"] == proposed["preview"]
    preview: dict[str, Any] = proposed["preview"]
    return preview


def channel(world: World, **changes: Any) -> None:
    """The channel with another policy; what was read of it before is old by then."""
    found = must(world.call("GET", "/v1/channels/web"))
    body = {name: value for name, value in found.items() if name not in ("version", "links", "warnings")}
    must(world.call("PUT", "/v1/channels/web", {**body, "changes": changes}))
    world.clock.advance(minutes=2)


def plain(world: World, quantity: int = 4) -> dict[str, Any]:
    """A paid order of so many units for 10.00 each, from one warehouse."""
    sell(world, "LAMP", {"hangzhou": 50})
    order = place(world, simple("LAMP", quantity))
    must(pay(world, order))
    return order


def amounts(preview: dict[str, Any]) -> tuple[int, ...]:
    """Refund, to pay, fee."""
    return tuple(preview[name]["amount"] for name in ("refund", "to_pay", "fee"))


def work(world: World, order: dict[str, Any], *steps: str) -> None:
    for step in steps:
        must(world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/{step}"))


def sent(world: World, order: dict[str, Any], number: str = "SF1") -> None:
    must(dispatch(world, fulfilments(order)[0], number))


# ---------------------------------------------------------------- goods
def test_units_that_are_cancelled_go_back_to_their_node_and_what_they_cost_is_due(world: World) -> None:
    order = plain(world)
    preview = change(world, order, "cancel_units", by="customer", lines=[{"line_id": "1", "quantity": 3}])
    assert amounts(preview) == (3_000, 0, 0)
    assert preview["stock_returned"] == [{"sku": "LAMP", "node_id": "hangzhou", "quantity": 3}]
    now = read(world, order["order_id"])
    assert (now["balance"]["owed"]["amount"], now["balance"]["refund_due"]["amount"]) == (1_000, 3_000)
    assert [(each["quantity"], each["cancelled"]) for each in now["progress"]] == [(4, 3)]
    assert [(each["kind"], each["amount"]["amount"]) for each in now["account"]] == [("cancelled", -3_000)]
    assert now["totals"] == order["totals"]


def test_cancelling_the_last_units_cancels_the_order(world: World) -> None:
    order = plain(world)
    change(world, order, "cancel_units", lines=[{"line_id": "1", "quantity": 1}])
    change(world, order, "edit", by="customer", operations=[{"op": "remove_line", "line_id": "1"}])
    now = read(world, order["order_id"])
    assert (now["status"], now["cancel_reason"], now["balance"]["refund_due"]["amount"]) == (
        "cancelled",
        "customer",
        4_000,
    )


def test_a_swap_and_a_line_more_wait_for_their_money_and_then_begin(world: World) -> None:
    order = place(world, order_body())
    must(pay(world, order))
    swap = {"op": "swap_options", "line_id": "1", "quantity": 1, "options": TEE}
    buds = {"op": "add_line", "sku": "AURORA-BUDS", "quantity": 1, "options": {"colour": "black"}}
    preview = change(world, order, "edit", operations=[swap, buds])
    assert preview["warnings"] == ["added_goods_wait_for_payment"]
    assert {each["begins"] for each in preview["fulfilments_added"]} == {"when_paid"}
    assert [(each["line_id"], each["stock_sku"]) for each in preview["lines_added"]] == [
        ("add-1", "TEE-WHITE-L"),
        ("add-2", "AURORA-BUDS-BLACK"),
    ]
    now = read(world, order["order_id"])
    added = {each["fulfilment_id"] for each in preview["fulfilments_added"]}
    assert {each["state"] for each in now["fulfilments"] if each["fulfilment_id"] in added} == {"planned"}
    refused = world.call("POST", f"/v1/fulfilments/{sorted(added)[0]}/accept")
    assert (refused.status, refused.body["code"]) == (409, "not_allowed_now")
    must(pay(world, order, amount=preview["to_pay"]["amount"], reference="r2"))
    now = read(world, order["order_id"])
    assert {each["state"] for each in now["fulfilments"] if each["fulfilment_id"] in added} == {"open"}
    assert now["payment_status"] == "paid"
    assert [line["line_id"] for line in now["lines"]] == ["1", "add-1", "add-2"]
    assert now["additions"][0]["line_ids"] == ["add-1", "add-2"]
    assert (
        sum(each["gross"]["amount"] for each in now["additions"][0]["tax_rates"])
        == (now["additions"][0]["total"]["amount"])
    )


def test_where_the_channel_trusts_its_customers_added_goods_begin_at_once(world: World) -> None:
    channel(world, trust=True)
    order = plain(world)
    operation = {"op": "set_quantity", "line_id": "1", "quantity": 6}
    preview = change(world, order, "edit", operations=[operation])
    assert [each["begins"] for each in preview["fulfilments_added"]] == ["at_once"]
    assert amounts(preview) == (0, 2_000, 0)
    assert [line["quantity"] for line in read(world, order["order_id"])["lines"]] == [4, 2]


def test_added_goods_that_are_not_there_are_refused_and_nothing_is_kept(world: World) -> None:
    order = plain(world)
    sell(world, "RARE", {"hangzhou": 1})
    refused = propose(world, order, "edit", operations=[{"op": "add_line", "sku": "RARE", "quantity": 2}])
    assert (refused.status, refused.body["code"]) == (409, "out_of_stock")
    assert read(world, order["order_id"])["version"] == 2


def test_stock_that_went_meanwhile_refuses_the_apply(world: World) -> None:
    order = plain(world)
    sell(world, "RARE", {"hangzhou": 1})
    proposed = must(propose(world, order, "edit", operations=[{"op": "add_line", "sku": "RARE", "quantity": 1}]), 201)
    place(world, simple("RARE", 1), key="quicker")
    refused = apply(world, order, proposed)
    assert (refused.status, refused.body["code"]) == (409, "out_of_stock")


def test_what_is_said_of_added_goods_holds_for_half_an_hour(world: World) -> None:
    order = plain(world)
    operation = {"op": "set_quantity", "line_id": "1", "quantity": 5}
    early = must(propose(world, order, "edit", operations=[operation]), 201)
    world.clock.advance(minutes=20)
    applied = must(apply(world, order, early), 200)
    assert applied["preview"]["promise"] == early["preview"]["promise"]
    late = must(propose(world, order, "edit", operations=[{**operation, "quantity": 3}]), 201)
    assert late["preview"]["promise"] is None
    late = must(propose(world, order, "edit", operations=[{"op": "add_line", "sku": "LAMP", "quantity": 1}]), 201)
    world.clock.advance(minutes=40)
    refused = apply(world, order, late)
    assert (refused.status, refused.body["code"], refused.body["facts"]["differs"]) == (
        409,
        "version_conflict",
        ["promise"],
    )


def test_a_parcel_on_its_way_is_not_edited_and_the_refusal_says_what_can_be_done(world: World) -> None:
    order = plain(world)
    sent(world, order)
    refused = propose(world, order, "edit", operations=[{"op": "set_quantity", "line_id": "1", "quantity": 2}])
    assert (refused.status, refused.body["code"]) == (409, "not_allowed_now")
    assert "intercepted, refused or returned" in refused.body["detail"]
    assert refused.body["facts"]["tracking_numbers"] == ["SF1"]
    assert refused.body["facts"]["lines"] == [{"line_id": "1", "wanted": 2, "possible": 0, "dispatched": 4}]


def test_a_packed_box_is_opened_only_for_staff_and_is_packed_again(world: World) -> None:
    order = plain(world)
    work(world, order, "accept", "pick", "pack")
    lines = [{"line_id": "1", "quantity": 1}]
    refused = propose(world, order, "cancel_units", by="customer", lines=lines)
    assert (refused.status, list(refused.body["facts"]["fulfilments"].values())) == (409, ["packed"])
    preview = change(world, order, "cancel_units", lines=lines)
    assert preview["warnings"] == ["work_started"]
    (now,) = read(world, order["order_id"])["fulfilments"]
    assert (now["state"], now["lines"][0]["quantity"]) == ("picked", 3)


# ---------------------------------------------------------------- money
def test_the_fee_grows_with_what_was_done_and_is_never_more_than_what_goes_back(world: World) -> None:
    fees = [{"stage": "released", "percent": "10"}, {"stage": "in_fulfilment", "percent": "80"}]
    channel(world, cancellation_fees=fees)
    order = plain(world)
    assert amounts(change(world, order, "cancel_units", lines=[{"line_id": "1", "quantity": 1}])) == (900, 0, 100)
    work(world, order, "accept")
    assert amounts(must(propose(world, order, "cancel"), 201)["preview"]) == (600, 0, 2_400)
    assert amounts(must(propose(world, order, "cancel", waive_fee=True), 201)["preview"]) == (3_000, 0, 0)
    change(world, order, "cancel")
    assert read(world, order["order_id"])["balance"]["owed"]["amount"] == 2_500


def test_a_deposit_is_kept_of_an_order_that_is_cancelled_half_way(world: World) -> None:
    channel(world, cancellation_fees=[{"stage": "in_fulfilment", "percent": "50"}])
    order = place(world, simple_paid_later(world))
    must(pay(world, order, amount=1_200))
    channel(world, cancellation_fees=[{"stage": "placed", "percent": "50"}])
    preview = change(world, order, "cancel")
    assert amounts(preview) == (0, 0, 1_200)
    assert read(world, order["order_id"])["balance"]["owed"]["amount"] == 1_200


def simple_paid_later(world: World) -> dict[str, Any]:
    sell(world, "SOFA", {"hangzhou": 3}, price=4_000)
    return simple("SOFA", 1)


def test_staff_lower_prices_and_give_goodwill_within_limits(world: World) -> None:
    channel(world, adjustment_limit_percent="20", goodwill_limits={"CNY": 500})
    order = plain(world)
    assert amounts(change(world, order, "price_adjustment", grants=[{"line_id": "1", "amount": 800}])) == (800, 0, 0)
    refused = propose(world, order, "price_adjustment", grants=[{"line_id": "1", "amount": 1}])
    assert (refused.status, refused.body["code"], refused.body["facts"]) == (
        422,
        "discount_not_allowed",
        {"most": 800, "asked": 801},
    )
    assert amounts(change(world, order, "goodwill", amount=500)) == (500, 0, 0)
    refused = propose(world, order, "goodwill", amount=1)
    assert (refused.body["code"], refused.body["pointer"]) == ("discount_not_allowed", "/amount")
    change(world, order, "cancel")
    assert read(world, order["order_id"])["balance"]["refund_due"]["amount"] == 4_000


@pytest.mark.parametrize(
    ("kind", "fields"), [("goodwill", {"amount": 1}), ("price_adjustment", {"grants": [{"line_id": "1", "amount": 1}]})]
)
def test_only_staff_may_give(world: World, kind: str, fields: dict[str, Any]) -> None:
    assert propose(world, plain(world), kind, by="customer", **fields).status == 422


def test_customers_change_only_what_the_channel_lets_them(world: World) -> None:
    channel(world, customer_kinds=["address"])
    order = plain(world)
    refused = propose(world, order, "cancel", by="customer")
    assert (refused.status, refused.body["facts"]) == (409, {"kind": "cancel", "kinds": ["address"]})
    change(world, order, "cancel")


# ---------------------------------------------------------------- delivery
def test_another_place_is_served_from_where_that_is_best_as_long_as_no_node_has_begun(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 9, "beijing": 9})
    order = place(world, simple("LAMP", 2))
    must(pay(world, order))
    (first,) = read(world, order["order_id"])["fulfilments"]
    there = {"country": "CN", "city": "北京市", "line1": "长安街 1 号", "location": {"lat": 39.9, "lon": 116.4}}
    preview = change(world, order, "delivery", by="customer", ship_to=there, name="新的收件人")
    now = read(world, order["order_id"])
    assert now["contact"]["ship_to"]["city"] == "北京市"
    if preview["fulfilments_added"]:
        assert preview["fulfilments_cancelled"] == [first["fulfilment_id"]]
        assert preview["stock_taken"][0]["node_id"] != first["node_id"]
    work_id = next(each["fulfilment_id"] for each in now["fulfilments"] if each["state"] == "open")
    must(world.call("POST", f"/v1/fulfilments/{work_id}/accept"))
    refused = propose(world, order, "delivery", ship_to=there)
    assert (refused.status, refused.body["code"]) == (409, "not_allowed_now")


def test_an_unknown_method_is_refused_and_a_dropped_proposal_leaves_no_personal_data(world: World) -> None:
    order = plain(world)
    refused = propose(world, order, "delivery", shipping_method="rocket")
    assert (refused.status, refused.body["code"]) == (422, "unknown_shipping_method")
    there = {"country": "CN", "city": "北京市", "line1": "长安街 1 号"}
    proposed = must(propose(world, order, "delivery", ship_to=there), 201)
    path = f"/v1/orders/{order['order_id']}/changes/{proposed['change_id']}"
    must(world.call("DELETE", path), 204)
    assert apply(world, order, proposed).body["code"] == "not_allowed_now"
    assert "长安街" not in repr(read(world, order["order_id"]))


# ---------------------------------------------------------------- exchange
def test_goods_that_came_are_exchanged_against_dearer_or_cheaper_ones(world: World) -> None:
    order = plain(world)
    sell(world, "DEAR", {"hangzhou": 5}, price=2_500)
    sell(world, "CHEAP", {"hangzhou": 5}, price=400)
    lines = [{"line_id": "1", "quantity": 1}]
    early = propose(world, order, "exchange", lines=lines, add=[{"sku": "DEAR", "quantity": 1}])
    assert (early.status, early.body["facts"]) == (409, {"line_id": "1", "wanted": 1, "delivered": 0})
    sent(world, order)
    must(tell(world, "SF1", "delivered"))
    assert read(world, order["order_id"])["status"] == "delivered"
    assert amounts(change(world, order, "exchange", lines=lines, add=[{"sku": "DEAR", "quantity": 1}])) == (0, 1_500, 0)
    now = read(world, order["order_id"])
    assert (now["status"], now["delivered_at"]) == ("partially_shipped", None)
    assert amounts(change(world, order, "exchange", lines=lines, add=[{"sku": "CHEAP", "quantity": 1}])) == (0, 0, 0)
    now = read(world, order["order_id"])
    assert now["balance"]["owed"]["amount"] == 4_000 + 1_500 - 600
    assert (now["progress"][0]["line_id"], now["progress"][0]["returned"]) == ("1", 2)


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("kind", "fields", "pointer"),
    [
        ("cancel_units", {"lines": [{"line_id": "9", "quantity": 1}]}, "/lines/0/line_id"),
        ("cancel_units", {"lines": [{"line_id": "1", "quantity": 5}]}, "/lines/0/quantity"),
        ("edit", {"operations": [{"op": "remove_line", "line_id": "9"}]}, "/operations/0/line_id"),
        ("edit", {"operations": [{"op": "set_quantity", "line_id": "1", "quantity": 4}]}, "/operations"),
        (
            "edit",
            {"operations": [{"op": "remove_line", "line_id": "1"}, {"op": "add_line", "sku": "NO", "quantity": 1}]},
            "/operations/1/sku",
        ),
        ("edit", {"operations": [{"op": "add_line", "line_id": "1", "sku": "LAMP", "quantity": 1}]}, "/operations"),
        ("price_adjustment", {"grants": [{"line_id": "9", "amount": 1}]}, "/grants/0/line_id"),
    ],
)
def test_what_the_order_does_not_have_is_pointed_at(
    world: World, kind: str, fields: dict[str, Any], pointer: str
) -> None:
    order = plain(world)
    refused = propose(world, order, kind, **fields)
    assert (refused.status, refused.body["pointer"]) == (422, pointer)
    assert read(world, order["order_id"])["version"] == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "edit"},
        {"kind": "goodwill"},
        {"kind": "cancel", "amount": 1},
        {"kind": "delivery"},
        {"kind": "delivery", "name": "x"},
        {"kind": "cancel", "waive_fee": True, "requested_by": "customer"},
        {"kind": "edit", "operations": [{"op": "explode", "line_id": "1"}]},
        {"kind": "edit", "operations": [{"op": "remove_line", "line_id": "1"}] * 2},
    ],
)
def test_a_kind_takes_its_own_fields(world: World, fields: dict[str, Any]) -> None:
    order = place(world)
    refused = propose(world, order, **{"by": fields.pop("requested_by", "staff"), **fields})
    assert (refused.status, refused.body["code"]) == (422, "invalid_request")


def test_an_engraving_goes_with_the_line_that_replaces_it_and_none_is_added_without_its_text(world: World) -> None:
    engraved = {"line_id": "1", "sku": "CASE", "quantity": 1, "custom": {"engraving": "示例"}}
    sell(world, "CASE", {"hangzhou": 9})
    product = must(world.call("GET", "/v1/products/CASE"))
    body = {name: value for name, value in product.items() if name not in ("version", "links", "warnings")}
    choice = {"name": "engraving", "kind": "text", "label": {"en": "Engraving", "zh": "刻字"}, "max_length": 10}
    must(world.call("PUT", "/v1/products/CASE", {**body, "custom": [choice]}))
    world.clock.advance(minutes=2)
    order = place(world, {**simple("CASE", 1), "lines": [engraved]})
    must(pay(world, order))
    change(world, order, "edit", operations=[{"op": "set_quantity", "line_id": "1", "quantity": 2}])
    assert read(world, order["order_id"])["contact"]["custom"] == {
        "1": {"engraving": "示例"},
        "add-1": {"engraving": "示例"},
    }
    refused = propose(
        world, order, "edit", operations=[{"op": "add_line", "sku": "CASE", "quantity": 1, "custom": {"engraving": 2}}]
    )
    assert (refused.status, refused.body["code"], refused.body["pointer"]) == (
        422,
        "invalid_option",
        "/operations/0/custom/engraving",
    )


def test_an_order_that_is_cancelled_for_not_being_paid_comes_back_as_it_was_left(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 50})
    order = place(world, simple("LAMP", 4))
    change(world, order, "cancel_units", lines=[{"line_id": "1", "quantity": 3}])
    world.clock.advance(days=3)
    world.tick()
    assert read(world, order["order_id"])["status"] == "cancelled"
    must(pay(world, order, amount=1_000))
    now = read(world, order["order_id"])
    assert (now["status"], now["units"]["total"], now["units"]["cancelled"]) == ("released", 4, 3)
    assert (now["balance"]["owed"]["amount"], now["balance"]["refund_due"]["amount"]) == (1_000, 0)


def test_a_bundle_is_cancelled_with_all_of_its_parts(world: World) -> None:
    sell(world, "CUP", {"hangzhou": 20}, price=300)
    sell(world, "TRAY", {"shenzhen": 20}, price=900)
    parts = [{"sku": "CUP", "quantity": 2}, {"sku": "TRAY", "quantity": 1}]
    bundle = {"name": {"en": "Set"}, "kind": "bundle", "prices": {"cny-retail": 1_200}, "parts": parts}
    must(world.call("PUT", "/v1/products/SET", bundle))
    order = place(world, simple("SET", 3))
    must(pay(world, order))
    preview = change(world, order, "edit", operations=[{"op": "set_quantity", "line_id": "1", "quantity": 1}])
    assert amounts(preview) == (2_400, 0, 0)
    assert [(each["part"], each["quantity"]) for each in preview["lines_ended"]] == [(0, 4), (1, 2)]
    assert sum(each["quantity"] for each in preview["stock_returned"]) == 6
    assert [each["cancelled"] for each in read(world, order["order_id"])["progress"]] == [4, 2]
    more = change(world, order, "edit", operations=[{"op": "add_line", "sku": "SET", "quantity": 1}])
    assert sum(each["quantity"] for each in more["stock_taken"]) == 3


def test_who_waits_for_goods_keeps_the_place_with_fewer_units(world: World) -> None:
    sell(world, "LATE", {"hangzhou": 1})
    product = {"name": {"en": "Late"}, "prices": {"cny-retail": 1_000}}
    policy = {"mode": "backorder", "lead_days": 10}
    must(world.call("PUT", "/v1/products/LATE", {**product, "availability": policy}))
    world.clock.advance(minutes=2)
    order = place(world, simple("LATE", 5))
    must(pay(world, order))
    preview = change(world, order, "cancel_units", by="customer", lines=[{"line_id": "1", "quantity": 2}])
    assert (preview["stock_returned"], len(preview["fulfilments_cancelled"])) == ([], 1)
    now = read(world, order["order_id"])
    waiting = [each for each in now["fulfilments"] if each["state"] == "waiting"]
    assert [each["lines"][0]["quantity"] for each in waiting] == [2]
    receive(world, "LATE", "hangzhou", 2)
    world.tick()
    assert {each["state"] for each in read(world, order["order_id"])["fulfilments"]} == {"open", "cancelled"}
