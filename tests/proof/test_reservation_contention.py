"""The last units under reservations and orders at once, of whose transactions a third meet another writer: never more
is promised than is there, and nobody is refused while something is left.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.audit import audit, ledger
from tests.support.faults import Both, Conflicts
from tests.support.reservations import ask, order_with, policy, reservation_body, reserve, shown
from tests.support.shop import must, place, sell, simple
from tests.support.wire import Fault
from tests.support.world import Answer, World

CUSTOMERS, AT_ONCE, UNITS, SHARE = 96, 24, 20, 0.3


def conflicts(seed: int, *functions: str) -> Fault:
    """A third of the transactions of each of these functions conflicts."""
    found: Fault = Conflicts(SHARE, seed, functions[0])
    for number, function in enumerate(functions[1:], start=1):
        found = Both(found, Conflicts(SHARE, seed + number, function))
    return found


def at_once(customer: Callable[[int], None], numbers: range, width: int = AT_ONCE) -> None:
    """Customers in waves of `width`."""
    for start in range(numbers.start, numbers.stop, width):
        threads = [
            threading.Thread(target=customer, args=(number,))
            for number in range(start, min(start + width, numbers.stop))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def patient(call: Callable[[], Answer]) -> Answer:
    """Whoever is told to come again does."""
    answer = call()
    for _ in range(20):
        if answer.status != 503:
            break
        answer = call()
    return answer


def reserved(sku: str) -> int:
    return sum(counter["reserved"] for (name, _), counter in ledger().counters.items() if name == sku)


@pytest.mark.parametrize(("seed", "buckets"), [(1, 1), (2, 4)])
def test_the_last_units_go_to_orders_and_reservations_and_to_no_one_twice(
    world: World, seed: int, buckets: int
) -> None:
    place(world)  # a warm container of each function
    sell(world, "LAST", {"hangzhou": UNITS})
    must(world.call("PUT", "/v1/stock/LAST/nodes/hangzhou", {"buckets": buckets}))
    ends = Counter[str]()

    def customer(number: int) -> None:
        if number % 3 == 0:
            answer = patient(lambda: world.call("POST", "/v1/orders", simple("LAST", 1), key=f"o{number}"))
            ends["ordered" if answer.status == 201 else answer.code] += 1
            return
        body = reservation_body(("LAST", 1), customer_id=f"c-{number}")
        held = patient(lambda: ask(world, body, key=f"r{number}"))
        if held.status != 201:
            ends[held.code] += 1
        elif number % 3 == 1:
            ends["abandoned"] += 1
        else:
            order = patient(lambda: world.call("POST", "/v1/orders", order_with(held.body), key=f"o{number}"))
            ends["ordered" if order.status == 201 else f"lost: {order.code}"] += 1

    with world.fault(conflicts(seed, "commit_order", "reserve_stock")):
        at_once(customer, range(CUSTOMERS))
    assert set(ends) <= {"ordered", "abandoned", "out_of_stock"}
    assert ends["ordered"] + ends["abandoned"] == UNITS
    assert reserved("LAST") == UNITS
    assert audit() == []

    world.clock.advance(minutes=16)
    late = Counter[str]()

    def latecomer(number: int) -> None:
        answer = patient(lambda: world.call("POST", "/v1/orders", simple("LAST", 1), key=f"late-{number}"))
        late["ordered" if answer.status == 201 else answer.code] += 1

    with world.fault(conflicts(seed, "commit_order", "check_stock")):
        at_once(latecomer, range(AT_ONCE))
    assert late == {"ordered": ends["abandoned"], "out_of_stock": AT_ONCE - ends["abandoned"]}
    assert audit() == []


def test_what_has_expired_is_sold_to_the_last_unit_to_many_at_once(world: World) -> None:
    place(world)
    sell(world, "LAST", {"hangzhou": UNITS})
    for number in range(UNITS // 2):
        reserve(world, ("LAST", 2), customer_id=f"c-{number}")
    world.clock.advance(minutes=16)
    ends = Counter[str]()

    def customer(number: int) -> None:
        if number % 2:
            answer = patient(lambda: world.call("POST", "/v1/orders", simple("LAST", 1), key=f"o{number}"))
        else:
            body = reservation_body(("LAST", 1), customer_id=f"new-{number}")
            answer = patient(lambda: ask(world, body, key=f"r{number}"))
        ends[answer.code or "taken"] += 1

    with world.fault(conflicts(3, "commit_order", "reserve_stock", "check_stock")):
        at_once(customer, range(48))
    assert ends == {"taken": UNITS, "out_of_stock": 48 - UNITS}
    assert reserved("LAST") == UNITS
    assert audit() == []


def test_a_customer_who_asks_in_many_windows_at_once_holds_no_more_than_the_quota(world: World) -> None:
    sell(world, "LAST", {"hangzhou": 100})
    policy(world, max_units_per_customer=7)
    ends = Counter[str]()

    def window(number: int) -> None:
        ends[patient(lambda: ask(world, reservation_body(("LAST", 1)), key=f"w{number}")).code or "held"] += 1

    with world.fault(conflicts(4, "reserve_stock")):
        at_once(window, range(24))
    assert ends == {"held": 7, "reservation_limit": 17}
    assert audit() == []


def test_one_key_sent_by_many_at_once_makes_one_reservation(world: World) -> None:
    sell(world, "LAST", {"hangzhou": 100})
    answers: list[Answer] = []

    def window(_: int) -> None:
        answers.append(patient(lambda: ask(world, reservation_body(("LAST", 2)), key="the-same")))

    with world.fault(conflicts(5, "reserve_stock")):
        at_once(window, range(16))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["reservation_id"] for answer in answers}) == 1
    assert reserved("LAST") == 2
    assert audit() == []


@pytest.mark.parametrize("round_", range(6))
def test_of_all_who_end_a_reservation_at_once_one_does(world: World, round_: int) -> None:
    """Its order, another order that is short, the watcher, the customer who gives it back and one who extends it."""
    place(world)
    sell(world, "LAST", {"hangzhou": 3})
    made = reserve(world, ("LAST", 2))
    world.clock.advance(minutes=16)
    path = f"/v1/reservations/{made['reservation_id']}"
    answers: dict[str, Any] = {}
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("own", lambda: patient(lambda: world.call("POST", "/v1/orders", order_with(made), key="own"))),
        ("other", lambda: patient(lambda: world.call("POST", "/v1/orders", simple("LAST", 2), key="other"))),
        ("watcher", world.tick),
        ("given back", lambda: patient(lambda: world.call("DELETE", path))),
        ("extended", lambda: patient(lambda: world.call("POST", f"{path}/extension", {"minutes": 5}))),
    ]
    acts = acts[round_ % 5 :] + acts[: round_ % 5]

    def act(number: int) -> None:
        name, what = acts[number]
        answers[name] = what()

    functions = ("commit_order", "reserve_stock", "check_stock", "watch_deadlines")
    with world.fault(conflicts(10 + round_, *functions)):
        at_once(act, range(len(acts)))
    state = shown(world, made["reservation_id"])["state"]
    orders = [answers[name] for name in ("own", "other")]
    assert Counter(answer.code or "placed" for answer in orders) == {"placed": 1, "out_of_stock": 1}
    assert (state == "committed") <= (answers["own"].status == 201)
    assert state in {"committed", "released"}
    assert answers["extended"].code == "reservation_ended"
    assert reserved("LAST") == 2
    assert audit() == []
