"""Complaints are kept the same in memory and in DynamoDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordo.catalog.complaint_terms import ComplaintTerms
from ordo.catalog.departments import Department
from ordo.complaints.deciding import Intake, Say, asking, escalating, forgetting, opening, resolving, saying
from ordo.complaints.decision import Decision, make_commit
from ordo.complaints.errors import ComplaintNotFound, StaleComplaint
from ordo.complaints.judging import Facts
from ordo.complaints.memory import InMemoryComplaintRepository
from ordo.complaints.model import Complaint, Remedy, Said
from ordo.complaints.ports import ComplaintRepository
from ordo.complaints.repository import DynamoComplaintRepository
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Claim
from ordo.orders.errors import ClaimTaken
from ordo.orders.model import Actor

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ANA = Actor(type="staff", id="ana")
ORDER = "ord_01JC0000000000000000000000"
NAMES = [f"cmp_01JC000000000000000000000{number}" for number in range(4)]


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> ComplaintRepository:
    if request.param == "memory":
        return InMemoryComplaintRepository()
    request.getfixturevalue("tables")
    return DynamoComplaintRepository("OrdersTable", "CustomersTable")


def opened(
    store: ComplaintRepository, name: str = NAMES[0], *, hours: int = 0, owner: str = "desk", **fields: Any
) -> Complaint:
    """A complaint that is opened so many hours later."""
    now = NOW + timedelta(hours=hours)
    intake = Intake(name, "web", "customer", "goods", "normal", **fields)
    departments = {"desk": Department("desk", people=(owner,))}
    terms = ComplaintTerms(department="desk")
    decision = opening(intake, Facts("broken", "goods", "normal"), terms, departments, now)
    return written(store, None, decision, now)


def written(
    store: ComplaintRepository, before: Complaint | None, decision: Any, now: datetime = NOW, event: str = "evt"
) -> Complaint:
    assert isinstance(decision, Decision)
    name = f"{event}_{(before.seq if before else 0) + 1}"
    commit = make_commit(before, decision, now=now, actor=ANA, event_id=name)
    store.commit(commit)
    return commit.header


def said(header: Complaint, number: int, claim: Claim | None = None) -> Decision:
    message = Said(message_id=f"msg_{number}", role="staff", at=to_iso(NOW), by=ANA.id)
    return saying(header, Say(message, f"Hello {number}"), claim)


def test_one_that_nobody_has_opened_is_not_there(store: ComplaintRepository) -> None:
    with pytest.raises(ComplaintNotFound):
        store.load(NAMES[0])
    assert (store.apart(NAMES[0]), store.timeline(NAMES[0]), store.of_order(ORDER)) == ({}, [], [])


def test_what_is_written_is_read_again_with_its_events_and_what_is_apart(store: ComplaintRepository) -> None:
    first = opened(store, order_id=ORDER, customer="hash")
    second = written(store, first, said(first, 1))
    assert store.load(first.complaint_id) == second
    assert [each.seq for each in store.timeline(first.complaint_id)] == [1, 2]
    assert [each.seq for each in store.timeline(first.complaint_id, after_seq=1)] == [2]
    assert store.apart(first.complaint_id) == {"message#msg_1": {"text": "Hello 1"}}


def test_the_same_commit_again_changes_nothing_and_another_is_stale(store: ComplaintRepository) -> None:
    first = opened(store)
    commit = make_commit(first, said(first, 1), now=NOW, actor=ANA, event_id="evt_2")
    store.commit(commit)
    other = make_commit(first, said(first, 2), now=NOW, actor=ANA, event_id="evt_3")
    with pytest.raises(StaleComplaint):
        store.commit(other)
    with pytest.raises(StaleComplaint):
        opened(store, hours=1)
    assert store.load(first.complaint_id) == commit.header
    assert store.apart(first.complaint_id) == {"message#msg_1": {"text": "Hello 1"}}


def test_a_key_is_held_by_the_first_that_writes_it(store: ComplaintRepository) -> None:
    key = Claim("idem", ("shop", "k1"), {"hash": "h", "message_id": "msg_1"})
    first = opened(store)
    second = written(store, first, said(first, 1, key))
    held = store.claim("idem", ("shop", "k1")) or {}
    assert (held["hash"], held["message_id"]) == ("h", "msg_1")
    assert store.claim("idem", ("shop", "k2")) is None
    with pytest.raises(ClaimTaken):
        written(store, second, said(second, 2, key))
    assert store.load(first.complaint_id) == second


def test_what_was_said_waits_apart_until_it_is_opened_or_discarded(store: ComplaintRepository) -> None:
    key = Claim("idem", ("shop", "k1"), {"complaint_id": NAMES[0]})
    store.accept(NAMES[0], key, {"subject": "Broken"})
    with pytest.raises(ClaimTaken):
        store.accept(NAMES[1], key, {"subject": "Late"})
    assert (store.apart(NAMES[0]), store.apart(NAMES[1])) == ({"text": {"subject": "Broken"}}, {})
    store.discard(NAMES[0])
    assert store.apart(NAMES[0]) == {}


def test_an_orders_complaints_and_a_customers_earlier_ones_are_found(store: ComplaintRepository) -> None:
    found = [opened(store, NAMES[number], hours=number, order_id=ORDER, customer="hash") for number in range(3)]
    opened(store, NAMES[3], hours=3, customer="other")
    assert store.of_order(ORDER) == found
    since = to_iso(NOW + timedelta(hours=1))
    assert store.earlier("hash", since) == [found[2].opened_at, found[1].opened_at]
    assert store.earlier("nobody", since) == []


def test_open_ones_of_an_owner_come_by_their_deadline_and_in_pages(store: ComplaintRepository) -> None:
    late, soon = opened(store, NAMES[0], hours=5), opened(store, NAMES[1], hours=1)
    opened(store, NAMES[2], owner="other")
    first = store.of_owner("desk", 1, None)
    assert [each.complaint_id for each in first.rows] == [soon.complaint_id]
    rest = store.of_owner("desk", 5, first.next_key)
    assert ([each.complaint_id for each in rest.rows], rest.next_key) == ([late.complaint_id], None)
    remedy = Remedy(remedy_id="rem_1", outcome="apology", reason="Sorry", by=ANA, decided_at=to_iso(NOW))
    written(store, soon, resolving(soon, remedy, NOW))
    assert [each.complaint_id for each in store.of_owner("desk", 5, None).rows] == [late.complaint_id]


def test_those_of_a_department_come_the_newest_first_by_state(store: ComplaintRepository) -> None:
    old, new = opened(store, NAMES[0]), opened(store, NAMES[1], hours=1)
    remedy = Remedy(remedy_id="rem_1", outcome="apology", reason="Sorry", by=ANA, decided_at=to_iso(NOW))
    ids = [each.complaint_id for each in store.of_department("desk", "open", 5, None).rows]
    assert ids == [new.complaint_id, old.complaint_id]
    solved = written(store, old, resolving(old, remedy, NOW))
    assert store.of_department("desk", "resolved", 5, None).rows == [solved]
    assert store.of_department("other", "open", 5, None).rows == []


def test_it_goes_up_is_asked_after_and_forgotten(store: ComplaintRepository) -> None:
    header = opened(store, customer="hash")
    later = NOW + timedelta(days=9)
    passed = written(store, header, escalating(header, Department("desk"), later), later)
    spoken = written(store, passed, said(passed, 1), later)
    remedy = Remedy(remedy_id="rem_1", outcome="apology", reason="Sorry", by=ANA, decided_at=to_iso(later))
    solved = written(store, spoken, resolving(spoken, remedy, later), later)
    asked = written(store, solved, asking(solved, later + timedelta(days=9)), later)
    gone = written(store, asked, forgetting(asked), later)
    assert store.load(header.complaint_id) == gone
    assert (store.apart(header.complaint_id), store.earlier("hash", to_iso(NOW))) == ({}, [])
