"""The machine that carries returns, run from its own file: every branch, twice, late, dead and begun again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ordo.aftersales.carrying import LATE, Steps, return_cases
from ordo.aftersales.labelling import LabelDesk
from ordo.aftersales.labels import Label, LabelRefused, LabelUnavailable, LabelWanted
from ordo.aftersales.service import ReturnDesk
from ordo.casework.signals import Kind
from ordo.casework.waiting import Waits
from ordo.catalog.return_policies import ReturnPolicy
from ordo.shipments.proof_service import ProofDesk
from tests.support.asl import Execution, TaskFailed
from tests.support.case_stage import CaseStage
from tests.support.orders import ORDER
from tests.support.returning import ALONE, Returns

HEARD = ("requested", "approved", "refused", "settled", "ended", "overdue")
LABELLED = replace(ALONE, label_account="easypost/eu", address={"name": "Shop", "line1": "1 Way", "country": "DE"})


class Carrier:
    """A carrier that gives labels, once it answers."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.asked: list[LabelWanted] = []

    def order(self, wanted: LabelWanted) -> Label:
        self.asked.append(wanted)
        if self.failures:
            raise self.failures.pop(0)
        return Label("EZ1", "https://labels.example/1.pdf", 590, "CNY")


class Stage(CaseStage):
    """An order that came, with the machine of its returns."""

    def __init__(self, policy: ReturnPolicy = ALONE) -> None:
        super().__init__()
        self.way = Returns(policy=policy).come()
        self.carrier = Carrier()
        way = self.way
        proofs = ProofDesk(way.desk, None)  # type: ignore[arg-type]
        returns = ReturnDesk(proofs, None, way.asks, way.receiving, way.store)  # type: ignore[arg-type]
        labels = LabelDesk(way.desk, way.store, lambda _: self.carrier, lambda _: policy, lambda *_: {"TEE": 200})
        self.steps = Steps(returns, labels, Waits("return", self.tokens, self.queue.append))
        self.step: Callable[[Any], Any] = self.steps.do
        find = return_cases(way.repository)
        self.carry(
            "return_order",
            "ReturnOrderFunctionArn",
            self._run,
            lambda start: [Kind("return", find, start, LATE)],
            way.events,
            [f"return.{name}" for name in HEARD],
        )

    def _run(self, payload: Any) -> Any:
        try:
            return self.step(payload)
        except LabelUnavailable as error:
            raise TaskFailed("LabelUnavailable") from error

    def asked(self, *units: tuple[str, int], **fields: Any) -> Execution:
        found = self.way.ask(*(units or (("1", 1),)), **fields)
        self.hear()
        return self.executions[found.return_id]


def test_the_policy_approves_and_it_waits_for_the_goods_and_ends_with_them() -> None:
    stage = Stage()
    running = stage.asked(("1", 2))
    assert (running.status, running.path) == ("RUNNING", ["Look", "WhatNow", "Decide", "WhatNow"])
    assert running.given == {"return_id": stage.way.returned.return_id, "run": 0}
    assert stage.way.events()[-1]["actor"] == {"type": "system", "id": "ordo"}
    assert stage.way.returned.state == "approved"
    stage.way.count(("1", 2))
    stage.hear(times=2)
    assert (running.status, running.path[-2:], stage.tokens.tokens) == ("SUCCEEDED", ["WhatNow", "Ended"], {})
    assert stage.way.due == 20_000


def test_the_policy_refuses_and_it_is_over() -> None:
    stage = Stage(replace(ALONE, window_days=0))
    stage.way.wait(days=2)
    ended = stage.asked()
    assert (ended.status, stage.way.returned.state, stage.way.returned.ending) == ("SUCCEEDED", "refused", "refused")


@pytest.mark.parametrize(("decision", "status"), [("approve", "RUNNING"), ("refuse", "SUCCEEDED")])
def test_what_is_decided_by_hand_is_waited_for(decision: Any, status: str) -> None:
    stage = Stage(ReturnPolicy())
    running = stage.asked()
    assert (running.status, running.path) == ("RUNNING", ["Look", "WhatNow"])
    stage.way.choose(decision)
    stage.hear()
    assert running.status == status


