"""Orders that take a use of a counted coupon, and are their customer's first, as scenarios for crash points."""

from __future__ import annotations

from typing import Any

from tests.proof.scenarios import Order, Scenario
from tests.support.audit import Ledger
from tests.support.lambdas import Killed
from tests.support.shop import must, order_body, pay
from tests.support.world import Answer, World

LIMIT, CUSTOMER = 25, "c-new"
TENTH: dict[str, Any] = {"name": {"en": "A tenth off", "zh": "九折"}, "reward": {"type": "percent", "percent": "10"}}


def coupon_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("placement with a counted coupon", _offer, lambda world, _: _order(world), _taken),
        Scenario("cancel with a counted coupon", _placed, _cancel, _given_back),
        Scenario("deadline with a counted coupon", _overdue, _tick, _given_back, wait=_minutes, answers_again=False),
        Scenario("late payment with a counted coupon", _unpaid, lambda world, order: pay(world, order), _taken),
        Scenario("coupons made together", _offer, _make_many, _all_made),
        Scenario("a new limit", _placed, _change_limit, _limit_changed),
    ]


# ---------------------------------------------------------------------- what was before
def _offer(world: World) -> None:
    coupon = {"promotion_id": "tenth", "total_limit": LIMIT, "per_customer_limit": 1}
    must(world.call("PUT", "/v1/promotions/tenth", {**TENTH, "requires_coupon": True}))
    must(world.call("PUT", "/v1/promotions/welcome", {**TENTH, "first_order_only": True}))
    must(world.call("PUT", "/v1/coupons/TENTH", coupon))


def _placed(world: World) -> Order:
    _offer(world)
    order: Order = must(_order(world))
    return order


def _overdue(world: World) -> Order:
    order = _placed(world)
    world.clock.advance(minutes=31)
    return order


def _unpaid(world: World) -> Order:
    order = _overdue(world)
    must(_tick(world, order))
    return order


# ---------------------------------------------------------------------- what is done
def _order(world: World) -> Answer:
    body = order_body(coupons=["tenth"])
    body["customer"] = {**body["customer"], "customer_id": CUSTOMER}
    return world.call("POST", "/v1/orders", body, key="the-key")


def _cancel(world: World, order: Order) -> Answer:
    path = f"/v1/orders/{order['order_id']}/changes"
    body = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"}
    proposed = world.call("POST", path, body, key="change-1")
    if proposed.status != 201:
        return proposed
    assert proposed.body["preview"]["coupons_given_back"] == ["TENTH"]
    return world.call("POST", f"{path}/{proposed.body['change_id']}/apply")


def _tick(world: World, _: Order) -> Answer:
    try:
        report = world.tick()
    except (Exception, Killed) as error:
        return Answer(502, {"code": "crashed", "error": repr(error)}, {})
    return Answer(200 if report["failed"] == 0 else 500, report, {})


def _minutes(world: World) -> None:
    for _ in range(2):
        world.clock.advance(minutes=2)
        _tick(world, {})


def _make_many(world: World, _: Any) -> Answer:
    body = {"count": 3, "prefix": "MANY-", "length": 8, "total_limit": 1}
    return world.call("POST", "/v1/promotions/tenth/coupons", body, key="many-1")


def _change_limit(world: World, _: Order) -> Answer:
    coupon = {"promotion_id": "tenth", "total_limit": 7, "per_customer_limit": 1}
    return world.call("PUT", "/v1/coupons/TENTH", coupon)


# ---------------------------------------------------------------------- what must be true
def _left(found: Ledger, code: str = "TENTH") -> int:
    return sum(item["left"] for sk, item in found.coupons[code].items() if sk.startswith("uses#"))


def _mine(found: Ledger) -> dict[str, Any]:
    (header,) = (parts["order"] for parts in found.orders.values())
    return header


def _taken(_: Any, found: Ledger) -> None:
    header = _mine(found)
    assert [(each["code"], each["customer_limit"]) for each in header["coupons"]] == [("TENTH", 1)]
    assert header["first_order"] is True
    assert header["status"] != "cancelled"
    assert found.claims[f"first_order#{CUSTOMER}"]["order_id"] == header["order_id"]
    assert _left(found) == LIMIT - 1


def _given_back(order: Order, found: Ledger) -> None:
    assert _mine(found)["status"] == "cancelled"
    assert (_left(found), found.coupons["TENTH"][f"customer#{CUSTOMER}"]["used"]) == (LIMIT, 0)
    assert f"first_order#{CUSTOMER}" not in found.claims
    (cancelled,) = (each for each in found.events(order["order_id"]) if each["type"] == "order.cancelled")
    assert cancelled["data"]["coupons_given_back"] == ["TENTH"]


def _all_made(_: Any, found: Ledger) -> None:
    codes = [code for code in found.coupons if code.startswith("MANY-")]
    assert len(codes) == 3
    assert all(_left(found, code) == 1 for code in codes)


def _limit_changed(_: Order, found: Ledger) -> None:
    assert _left(found) == 6
