"""Executions that are stuck are found by a look at every open case, and begun anew: of incidents and of complaints."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.events import SCHEDULED
from tests.support.shop import dispatch, fulfilments, must, pay, place, sell, simple, tell
from tests.support.world import World

pytestmark = pytest.mark.moto


@pytest.fixture
def cases(world: World) -> tuple[str, str]:
    """An open incident and an open complaint, each with its execution."""
    sell(world, "LAMP", {"hangzhou": 4})
    order = place(world, simple("LAMP", 1))
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "L1"))
    tell(world, "L1", "lost")
    said = {"channel": "web", "subject": "Late", "text": "It is late"}
    complaint = must(world.call("POST", "/v1/complaints", said, key="c"))["complaint_id"]
    world.pump()
    incident = must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"][0]["incident_id"]
    world.clock.advance(minutes=20)
    return incident, complaint


def look(world: World, *, only: bool = True) -> dict[str, Any]:
    report: dict[str, Any] = world.invoke("signal_case", {**SCHEDULED, "look": only})
    world.pump()
    return report


def stuck(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["case_id"], each["why"]) for each in report["stuck"]]


def test_what_is_carried_is_left_alone(world: World, cases: tuple[str, str]) -> None:
    assert look(world, only=False) == {"stuck": [], "resumed": 0, "finished": True}
    assert len(world.edge.carried) == 2


def test_the_dead_are_found_and_begun_anew_and_end_with_their_case(world: World, cases: tuple[str, str]) -> None:
    for name in cases:
        world.edge.carried[name].status, world.edge.carried[name].token = "FAILED", None
    assert stuck(look(world)) == [(name, "dead") for name in cases]
    assert len(world.edge.carried) == 2  # it was only a look
    assert look(world, only=False)["resumed"] == 2
    assert stuck(look(world)) == []
    running = [name for name, each in world.edge.carried.items() if each.status == "RUNNING"]
    assert [name.rpartition("-")[0] for name in running] == list(cases)
    body = {"outcome": "apology", "reason": "Sorry"}
    must(world.call("POST", f"/v1/complaints/{cases[1]}/resolution", body, key="r"))
    must(world.call("POST", f"/v1/incidents/{cases[0]}/resolution", {"resolution": "dismiss", "reason": "Found"}))
    world.pump()
    assert [each.status for each in world.edge.carried.values()] == ["FAILED", "FAILED", "SUCCEEDED", "SUCCEEDED"]


def test_one_that_never_came_to_wait_is_missing(world: World, cases: tuple[str, str]) -> None:
    for table in (world.aws,):
        items = table.scan(TableName="OrdersTable")["Items"]
        for item in (each for each in items if each["sk"]["S"].startswith("token#")):
            table.delete_item(TableName="OrdersTable", Key={"pk": item["pk"], "sk": item["sk"]})
    assert stuck(look(world, only=False)) == [(name, "missing") for name in cases]
    assert stuck(look(world)) == []


def test_one_that_has_not_come_round_for_a_day_is_silent_and_replaced(world: World, cases: tuple[str, str]) -> None:
    world.clock.advance(hours=27)
    assert stuck(look(world, only=False)) == [(name, "silent") for name in cases]
    assert stuck(look(world)) == []
    older = world.edge.carried[cases[1]]
    world.edge.carriers["resolve_complaint"].expire(older)
    world.pump()
    assert older.status == "SUCCEEDED"  # it was superseded


def test_an_escalation_after_that_replaces_the_newer_one_when_it_dies(world: World, cases: tuple[str, str]) -> None:
    """Numbers of events are smaller than times; a later run's number is larger all the same."""
    world.edge.carried[cases[1]].status = "FAILED"
    look(world, only=False)
    (again,) = (each for name, each in world.edge.carried.items() if name.startswith(f"{cases[1]}-"))
    again.status, again.token = "FAILED", None
    world.clock.advance(days=4)
    world.tick()
    world.pump()
    (last,) = (
        each for each in world.edge.carried.values() if each.name.startswith(cases[1]) and each.status == "RUNNING"
    )
    assert last.given["run"] == again.given["run"] + 1
