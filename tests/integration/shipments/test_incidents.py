"""Incidents through the handlers: read, listed, decided, carried by their machine; and a parcel that is sent again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ordo.casework.token_repository import DynamoTokenStore
from ordo.casework.waiting import InMemoryTokenStore, TokenStore, Waiting
from tests.support.api import Client
from tests.support.audit import audit
from tests.support.shop import dispatch, fulfilments, must, pay, place, read, sell, simple, tell
from tests.support.world import Answer, World

pytestmark = pytest.mark.moto
EVENTS = Path(__file__).parents[3] / "events"


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Two lamps that have left Hangzhou with the number L1; more are in Hangzhou and Shenzhen."""
    sell(world, "LAMP", {"hangzhou": 4, "shenzhen": 4})
    placed = place(world, simple("LAMP", 2))
    must(pay(world, placed))
    must(dispatch(world, fulfilments(placed)[0], "L1"))
    return placed


def policy(world: World, **incidents: Any) -> None:
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"incidents": incidents}))
    world.clock.advance(minutes=1)


def incident(world: World, order: dict[str, Any]) -> dict[str, Any]:
    last: dict[str, Any] = read(world, order["order_id"])["incidents"][-1]
    return last


def decide(world: World, order: dict[str, Any], decided: str, **fields: Any) -> Answer:
    path = f"/v1/incidents/{incident(world, order)['incident_id']}/resolution"
    return world.call("POST", path, {"resolution": decided, **fields})


def executions(world: World) -> list[tuple[str, str]]:
    return [(name, each.status) for name, each in world.edge.carried.items()]


def shelf(world: World, node: str) -> tuple[int, int]:
    nodes = {each["node_id"]: each for each in must(world.call("GET", "/v1/stock/LAMP"))["nodes"]}
    return nodes[node]["on_hand"], nodes[node]["reserved"]


def test_a_lost_parcel_is_an_incident_of_the_channels_policy_with_its_execution(
    world: World, order: dict[str, Any]
) -> None:
    policy(world, kinds={"lost": {"owner": "night-shift", "hours": 3, "escalation": []}})
    tell(world, "L1", "lost")
    world.pump()
    found = must(world.call("GET", f"/v1/incidents/{incident(world, order)['incident_id']}"))
    assert (found["kind"], found["owner"], found["state"], found["escalation"]) == ("lost", "night-shift", "open", [])
    assert [(each["action"], each["cost"]["amount"]) for each in found["proposals"]][:2] == [
        ("reship", 2000),
        ("refund", 2000),
    ]
    assert found["may"] == ["reship", "refund", "claim", "contact_customer", "dismiss", "wait"]
    assert (found["facts"]["last_status"], found["channel"]) == ("lost", "web")
    assert executions(world) == [(found["incident_id"], "RUNNING")]


def test_an_owners_open_incidents_are_listed_by_their_deadlines(world: World, order: dict[str, Any]) -> None:
    policy(world, kinds={"address": {"owner": "operations", "hours": 1}})
    sell(world, "CUP", {"hangzhou": 4})
    other = place(world, simple("CUP", 1))
    must(pay(world, other))
    must(dispatch(world, fulfilments(other)[0], "C1"))
    for number in ("L1", "C1"):
        tell(world, number, "lost")
    must(decide(world, other, "dismiss", reason="Found"))
    tell(world, "C1", "returned_to_sender")
    listed = must(world.call("GET", "/v1/incidents?owner=operations&limit=1"))
    assert [each["kind"] for each in listed["incidents"]] == ["lost"]
    rest = must(world.call("GET", f"/v1/incidents?owner=operations&limit=1&cursor={listed['next_cursor']}"))
    assert [each["kind"] for each in rest["incidents"]] == ["returned_to_sender"]
    stranger = Client(channels=("shop",))
    assert must(world.call("GET", "/v1/incidents?owner=operations", client=stranger))["incidents"] == []
    assert must(world.call("GET", "/v1/incidents?owner=nobody"))["incidents"] == []
    assert world.call("GET", "/v1/incidents?owner=operations&cursor=x").code == "invalid_cursor"


def test_a_reship_is_sourced_by_the_policy_and_worked_like_any_order(world: World, order: dict[str, Any]) -> None:
    tell(world, "L1", "lost")
    world.pump()
    ended = must(decide(world, order, "reship"))
    assert (ended["resolution"], ended["may"]) == ("reshipped", [])
    assert must(decide(world, order, "reship")) == ended
    world.pump()
    assert [status for _, status in executions(world)] == ["SUCCEEDED"]
    shown = read(world, order["order_id"])
    work = shown["fulfilments"][1]
    assert (work["node_id"], work["state"], shown["status"]) == ("hangzhou", "open", "released")
    assert shelf(world, "hangzhou") == (2, 2)
    assert (shown["balance"]["due"]["amount"], shown["balance"]["refund_due"]["amount"]) == (0, 0)
    (later,) = shown["later_plans"]
    assert any(each["node_id"] == "shenzhen" for each in later["plan"]["candidates"])
    assert audit() == []
    must(dispatch(world, work["fulfilment_id"], "L2"))
    tell(world, "L2", "delivered")
    assert read(world, order["order_id"])["status"] == "delivered"
    assert audit() == []


