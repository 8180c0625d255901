"""The deployed state machine, with the world changing between its steps.

For a test the machine's own definition is deployed with one state more; what it does otherwise, its steps, roles and
tables are those of the template.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.events import api_event
from tests.support.stage import on_the_cloud
from tests.support.verbs import Shop

pytestmark = pytest.mark.cloud
ANY_CLIENT = {"client_id": "another", "channels": "*", "scopes": "stock:write"}
Definition = dict[str, Any]


@pytest.fixture
def shop(cloud: Cloud) -> Iterator[Shop]:
    with on_the_cloud(cloud, "web") as stage:
        yield Shop(stage, "web")


@pytest.fixture
def sku() -> str:
    return f"WF-{uuid.uuid4().hex[:8].upper()}"


@pytest.fixture
def definition(cloud: Cloud) -> Definition:
    """As it is deployed, with the functions' ARNs."""
    machine = cloud.aws.stepfunctions.describe_state_machine(stateMachineArn=cloud.name("PlaceOrderMachine"))
    deployed: Definition = json.loads(machine["definition"])
    return deployed


@contextmanager
def deployed(cloud: Cloud, changed: Definition, original: Definition) -> Iterator[None]:
    """The machine does `changed` in the block."""
    machine, states = cloud.name("PlaceOrderMachine"), cloud.aws.stepfunctions
    states.update_state_machine(stateMachineArn=machine, definition=json.dumps(changed))
    try:
        yield
    finally:
        states.update_state_machine(stateMachineArn=machine, definition=json.dumps(original))


def with_another_who_is_quicker(cloud: Cloud, definition: Definition, sku: str, node: str) -> Definition:
    """Before the first commit someone finds the node's shelf empty: a real movement through its function."""
    movement = {"movement_id": f"quick-{sku}", "kind": "count", "quantity": 0, "reason": "test"}
    body = {**movement, "sku": sku, "node_id": node}
    event = api_event("POST", "/v1/stock/movements", "/v1/stock/movements", {}, {}, body)
    event["requestContext"]["authorizer"] = ANY_CLIENT
    changed = copy.deepcopy(definition)
    states = changed["States"]
    states["IsPlanned"]["Choices"][0]["Next"] = "IsFirstTry"
    first = {"Condition": "{% $states.input.attempt = 0 %}", "Next": "AnotherIsQuicker"}
    states["IsFirstTry"] = {"Type": "Choice", "Choices": [first], "Default": "CommitOrder"}
    states["AnotherIsQuicker"] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": cloud.name("MoveStockFunction"), "Payload": event},
        "Output": "{% $states.input %}",
        "Next": "CommitOrder",
    }
    return changed


def states_of_the_last_execution(cloud: Cloud) -> list[str]:
    """The states that it entered."""
    states = cloud.aws.stepfunctions
    executions = states.list_executions(stateMachineArn=cloud.name("PlaceOrderMachine"), maxResults=1000)["executions"]
    last = max(executions, key=lambda each: (each["startDate"], each["name"]))
    history = states.get_execution_history(executionArn=last["executionArn"], maxResults=1000)["events"]
    return [each["stateEnteredEventDetails"]["name"] for each in history if "stateEnteredEventDetails" in each]


def test_when_the_world_changed_the_order_is_planned_again_from_another_node(
    cloud: Cloud, shop: Shop, sku: str, definition: Definition
) -> None:
    shop.sells(sku, {"hangzhou": 5, "beijing": 5})
    with deployed(cloud, with_another_who_is_quicker(cloud, definition, sku, "hangzhou"), definition):
        placed = shop.tries(shop.asks_for((sku, 3, {}), external_id=sku))
        entered = states_of_the_last_execution(cloud)
    assert placed.status == 201
    assert [each["node_id"] for each in placed.body["plan"]["fulfilments"]] == ["beijing"]
    assert shop.shelf(sku) == {"hangzhou": (0, 0), "beijing": (5, 3)}
    assert (entered.count("PriceOrder"), entered.count("PlanAgain"), entered.count("CommitOrder")) == (1, 1, 2)
    assert shop.history(placed.body["order_id"]) == ["order.placed"]


def test_when_nothing_is_left_after_the_change_the_order_is_out_of_stock(
    cloud: Cloud, shop: Shop, sku: str, definition: Definition
) -> None:
    shop.sells(sku, {"hangzhou": 3})
    with deployed(cloud, with_another_who_is_quicker(cloud, definition, sku, "hangzhou"), definition):
        refused = shop.tries(shop.asks_for((sku, 3, {}), external_id=sku))
    assert (refused.status, refused.code) == (409, "out_of_stock")
    assert refused.body["facts"]["lines"][0]["available"] == 0
    assert shop.shelf(sku) == {"hangzhou": (0, 0)}
    assert shop.orders_of(sku) == []


def test_a_world_that_never_stands_still_is_told_as_busy_and_the_same_key_works_later(
    cloud: Cloud, shop: Shop, sku: str, definition: Definition
) -> None:
    shop.sells(sku, {"hangzhou": 1})
    restless = copy.deepcopy(definition)
    output = {"outcome": "changed", "draft": "{% $states.input.draft %}", "attempt": "{% $states.input.attempt %}"}
    restless["States"]["CommitOrder"] = {"Type": "Pass", "Output": output, "Next": "IsCommitted"}
    body = shop.asks_for((sku, 1, {}), external_id=sku)
    with deployed(cloud, restless, definition):
        refused = shop.stage.call("POST", "/v1/orders", body, key=sku)
        entered = states_of_the_last_execution(cloud)
    assert (refused.status, refused.code) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    assert entered[-1] == "TooBusy"
    assert shop.shelf(sku) == {"hangzhou": (1, 0)}
    assert shop.stage.call("POST", "/v1/orders", body, key=sku).status == 201


def test_a_broken_workflow_is_told_as_unavailable_and_the_same_key_works_later(
    cloud: Cloud, shop: Shop, sku: str, definition: Definition
) -> None:
    shop.sells(sku, {"hangzhou": 1})
    body = shop.asks_for((sku, 1, {}), external_id=sku)
    with deployed(cloud, definition | {"StartAt": "OutcomeUnknown"}, definition):
        refused = shop.stage.call("POST", "/v1/orders", body, key=sku)
    assert (refused.status, refused.code) == (503, "unavailable")
    assert shop.stage.call("POST", "/v1/orders", body, key=sku).status == 201
    assert shop.shelf(sku) == {"hangzhou": (1, 1)}


def test_a_step_that_raises_is_tried_again_and_then_the_workflow_fails_by_its_own_name(cloud: Cloud) -> None:
    answer = cloud.aws.stepfunctions.start_sync_execution(
        stateMachineArn=cloud.name("PlaceOrderMachine"),
        name=f"broken-{uuid.uuid4().hex}",
        input=json.dumps({"draft": "not a draft", "attempt": 0}),
    )
    assert (answer["status"], answer["error"]) == ("FAILED", "PlacementBroken")