def test_a_label_is_had_once_it_is_approved_and_its_address_is_kept_apart() -> None:
    stage = Stage(LABELLED)
    running = stage.asked(way="label", personal={"note": "hello", "salt": "00"})
    found = stage.way.returned
    assert (running.status, running.path[-2:]) == ("RUNNING", ["Label", "WhatNow"])
    (sent,) = found.sent
    assert (sent.carrier, sent.parcel.tracking_number, sent.source, sent.cost) == ("easypost", "EZ1", "label", 590)
    kept = stage.way.repository.contact(ORDER, f"return#{found.return_id}")
    assert kept == {"note": "hello", "salt": "00", "label_url": "https://labels.example/1.pdf"}
    assert "labels.example" not in json.dumps(stage.way.events()) + found.model_dump_json()
    (wanted,) = stage.carrier.asked
    assert (wanted.reference, wanted.weight_g, wanted.pickup_from) == (found.return_id, 200, None)
    assert wanted.customer["line1"]
    assert wanted.merchant["name"] == "Shop"


def test_a_label_that_is_refused_leaves_the_customer_their_own_carrier() -> None:
    stage = Stage(LABELLED)
    stage.carrier.failures = [LabelRefused("ADDRESS.VERIFY.FAILURE")]
    running = stage.asked(way="label")
    assert (running.status, stage.way.returned.label_problem) == ("RUNNING", "ADDRESS.VERIFY.FAILURE")
    stage.way.post()
    stage.way.count(("1", 1))
    stage.hear()
    assert running.status == "SUCCEEDED"


def test_a_carrier_that_does_not_answer_is_asked_again_and_at_last_no_more() -> None:
    stage = Stage(LABELLED)
    stage.carrier.failures = [LabelUnavailable("timeout"), LabelUnavailable("http_503")]
    stage.asked(way="label")
    assert (stage.way.returned.label_problem, len(stage.carrier.asked)) == (None, 3)
    other = Stage(LABELLED)
    other.carrier.failures = [LabelUnavailable("timeout")] * 99
    running = other.asked(way="label")
    assert (running.status, running.path[-3:]) == ("RUNNING", ["Label", "NoLabel", "WhatNow"])
    assert other.way.returned.label_problem == "unavailable"


def test_a_pickup_is_asked_for_where_it_is_wanted() -> None:
    stage = Stage(replace(LABELLED, pickup=True))
    stage.asked(way="pickup")
    assert stage.carrier.asked[0].pickup_from is not None
    assert stage.way.returned.sent[0].source == "pickup"


def test_what_is_heard_twice_begins_one_execution_and_decides_once() -> None:
    stage = Stage()
    stage.way.ask(("1", 1))
    stage.hear(times=3)
    assert len(stage.executions) == 1
    assert stage.way.types().count("return.approved") == 1


def test_news_between_the_look_and_the_token_is_not_missed() -> None:
    stage = Stage(replace(LABELLED, automatic=None))

    def late(payload: Any) -> Any:
        if payload["step"] == "await":
            stage.step = stage.steps.do
            stage.way.choose("approve")
        return stage.steps.do(payload)

    stage.step = late
    running = stage.asked(way="label")
    assert (running.status, len(stage.carrier.asked)) == ("RUNNING", 1)


def test_what_nobody_answers_is_approved_where_the_policy_says_so() -> None:
    stage = Stage(replace(ReturnPolicy(), unanswered="approve"))
    running = stage.asked()
    stage.way.wait(hours=48)
    stage.way.sweep()
    stage.hear()
    assert (running.status, stage.way.returned.state) == ("RUNNING", "approved")
    assert [each.rule for each in stage.way.returned.findings][-1] == "unanswered"


