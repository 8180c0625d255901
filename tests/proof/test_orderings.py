"""Whatever happens to orders, in whatever order, twice, or between another's reading and writing: the laws hold."""

from __future__ import annotations

import itertools
import os
import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.proof.lives import HAPPENINGS, STATUSES, Life
from tests.support.audit import Ledger, audit, ledger, unpack
from tests.support.faults import Meanwhile
from tests.support.shop import carrier_request, dispatch, fulfilments, must, pay, place, sell
from tests.support.world import World

FULL = os.environ.get("ORDO_PROOF") == "full"
Happening = tuple[str, int, int]

# What happens more often in life, so that orders get far.
_often = st.sampled_from((*HAPPENINGS, "place", "pay", "pay", "work", "work", "carrier", "carrier"))
_happening = st.tuples(_often, st.integers(0, 3), st.integers(0, 11))
_moment = st.tuples(_happening, st.one_of(st.none(), st.just("again"), _happening))


@pytest.fixture(scope="module")
def little_stock(_module_world: World) -> World:
    _module_world.reset()
    sell(_module_world, "LAST-A", {"hangzhou": 5, "shenzhen": 3})
    sell(_module_world, "LAST-B", {"shenzhen": 4})
    return _module_world


@pytest.mark.timeout(3600)
@settings(max_examples=300 if FULL else 20, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(_moment, min_size=8, max_size=30))
@example([(("place", 0, 0), None), (("time", 0, 2), None), (("pay", 0, 0), ("place", 1, 2))])
@example([(("place", 0, 1), None), (("pay", 0, 0), ("time", 0, 2)), (("work", 0, 0), ("work", 0, 0))])
def test_orders_keep_the_laws_whatever_happens(
    little_stock: World, moments: list[tuple[Happening, Happening | str | None]]
) -> None:
    go_back = little_stock.checkpoint()
    life = Life(little_stock)
    try:
        for happening, other in moments:
            _happen(life, happening, other)
            assert audit() == [], life.answers[-2:]
        _check_answers(life)
        _check_stock(ledger())
        _check_published(little_stock, ledger())
    finally:
        go_back()


def _happen(life: Life, happening: Happening, other: Happening | str | None) -> None:
    if isinstance(other, tuple):
        meanwhile = other
        with life.world.fault(Meanwhile(lambda: life.do(*meanwhile))):
            life.do(*happening)
        return
    life.do(*happening)
    if other == "again":
        life.do(*happening)


def _check_answers(life: Life) -> None:
    """Ordo never breaks, and is not even busy when nobody stands in its way for long."""
    bad = [(name, answer) for name, answer in life.answers if answer.status >= 500]
    assert bad == []


def _check_stock(found: Ledger) -> None:
    for counter in found.counters.values():
        assert counter["on_hand"] >= counter["reserved"] >= 0
        assert counter["available"] >= 0


def _check_published(world: World, found: Ledger) -> None:
    """Each event on the bus once for itself and once for each type that it implies, in the order of its timeline."""
    world.publish()
    # What is low or short is told too, of no order.
    told = [event["detail"] for event in world.bus if "order_id" in event["detail"]]
    expected: list[tuple[str, str]] = []
    for order_id in sorted(found.orders):
        for event in found.events(order_id):
            expected += [(event["event_id"], event["type"])]
            expected += [(f"{event['event_id']}.{implied}", implied) for implied in event["implies"]]
    assert sorted((each["id"], each["type"]) for each in told) == sorted(expected)
    for order_id in found.orders:
        numbers = [each["seq"] for each in told if each["order_id"] == order_id]
        assert numbers == sorted(numbers)


PERMUTATIONS = list(itertools.permutations(range(len(STATUSES))))


def test_six_carrier_events_end_delivered_in_whatever_order_and_however_often_they_come(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "SIX"))
    world.publish()
    go_back = world.checkpoint()
    chosen = PERMUTATIONS if FULL else [*random.Random(6).sample(PERMUTATIONS, 24), PERMUTATIONS[0], PERMUTATIONS[-1]]
    for permutation in chosen:
        go_back()
        for number in (each for each in permutation for _ in range(2)):
            occurred_at = f"2026-03-02T0{number + 1}:00:00Z"
            must(world.call(**carrier_request("SIX", STATUSES[number], occurred_at, f"msg_{number}")))
        found = ledger()
        (shipment,) = found.parts(order["order_id"], "shipment")
        (parcel,) = unpack(shipment["parcels"])
        assert [event["status"] for event in parcel["history"]] == list(STATUSES), permutation
        assert (parcel["status"], found.header(order["order_id"])["status"]) == ("delivered", "delivered"), permutation
        assert audit(found) == [], permutation
        world.publish()
        told = [event["detail"] for event in world.bus if event["detail-type"].startswith("shipment.")]
        assert len({each["id"] for each in told}) == len(told) == len(STATUSES), permutation
        assert sorted(each["data"]["event_status"] for each in told) == sorted(STATUSES), permutation
