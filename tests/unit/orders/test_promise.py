"""What becomes of a promise: never changed, later days appended without flapping, jeopardy before late, judged once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.cancellation import cancellation
from ordo.orders.completion import confirm_receipt
from ordo.orders.deadlines import PROMISE
from ordo.orders.decision import Decision
from ordo.orders.due import settle_due
from ordo.orders.model import OrderHeader
from ordo.orders.promise import grace_of
from ordo.shipments.carrier_events import CarrierEvent, record_events
from ordo.shipments.eta import etas, standing
from ordo.shipments.model import TrackingStatus, Usual
from ordo.shipments.transit import Figures, Passage
from ordo.shipments.transit_memory import InMemoryTransit
from ordo.shipments.work import Dispatch, dispatch
from tests.support.orders import NOON, ORDER, STAFF, Parts, World, shop

S = TrackingStatus
ONE: Parts = (("hz", (("1", "TEE", 2),)),)
SHIPMENT = f"shp_{ORDER.removeprefix('ord_')}_1"
"""The order is promised to be ready a day after noon, and to come three days after it: two days on the road."""


def road(median: float, p90: float) -> InMemoryTransit:
    """A way that is known to take so many hours, from twenty deliveries."""
    passage = Passage(samples=20, median=round(median * 60), p90=round(p90 * 60))
    found = InMemoryTransit()
    found.keep_figures(Figures(carrier="sf", measured_at="", since="", lanes={"hz>CN": {"all": passage}}))
    return found


def placed(**options: Any) -> World:
    world = shop()
    world.place(parts=ONE, payable_later=True, **options)
    return world


def send(world: World, roads: InMemoryTransit | None = None) -> None:
    command = Dispatch(f"ful_{ORDER.removeprefix('ord_')}_1", "sf", "hz", tracking_number="P1")
    world.desk.change(ORDER, dispatch(command, roads=roads), actor=STAFF)


def scan(world: World, status: TrackingStatus, *, stated: datetime | None = None) -> None:
    at = to_iso(world.now)
    said = to_iso(stated) if stated else None
    event = CarrierEvent(tracking_number="P1", status=status, occurred_at=at, received_at=at, stated=said)
    world.desk.change(ORDER, record_events(SHIPMENT, [event]), actor=STAFF)


def last_event(world: World) -> dict[str, Any]:
    return world.repository.timeline(ORDER)[-1].read()


def said(header: OrderHeader) -> list[tuple[float, str]]:
    """Hours after noon, and the reason, of every later day."""
    return [((from_iso(each.deliver_by) - NOON) / timedelta(hours=1), each.reason) for each in header.repromised]


def test_an_order_that_left_in_time_and_comes_in_time_costs_no_word() -> None:
    world = placed()
    world.wait(hours=20)
    send(world)
    world.wait(hours=40)
    scan(world, S.OUT_FOR_DELIVERY)
    world.wait(hours=4)
    scan(world, S.DELIVERED)
    header = world.header()
    assert (header.standing, header.repromised, header.promise_kept) == ("on_time", (), True)
    assert "promise.changed" not in world.types()
    assert last_event(world)["data"]["promise_kept"] is True
    assert PROMISE not in header.deadlines


def test_what_has_not_left_when_the_promise_reckoned_with_it_is_in_jeopardy_and_then_late() -> None:
    world = placed()
    assert world.header().deadlines[PROMISE] == to_iso(NOON + timedelta(hours=24))
    world.wait(hours=24, seconds=-1)
    assert settle_due(world.desk, ORDER).outcome == "rearmed"
    assert standing(world.state(), world.now) == "on_time"
    world.wait(seconds=1)
    assert settle_due(world.desk, ORDER).outcome == "judged"
    assert (last_event(world)["type"], last_event(world)["data"]) == (
        "promise.changed",
        {"promise": {"state": "jeopardy"}},
    )
    assert world.header().deadlines[PROMISE] == world.header().promised_at
    world.now = NOON + timedelta(days=3)
    settled = settle_due(world.desk, ORDER)
    assert settled.outcome == "reminded"  # the nodes' time is over too: one event says both
    assert last_event(world)["data"] == {"what": ["dispatch"], "promise": {"state": "late"}}
    assert last_event(world)["implies"] == ["promise.changed"]
    assert world.header().standing == "late"
    assert PROMISE not in world.header().deadlines
    assert (world.header().repromised, world.header().promised_at) == ((), to_iso(NOON + timedelta(days=3)))


def test_each_standing_is_told_once_over_repeated_sweeps() -> None:
    world = placed()
    for _ in range(80):
        world.wait(hours=1)
        settle_due(world.desk, ORDER)
    events = [each.read()["data"] for each in world.repository.timeline(ORDER)[1:]]
    told = [data["promise"]["state"] for data in events if "promise" in data]
    assert told == ["jeopardy", "late"]


def test_a_parcel_on_the_road_is_late_when_the_promised_time_has_passed() -> None:
    world = placed()
    send(world, road(1, 100))
    world.now = NOON + timedelta(days=3)
    assert settle_due(world.desk, ORDER).outcome == "opened"  # the parcel on the road is somebody's case
    assert last_event(world)["implies"] == ["promise.changed"]
    assert last_event(world)["data"]["promise"]["state"] == "late"
    assert said(world.header()) == [(100, "slow_parcel")]


def test_a_way_that_usually_takes_longer_moves_the_day_at_once_and_says_why() -> None:
    world = placed()
    world.wait(hours=20)
    send(world, road(80, 100))
    event = last_event(world)
    assert (event["type"], event["implies"]) == ("shipment.dispatched", ["promise.changed"])
    assert said(world.header()) == [(120, "slow_way")]
    assert event["data"]["promise"] == {
        "state": "jeopardy",
        "deliver_by": to_iso(NOON + timedelta(hours=120)),
        "reason": "slow_way",
    }
    assert (event["data"]["eta"]["basis"], event["data"]["eta"]["samples"]) == ("own", 20)
    assert world.header().promised_at == to_iso(NOON + timedelta(hours=72))


def test_what_left_hours_late_is_in_jeopardy_but_no_other_day_is_said_within_the_grace() -> None:
    world = placed()
    world.wait(hours=30)
    send(world)
    assert (world.header().standing, said(world.header())) == ("jeopardy", [])
    late = placed()
    late.wait(hours=37)
    send(late)
    assert (late.header().standing, said(late.header())) == ("jeopardy", [(37 + 72, "sent_late")])


def test_a_failed_attempt_after_the_promise_moves_the_day_and_the_delivery_then_breaks_the_promise() -> None:
    world = placed()
    world.wait(hours=24)
    send(world)
    world.now = NOON + timedelta(hours=64)
    scan(world, S.DELIVERY_ATTEMPT_FAILED)
    assert (world.header().standing, said(world.header())) == ("jeopardy", [(112, "attempt_failed")])
    world.now = NOON + timedelta(hours=90)
    assert standing(world.state(), world.now) == "late"
    scan(world, S.DELIVERED)
    header = world.header()
    assert (header.promise_kept, header.standing) == (False, "late")
    assert last_event(world)["data"]["promise_kept"] is False


def test_what_the_carrier_states_moves_the_day_and_a_better_word_ends_the_jeopardy() -> None:
    world = placed()
    world.wait(hours=20)
    send(world)
    scan(world, S.IN_TRANSIT, stated=NOON + timedelta(hours=100))
    assert (world.header().standing, said(world.header())) == ("jeopardy", [(124, "carrier")])
    world.wait(hours=1)
    scan(world, S.IN_TRANSIT, stated=NOON + timedelta(hours=70))
    assert last_event(world)["data"]["promise"] == {"state": "on_time"}
    assert said(world.header()) == [(124, "carrier")]


def test_a_promise_is_judged_once_even_if_the_parcel_then_goes_back() -> None:
    world = placed()
    send(world)
    world.wait(hours=40)
    scan(world, S.DELIVERED)
    world.wait(days=9)
    scan(world, S.RETURNED_TO_SENDER)
    assert (world.header().delivered_at, world.header().promise_kept) == (None, True)
    assert PROMISE not in world.header().deadlines


@pytest.mark.parametrize(("hours", "kept"), [(72, True), (72.001, False)])
def test_the_customers_own_word_judges_it_too(hours: float, kept: bool) -> None:
    world = placed()
    send(world)
    world.wait(hours=hours)
    world.desk.change(ORDER, confirm_receipt, actor=STAFF)
    assert world.header().promise_kept is kept


def test_a_cancelled_order_is_neither_in_jeopardy_nor_late() -> None:
    world = placed()
    world.wait(hours=30)
    settle_due(world.desk, ORDER)
    world.desk.change(ORDER, lambda s, n: cancellation(s, n, code="staff", reason="x"), actor=STAFF)
    assert (world.header().standing, world.header().promise_kept) == ("on_time", None)
    assert last_event(world)["implies"] == []
    world.wait(days=9)
    assert standing(world.state(), world.now) == "on_time"


def test_an_order_that_waits_for_its_money_is_not_told_of() -> None:
    world = shop()
    world.place(parts=ONE)
    assert PROMISE not in world.header().deadlines


def test_what_another_node_gives_later_moves_the_day_before_it_is_sent() -> None:
    world = placed()
    later = to_iso(NOON + timedelta(hours=96))

    def resourced(state: Any, now: datetime) -> Decision:
        return Decision("order.resourced", state.header.model_copy(update={"expected_at": later}))

    world.desk.change(ORDER, resourced, actor=STAFF)
    assert (world.header().standing, said(world.header())) == ("jeopardy", [(96, "sourced_again")])
    world.wait(hours=1)
    send(world)
    assert (world.header().standing, len(world.header().repromised)) == ("on_time", 1)


MOVES = st.lists(
    st.tuples(
        st.floats(0.1, 40),
        st.sampled_from([S.IN_TRANSIT, S.EXCEPTION, S.DELIVERY_ATTEMPT_FAILED, S.OUT_FOR_DELIVERY, S.LOST]),
        st.none() | st.floats(-20, 200),
        st.booleans(),
    ),
    max_size=14,
)


@given(begin=st.floats(0, 60), usual=st.tuples(st.integers(1, 9000), st.integers(0, 9000)), moves=MOVES)
def test_later_days_differ_follow_each_other_and_are_said_only_when_they_are_needed(
    begin: float, usual: tuple[int, int], moves: list[tuple[float, TrackingStatus, float | None, bool]]
) -> None:
    """Whatever a carrier says and however often the watcher looks."""
    world = placed()
    first = world.header().promised_at
    world.wait(hours=begin)
    settle_due(world.desk, ORDER)
    send(world, road(usual[0] / 60, sum(usual) / 60))
    for wait, status, stated, sweep in moves:
        before = world.header()
        world.wait(hours=wait)
        if sweep:
            settle_due(world.desk, ORDER)
            assert world.header().repromised[: len(before.repromised)] == before.repromised
        before = world.header()
        scan(world, status, stated=world.now + timedelta(hours=stated) if stated is not None else None)
        _check_step(world, before)
    header = world.header()
    words = [header.promised_at or "", *(each.deliver_by for each in header.repromised)]
    assert header.promised_at == first
    assert words == sorted(set(words))
    assert [each.said_at for each in header.repromised] == sorted(each.said_at for each in header.repromised)


def _check_step(world: World, before: OrderHeader) -> None:
    """One more day at most, exactly when what is expected has moved beyond the last one by more than the grace."""
    header = world.header()
    new = header.repromised[len(before.repromised) :]
    likely = [eta.likely for eta in etas(world.state(), world.now) if eta.likely]
    needed = any(each > from_iso(before.last_word or "") + grace_of(header) for each in likely)
    assert len(new) == (1 if needed else 0)
    assert header.standing == standing(world.state(), world.now)
    due = header.deadlines.get(PROMISE)
    if due is not None:  # the watcher never looks in vain: then it stands otherwise
        assert due > to_iso(world.now)
        assert standing(world.state(), from_iso(due)) != header.standing


def test_a_dispatch_keeps_what_its_way_usually_takes_by_the_nodes_own_day() -> None:
    world, roads = placed(), road(10, 15)
    roads.zones["hz"] = "Asia/Shanghai"
    world.now = datetime(2026, 3, 1, 17, tzinfo=UTC)  # Monday there
    send(world, roads)
    shipment = world.state().shipments[SHIPMENT]
    assert shipment.weekday == 0
    assert shipment.usual == Usual(median=600, p90=900, basis="own", samples=20, way="hz>CN all")
