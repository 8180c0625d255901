"""Operations on lots whose every crash point is tried: receipt, pick (short too), reject, dispatch, cancel, and the night's expiry."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.proof.scenarios import Order, Scenario
from tests.support.audit import Ledger, ledger
from tests.support.lambdas import Killed
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place
from tests.support.world import Answer, World

LOTS = (("L1", "2026-03-10", 2), ("L2", "2026-04-10", 5))
NODE = "hangzhou"


def lot_scenarios() -> list[Scenario]:
    """All of them: an order of three, two of which are in the lot that expires first."""
    return [
        Scenario("receipt of a lot", _lots, _receive, _lies({"L1": 6, "L2": 5})),
        Scenario("pick by lot", _ordered, _pick, _lies({"L1": 0, "L2": 4})),
        Scenario("dispatch by lot without a pick", _ordered, _dispatch, _lies({"L1": 0, "L2": 4})),
        Scenario("dispatch of what was picked by lot", _picked, _dispatch, _lies({"L1": 0, "L2": 4})),
        Scenario("cancel of what was picked by lot", _picked, _cancel, _lies({"L1": 2, "L2": 5})),
        Scenario("reject of what was picked by lot", _picked, partial(_reject, "closed"), _lies({"L1": 2, "L2": 5})),
        Scenario("reject of what is missing", _ordered, partial(_reject, "missing"), _lies({"L1": 0, "L2": 4})),
        Scenario("short pick by lot", _ordered, _pick_short, _lies({"L1": 0, "L2": 4})),
        Scenario("a lot is over", _over, _night, _told_once, answers_again=False),
    ]


def _lots(world: World) -> None:
    product = {"name": {"en": "Milk"}, "prices": {"cny-retail": 100}, "lots": {"min_days": 2}}
    must(world.call("PUT", "/v1/products/MILK", product))
    world.clock.advance(minutes=1)
    for lot, expires_on, units in LOTS:
        must(_movement(world, f"m-{lot}", lot, expires_on, units))


def _movement(world: World, movement_id: str, lot: str, expires_on: str, units: int) -> Answer:
    named = {"lot": lot, "expires_on": expires_on, "quantity": units, "sku": "MILK", "node_id": NODE}
    body = {"movement_id": movement_id, "kind": "receive", "reason": "test", **named}
    return world.call("POST", "/v1/stock/movements", body)


def _ordered(world: World) -> Order:
    _lots(world)
    order = place(world, order_body(("MILK", 3, {})))
    must(pay(world, order))
    return order


def _picked(world: World) -> Order:
    order = _ordered(world)
    must(_pick(world, order))
    return order


def _over(world: World) -> None:
    _lots(world)
    world.clock.advance(days=9)


def _receive(world: World, _: None) -> Answer:
    return _movement(world, "m-more", "L1", "2026-03-10", 4)


def _pick(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/pick")


def _pick_short(world: World, order: Order) -> Answer:
    """Two of three, from the lot that expires first; the third is damaged, of the other lot."""
    body = {"short": [{"line_id": "1", "quantity": 1}], "reason": "damaged"}
    return world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/pick", body)


def _reject(reason: str, world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/reject", {"reason": reason})


def _dispatch(world: World, order: Order) -> Answer:
    return dispatch(world, fulfilments(order)[0], "T1")


def _cancel(world: World, order: Order) -> Answer:
    path = f"/v1/orders/{order['order_id']}/changes"
    body = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "staff"}
    proposed = world.call("POST", path, body, key="change-1")
    if proposed.status != 201:
        return proposed
    return world.call("POST", f"{path}/{proposed.body['change_id']}/apply")


def _night(world: World, _: None) -> Answer:
    """What fails at one SKU is logged, and done by the next run: whether it was done is what counts here."""
    try:
        report: dict[str, Any] = world.invoke("verify_stock", {"after": ["MILJ", NODE]})
    except (Exception, Killed) as error:
        return Answer(502, {"code": "crashed", "error": repr(error)}, {})
    done = ledger().counters["MILK", NODE]["on_hand"] == 5
    return Answer(200 if done else 500, report, {})


def _lies(expected: dict[str, int]) -> Callable[[Any, Ledger], None]:
    def check(_: Any, found: Ledger) -> None:
        lying = {lot["lot"]: lot["units"] for lot in found.lots if lot["units"]}
        assert lying == {lot: units for lot, units in expected.items() if units}

    return check


def _told_once(_: None, found: Ledger) -> None:
    _lies({"L1": 0, "L2": 5})(None, found)
    assert [row["kind"] for row in found.movements if row["entries"][0]["sku"] == "MILK"][-1] == "expire"
    assert found.stock_events.count("stock.expired") == 1