def test_goods_that_never_come_end_it() -> None:
    stage = Stage()
    running = stage.asked()
    stage.way.wait(days=15)
    stage.way.sweep()
    stage.hear()
    assert (running.status, stage.way.returned.ending) == ("SUCCEEDED", "timed_out")


def test_what_the_policy_cannot_do_is_left_to_people() -> None:
    stage = Stage(replace(ALONE, automatic_faults={"CNY": 99_999}))
    for node in ("hz", "sh"):
        stage.way.world.stock(("MUG", node, 0))
    running = stage.asked(("2", 1), reason="missing", without_goods=True, reship=True)
    found = stage.way.returned
    assert (running.status, found.state, found.verdict) == ("RUNNING", "requested", "by_hand")
    assert found.findings[-1].facts == {"code": "out_of_stock"}


def test_an_execution_that_died_is_replaced_when_it_is_late() -> None:
    stage = Stage(ReturnPolicy())
    dead = stage.asked()
    dead.status, dead.token = "FAILED", None
    stage.way.wait(hours=48)
    stage.way.sweep()
    seq = stage.way.header.seq
    stage.hear(times=2)
    assert stage.states() == [(dead.name, "FAILED"), (f"{dead.name}-{seq}", "RUNNING")]
    stage.way.choose("refuse")
    stage.hear()
    assert stage.states()[-1] == (f"{dead.name}-{seq}", "SUCCEEDED")


@pytest.mark.parametrize("error", ["States.Timeout", "States.HeartbeatTimeout"])
def test_it_looks_by_itself_every_day(error: str) -> None:
    stage = Stage(ReturnPolicy())
    running = stage.asked()
    stage.machine.expire(running, error)
    assert stage.states()[0][1] == "RUNNING"
    stage.way.choose("refuse")
    stage.machine.expire(running, error)
    assert stage.states()[0][1] == "SUCCEEDED"


@pytest.mark.parametrize("step", ["look", "await", "decide"])
def test_a_step_that_fails_for_long_breaks_the_execution_and_nothing_else(step: str) -> None:
    stage = Stage()

    def broken(payload: Any) -> Any:
        if payload["step"] == step:
            raise TaskFailed("Lambda.ServiceException")
        return stage.steps.do(payload)

    stage.step = broken
    dead = stage.asked()
    assert (dead.status, dead.error, dead.path[-1]) == ("FAILED", "Lambda.ServiceException", "ReturnBroken")
    stage.step = stage.steps.do
    assert stage.way.choose("approve").state == "approved"


def test_a_step_whose_answer_was_lost_is_done_once() -> None:
    stage, failures = Stage(), [1, 1, 1]

    def shaky(payload: Any) -> Any:
        answer = stage.steps.do(payload)
        if failures:
            failures.pop()
            raise TaskFailed("States.Timeout")
        return answer

    stage.step = shaky
    assert stage.asked().status == "RUNNING"
    assert stage.way.types().count("return.approved") == 1


def test_an_outcome_out_of_the_closed_set_breaks_it() -> None:
    stage = Stage()
    stage.step = lambda _payload: {"outcome": "unheard_of"}
    assert stage.asked().error == "OutcomeUnknown"


def test_of_an_order_that_was_erased_nothing_is_left_to_carry() -> None:
    stage = Stage()
    running = stage.asked()
    del stage.way.repository.headers[ORDER]
    stage.machine.expire(running)
    assert running.status == "SUCCEEDED"
    stage.signals.take({"detail-type": "return.requested", "detail": {"order_id": ORDER, "seq": 1}})


def test_inputs_hold_ids_only_and_texts_nothing_personal() -> None:
    stage = Stage(LABELLED)
    running = stage.asked(way="label", personal={"note": "示例顾客", "salt": "00"})
    told = json.dumps(
        [running.given, [visit.input for visit in running.visits], [visit.output for visit in running.visits]]
    )
    assert set(running.given) == {"return_id", "run"}
    assert len(told) < 2_500
    for personal in ("示例顾客", "customer@example.com", "+8613800000000", "EZ1", "labels.example"):
        assert personal not in told