def test_the_reship_is_a_change_that_can_be_previewed(world: World, order: dict[str, Any]) -> None:
    tell(world, "L1", "lost")
    body = {
        "kind": "reship",
        "reason": "Lost by the carrier",
        "requested_by": "staff",
        "incident_id": incident(world, order)["incident_id"],
    }
    path = f"/v1/orders/{order['order_id']}/changes"
    proposed = must(world.call("POST", path, body, key="r1"))
    assert proposed["preview"]["stock_taken"] == [{"sku": "LAMP", "node_id": "hangzhou", "quantity": 2}]
    assert proposed["preview"]["refund"]["amount"] == 0
    assert must(world.call("POST", path, body, key="r1")) == proposed
    applied = must(world.call("POST", f"{path}/{proposed['change_id']}/apply"))
    assert (applied["state"], applied["order"]["status"]) == ("applied", "released")
    assert incident(world, order)["resolution"] == "reshipped"
    assert world.call("POST", path, body, key="r2").code == "not_allowed_now"
    assert audit() == []
    for wrong in ({"incident_id": None}, {"requested_by": "customer"}, {"kind": "cancel"}):
        assert world.call("POST", path, body | wrong, key=f"w{wrong}"[:20]).status == 422


def test_when_not_all_of_it_is_there_nothing_is_sent_again(world: World, order: dict[str, Any]) -> None:
    sell(world, "LAMP", {})
    placed = [place(world, simple("LAMP", 2)), place(world, simple("LAMP", 3))]
    for each in placed:
        must(pay(world, each, reference=each["order_id"]))
    tell(world, "L1", "lost")
    refused = decide(world, order, "reship")
    assert (refused.status, refused.code) == (409, "out_of_stock")
    assert refused.body["facts"]["lines"] == [{"line_id": "1", "sku": "LAMP", "requested": 2, "available": 1}]
    assert incident(world, order)["state"] == "open"
    assert audit() == []


def test_the_refund_of_an_incident_is_due_by_the_price_rules(world: World, order: dict[str, Any]) -> None:
    tell(world, "L1", "lost")
    ended = must(decide(world, order, "refund"))
    total = order["totals"]["total"]["amount"]
    assert ended["refund"] == {"amount": total, "currency": "CNY"}  # everything, with its shipping
    shown = read(world, order["order_id"])
    assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "incident")
    assert shown["balance"]["refund_due"]["amount"] == total
    assert audit() == []


def test_refunds_of_one_incident_after_the_other_are_together_what_was_paid(world: World) -> None:
    """Three units of a line that share discounts and do not cost the same: each is refunded once."""
    placed = place(world)
    must(pay(world, placed))
    paid = placed["totals"]["total"]["amount"]
    (line,) = placed["lines"]
    assert len(line["unit_runs"]) > 1, "all units cost the same: the test shows nothing"
    numbers = ("T1", "T2", "T3")
    parcels = [{"tracking_number": each, "lines": [{"line_id": "1", "quantity": 1}]} for each in numbers]
    must(
        world.call(
            "POST", f"/v1/fulfilments/{fulfilments(placed)[0]}/dispatch", {"carrier": "generic", "parcels": parcels}
        )
    )
    refunds = []
    for number in numbers:
        tell(world, number, "lost")
        refunds.append(must(decide(world, placed, "refund"))["refund"]["amount"])
    assert sum(refunds) == paid, refunds
    shown = read(world, placed["order_id"])
    assert (shown["status"], shown["balance"]["refund_due"]["amount"]) == ("cancelled", paid)
    assert audit() == []


def test_a_policy_that_acts_alone_has_the_parcel_sent_again_at_once(world: World, order: dict[str, Any]) -> None:
    policy(world, alone=[{"kind": "lost", "action": "reship", "most": {"CNY": 2000}}])
    tell(world, "L1", "lost")
    world.pump()
    ended = incident(world, order)
    assert (ended["resolution"], executions(world)) == ("reshipped", [(ended["incident_id"], "SUCCEEDED")])
    assert audit() == []


