"""Webhooks are delivered in order per endpoint and order, at least once, and a failing order waits alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ordo.kernel.clock import from_iso, to_iso
from ordo.notifications.events import Message, TimelineEvent
from ordo.notifications.model import BACK_OFF_S, FAILING_FOR, LEASE, Endpoint, Job, Lane, Outcome
from tests.support.notices import BROKEN, DELIVERED, GONE, START, World, endpoint, event


@pytest.fixture
def world() -> World:
    """One endpoint that wants everything."""
    made = World()
    made.endpoints.put(endpoint())
    return made


def fail(world: World, *ids: str) -> None:
    """Attempts at these messages fail."""
    world.answer = lambda _to, message: BROKEN if message.id in ids else DELIVERED


def test_an_announced_event_is_delivered_once(world: World) -> None:
    first = event("ord_A", 1)
    world.add(first)
    world.announce(first)
    world.announce(first)
    assert world.got("ord_A") == ["evt_ord_A_1"]


def test_what_the_bus_lost_is_read_from_the_timeline(world: World) -> None:
    world.add(*(event("ord_A", seq) for seq in (1, 2, 3)))
    world.announce(event("ord_A", 3))
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2", "evt_ord_A_3"]


def test_an_implied_type_is_a_message_of_its_own_after_its_event(world: World) -> None:
    world.add(event("ord_A", 1, "payment.captured", "order.released"))
    world.announce(event("ord_A", 1, "payment.captured", "order.released"))
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_1.order.released"]


def test_a_failed_implied_message_is_retried_without_the_one_before_it(world: World) -> None:
    paid = event("ord_A", 1, "payment.captured", "order.released")
    world.add(paid)
    fail(world, "evt_ord_A_1.order.released")
    world.announce(paid)
    fail(world)
    world.now += timedelta(minutes=1)
    world.wake("ord_A")
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_1.order.released"]


def test_only_wanted_types_and_channels_are_sent() -> None:
    world = World()
    world.endpoints.put(endpoint("typed", event_types=("order.released",)))
    world.endpoints.put(endpoint("shop", channels=("shop",)))
    paid = event("ord_A", 1, "payment.captured", "order.released")
    world.add(paid)
    world.announce(paid)
    assert world.got("ord_A", "typed") == ["evt_ord_A_1.order.released"]
    assert world.got("ord_A", "shop") == []
    assert world.lanes.get("shop", "ord_A") is None


def test_a_new_endpoint_gets_nothing_that_happened_before_it() -> None:
    world = World()
    world.endpoints.put(endpoint(created_at=to_iso(START + timedelta(minutes=2))))
    world.add(*(event("ord_A", seq) for seq in (1, 2, 3)))
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == []
    world.announce(event("ord_A", 3))
    assert world.got("ord_A") == ["evt_ord_A_2", "evt_ord_A_3"]


def test_a_failed_message_holds_back_the_later_ones_of_its_order_until_its_time(world: World) -> None:
    world.add(event("ord_A", 1), event("ord_A", 2))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    fail(world)
    world.announce(event("ord_A", 2))
    assert world.got("ord_A") == []
    world.now += timedelta(seconds=BACK_OFF_S[0] * 2)
    world.wake("ord_A")
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2"]
    lane = world.lanes.get("ep", "ord_A")
    assert lane is not None
    assert (lane.deadline_at, lane.attempts, lane.behind) == (None, 0, False)


def test_the_watcher_may_put_a_due_lane_off_in_the_index_without_stopping_it(world: World) -> None:
    world.add(event("ord_A", 1))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    fail(world)
    world.now += timedelta(minutes=1)
    lane = world.lanes.stored["ep", "ord_A"]
    world.lanes.stored["ep", "ord_A"] = replace(lane, deadline_at=to_iso(world.now + timedelta(minutes=5)))
    world.wake("ord_A")
    assert world.got("ord_A") == ["evt_ord_A_1"]


def test_a_failing_order_does_not_hold_back_another(world: World) -> None:
    world.add(event("ord_A", 1), event("ord_B", 1))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    world.announce(event("ord_B", 1))
    assert (world.got("ord_A"), world.got("ord_B")) == ([], ["evt_ord_B_1"])


def test_waits_grow_over_three_days_and_then_the_endpoint_is_disabled_with_an_alarm(world: World) -> None:
    world.add(event("ord_A", 1))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    waits = []
    while (lane := world.lanes.stored["ep", "ord_A"]).deadline_at:
        waits.append((from_iso(lane.deadline_at) - world.now).total_seconds())
        world.now = from_iso(lane.deadline_at)
        world.wake("ord_A")
    assert [BACK_OFF_S[n] <= wait <= BACK_OFF_S[n] * 1.1 for n, wait in enumerate(waits)] == [True] * len(BACK_OFF_S)
    assert len(world.attempts) == len(BACK_OFF_S) + 1
    held = world.endpoints.stored["ep"]
    assert (held.state, held.disabled_reason) == ("disabled", "exhausted")
    assert world.alarms == ["WebhookEndpointDisabled"]


def test_an_endpoint_that_says_gone_is_disabled_at_once_and_only_once(world: World) -> None:
    world.add(event("ord_A", 1), event("ord_B", 1))
    world.answer = lambda _to, _message: GONE
    stale = world.delivery()
    endpoint_as_cached = world.endpoints.all()
    world.announce(event("ord_A", 1))
    world.announce(event("ord_B", 1))
    assert endpoint_as_cached[0].active
    assert len(world.attempts) == 1
    assert not stale.endpoints.disable("ep", "gone")
    assert world.endpoints.stored["ep"].disabled_reason == "gone"
    assert world.alarms == ["WebhookEndpointDisabled"]


def test_an_endpoint_that_took_nothing_for_five_days_is_disabled(world: World) -> None:
    world.add(event("ord_A", 1))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    since = world.endpoints.stored["ep"].failing_since
    assert since == to_iso(world.now)
    world.now += FAILING_FOR
    world.wake("ord_A")
    assert world.endpoints.stored["ep"].disabled_reason == "failing"


def test_a_success_ends_the_row_of_failures(world: World) -> None:
    world.add(event("ord_A", 1), event("ord_B", 1))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    world.announce(event("ord_B", 1))
    held = world.endpoints.stored["ep"]
    assert (held.failures, held.failing_since) == (0, None)


def test_lanes_of_a_disabled_endpoint_sleep_and_go_on_when_it_is_enabled() -> None:
    world = World()
    off = world.endpoints.put(endpoint(state="disabled"))
    for order in ("ord_A", "ord_B", "ord_C"):
        world.add(event(order, 1))
        world.announce(event(order, 1))
    assert world.attempts == []
    assert world.wake_all_due() == 0
    world.endpoints.put(replace(off, state="active"))
    assert world.delivery().resume("ep") == 3
    assert world.wake_all_due() == 3
    assert [world.got(order) for order in ("ord_A", "ord_B")] == [["evt_ord_A_1"], ["evt_ord_B_1"]]
    assert world.delivery().resume("ep") == 0


def test_a_lane_of_a_removed_endpoint_is_forgotten(world: World) -> None:
    world.add(event("ord_A", 1))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 1))
    world.endpoints.delete("ep")
    world.now += timedelta(minutes=1)
    world.wake("ord_A")
    assert world.lanes.stored == {}


def test_two_workers_never_send_one_lane_at_once_and_the_second_event_is_not_lost(world: World) -> None:
    first, second = event("ord_A", 1), event("ord_A", 2)
    world.add(first)

    def announce_the_second_meanwhile(_to: Endpoint, message: Message) -> Outcome:
        if message.seq == 1 and len(world.attempts) == 1:
            world.add(second)
            world.announce(second)
            assert len(world.attempts) == 1, "the other worker sent while the lane was held"
        return DELIVERED

    world.answer = announce_the_second_meanwhile
    world.announce(first)
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2"]
    assert world.lanes.stored["ep", "ord_A"].lease_by is None


def test_an_event_announced_just_before_the_lane_is_freed_is_still_sent(world: World) -> None:
    world.add(event("ord_A", 1))
    original = world.outbox.events

    def and_then_another_comes(order_id: str, after_seq: int, limit: int) -> list[TimelineEvent]:
        found = original(order_id, after_seq, limit)
        if len(world.outbox.stored["ord_A"]) == 1:
            world.add(event("ord_A", 2))
            world.announce(event("ord_A", 2))
        return found

    world.outbox.events = and_then_another_comes  # type: ignore[method-assign]  # another worker, right between
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2"]


def test_a_dead_workers_lane_is_taken_over_after_its_lease(world: World) -> None:
    world.add(event("ord_A", 1))
    world.lanes.put(Lane("ep", "ord_A", pending_upto=1).leased("dead", world.now))
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == []
    world.now += LEASE
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == ["evt_ord_A_1"]


def test_a_worker_whose_lease_ran_out_does_not_undo_the_progress_of_the_next(world: World) -> None:
    world.add(event("ord_A", 1))

    def die_slowly(_to: Endpoint, message: Message) -> Outcome:
        if len(world.attempts) == 1:
            world.now += LEASE
            world.announce(event("ord_A", 1))
            return BROKEN
        return DELIVERED

    world.answer = die_slowly
    world.announce(event("ord_A", 1))
    lane = world.lanes.stored["ep", "ord_A"]
    assert (lane.next_seq, lane.deadline_at, lane.attempts) == (2, None, 0)


def test_without_time_left_the_lane_is_left_to_the_watcher(world: World) -> None:
    world.add(event("ord_A", 1), event("ord_A", 2))
    world.announce(event("ord_A", 1), go_on=lambda: False)
    assert world.attempts == []
    assert world.wake_all_due() == 1
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2"]


def test_time_that_runs_out_midway_keeps_what_was_sent(world: World) -> None:
    world.add(*(event("ord_A", seq) for seq in (1, 2, 3)))
    world.announce(event("ord_A", 3), go_on=lambda: len(world.attempts) < 2)
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2"]
    world.wake_all_due()
    assert world.got("ord_A") == ["evt_ord_A_1", "evt_ord_A_2", "evt_ord_A_3"]


def test_an_event_that_cannot_be_read_does_not_stop_its_order(world: World) -> None:
    world.add(TimelineEvent("ord_A", 1, "{broken"), event("ord_A", 2))
    world.announce(event("ord_A", 2))
    assert world.got("ord_A") == ["evt_ord_A_2"]


def test_a_long_timeline_is_sent_whole(world: World) -> None:
    world.add(*(event("ord_A", seq) for seq in range(1, 131)))
    world.announce(event("ord_A", 130))
    assert world.got("ord_A") == [f"evt_ord_A_{seq}" for seq in range(1, 131)]


def test_a_false_announcement_ends(world: World) -> None:
    world.add(event("ord_A", 1))
    world.announce(event("ord_A", 99))
    assert world.got("ord_A") == ["evt_ord_A_1"]
    assert not world.lanes.stored["ep", "ord_A"].behind


def test_a_wake_up_for_nothing_writes_nothing(world: World) -> None:
    world.delivery().run(Job("ep", "ord_A"), lambda: True)
    assert world.lanes.stored == {}


def test_each_message_has_its_own_attempts(world: World) -> None:
    world.add(event("ord_A", 1), event("ord_A", 2))
    fail(world, "evt_ord_A_1")
    world.announce(event("ord_A", 2))
    fail(world, "evt_ord_A_2")
    world.now += timedelta(minutes=1)
    world.wake("ord_A")
    lane = world.lanes.stored["ep", "ord_A"]
    assert (lane.next_seq, lane.attempts) == (2, 1)
