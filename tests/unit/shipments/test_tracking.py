"""What a parcel's status is depends on what happened and when, never on what was told first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.shipments.model import TrackingEvent, TrackingStatus
from ordo.shipments.tracking import delivery_time, merge, status_of
from tests.support.shipping import NOW

S = TrackingStatus
RANK = {status: place for place, status in enumerate(TrackingStatus)}


def happened(*statuses: TrackingStatus) -> tuple[TrackingEvent, ...]:
    """One event an hour, in this order."""
    return tuple(at(status, hour) for hour, status in enumerate(statuses))


def at(status: TrackingStatus, hour: int, name: str = "") -> TrackingEvent:
    moment = to_iso(NOW + timedelta(hours=hour))
    return TrackingEvent(identity=f"{status}@{hour}{name}", status=status, occurred_at=moment, received_at=moment)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ([], S.LABEL_CREATED),
        ([S.LABEL_CREATED, S.PICKED_UP, S.IN_TRANSIT], S.IN_TRANSIT),
        ([S.OUT_FOR_DELIVERY, S.IN_TRANSIT], S.OUT_FOR_DELIVERY),
        ([S.IN_TRANSIT, S.UNKNOWN], S.IN_TRANSIT),
        ([S.UNKNOWN], S.LABEL_CREATED),
        ([S.IN_TRANSIT, S.EXCEPTION], S.EXCEPTION),
        ([S.IN_TRANSIT, S.EXCEPTION, S.UNKNOWN], S.EXCEPTION),
        ([S.IN_TRANSIT, S.EXCEPTION, S.IN_TRANSIT], S.IN_TRANSIT),
        ([S.OUT_FOR_DELIVERY, S.EXCEPTION, S.IN_TRANSIT], S.OUT_FOR_DELIVERY),
        ([S.IN_TRANSIT, S.LOST], S.LOST),
        ([S.IN_TRANSIT, S.EXCEPTION, S.LOST], S.LOST),
        ([S.LOST, S.IN_TRANSIT], S.IN_TRANSIT),
        ([S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED], S.DELIVERY_ATTEMPT_FAILED),
        ([S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED, S.IN_TRANSIT], S.DELIVERY_ATTEMPT_FAILED),
        ([S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED, S.OUT_FOR_DELIVERY], S.OUT_FOR_DELIVERY),
        ([S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED, S.AVAILABLE_FOR_PICKUP], S.AVAILABLE_FOR_PICKUP),
        ([S.DELIVERY_ATTEMPT_FAILED, S.DELIVERED], S.DELIVERED),
        ([S.DELIVERED, S.IN_TRANSIT, S.EXCEPTION, S.LOST, S.DELIVERY_ATTEMPT_FAILED], S.DELIVERED),
        ([S.DELIVERED, S.RETURNED_TO_SENDER], S.RETURNED_TO_SENDER),
        ([S.DELIVERY_ATTEMPT_FAILED, S.RETURNED_TO_SENDER, S.IN_TRANSIT], S.RETURNED_TO_SENDER),
        ([S.RETURNED_TO_SENDER, S.DELIVERED], S.DELIVERED),
    ],
)
def test_the_rule_of_tracking_statuses(history: list[TrackingStatus], status: TrackingStatus) -> None:
    assert status_of(happened(*history)) is status


def test_at_one_moment_the_further_status_stands() -> None:
    assert status_of((at(S.OUT_FOR_DELIVERY, 1), at(S.IN_TRANSIT, 1), at(S.EXCEPTION, 1))) is S.EXCEPTION
    assert status_of((at(S.RETURNED_TO_SENDER, 1), at(S.DELIVERED, 1))) is S.RETURNED_TO_SENDER


def test_a_parcel_was_delivered_when_it_first_was_since_it_last_went_back() -> None:
    assert delivery_time(happened(S.IN_TRANSIT)) is None
    assert delivery_time((at(S.DELIVERED, 5), at(S.DELIVERED, 3, "again"))) == to_iso(NOW + timedelta(hours=3))
    assert delivery_time(happened(S.DELIVERED, S.RETURNED_TO_SENDER)) is None
    assert delivery_time(happened(S.DELIVERED, S.RETURNED_TO_SENDER, S.DELIVERED)) == to_iso(NOW + timedelta(hours=2))


events = st.lists(
    st.builds(at, st.sampled_from(TrackingStatus), st.integers(0, 5), st.sampled_from(["", "b"])), max_size=7
)


@given(st.data(), events)
def test_any_order_with_any_repeats_gives_the_same_history_and_status(
    data: st.DataObject, told: list[TrackingEvent]
) -> None:
    repeated = told + data.draw(st.lists(st.sampled_from(told), max_size=5) if told else st.just([]))
    shuffled = data.draw(st.permutations(repeated))
    once: tuple[TrackingEvent, ...] = ()
    again: tuple[TrackingEvent, ...] = ()
    for event in told:
        once = merge(once, event)
    for event in shuffled:
        again = merge(again, event)
    assert again == once
    assert status_of(again) is status_of(once)
    assert {event.identity for event in again} == {event.identity for event in told}


@given(events, st.sampled_from(TrackingStatus))
def test_an_event_from_before_all_others_never_moves_a_parcel_backwards(
    told: list[TrackingEvent], status: TrackingStatus
) -> None:
    history: tuple[TrackingEvent, ...] = ()
    for event in told:
        history = merge(history, event)
    late = merge(history, at(status, -1))
    before, after = status_of(history), status_of(late)
    ends = (S.DELIVERED, S.RETURNED_TO_SENDER)
    if before in ends:
        assert after is before
    else:
        assert after in ends or RANK[after] >= RANK[before]


@given(events)
def test_a_known_event_is_not_merged_again(told: list[TrackingEvent]) -> None:
    history: tuple[TrackingEvent, ...] = ()
    for event in told:
        history = merge(history, event)
    for event in told:
        assert merge(history, event) is history
