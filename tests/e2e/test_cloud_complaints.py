"""The machine that carries complaints, deployed: passed on twice, and made good by a change of the order."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from tests.support.cloud import Cloud
from tests.support.events import SCHEDULED
from tests.support.polling import eventually
from tests.support.verbs import Json, Shop
from tools.outbox import invoke

pytestmark = pytest.mark.cloud
WITHIN_S = 60


def execution(cloud: Cloud, complaint: str) -> dict[str, Any] | None:
    """The complaint's execution as Step Functions knows it."""
    machines = cloud.aws.stepfunctions.list_state_machines()["stateMachines"]
    (machine,) = (each["stateMachineArn"] for each in machines if "ResolveComplaint" in each["name"])
    listed = cloud.aws.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
    found = [dict(each) for each in listed if each["name"] == complaint]
    return found[0] if found else None


def is_(status: str) -> Any:
    return lambda found: found is not None and found["status"] == status


def overdue(cloud: Cloud, complaint: str) -> None:
    """Its deadline has passed, and the watcher looks."""
    past = {"S": to_iso(system_clock() - timedelta(minutes=1))}
    cloud.aws.dynamodb.update_item(
        TableName=cloud.target.name("OrdersTable"),
        Key={"pk": {"S": complaint}, "sk": {"S": "complaint"}},
        UpdateExpression="SET deadline = :past, deadline_at = :past",
        ExpressionAttributeValues={":past": past},
    )
    invoke(cloud.target, "WatchDeadlinesFunction", SCHEDULED)


def _is_of(owner: str, body: Json) -> bool:
    return bool(body["owner"] == owner)


def test_a_complaint_is_passed_on_twice_and_refunded_by_a_change(cloud: Cloud, shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 9})
    order: Json = shop.places(shop.asks_for((sku, 1, {}), external_id="cmp-1"))
    shop.pays(order)
    owners = [f"{sku}-first", f"{sku}-second"]
    chain = [{"owner": owner, "minutes": 60} for owner in owners]
    department = {"name": {"en": "Service"}, "escalation": chain}
    shop.does("PUT", "/v1/departments/customer_service", department)
    said = {"order_id": order["order_id"], "subject": "Late", "text": "It is late"}
    sent = shop.stage.doors.send("POST", "/v1/complaints", said, None, f"{sku}-complain")
    complaint = sent.body["complaint_id"]
    path = f"/v1/complaints/{complaint}"
    eventually(lambda: execution(cloud, complaint), is_("RUNNING"), deadline_s=WITHIN_S)
    seen = []
    for owner in owners:
        overdue(cloud, complaint)
        found: Json = eventually(lambda: shop.stage.doors.send("GET", path).body, partial(_is_of, owner))
        seen.append((found["owner"], found["level"]))
    assert seen == [(owners[0], 1), (owners[1], 2)]
    body = {"outcome": "refund", "reason": "Late", "amount": {"amount": 100, "currency": "CNY"}}
    solved = shop.stage.doors.send("POST", f"{path}/resolution", body, None, f"{sku}-solve").body
    assert (solved["state"], solved["resolution"]["change_id"][:4]) == ("resolved", "chg_")
    assert shop.order(order["order_id"])["balance"]["refund_due"]["amount"] == 100
    eventually(lambda: execution(cloud, complaint), is_("SUCCEEDED"), deadline_s=WITHIN_S)
    assert invoke(cloud.target, "SignalCaseFunction", {"look": True})["finished"] is True
