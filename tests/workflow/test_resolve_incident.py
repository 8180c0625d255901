"""The machine that carries incidents, run from its own file: every branch, twice, late, dead and begun again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ordo.casework.signals import Kind
from ordo.casework.steps import Steps
from ordo.casework.waiting import Waits
from ordo.catalog.incident_terms import AloneRule, IncidentTerms
from ordo.orders.model import order_of
from ordo.shipments.carrying import ALONE_REFUSED, IncidentWork, incident_cases
from tests.support.asl import Execution, TaskFailed
from tests.support.case_stage import CaseStage
from tests.support.orders import ORDER
from tests.support.troubles import Journey


def alone(action: Any, most: int = 99_999, kind: str = "lost") -> IncidentTerms:
    return IncidentTerms(alone=(AloneRule(kind, action, {"CNY": most}),))


class Stage(CaseStage):
    """A journey with its machine."""

    def __init__(self, terms: IncidentTerms | None = None) -> None:
        super().__init__()
        self.way = Journey(terms or IncidentTerms()).sent()
        self.counted: list[str] = []
        self.steps = Steps(
            IncidentWork(self.way.desk, self.way.remedies, self.counted.append),
            Waits("incident", self.tokens, self.queue.append),
        )
        self.step: Callable[[Any], Any] = self.steps.do
        find = incident_cases(self.way.repository)
        self.carry(
            "resolve_incident",
            "ResolveIncidentFunctionArn",
            lambda payload: self.step(payload),
            lambda start: [Kind("incident", find, start, frozenset({"incident.escalated"}))],
            self.way.events,
            ("incident.opened", "incident.escalated", "incident.resolved"),
        )

    def lost(self) -> Execution:
        self.way.tell("lost")
        self.hear()
        return self.executions[self.way.last.incident_id]


def test_an_incident_has_one_execution_that_waits_for_a_decision_and_ends_with_it() -> None:
    stage = Stage()
    running = stage.lost()
    assert (running.status, running.path) == ("RUNNING", ["Look", "IsOpen"])
    assert running.given == {"incident_id": stage.way.last.incident_id, "run": 0}
    stage.way.decide("dismiss", reason="Found")
    stage.hear(times=2)
    assert (running.status, running.path) == (
        "SUCCEEDED",
        ["Look", "IsOpen", "Await", "WasWoken", "Look", "IsOpen", "Ended"],
    )
    assert stage.tokens.tokens == {}


@pytest.mark.parametrize("end", ["reship", "refund"])
def test_it_ends_however_the_incident_is_decided(end: str) -> None:
    stage = Stage()
    running = stage.lost()
    stage.way.decide(end)
    stage.hear()
    assert running.status == "SUCCEEDED"


def test_it_ends_when_the_incident_ends_of_itself() -> None:
    stage = Stage()
    running = stage.lost()
    stage.way.tell("delivered")
    stage.hear()
    assert running.status == "SUCCEEDED"


def test_what_is_heard_twice_begins_one_execution() -> None:
    stage = Stage()
    stage.way.tell("lost")
    stage.hear(times=3)
    assert len(stage.executions) == 1


def test_an_incident_that_has_ended_before_its_execution_looks_needs_none() -> None:
    stage = Stage()
    stage.way.tell("lost")
    stage.way.tell("delivered")
    stage.hear()
    assert stage.executions == {}


def test_an_end_between_the_look_and_the_token_is_not_missed() -> None:
    """Nobody has told the token, since there was none: whoever keeps it looks again."""
    stage = Stage()

    def late(payload: Any) -> Any:
        if payload["step"] == "await":
            stage.step = stage.steps.do
            stage.way.tell("delivered")
            stage.hear()  # there is no token yet
        return stage.steps.do(payload)

    stage.step = late
    running = stage.lost()
    assert (running.status, running.path[-1]) == ("SUCCEEDED", "Ended")


def test_a_policy_acts_alone_below_its_amount_and_asks_nobody() -> None:
    stage = Stage(alone("reship", 20_000))
    ended = stage.lost()
    assert (ended.status, ended.path) == ("SUCCEEDED", ["Look", "IsOpen", "Act", "HasActed", "Ended"])
    assert stage.way.last.resolution == "reshipped"
    assert stage.way.events()[-1]["actor"] == {"type": "system", "id": "ordo"}
    assert Stage(alone("reship", 19_999)).lost().status == "RUNNING"


def test_what_a_policy_does_without_ending_it_is_done_once_and_then_people_decide() -> None:
    stage = Stage(alone("contact_customer"))
    running = stage.lost()
    assert running.path == ["Look", "IsOpen", "Act", "HasActed"]
    stage.machine.expire(running)
    assert running.path[-2:] == ["Escalate", "IsOpen"]
    assert [act.by for act in stage.way.last.done] == ["ordo"]


def test_what_a_policy_cannot_do_alone_is_counted_and_left_to_people() -> None:
    stage = Stage(alone("reship"))
    for node in ("hz", "sh"):
        stage.way.world.stock(("TEE", node, 0))
    running = stage.lost()
    assert (running.status, running.path[-1], stage.counted) == ("RUNNING", "HasActed", [ALONE_REFUSED])
    stage.way.world.stock(("TEE", "hz", 5))
    stage.machine.expire(running)  # a day later
    assert (running.status, stage.way.last.resolution) == ("SUCCEEDED", "reshipped")


@pytest.mark.parametrize("error", ["States.Timeout", "States.HeartbeatTimeout"])
def test_a_deadline_that_nobody_has_met_is_escalated_once_and_it_waits_again(error: str) -> None:
    stage = Stage()
    running = stage.lost()
    stage.machine.expire(running, error)
    assert (stage.way.last.level, running.status) == (0, "RUNNING")  # it was not due yet
    stage.way.wait(hours=25)
    stage.machine.expire(running, error)
    assert (stage.way.last.level, stage.way.last.owner, running.status) == (1, "manager", "RUNNING")
    assert stage.way.sweep().outcome == "rearmed"  # the watcher finds it done
    stage.way.decide("dismiss", reason="Found")
    stage.hear()
    assert running.status == "SUCCEEDED"


def test_an_execution_that_died_is_replaced_at_the_next_escalation() -> None:
    stage = Stage()
    dead = stage.lost()
    dead.status, dead.token = "FAILED", None
    stage.way.wait(hours=25)
    assert stage.way.sweep().outcome == "escalated"
    seq = stage.way.header.seq
    stage.hear(times=2)
    name = stage.way.last.incident_id
    assert stage.states() == [(name, "FAILED"), (f"{name}-{seq}", "RUNNING")]
    stage.way.decide("dismiss", reason="Found")
    stage.hear()
    assert stage.states()[-1] == (f"{name}-{seq}", "SUCCEEDED")


def test_one_that_lives_is_not_replaced() -> None:
    stage = Stage()
    running = stage.lost()
    stage.way.wait(hours=25)
    stage.way.sweep()
    stage.hear()
    assert stage.states() == [(running.name, "RUNNING")]


def test_an_older_execution_that_still_lives_ends_when_a_newer_one_has_taken_over() -> None:
    stage = Stage()
    older = stage.lost()
    stage.tokens.tokens.clear()  # its token was lost: nobody can see that it lives
    stage.way.wait(hours=25)
    stage.way.sweep()
    stage.hear()
    newer = stage.executions[f"{older.name}-{stage.way.header.seq}"]
    stage.machine.expire(older)
    stage.hear()
    assert (older.status, older.path[-2:], newer.status) == ("SUCCEEDED", ["WasWoken", "Ended"], "RUNNING")


@pytest.mark.parametrize("step", ["look", "await"])
def test_a_step_that_fails_for_long_breaks_the_execution_and_nothing_else(step: str) -> None:
    stage = Stage()

    def broken(payload: Any) -> Any:
        if payload["step"] == step:
            raise TaskFailed("Lambda.ServiceException")
        return stage.steps.do(payload)

    stage.step = broken
    dead = stage.lost()
    assert (dead.status, dead.error, dead.path[-1]) == ("FAILED", "Lambda.ServiceException", "IncidentBroken")
    stage.step = stage.steps.do
    assert stage.way.decide("dismiss", reason="Found").resolution == "dismissed"


def test_a_token_that_could_not_be_kept_is_kept_the_next_time() -> None:
    stage = Stage()
    put, failures = stage.tokens.put, [OSError()]

    def shaky(waiting: Any) -> bool:
        if failures:
            raise failures.pop()
        return put(waiting)

    stage.tokens.put = shaky  # type: ignore[method-assign]
    running = stage.lost()
    assert (running.status, stage.tokens.tokens[running.name].token) == ("RUNNING", running.token)


def test_a_step_that_fails_once_is_tried_again() -> None:
    stage, failures = Stage(alone("reship")), [1, 1, 1]

    def shaky(payload: Any) -> Any:
        answer = stage.steps.do(payload)
        if failures:
            failures.pop()
            raise TaskFailed("States.Timeout")  # it was done, and the answer lost
        return answer

    stage.step = shaky
    assert stage.lost().status == "SUCCEEDED"
    assert stage.way.types().count("order.reshipped") == 1


def test_an_outcome_out_of_the_closed_set_breaks_it() -> None:
    stage = Stage()
    stage.step = lambda _payload: {"outcome": "unheard_of"}
    assert stage.lost().error == "OutcomeUnknown"


def test_of_an_order_that_was_erased_nothing_is_left_to_carry() -> None:
    stage = Stage()
    running = stage.lost()
    assert order_of(running.name) == ORDER
    del stage.way.repository.headers[ORDER]
    stage.machine.expire(running)
    assert running.status == "SUCCEEDED"
    stage.signals.take({"detail-type": "incident.opened", "detail": {"order_id": ORDER, "seq": 1}})


def test_inputs_hold_ids_only_and_texts_nothing_personal() -> None:
    stage = Stage(alone("contact_customer"))
    running = stage.lost()
    told = json.dumps(
        [running.given, [visit.input for visit in running.visits], [visit.output for visit in running.visits]]
    )
    assert set(running.given) == {"incident_id", "run"}
    assert len(told) < 2_000
    for personal in ("示例顾客", "customer@example.com", "+8613800000000", "HZ1"):
        assert personal not in told