def test_a_found_parcel_is_asked_about_and_its_reship_intercepted(world: World, order: dict[str, Any]) -> None:
    tell(world, "L1", "lost", minutes=30)
    must(decide(world, order, "reship"))
    tell(world, "L1", "in_transit")
    world.pump()
    assert incident(world, order)["kind"] == "turned_up"
    must(decide(world, order, "intercept"))
    assert shelf(world, "hangzhou") == (2, 0)
    tell(world, "L1", "delivered")
    world.pump()
    shown = read(world, order["order_id"])
    assert (shown["status"], shown["units"]["lost"]) == ("delivered", 0)
    assert [status for _, status in executions(world)] == ["SUCCEEDED"]  # the first had ended before it was heard of
    assert audit() == []


def test_an_overdue_incident_is_escalated_and_its_dead_execution_replaced(world: World, order: dict[str, Any]) -> None:
    tell(world, "L1", "lost")
    world.pump()
    (name, _), *_ = executions(world)
    world.edge.carried[name].status = "FAILED"
    world.clock.advance(hours=25)
    world.tick()
    world.pump()
    seq = read(world, order["order_id"])["version"]
    assert executions(world) == [(name, "FAILED"), (f"{name}-{seq}", "RUNNING")]
    assert incident(world, order)["owner"] == "manager"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"resolution": "unheard_of"}, 422, "invalid_request"),
        ({"resolution": "dismiss"}, 422, "invalid_request"),
        ({"resolution": "reship", "hours": 3}, 422, "invalid_request"),
        ({"resolution": "wait", "hours": 0}, 422, "invalid_request"),
        ({"resolution": "keep"}, 409, "not_allowed_now"),
        ({"resolution": "dismiss", "reason": "no", "version": 1}, 409, "version_conflict"),
    ],
)
def test_bad_decisions_change_nothing(
    world: World, order: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    tell(world, "L1", "lost")
    before = read(world, order["order_id"])
    path = f"/v1/incidents/{incident(world, order)['incident_id']}/resolution"
    answer = world.call("POST", path, body)
    assert (answer.status, answer.code) == (status, code)
    assert read(world, order["order_id"]) == before


def test_incidents_of_other_channels_do_not_exist(world: World, order: dict[str, Any]) -> None:
    tell(world, "L1", "lost")
    path, stranger = f"/v1/incidents/{incident(world, order)['incident_id']}", Client(channels=("shop",))
    assert world.call("GET", path, client=stranger).code == "not_found"
    assert world.call("POST", f"{path}/resolution", {"resolution": "reship"}, client=stranger).code == "not_found"
    assert world.call("GET", "/v1/incidents/inc_01JDQ8Z0000000000000000000_9").code == "not_found"
    assert world.call("GET", path, client=Client(scopes=())).code == "missing_scope"


@pytest.mark.parametrize("name", ["list_incidents", "read_incident", "resolve_incident", "source_incident"])
def test_recorded_events_are_taken(world: World, name: str) -> None:
    answer = world.invoke("resolve_incident", json.loads((EVENTS / f"api/{name}.json").read_text()))
    assert answer["statusCode"] in (200, 404)  # the incident is another shop's


def test_recorded_messages_and_steps_are_taken(world: World) -> None:
    assert world.invoke("resolve_incident", json.loads((EVENTS / "steps/resolve_incident.json").read_text())) == {
        "outcome": "ended"
    }
    assert world.invoke("signal_case", json.loads((EVENTS / "sqs/case_event.json").read_text())) == {
        "batchItemFailures": []
    }
    broken = json.loads((EVENTS / "sqs/case_event.json").read_text())
    broken["Records"][0]["body"] = "{}"
    failures = world.invoke("signal_case", broken)["batchItemFailures"]
    assert failures == [{"itemIdentifier": broken["Records"][0]["messageId"]}]


@pytest.fixture(params=["memory", "dynamodb"])
def tokens(world: World, request: pytest.FixtureRequest) -> TokenStore:
    return InMemoryTokenStore() if request.param == "memory" else DynamoTokenStore("OrdersTable")


ORDER, CASE = "ord_01JDQ8Z0000000000000000000", "inc_01JDQ8Z0000000000000000000_1"
FIRST = Waiting(ORDER, CASE, 0, "arn:one", "t1")
NEWER = Waiting(ORDER, CASE, 7, "arn:two", "t2")


def test_a_newer_run_takes_the_token_over_and_an_older_one_never(tokens: TokenStore) -> None:
    assert tokens.get(ORDER, CASE) is None
    assert tokens.put(FIRST)
    again = Waiting(ORDER, CASE, 0, "arn:one", "t1-again")
    assert tokens.put(again)
    assert tokens.get(ORDER, CASE) == again
    assert tokens.put(NEWER)
    assert not tokens.put(FIRST)
    assert tokens.get(ORDER, CASE) == NEWER
    tokens.remove(FIRST)
    assert tokens.get(ORDER, CASE) == NEWER
    tokens.remove(NEWER)
    tokens.remove(NEWER)
    assert tokens.get(ORDER, CASE) is None
