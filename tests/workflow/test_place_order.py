"""The placement workflow as it is deployed: each way through it, and what the client is told at its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.asl import Execution
from tests.support.audit import audit, ledger
from tests.support.lambdas import Killed
from tests.support.shop import must, order_body, place, receive, sell, simple
from tests.support.wire import Answer as WireAnswer
from tests.support.wire import Call, LostOnTheWay
from tests.support.world import Answer, World

READS = ["PriceOrder", "IsPriced", "CheckStock", "IsEnough", "AllocateOrder", "IsPlanned"]
COMMIT = ["CommitOrder", "IsCommitted"]


@dataclass
class AtStep:
    """Something happens each time the workflow is about to start a step, at most `times` times."""

    step: str
    what: Callable[[], object]
    times: int = 1
    seen: list[Call] = field(default_factory=list)

    def before(self, call: Call) -> WireAnswer | None:
        if call.is_workflow and call.function == self.step and len(self.seen) < self.times:
            self.seen.append(call)
            self.what()
        return None

    def after(self, call: Call) -> None:
        return None


def fail(error: BaseException) -> Callable[[], object]:
    def now() -> None:
        raise error

    return now


def last(world: World) -> Execution:
    return world.executions[-1]


def order(world: World, body: dict[str, Any], key: str = "k") -> Answer:
    return world.call("POST", "/v1/orders", body, key=key)


def test_a_good_order_goes_straight_through(world: World) -> None:
    place(world)
    assert last(world).path == [*READS, *COMMIT, "Answer"]
    assert last(world).output["outcome"] == "committed"


@pytest.mark.parametrize(
    ("body", "code", "ended_after"),
    [
        (order_body(("NOTHING", 1, {})), "unknown_sku", "IsPriced"),
        (order_body(name="wrong-option"), "invalid_option", "IsPriced"),
        (order_body(name="out-of-stock"), "out_of_stock", "IsEnough"),
    ],
)
def test_a_refusal_ends_the_way_where_it_was_found(
    world: World, body: dict[str, Any], code: str, ended_after: str
) -> None:
    before = ledger().orders.keys()
    assert order(world, body).code == code
    assert last(world).path[-2:] == [ended_after, "Answer"]
    assert (last(world).status, ledger().orders.keys()) == ("SUCCEEDED", before)


def test_stock_that_goes_elsewhere_before_the_commit_is_planned_anew(world: World) -> None:
    sell(world, "MOVES", {"hangzhou": 1, "beijing": 1})
    with world.fault(AtStep("commit_order", lambda: must(order(world, simple("MOVES", 1), "other")))):
        answer = order(world, simple("MOVES", 1))
    assert answer.status == 201
    assert last(world).path == [*READS, *COMMIT, "PlanAgain", *READS[2:], *COMMIT, "Answer"]
    assert {found["reserved"] for (sku, _), found in ledger().counters.items() if sku == "MOVES"} == {1}
    assert audit() == []


def test_stock_that_is_gone_before_the_commit_is_told_as_out_of_stock(world: World) -> None:
    sell(world, "GOES", {"hangzhou": 1})
    with world.fault(AtStep("commit_order", lambda: must(order(world, simple("GOES", 1), "other")))):
        answer = order(world, simple("GOES", 1))
    assert (answer.status, answer.code) == (409, "out_of_stock")
    assert last(world).path[-3:] == ["CheckStock", "IsEnough", "Answer"]


def test_an_order_that_is_overtaken_five_times_is_told_to_come_again(world: World) -> None:
    sell(world, "RACE", {"hangzhou": 1})
    taken: list[int] = []

    def overtake() -> None:
        """Another takes it all before the commit; before the next check more has come in."""
        taken.append(1)
        must(order(world, simple("RACE", 1), f"other-{len(taken)}"))

    def refill(call: Call) -> None:
        if call.is_workflow and call.function == "check_stock" and call.request["attempt"] > 0 and taken:
            receive(world, "RACE", "hangzhou", 1)

    class Race(AtStep):
        def before(self, call: Call) -> WireAnswer | None:
            if not self.seen or call.request.get("attempt") != 0:
                refill(call)
            return super().before(call)

    race = Race("commit_order", overtake, times=6)
    with world.fault(_Once(race)):
        answer = order(world, simple("RACE", 1), "slow")
    assert (answer.status, answer.code) == (503, "busy")
    assert last(world).path[-1] == "TooBusy"
    assert audit() == []


@dataclass
class _Once:
    """Leaves the orders that are placed by the fault itself alone."""

    fault: AtStep
    inside: bool = False

    def before(self, call: Call) -> WireAnswer | None:
        if self.inside:
            return None
        self.inside = True
        try:
            return self.fault.before(call)
        finally:
            self.inside = False

    def after(self, call: Call) -> None:
        return None


def test_a_price_from_an_old_catalogue_is_made_again(world: World) -> None:
    with world.fault(AtStep("commit_order", lambda: world.clock.advance(seconds=91))):
        answer = order(world, order_body())
    assert answer.status == 201
    assert last(world).path == [*READS, *COMMIT, "PriceAgain", *READS, *COMMIT, "Answer"]


@pytest.mark.parametrize("step", ["price_order", "check_stock", "allocate_order", "commit_order"])
def test_a_step_that_dies_once_is_started_again(world: World, step: str) -> None:
    with world.fault(AtStep(step, fail(Killed("out of memory")))):
        assert order(world, order_body()).status == 201
    assert max(visit.attempts for visit in last(world).visits) == 2


@pytest.mark.parametrize("step", ["price_order", "check_stock", "allocate_order", "commit_order"])
def test_a_step_that_keeps_dying_breaks_the_placement_and_leaves_nothing(world: World, step: str) -> None:
    with world.fault(AtStep(step, fail(Killed("out of memory")), times=9)):
        answer = order(world, order_body())
    assert (answer.status, answer.code) == (503, "unavailable")
    assert (last(world).status, last(world).error) == ("FAILED", "PlacementBroken")
    assert ledger().orders == {}
    assert order(world, order_body()).status == 201


def test_a_throttled_step_is_tried_three_times_more(world: World) -> None:
    with world.fault(AtStep("price_order", fail(LostOnTheWay("throttled")), times=3)):
        assert order(world, order_body()).status == 201
    assert last(world).visits[0].attempts == 4
    with world.fault(AtStep("price_order", fail(LostOnTheWay("throttled")), times=4)):
        assert order(world, order_body(), "k2").status == 503


def test_an_outcome_outside_the_closed_set_fails_the_execution(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"outcome": "maybe", "draft": "", "problem": None}
    functions = {**world.edge.machine._functions, "PriceOrderFunctionArn": lambda _: broken}
    monkeypatch.setattr(world.edge.machine, "_functions", functions)
    assert order(world, order_body()).status == 503
    assert last(world).error == "OutcomeUnknown"


def test_no_name_phone_or_address_is_in_any_state(world: World) -> None:
    place(world)
    seen = json.dumps([[visit.input, visit.output] for visit in last(world).visits], ensure_ascii=False)
    for personal in ("示例顾客", "13800000000", "customer@example.com", "文三路"):
        assert personal not in seen


# ---------------------------------------------------------------- gifts that run out
def gives(world: World, *skus: str, promotion: str = "gift", **terms: Any) -> None:
    """A promotion that gives the first of these SKUs that is there."""
    reward = {"type": "gift", "sku": skus[0], "substitutes": list(skus[1:])}
    body = {"name": {"en": "Gift"}, "channels": ["web"], "reward": reward | terms}
    must(world.call("PUT", f"/v1/promotions/{promotion}", body))
    world.clock.advance(minutes=1)


def given(answer: Answer) -> list[str]:
    return [line["sku"] for line in must(answer)["lines"] if line["gift_of"]]


def test_substitutes_that_are_out_of_stock_too_leave_the_order_its_tries_against_a_moving_world(world: World) -> None:
    gone = [f"GONE-{number}" for number in range(7)]
    for sku in gone:
        sell(world, sku, {})
    sell(world, "MOVES", {"hangzhou": 1, "beijing": 1})
    gives(world, *gone)
    with world.fault(AtStep("commit_order", lambda: must(order(world, simple("MOVES", 1), "other")))):
        answer = order(world, simple("MOVES", 1))
    assert given(answer) == []
    assert last(world).path.count("PriceWithoutGifts") == len(gone)
    assert last(world).path[-4:] == ["IsPlanned", *COMMIT, "Answer"]
    assert audit() == []


def test_an_order_whose_gifts_never_end_is_told_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    functions = dict(world.edge.machine._functions)
    monkeypatch.setitem(
        functions,
        "CheckStockFunctionArn",
        lambda asked: {"outcome": "gift_short", "draft": asked["draft"], "problem": None},
    )
    monkeypatch.setattr(world.edge.machine, "_functions", functions)
    answer = order(world, order_body())
    assert (answer.status, answer.code) == (503, "busy")
    assert "gifts" in answer.body["detail"]
    assert last(world).path[-1] == "GiftsGone"
    assert last(world).path.count("PriceWithoutGifts") == 15


def test_a_world_that_changed_five_times_is_told_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    functions = dict(world.edge.machine._functions)
    moved = {"outcome": "changed", "problem": None}
    functions["CommitOrderFunctionArn"] = lambda asked: moved | {"draft": asked["draft"]}
    monkeypatch.setattr(world.edge.machine, "_functions", functions)
    answer = order(world, order_body())
    assert "Stock or prices changed" in answer.body["detail"]
    assert last(world).path.count("CommitOrder") == 6


def test_a_gift_that_would_need_another_parcel_than_the_channel_allows_is_left_out_and_the_others_are_given(
    world: World,
) -> None:
    for sku, node in {"PAID": "hangzhou", "MUG": "beijing", "PEN": "hangzhou"}.items():
        sell(world, sku, {node: 3})
    channel = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", channel | {"max_fulfilments": 1}))
    gives(world, "MUG", promotion="mug")
    gives(world, "PEN", promotion="pen")
    answer = order(world, simple("PAID", 1))
    assert given(answer) == ["PEN"]
    reasons = {each["promotion_id"]: each["reason"] for each in answer.body["price"]["not_applied"]}
    assert reasons["mug"] == "gift_out_of_stock"
    assert last(world).path == [*READS, "PriceWithoutGifts", *READS, *COMMIT, "Answer"]
    assert audit() == []
