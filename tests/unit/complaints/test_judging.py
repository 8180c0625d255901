"""Severity is raised, never lowered, each rule says why; routes are the first that fits; time is the department's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.catalog.complaint_terms import SEVERITIES, ComplaintTerms, Severity
from ordo.catalog.departments import Department
from ordo.catalog.hours import WorkingHours
from ordo.complaints.deciding import Intake, escalating, forgetting, opening, rating, reopening, resolving
from ordo.complaints.decision import Decision, NoChange
from ordo.complaints.judging import Facts, judge, route, says
from ordo.complaints.model import Complaint, Remedy
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.model import Actor

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WORDS = ("受伤", "bleed*", "fire", "脏")
RULES = st.fixed_dictionaries(
    {"rule_id": st.uuids().map(str), "severity": st.sampled_from(SEVERITIES)},
    optional={
        "words": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2),
        "amount": st.fixed_dictionaries({"CNY": st.integers(1, 1000)}),
        "segments": st.just(["vip"]),
        "repeats": st.fixed_dictionaries({"count": st.integers(1, 2), "days": st.integers(1, 9)}),
        "categories": st.just(["room"]),
    },
)
FACTS = st.builds(
    Facts,
    text=st.lists(st.sampled_from(["受伤了", "bleeding", "fireplace", "很脏", "ok"]), max_size=3).map(" ".join),
    category=st.sampled_from(["room", "other"]),
    stated=st.sampled_from(SEVERITIES),
    amount=st.none() | st.integers(1, 1000),
    currency=st.just("CNY"),
    segment=st.sampled_from([None, "vip"]),
    earlier=st.lists(st.integers(1, 20).map(lambda days: to_iso(NOW - timedelta(days=days))), max_size=3).map(tuple),
)


@given(st.lists(RULES, max_size=5), FACTS)
def test_severity_is_never_lowered_and_is_what_the_rules_that_fired_give(rules: list[Any], facts: Facts) -> None:
    severity, judged = judge(ComplaintTerms.of({"severity": rules}), facts, NOW)
    rank = SEVERITIES.index
    assert rank(severity) == max(map(rank, [facts.stated, *(each.gives for each in judged if each.fired)]))
    assert [each.rule_id for each in judged] == [each["rule_id"] for each in rules]
    assert all(each.fired == all(one.met for one in each.because) for each in judged)
    assert all(
        each.because or not set(rule) - {"rule_id", "severity"} for each, rule in zip(judged, rules, strict=True)
    )


@given(FACTS, st.sampled_from(SEVERITIES), st.permutations(["a", "b", "c"]))
def test_routing_is_the_first_that_fits_and_the_same_each_time(
    facts: Facts, severity: Severity, order: list[str]
) -> None:
    conditions: dict[str, dict[str, Any]] = {
        "a": {"categories": ["room"]},
        "b": {"words": ["受伤"]},
        "c": {"severity_from": "high"},
    }
    body = {"routes": [{"rule_id": each, "department": f"d-{each}", **conditions[each]} for each in order]}
    fits = {
        "a": facts.category == "room",
        "b": "受伤" in facts.text,
        "c": severity in ("high", "critical"),
    }
    found, asked = route(ComplaintTerms.of(body), facts, severity)
    assert (found.rule_id if found else None) == next((each for each in order if fits[each]), None)
    assert route(ComplaintTerms.of(body), facts, severity) == (found, asked)
    assert [each.fired for each in asked[:-1]] == [False] * (len(asked) - 1 if asked else 0)


@pytest.mark.parametrize(
    ("text", "word", "met"),
    [
        ("我受伤了", "受伤", True),
        ("It BLEEDS", "bleed*", True),
        ("a fireplace", "fire", False),
        ("on fire!", "fire", True),
        ("房间wifi很慢", "wifi", True),
        ("ＷＩＦＩ", "wifi", True),
        ("Straße", "strasse", True),
        ("café", "caf", False),
    ],
)
def test_words_stand_by_themselves_in_letters_and_anywhere_in_chinese(text: str, word: str, met: bool) -> None:
    assert says(text, word) is met


def minute_by_minute(hours: dict[str, Any], since: datetime, minutes: int) -> datetime:
    """An oracle that has a clock and a calendar: it walks."""
    zone, at, left = ZoneInfo(hours["time_zone"]), since, minutes
    while True:
        here = at.astimezone(zone)
        spans = hours["weekly"].get(("mon", "tue", "wed", "thu", "fri", "sat", "sun")[here.weekday()], [])
        spans = [] if here.date().isoformat() in hours["holidays"] else spans
        text = f"{here:%H:%M}"
        if any(span[:5] <= text < span[6:] for span in spans):
            if left == 0:
                return at
            left -= 1
            if left == 0:
                return at + timedelta(minutes=1)
        at += timedelta(minutes=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 7 * 24 * 60), st.integers(1, 900), st.sampled_from(["Asia/Shanghai", "Europe/Paris", "UTC"]))
def test_time_is_counted_in_the_departments_hours(start: int, minutes: int, zone: str) -> None:
    body = {
        "time_zone": zone,
        "weekly": {"mon": ["09:00-12:00", "13:00-18:00"], "tue": ["08:00-20:00"], "sat": ["10:00-11:00"]},
        "holidays": ["2026-03-03"],
    }
    since = NOW + timedelta(minutes=start)
    due = Department("d", hours=WorkingHours.of(body)).due(since, minutes)
    assert due == minute_by_minute(body, since, minutes)


def test_a_department_that_never_opens_has_a_deadline_all_the_same() -> None:
    closed = Department("d", hours=WorkingHours.of({"time_zone": "UTC", "weekly": {}}))
    assert closed.due(NOW, 60) == NOW + timedelta(minutes=60)


def opened(**fields: Any) -> Complaint:
    terms = ComplaintTerms.of({"department": "d"})
    department = Department.of("d", {"escalation": [{"owner": "x", "minutes": 10}, {"owner": "y", "minutes": 10}]})
    intake = Intake("cmp_1", "web", "customer", "room", "normal")
    facts = Facts("text", "room", "normal")
    return opening(intake, facts, terms, {"d": department}, NOW).header.model_copy(update=fields)


DEPARTMENT = Department("d")
REMEDY = Remedy(remedy_id="r1", outcome="apology", by=Actor(type="staff", id="s"), decided_at=to_iso(NOW), reason="x")


def test_a_deadline_that_has_passed_goes_up_its_chain_and_then_reminds_daily() -> None:
    header, seen = opened(), []
    assert isinstance(escalating(header, DEPARTMENT, NOW), NoChange)
    for _ in range(4):
        now = from_iso(header.deadline)
        decision = escalating(header, DEPARTMENT, now)
        assert isinstance(decision, Decision)
        assert decision.header.deadline > to_iso(now)
        header = decision.header
        seen.append((header.owner, header.level, decision.data["reminder"]))
    assert seen == [("x", 1, False), ("y", 2, False), ("y", 2, True), ("y", 2, True)]


def test_what_is_solved_is_solved_once_and_reopened_in_time_only() -> None:
    decision = resolving(opened(), REMEDY, NOW)
    assert isinstance(decision, Decision)
    solved = decision.header
    assert isinstance(resolving(solved, REMEDY, NOW), NoChange)
    with pytest.raises(NotAllowedNow):
        resolving(solved, REMEDY.model_copy(update={"remedy_id": "r2"}), NOW)
    again = reopening(solved, DEPARTMENT, None, None, NOW).header
    assert (again.state, again.level, again.owner, again.remedy, again.earlier) == ("open", 1, "x", None, (REMEDY,))
    with pytest.raises(NotAllowedNow):
        reopening(again, DEPARTMENT, None, None, NOW)
    with pytest.raises(NotAllowedNow):
        reopening(solved, DEPARTMENT, None, None, NOW + timedelta(days=15))
    with pytest.raises(NotAllowedNow):
        rating(opened(), 5, "", NOW)


def test_what_is_forgotten_names_nobody() -> None:
    header = opened(customer="c-1")
    decision = forgetting(header)
    assert decision.header.customer is None
    assert all(each.content is None for each in decision.apart)


def test_every_severity_has_its_minutes() -> None:
    assert set(DEPARTMENT.minutes) == set(get_args(Severity))
