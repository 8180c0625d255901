"""A coupon's uses under 200 orders, 32 at a time, of whose commits a third meet another writer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.audit import audit, ledger
from tests.support.faults import Barrier, Conflicts
from tests.support.shop import cancel, must, order_body, pay, place, sell
from tests.support.world import Answer, Client, World

ORDERS, AT_ONCE, SHARE = 200, 32, 0.3
PRICE = 10_000


def offer(world: World, code: str = "FLASH", *, first_order_only: bool = False, **terms: Any) -> None:
    """A product with plenty of stock, a tenth off by coupon, and the coupon."""
    sell(world, "FLASH-1", {"hangzhou": 1000}, PRICE)
    promotion = {
        "name": {"en": "A tenth off", "zh": "九折"},
        "requires_coupon": not first_order_only,
        "first_order_only": first_order_only,
        "scope": {"skus": ["FLASH-1"]},
        "reward": {"type": "percent", "percent": "10"},
    }
    must(world.call("PUT", "/v1/promotions/flash", promotion))
    if not first_order_only:
        must(world.call("PUT", f"/v1/coupons/{code}", {"promotion_id": "flash", **terms}))


def flash(customer: str = "c-77", coupons: tuple[str, ...] = ("FLASH",)) -> dict[str, Any]:
    body = order_body(("FLASH-1", 1, {}), coupons=list(coupons))
    return {**body, "customer": {**body["customer"], "customer_id": customer}}


def at_once(
    world: World, bodies: dict[str, dict[str, Any]], conflicts: Conflicts, client: Client | None = None
) -> dict[str, Answer]:
    """All orders by their keys, a wave of 32 after the other; who is told to come again does, with the same key."""
    answers: dict[str, Answer] = {}
    keys = list(bodies)
    for start in range(0, len(keys), AT_ONCE):
        wave = keys[start : start + AT_ONCE]
        barrier = Barrier(len(wave), conflicts)

        def send(key: str, barrier: Barrier = barrier) -> None:
            for _ in range(10):
                answers[key] = world.call("POST", "/v1/orders", bodies[key], key=key, client=client)
                barrier.leave()
                if answers[key].status != 503:
                    return

        with world.fault(barrier):
            _threads(send, wave)
    return answers


def _threads(client: Callable[[str], None], names: list[str]) -> None:
    threads = [threading.Thread(target=client, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def outcomes(answers: dict[str, Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, answer.code) for answer in answers.values())


@pytest.mark.parametrize(("limit", "seed"), [(1, 1), (60, 2)], ids=["the-last-use", "sixty-uses-in-six-buckets"])
def test_a_code_goes_to_exactly_as_many_orders_as_its_limit_says(world: World, limit: int, seed: int) -> None:
    place(world)  # a warm container of each function
    offer(world, total_limit=limit)
    before = set(ledger().orders)
    conflicts = Conflicts(SHARE, seed)
    answers = at_once(world, {f"k{number}": flash() for number in range(ORDERS)}, conflicts)
    assert outcomes(answers) == {(201, ""): limit, (409, "coupon_used_up"): ORDERS - limit}
    refused = next(answer for answer in answers.values() if answer.status == 409)
    assert (refused.body["pointer"], refused.body["facts"]) == ("/coupons/0", {"coupon": "FLASH", "reason": "total"})
    found = ledger()
    winners = {answer.body["order_id"] for answer in answers.values() if answer.status == 201}
    assert winners == set(found.orders) - before
    assert found.counters["FLASH-1", "hangzhou"]["reserved"] == limit
    assert sum(item["left"] for sk, item in found.coupons["FLASH"].items() if sk.startswith("uses#")) == 0
    assert audit(found) == []
    assert conflicts.made > 0


def test_one_customer_who_orders_many_times_at_once_gets_as_many_uses_as_each_may(world: World) -> None:
    place(world)
    offer(world, per_customer_limit=2)
    bodies = {f"k{number}": flash("c-1" if number % 2 else f"c-other-{number}") for number in range(AT_ONCE)}
    answers = at_once(world, bodies, Conflicts(SHARE, 3))
    assert outcomes(answers) == {(201, ""): AT_ONCE // 2 + 2, (409, "coupon_used_up"): AT_ONCE // 2 - 2}
    refused = next(answer for answer in answers.values() if answer.status == 409)
    assert refused.body["facts"] == {"coupon": "FLASH", "reason": "customer"}
    assert audit() == []


def test_an_unlimited_code_writes_no_counter(world: World) -> None:
    place(world)
    offer(world)
    answers = at_once(world, {f"k{number}": flash() for number in range(AT_ONCE)}, Conflicts(SHARE, 4))
    assert outcomes(answers) == {(201, ""): AT_ONCE}
    found = ledger()
    assert set(found.coupons["FLASH"]) == {"coupon"}
    assert all("coupons" not in found.header(answer.body["order_id"]) for answer in answers.values())
    with world.record() as calls:
        must(world.call("POST", "/v1/orders", flash(), key="once-more"))
    commit = next(call for call in calls if call.operation == "TransactWriteItems")
    assert all("CatalogTable" not in str(write) for write in commit.request["TransactItems"])


def test_one_customers_first_order_is_one_of_many_and_the_others_pay_the_full_price(world: World) -> None:
    place(world)
    offer(world, first_order_only=True)
    answers = at_once(world, {f"k{number}": flash("c-new", ()) for number in range(16)}, Conflicts(SHARE, 5))
    assert outcomes(answers) == {(201, ""): 16}
    discounts = Counter(answer.body["totals"]["discount"]["amount"] for answer in answers.values())
    assert discounts == {PRICE // 10: 1, 0: 15}
    assert audit() == []


def test_uses_go_back_and_are_taken_again_under_contention(world: World) -> None:
    """Half of the orders are cancelled; the uses they gave back go to others, each once."""
    place(world)
    offer(world, total_limit=20)
    first = at_once(world, {f"a{number}": flash() for number in range(20)}, Conflicts(SHARE, 6))
    assert outcomes(first) == {(201, ""): 20}
    applied: list[int] = []
    ids = [answer.body["order_id"] for answer in first.values()]
    with world.fault(Conflicts(SHARE, 7, "change_order")), world.sleeper.really(0.05):
        _threads(lambda order_id: applied.append(cancel(world, order_id, key=order_id)[1].status), ids[:10])
    assert applied == [200] * 10
    second = at_once(world, {f"b{number}": flash() for number in range(AT_ONCE)}, Conflicts(SHARE, 8))
    assert outcomes(second) == {(201, ""): 10, (409, "coupon_used_up"): AT_ONCE - 10}
    assert audit() == []


def test_late_payments_for_the_same_use_bring_back_one_order(world: World) -> None:
    place(world)
    offer(world, total_limit=1)
    orders = []
    for number in range(6):
        orders.append(must(world.call("POST", "/v1/orders", flash(), key=f"k{number}")))
        world.clock.advance(minutes=31)
        world.tick()
    statuses: dict[str, str] = {}

    def late(order_id: str) -> None:
        order = next(each for each in orders if each["order_id"] == order_id)
        for _ in range(20):
            answer = pay(world, order)
            if answer.status != 503:
                statuses[order_id] = must(answer)["status"]
                return

    with world.fault(Conflicts(SHARE, 9, "record_payment")), world.sleeper.really(0.05):
        _threads(late, [order["order_id"] for order in orders])
    assert Counter(statuses.values()) == {"released": 1, "cancelled": 5}
    assert audit() == []
