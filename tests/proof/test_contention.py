"""200 placements for the last 20 units, 32 at a time: all have checked the stock before any of them commits."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.audit import audit, ledger
from tests.support.faults import Barrier, Conflicts
from tests.support.shop import pay, place, sell, simple
from tests.support.world import Answer, World

PLACEMENTS, AT_ONCE, UNITS, SHARE = 200, 32, 20, 0.3


@pytest.mark.parametrize("seed", [1, 2] if os.environ.get("ORDO_PROOF") == "full" else [1])
def test_the_last_twenty_units_go_to_exactly_twenty_of_two_hundred(world: World, seed: int) -> None:
    place(world)  # a warm container of each function
    sell(world, "LAST", {"hangzhou": UNITS})
    before = set(ledger().orders)
    conflicts = Conflicts(SHARE, seed)
    answers: dict[str, Answer] = {}
    for start in range(0, PLACEMENTS, AT_ONCE):
        _wave(world, [f"k{number}" for number in range(start, min(start + AT_ONCE, PLACEMENTS))], conflicts, answers)
    outcome = Counter((answer.status, answer.code) for answer in answers.values())
    assert outcome == {(201, ""): UNITS, (409, "out_of_stock"): PLACEMENTS - UNITS}
    found = ledger()
    assert {answer.body["order_id"] for answer in answers.values() if answer.status == 201} == set(
        found.orders
    ) - before
    counter = found.counters["LAST", "hangzhou"]
    assert (counter["on_hand"], counter["reserved"], counter["available"]) == (UNITS, UNITS, 0)
    assert audit(found) == []
    assert conflicts.made > 0


def _wave(world: World, keys: list[str], conflicts: Conflicts, answers: dict[str, Answer]) -> None:
    """All of `keys` at once; whoever is told to come again does so with the same key."""
    barrier = Barrier(len(keys), conflicts)

    def client(key: str) -> None:
        for _ in range(10):
            answers[key] = world.call("POST", "/v1/orders", simple("LAST", 1), key=key)
            barrier.leave()
            if answers[key].status != 503:
                return

    with world.fault(barrier):
        _at_once(client, keys)


def _at_once(client: Callable[[str], None], names: list[str]) -> None:
    threads = [threading.Thread(target=client, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_key_sent_by_many_at_once_places_one_order_and_gets_one_answer(world: World) -> None:
    place(world)
    before = set(ledger().orders)
    answers: dict[str, Answer] = {}
    barrier = Barrier(16, Conflicts(SHARE, 3))

    def client(name: str) -> None:
        answers[name] = world.call("POST", "/v1/orders", simple("CAP-NAVY", 2), key="the-same")
        barrier.leave()

    with world.fault(barrier):
        _at_once(client, [f"t{number}" for number in range(16)])
    first = answers["t0"]
    assert first.status == 201
    assert all((answer.status, answer.body) == (first.status, first.body) for answer in answers.values())
    assert len(set(ledger().orders) - before) == 1
    assert audit() == []


def test_many_reports_for_one_order_at_once_are_all_kept(world: World) -> None:
    order = place(world)
    answers: list[int] = []

    def provider(reference: str) -> None:
        for _ in range(20):
            answer = pay(world, order, amount=100, reference=reference)
            if answer.status != 503:
                answers.append(answer.status)
                return

    with world.fault(Conflicts(SHARE, 4, "record_payment")), world.sleeper.really(0.05):
        _at_once(provider, [f"r{number}" for number in range(20)])
    assert Counter(answers) == {201: 20}
    assert ledger().header(order["order_id"])["funds"]["captured"] == 2000
    assert len(ledger().events(order["order_id"])) == 21
    assert audit() == []
