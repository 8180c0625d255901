"""A parcel that falls silent is stalled, then suspected lost; what is heard of it ends that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.shipments.model import Parcel, TrackingEvent, TrackingStatus
from ordo.shipments.quiet import Limit, Patience, Suspicion, gaps_of, next_look, suspicion
from ordo.shipments.rests import Rests
from ordo.shipments.tracking import History, merge, status_of

S = TrackingStatus
HOUR = timedelta(hours=1)
DISPATCHED = datetime(2027, 3, 1, 9, tzinfo=UTC)  # a Monday
LIMITS = {
    S.LABEL_CREATED: Limit(48, 120),
    S.PICKED_UP: Limit(30, 90),
    S.IN_TRANSIT: Limit(40, 100, "measured", 900),
    S.OUT_FOR_DELIVERY: Limit(24, 96),
    S.AVAILABLE_FOR_PICKUP: Limit(240, None),
}
PATIENCE = Patience("ups", LIMITS)


def scan(status: TrackingStatus, hour: float, told: float | None = None, name: str = "") -> TrackingEvent:
    happened, received = DISPATCHED + HOUR * hour, DISPATCHED + HOUR * (hour if told is None else told)
    return TrackingEvent(
        identity=f"{status}@{hour}{name}", status=status, occurred_at=to_iso(happened), received_at=to_iso(received)
    )


def parcel(*events: TrackingEvent) -> Parcel:
    history: History = ()
    for event in events:
        history = merge(history, event)
    return Parcel(tracking_number="N1", lines=(), history=history, status=status_of(history))


def at(hour: float, *events: TrackingEvent, patience: Patience = PATIENCE) -> Suspicion | None:
    return suspicion(parcel(*events), DISPATCHED, patience, DISPATCHED + HOUR * hour)


def kind(found: Suspicion | None) -> str | None:
    return found.kind if found else None


@pytest.mark.parametrize(
    ("hour", "expected"), [(0, None), (49.9, None), (50, "stalled"), (109.9, "stalled"), (110, "lost"), (999, "lost")]
)
def test_silence_is_stalled_and_then_suspected_lost(hour: float, expected: str | None) -> None:
    assert kind(at(hour, scan(S.PICKED_UP, 2), scan(S.IN_TRANSIT, 10))) == expected


def test_a_parcel_of_which_nothing_was_ever_heard_is_silent_since_its_dispatch() -> None:
    assert kind(at(47)) is None
    found = at(120)
    assert found is not None
    assert (found.kind, found.since) == ("lost", DISPATCHED)


def test_a_label_and_what_is_unknown_are_no_sign_of_life() -> None:
    found = at(60, scan(S.LABEL_CREATED, 20), scan(S.UNKNOWN, 50))
    assert found is not None
    assert (found.kind, found.since) == ("stalled", DISPATCHED)


def test_a_dispatch_that_was_told_after_the_first_scan_is_a_sign_of_life_too() -> None:
    """Nodes say late that something has left."""
    found = at(40, scan(S.IN_TRANSIT, -20))
    assert found is not None
    assert (found.kind, found.since, found.facts["last_status"]) == ("stalled", DISPATCHED, "in_transit")
    assert at(39.9, scan(S.IN_TRANSIT, -20)) is None


def test_any_scan_ends_the_suspicion() -> None:
    silent = (scan(S.IN_TRANSIT, 10),)
    assert kind(at(111, *silent)) == "lost"
    assert at(112, *silent, scan(S.IN_TRANSIT, 111)) is None


def test_a_scan_that_is_told_late_counts_from_when_it_happened() -> None:
    assert kind(at(60, scan(S.IN_TRANSIT, 10), scan(S.IN_TRANSIT, 15, told=59))) == "stalled"
    assert at(54, scan(S.IN_TRANSIT, 10), scan(S.IN_TRANSIT, 15, told=53)) is None


def test_a_carriers_clock_that_runs_ahead_does_not_hide_a_silence() -> None:
    ahead = scan(S.IN_TRANSIT, 500, told=10)
    assert kind(at(50, ahead)) == "stalled"


@pytest.mark.parametrize("end", [S.DELIVERED, S.RETURNED_TO_SENDER])
def test_what_has_arrived_is_never_missed(end: TrackingStatus) -> None:
    events = (scan(S.IN_TRANSIT, 10), scan(end, 20))
    assert at(9999, *events) is None
    assert next_look(parcel(*events), DISPATCHED, PATIENCE) is None


def test_what_the_carrier_calls_lost_is_lost_at_once_until_it_turns_up() -> None:
    found = at(31, scan(S.IN_TRANSIT, 10), scan(S.LOST, 30))
    assert found is not None
    assert found.kind == "lost"
    assert found.facts["basis"] == "told"
    assert at(41, scan(S.IN_TRANSIT, 10), scan(S.LOST, 30), scan(S.IN_TRANSIT, 40)) is None
    assert next_look(parcel(scan(S.LOST, 30)), DISPATCHED, PATIENCE) is None


def test_a_status_after_which_nobody_waits_for_the_carrier_is_not_suspected_lost() -> None:
    waiting = scan(S.AVAILABLE_FOR_PICKUP, 10)
    assert kind(at(9999, waiting)) == "stalled"
    assert at(9999, scan(S.EXCEPTION, 10)) is None  # without any limit
    assert next_look(parcel(scan(S.EXCEPTION, 10)), DISPATCHED, PATIENCE) is None


def test_the_wait_is_that_of_what_was_scanned_last_also_when_the_parcel_was_further_before() -> None:
    found = at(70, scan(S.OUT_FOR_DELIVERY, 10), scan(S.IN_TRANSIT, 30))
    assert found is not None
    assert (found.facts["last_status"], found.facts["limit_hours"]) == ("in_transit", 40)


def test_days_on_which_the_carrier_rests_say_nothing() -> None:
    weekends = Patience("ups", LIMITS, Rests(weekly=frozenset({5, 6})))
    friday = scan(S.IN_TRANSIT, 4 * 24)  # Friday at 9
    assert kind(at(4 * 24 + 40, friday)) == "stalled"
    assert at(4 * 24 + 40, friday, patience=weekends) is None
    found = at(4 * 24 + 48 + 40, friday, patience=weekends)
    assert found is not None
    assert found.kind == "stalled"
    assert (found.facts["silent_hours"], found.facts["rested_hours"]) == (40, 48)


def test_the_facts_say_what_was_used() -> None:
    found = at(115, scan(S.IN_TRANSIT, 10))
    assert found is not None
    assert found.since == DISPATCHED + 10 * HOUR
    assert found.crossed_at == DISPATCHED + 110 * HOUR
    assert found.facts == {
        "last_status": "in_transit",
        "last_sign_at": "2027-03-01T19:00:00.000Z",
        "limit_hours": 100,
        "silent_hours": 105,
        "rested_hours": 0,
        "basis": "measured",
        "samples": 900,
    }


STATUSES = [status for status in S if status is not S.LOST]
HISTORIES = st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 400), st.integers(0, 200)), max_size=8)
CALENDARS = st.builds(
    Rests,
    zone=st.sampled_from(["UTC", "Asia/Shanghai"]),
    weekly=st.frozensets(st.integers(0, 6), max_size=3),
)


@given(HISTORIES, CALENDARS)
def test_the_answer_changes_exactly_when_it_is_time_to_look(
    told: list[tuple[TrackingStatus, int, int]], rests: Rests
) -> None:
    box = parcel(*(scan(status, hour, hour + late, str(n)) for n, (status, hour, late) in enumerate(told)))
    patience, moment = Patience("ups", LIMITS, rests), DISPATCHED - HOUR
    before, looks = suspicion(box, DISPATCHED, patience, moment), 0
    while (look := next_look(box, DISPATCHED, patience, after=moment)) is not None:
        just_before = suspicion(box, DISPATCHED, patience, look - timedelta(milliseconds=1))
        assert kind(just_before) == kind(before)
        found = suspicion(box, DISPATCHED, patience, look)
        assert kind(found) != kind(before)
        before, moment, looks = found, look, looks + 1
    assert looks <= 2
    assert kind(suspicion(box, DISPATCHED, patience, moment + timedelta(days=900))) == kind(before)


@given(st.permutations([scan(S.PICKED_UP, 1), scan(S.IN_TRANSIT, 9), scan(S.IN_TRANSIT, 9, name="b")]))
def test_in_which_order_scans_were_told_is_nothing(events: list[TrackingEvent]) -> None:
    assert kind(at(49, *events)) == "stalled"
    assert at(48.9, *events) is None


def test_a_wait_is_from_what_was_known_last_to_when_news_came() -> None:
    history = parcel(
        scan(S.PICKED_UP, 2, told=4),
        scan(S.IN_TRANSIT, 10),
        scan(S.UNKNOWN, 12),
        scan(S.IN_TRANSIT, 20, told=50),
        scan(S.OUT_FOR_DELIVERY, 30, told=50),  # told together with the one before: one wait
        scan(S.IN_TRANSIT, 15, told=60),  # no news: older than what was known
        scan(S.DELIVERED, 33, told=70),
        scan(S.DELIVERED, 90, told=91, name="again"),
    ).history
    assert gaps_of(history, DISPATCHED, Rests()) == (
        (S.LABEL_CREATED, 4 * HOUR),
        (S.PICKED_UP, 8 * HOUR),
        (S.IN_TRANSIT, 40 * HOUR),
        (S.OUT_FOR_DELIVERY, 40 * HOUR),
    )


def test_word_that_there_is_no_news_is_no_news() -> None:
    expired = scan(S.EXCEPTION, 45).model_copy(update={"cause": "no_news"})
    found = at(50, scan(S.IN_TRANSIT, 10), expired)
    assert found is not None
    assert (found.kind, found.facts["last_status"]) == ("stalled", "in_transit")
