"""The machine that carries complaints, run from its own file: every branch, twice, late, dead and begun again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from ordo.casework.signals import Kind
from ordo.casework.steps import Steps
from ordo.casework.waiting import Waits
from ordo.catalog.complaint_terms import ComplaintTerms
from ordo.catalog.departments import Department
from ordo.catalog.departments import Stage as Level
from ordo.complaints.carrying import REMEDY_REFUSED, ComplaintWork, complaint_cases
from ordo.complaints.deciding import Intake, deciding, opening, reopening, resolving
from ordo.complaints.judging import Facts
from ordo.complaints.memory import InMemoryComplaintRepository
from ordo.complaints.model import Complaint, Remedy
from ordo.complaints.service import ComplaintDesk
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Busy, NotAllowedNow
from ordo.orders.model import Actor
from tests.support.asl import Execution, TaskFailed
from tests.support.case_stage import CaseStage

NAME = "cmp_01JC0000000000000000000000"
ANA = Actor(type="staff", id="ana")
DESK = Department("desk", people=("lead",), escalation=(Level("manager", 60), Level("director", 240)))
HEARD = ("opened", "decided", "resolved", "escalated", "reopened")


class Remedies:
    """What makes good; it may be busy, or find that it cannot be done."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.done: list[str] = []

    def check(self, complaint: Complaint, remedy: Remedy) -> None:
        return None

    def carry_out(self, complaint: Complaint, remedy: Remedy) -> Remedy:
        if self.failures:
            raise self.failures.pop(0)
        self.done.append(remedy.remedy_id)
        return remedy.model_copy(update={"change_id": "chg_1"})


class Policies:
    """One department with two levels above it."""

    def terms(self, channel: str) -> ComplaintTerms:
        return ComplaintTerms(department="desk")

    def department(self, department_id: str) -> Department:
        return DESK


class Stage(CaseStage):
    """A complaint with its machine."""

    def __init__(self) -> None:
        super().__init__()
        self.time = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.repository, self.remedies = InMemoryComplaintRepository(), Remedies()
        numbers = count(1)
        ids = lambda prefix, _now: f"{prefix}_{next(numbers):026d}"  # noqa: E731
        self.desk = ComplaintDesk(self.repository, Policies(), lambda: self.time, ids, budget_s=0.1)
        self.counted: list[str] = []
        work = ComplaintWork(self.desk, self.remedies, self.counted.append)
        self.steps = Steps(work, Waits("complaint", self.tokens, self.queue.append))
        self.step: Callable[[Any], Any] = self.steps.do
        self.carry(
            "resolve_complaint",
            "ResolveComplaintFunctionArn",
            self._run,
            lambda start: [
                Kind(
                    "complaint",
                    complaint_cases(self.repository),
                    start,
                    frozenset({"complaint.escalated", "complaint.reopened"}),
                    subject="complaint_id",
                )
            ],
            lambda: [each.read() for each in self.repository.timeline(NAME)],
            [f"complaint.{name}" for name in HEARD],
            subject="complaint_id",
        )

    def _run(self, payload: Any) -> Any:
        try:
            return self.step(payload)
        except Busy as error:
            raise TaskFailed("Lambda.ServiceException") from error

    # ------------------------------------------------------------------ what people and time do
    def opened(self) -> Execution:
        """Somebody complains."""
        intake = Intake(NAME, "web", "customer", "goods", "normal")
        decision = opening(
            intake, Facts("broken", "goods", "normal"), ComplaintTerms(department="desk"), {"desk": DESK}, self.time
        )
        self.desk.open(decision, ANA)
        self.hear()
        return self.executions[NAME]

    @property
    def complaint(self) -> Complaint:
        return self.repository.load(NAME)

    def remedy(self, outcome: Any = "refund") -> Remedy:
        return Remedy(
            remedy_id="rem_1",
            outcome=outcome,
            by=ANA,
            decided_at=to_iso(self.time),
            reason="Sorry",
            amount=300 if outcome == "refund" else None,
            currency="CNY" if outcome == "refund" else None,
        )

    def decides(self) -> None:
        """Staff decide on a refund, and die before it is done."""
        self.desk.change(NAME, lambda header, _now: deciding(header, self.remedy(), None), actor=ANA)
        self.hear()

    def apologises(self) -> None:
        self.desk.change(NAME, lambda header, now: resolving(header, self.remedy("apology"), now), actor=ANA)
        self.hear(times=2)

    def waits(self, hours: int) -> None:
        """Time goes by, and the watcher looks."""
        self.time += timedelta(hours=hours)
        self.desk.settle_due(NAME)
        self.hear()


