"""The desk decides again when others were quicker, and gives up in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ordo.kernel.errors import Busy, Conflict, NotAllowedNow
from ordo.orders.decision import Commit, Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound, StaleVersion, VersionConflict
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import OrderState
from tests.support.orders import NOON, ORDER, STAFF, World, placement, shop


class Interrupted(InMemoryOrderRepository):
    """Raises the given errors before commits, one each; with `moving`, another commit came first."""

    def __init__(self, world: World, errors: list[Exception], moving: bool = False) -> None:
        super().__init__()
        self.__dict__.update(world.repository.__dict__)
        self.errors, self.moving = errors, moving

    def commit(self, commit: Commit) -> None:
        if self.errors:
            error = self.errors.pop(0)
            if self.moving:
                super().commit(commit)
            raise error
        super().commit(commit)


def counted(state: OrderState, _now: datetime) -> Decision:
    return Decision("test.counted", state.header, {"seen": state.header.seq})


def desk(repository: InMemoryOrderRepository, budget_s: float = 2.0) -> OrderDesk:
    return OrderDesk(repository, lambda: NOON, lambda prefix, _now: f"{prefix}_1", budget_s=budget_s)


def placed() -> World:
    world = shop()
    world.place()
    return world


@pytest.mark.parametrize("error", [StaleVersion(), Conflict("throttled")])
def test_when_others_were_quicker_the_desk_reads_and_decides_again(error: Exception) -> None:
    world = placed()
    repository = Interrupted(world, [error, error])
    changed = desk(repository).change(ORDER, counted, actor=STAFF)
    assert (changed.header.seq, repository.errors) == (2, [])


def test_a_decision_sees_what_came_between() -> None:
    world = placed()
    repository = Interrupted(world, [StaleVersion()], moving=True)
    changed = desk(repository).change(ORDER, counted, actor=STAFF)
    assert changed.event is not None
    assert changed.event.read()["data"] == {"seen": 2}
    assert [event.seq for event in repository.timeline(ORDER)] == [1, 2, 3]


def test_a_lost_answer_is_met_again_as_no_change() -> None:
    world = placed()
    repository = Interrupted(world, [Conflict("no answer")], moving=True)

    def once(state: OrderState, now: datetime) -> Decision | NoChange:
        return NoChange() if state.header.seq > 1 else counted(state, now)

    changed = desk(repository).change(ORDER, once, actor=STAFF)
    assert (changed.event, changed.header.seq) == (None, 2)


def test_others_who_stay_quicker_end_in_busy_and_nothing_is_written() -> None:
    world = placed()
    repository = Interrupted(world, [StaleVersion() for _ in range(1000)])
    with pytest.raises(Busy) as refused:
        desk(repository, budget_s=0.1).change(ORDER, counted, actor=STAFF)
    assert refused.value.retry_after_s == 2
    assert repository.headers[ORDER].seq == 1


def test_a_refusal_is_not_retried() -> None:
    world = placed()
    asked = []

    def refuse(state: OrderState, _now: datetime) -> NoChange:
        asked.append(state)
        raise NotAllowedNow("no")

    with pytest.raises(NotAllowedNow):
        desk(world.repository).change(ORDER, refuse, actor=STAFF)
    assert len(asked) == 1


def test_a_version_that_has_gone_is_refused_unless_nothing_would_change() -> None:
    world = placed()
    with pytest.raises(VersionConflict):
        world.desk.change(ORDER, counted, actor=STAFF, expected_version=7)
    same = world.desk.change(ORDER, lambda _s, _n: NoChange(), actor=STAFF, expected_version=7)
    assert same.header.seq == 1


def test_an_order_that_the_caller_may_not_see_does_not_exist() -> None:
    world = placed()
    unseen: Any = lambda header: header.channel == "other"  # noqa: E731
    with pytest.raises(OrderNotFound):
        world.desk.change(ORDER, counted, actor=STAFF, visible=unseen)
    with pytest.raises(OrderNotFound):
        world.desk.change("ord_nobody", counted, actor=STAFF)


def test_waking_an_order_sets_its_entry_right_without_an_event() -> None:
    world = placed()
    header = world.header()
    world.repository.headers[ORDER] = header.model_copy(update={"deadline_at": "2026-03-01T00:00:00.000Z"})
    world.desk.wake(ORDER)
    assert world.header() == header


def test_a_placement_sent_twice_is_one_order() -> None:
    world = placed()
    with pytest.raises(Exception, match="idem"):
        world.repository.commit(placement())
    assert len(world.repository.timeline(ORDER)) == 1
