"""Payments, holds, changes and receipts over the API, from the request to the tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import cancel, dispatch, fulfilments, pay, payment, place, read, sell, simple, tell
from tests.support.world import Answer, Client, World

pytestmark = pytest.mark.moto
ADDRESS: dict[str, Any] = {
    "kind": "address",
    "reason": "Moved house",
    "requested_by": "customer",
    "phone": "139 0000 0000",
    "ship_to": {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "location": {"lat": 30.2, "lon": 120.1}},
}
HOLD = {"kind": "fraud", "reason": "Two cards, one address"}


def post(world: World, order: dict[str, Any], what: str, body: Any = None, **options: Any) -> Answer:
    return world.call("POST", f"/v1/orders/{order['order_id']}/{what}", body, **options)


def counters(world: World, sku: str) -> dict[str, tuple[int, int]]:
    """(on hand, reserved) by node."""
    nodes = world.call("GET", f"/v1/stock/{sku}").body["nodes"]
    return {node["node_id"]: (node["on_hand"], node["reserved"]) for node in nodes}


# ---------------------------------------------------------------- payments
def test_a_payment_releases_the_order_and_comes_again_without_effect(world: World) -> None:
    order = place(world)
    first, again = pay(world, order), pay(world, order)
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert (first.body["status"], first.body["payment_status"]) == ("released", "paid")
    assert read(world, order["order_id"])["version"] == 2


def test_too_little_and_too_much_stay_visible(world: World) -> None:
    order = place(world)
    short = pay(world, order, amount=24_999)
    assert (short.body["payment_status"], short.body["balance"]["due"]["amount"]) == ("part_paid", 1)
    over = pay(world, order, amount=10, reference="r2")
    assert (over.body["payment_status"], over.body["balance"]["overpaid"]["amount"]) == ("paid", 9)
    assert read(world, order["order_id"])["balance"] == over.body["balance"]


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"amount": {"amount": 1, "currency": "CNY"}}, 422, "payment_reused", "/amount/amount"),
        ({"amount": {"amount": 1, "currency": "USD"}}, 422, "currency_mismatch", "/amount/currency"),
        ({"amount": {"amount": 0, "currency": "CNY"}}, 422, "invalid_request", "/amount/amount"),
        ({"amount": {"amount": 1.5, "currency": "CNY"}}, 422, "invalid_request", "/amount/amount"),
        ({"amount": {"amount": True, "currency": "CNY"}}, 422, "invalid_request", "/amount/amount"),
        ({"amount": {"amount": 10**14, "currency": "CNY"}}, 422, "invalid_request", "/amount/amount"),
        ({"kind": "gifted"}, 422, "invalid_request", "/kind"),
        ({"reference": "with space"}, 422, "invalid_request", "/reference"),
        ({"colour": "red"}, 422, "invalid_request", "/colour"),
    ],
)
def test_a_report_that_does_not_fit_is_refused_by_name_and_changes_nothing(
    world: World, change: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    order = place(world)
    pay(world, order, amount=100)
    refused = post(world, order, "payments", {**payment(100), **change})
    assert (refused.status, refused.code, refused.body["pointer"]) == (status, code, pointer)
    assert read(world, order["order_id"])["version"] == 2


def test_more_than_was_captured_is_not_refunded(world: World) -> None:
    order = place(world)
    refused = post(world, order, "payments", payment(1, "refunded"))
    assert (refused.status, refused.code) == (409, "not_allowed_now")
    assert refused.body["facts"] == {"captured": 0, "refunded": 0, "amount": 1}


def test_a_late_payment_takes_the_stock_again(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 2})
    order = place(world, simple("LAMP", 2))
    world.clock.advance(days=2)
    assert world.tick()["settled"] == 1
    assert (read(world, order["order_id"])["status"], counters(world, "LAMP")) == ("cancelled", {"hangzhou": (2, 0)})
    paid = pay(world, order)
    assert (paid.status, paid.body["status"], paid.body["balance"]["refund_due"]["amount"]) == (201, "released", 0)
    assert counters(world, "LAMP") == {"hangzhou": (2, 2)}


def test_a_late_payment_is_sourced_from_another_node(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 2})
    order = place(world, simple("LAMP", 2))
    world.clock.advance(days=2)
    world.tick()
    place(world, simple("LAMP", 1))
    sell(world, "LAMP", {"shenzhen": 2})
    assert pay(world, order).body["status"] == "released"
    assert counters(world, "LAMP") == {"hangzhou": (2, 1), "shenzhen": (2, 2)}
    work = [each for each in read(world, order["order_id"])["fulfilments"] if each["state"] == "open"]
    assert [each["node_id"] for each in work] == ["shenzhen"]


def test_a_late_payment_without_stock_is_to_be_refunded_and_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sell(world, "LAMP", {"hangzhou": 2})
    order = place(world, simple("LAMP", 2))
    world.clock.advance(days=2)
    world.tick()
    place(world, simple("LAMP", 1))
    capsys.readouterr()
    paid = pay(world, order)
    assert (paid.status, paid.body["status"]) == (201, "cancelled")
    assert paid.body["balance"]["refund_due"]["amount"] == 2000
    assert "LateCaptureUnfulfillable" in capsys.readouterr().out
    assert counters(world, "LAMP") == {"hangzhou": (2, 1)}


# ---------------------------------------------------------------- holds
def test_a_hold_stops_the_order_until_it_is_released(world: World) -> None:
    order = place(world)
    held = post(world, order, "holds", HOLD, key="h1")
    assert held.status == 201
    pay(world, order)
    assert read(world, order["order_id"])["status"] == "placed"
    path = f"holds/{held.body['hold_id']}/release"
    released, again = post(world, order, path), post(world, order, path)
    assert (released.status, released.body["status"], released.body["holds"]) == (200, "released", [])
    assert (again.status, again.body) == (200, released.body)
    assert post(world, order, "holds", HOLD, key="h1").body == held.body
    assert post(world, order, "holds", {**HOLD, "kind": "price"}, key="h1").code == "idempotency_key_reused"
    assert post(world, order, "holds/hld_nobody/release").status == 404


def test_a_hold_is_placed_on_the_version_that_was_seen(world: World) -> None:
    order = place(world)
    pay(world, order)
    refused = post(world, order, "holds", {**HOLD, "version": 1}, key="h1")
    assert (refused.status, refused.code, refused.body["facts"]) == (
        409,
        "version_conflict",
        {"expected": 1, "version": 2},
    )
    assert post(world, order, "holds", {**HOLD, "version": 2}, key="h1").status == 201


@pytest.mark.parametrize("what", ["holds", "changes"])
def test_what_creates_needs_an_idempotency_key(world: World, what: str) -> None:
    order = place(world)
    assert post(world, order, what, HOLD).code == "idempotency_key_missing"


# ---------------------------------------------------------------- changes
def test_a_cancellation_gives_the_stock_back(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 2})
    order = place(world, simple("LAMP", 2))
    pay(world, order)
    proposed, applied = cancel(world, order["order_id"])
    assert proposed.body["preview"]["stock_returned"] == [{"sku": "LAMP", "node_id": "hangzhou", "quantity": 2}]
    assert (applied.status, applied.body["state"], applied.body["order"]["status"]) == (200, "applied", "cancelled")
    assert applied.body["balance"]["refund_due"] == {"amount": 2000, "currency": "CNY"}
    assert counters(world, "LAMP") == {"hangzhou": (2, 0)}
    again = post(world, order, f"changes/{applied.body['change_id']}/apply")
    assert (again.status, again.body) == (200, applied.body)


def test_an_address_change_reaches_the_contact_and_no_event(world: World) -> None:
    order = place(world)
    proposed = post(world, order, "changes", ADDRESS, key="a1")
    assert (proposed.status, proposed.body["state"]) == (201, "proposed")
    assert post(world, order, "changes", ADDRESS, key="a1").body == proposed.body
    change_id = proposed.body["change_id"]
    assert post(world, order, f"changes/{change_id}/apply").status == 200
    contact = read(world, order["order_id"])["contact"]
    assert (contact["phone"], contact["ship_to"]) == ("+8613900000000", ADDRESS["ship_to"])
    found = world.call("GET", "/v1/orders?phone=%2B8613900000000")
    assert [each["order_id"] for each in found.body["orders"]] == [order["order_id"]]
    told = str(world.call("GET", f"/v1/orders/{order['order_id']}/timeline").body)
    assert "13900000000" not in told
    assert "文三路" not in told


def test_a_dropped_change_cannot_be_applied(world: World) -> None:
    order = place(world)
    change_id = post(world, order, "changes", ADDRESS, key="a1").body["change_id"]
    path = f"/v1/orders/{order['order_id']}/changes/{change_id}"
    assert [world.call("DELETE", path).status for _ in range(2)] == [204, 204]
    assert world.call("POST", f"{path}/apply").code == "not_allowed_now"
    assert world.call("DELETE", f"{path}x").status == 404


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"phone": "12"}, "invalid_phone", "/phone"),
        ({"ship_to": None}, "invalid_request", ""),
        ({"kind": "cancel"}, "invalid_request", ""),
        ({"requested_by": "robot"}, "invalid_request", "/requested_by"),
        ({"reason": " "}, "invalid_request", "/reason"),
        ({"version": "1"}, "invalid_request", "/version"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_by_name(
    world: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    order = place(world)
    refused = post(world, order, "changes", {**ADDRESS, **change}, key="a1")
    assert (refused.status, refused.code, refused.body["pointer"]) == (422, code, pointer)


def test_what_has_left_is_not_cancelled(world: World) -> None:
    order = place(world)
    pay(world, order)
    dispatch(world, fulfilments(order)[0], "T-1")
    body = {"kind": "cancel", "reason": "Too late", "requested_by": "staff"}
    refused = post(world, order, "changes", body, key="c1")
    assert (refused.status, refused.code) == (409, "not_allowed_now")
    assert list(refused.body["facts"]["fulfilments"].values()) == ["dispatched"]


# ---------------------------------------------------------------- receipt
@pytest.mark.parametrize("body", [None, {}, {"confirmed_by": "staff"}])
def test_the_customers_word_completes_the_order(world: World, body: Any) -> None:
    order = place(world)
    pay(world, order)
    assert post(world, order, "receipt-confirmation", body).code == "not_allowed_now"
    dispatch(world, fulfilments(order)[0], "T-1")
    tell(world, "T-1", "delivered")
    done, again = (post(world, order, "receipt-confirmation", body) for _ in range(2))
    assert (done.status, done.body["status"], again.body) == (200, "completed", done.body)
    assert read(world, order["order_id"])["completed_at"] == done.body["completed_at"]


# ---------------------------------------------------------------- who may
ROUTES = [
    ("POST", "payments", payment(1), "payments:write"),
    ("POST", "holds", HOLD, "orders:change"),
    ("POST", "holds/hld_1/release", None, "orders:change"),
    ("POST", "changes", ADDRESS, "orders:change"),
    ("POST", "changes/chg_1/apply", None, "orders:change"),
    ("DELETE", "changes/chg_1", None, "orders:change"),
    ("POST", "receipt-confirmation", {}, "orders:change"),
]


@pytest.mark.parametrize(("method", "what", "body", "scope"), ROUTES)
def test_every_command_needs_its_scope_and_its_channel(
    world: World, method: str, what: str, body: Any, scope: str
) -> None:
    order = place(world)
    path = f"/v1/orders/{order['order_id']}/{what}"
    without = world.call(method, path, body, key="k", client=Client(scopes=("orders:read",)))
    assert (without.status, without.code, without.body["facts"]) == (403, "missing_scope", {"scope": scope})
    elsewhere = world.call(method, path, body, key="k", client=Client(channels=("app",)))
    assert (elsewhere.status, elsewhere.code) == (404, "not_found")
    unknown = world.call(method, f"/v1/orders/ord_nobody/{what}", body, key="k")
    assert (unknown.status, unknown.code) == (404, "not_found")
    endless = world.call(method, f"/v1/orders/{'o' * 3000}/{what}", body, key="k")
    assert (endless.status, endless.code) == (404, "not_found")
    assert read(world, order["order_id"])["version"] == 1