def test_it_waits_for_a_decision_and_ends_with_it() -> None:
    stage = Stage()
    running = stage.opened()
    assert (running.status, running.path) == ("RUNNING", ["Look", "IsOpen"])
    assert running.given == {"complaint_id": NAME, "run": 0}
    stage.apologises()
    assert (running.status, stage.complaint.state, stage.tokens.tokens) == ("SUCCEEDED", "resolved", {})


def test_what_was_decided_is_done_by_the_machine_once() -> None:
    stage = Stage()
    running = stage.opened()
    stage.decides()
    assert (running.status, stage.complaint.state, stage.remedies.done) == ("SUCCEEDED", "resolved", ["rem_1"])
    assert stage.complaint.remedy is not None
    assert stage.complaint.remedy.change_id == "chg_1"
    assert "Act" in running.path


def test_what_cannot_be_done_is_left_to_people_with_an_alarm() -> None:
    stage = Stage()
    running = stage.opened()
    stage.remedies.failures = [NotAllowedNow("More than was paid.")]
    stage.decides()
    assert (running.status, stage.complaint.state, stage.complaint.pending) == ("RUNNING", "open", None)
    assert stage.counted == [REMEDY_REFUSED]
    stage.apologises()
    assert running.status == "SUCCEEDED"


def test_what_is_busy_is_tried_again() -> None:
    stage = Stage()
    stage.opened()
    stage.remedies.failures = [Busy(), Busy()]
    stage.decides()
    assert (stage.complaint.state, stage.remedies.done) == ("resolved", ["rem_1"])


def test_past_its_deadlines_it_goes_up_its_chain_and_stays_with_one_execution() -> None:
    stage = Stage()
    running = stage.opened()
    owners = []
    for _ in range(3):
        stage.waits(hours=24 * 10)
        owners.append((stage.complaint.owner, stage.complaint.level))
    assert owners == [("manager", 1), ("director", 2), ("director", 2)]
    assert stage.states() == [(NAME, "RUNNING")]
    stage.apologises()
    assert running.status == "SUCCEEDED"


@pytest.mark.parametrize("error", ["States.Timeout", "States.HeartbeatTimeout"])
def test_it_looks_by_itself_every_day_and_passes_on_what_the_watcher_missed(error: str) -> None:
    stage = Stage()
    running = stage.opened()
    stage.time += timedelta(days=10)
    stage.machine.expire(running, error)
    assert (running.status, stage.complaint.owner) == ("RUNNING", "manager")


def test_an_execution_that_died_is_replaced_when_it_is_passed_on() -> None:
    stage = Stage()
    dead = stage.opened()
    dead.status, dead.token = "FAILED", None
    stage.waits(hours=24 * 10)
    assert [status for _, status in stage.states()] == ["FAILED", "RUNNING"]
    stage.apologises()
    assert stage.states()[-1][1] == "SUCCEEDED"


def test_reopened_it_has_an_execution_of_its_own() -> None:
    stage = Stage()
    stage.opened()
    stage.apologises()
    stage.time += timedelta(hours=1)
    stage.desk.change(NAME, lambda header, now: reopening(header, DESK, None, None, now), actor=ANA)
    stage.hear(times=2)
    assert [status for _, status in stage.states()] == ["SUCCEEDED", "RUNNING"]


@pytest.mark.parametrize("step", ["look", "await", "act"])
def test_a_step_that_fails_for_long_breaks_the_execution_and_nothing_else(step: str) -> None:
    stage = Stage()

    def broken(payload: Any) -> Any:
        if payload["step"] == step:
            raise TaskFailed("Lambda.ServiceException")
        return stage.steps.do(payload)

    stage.step = broken
    dead = stage.opened()
    if step == "act":
        stage.decides()
    assert (dead.status, dead.path[-1]) == ("FAILED", "ComplaintBroken")
    assert stage.complaint.is_open


def test_inputs_hold_ids_only() -> None:
    stage = Stage()
    running = stage.opened()
    told = json.dumps([running.given, [visit.input for visit in running.visits]])
    assert set(running.given) == {"complaint_id", "run"}
    assert "broken" not in told
