"""Least privilege both ways: the functions use nothing that their roles lack, and the roles hold nothing unused.

One long day of a shop, in process, with every AWS call of every handler recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.proof.day.whole import a_day
from tests.support import lambdas
from tests.support.shop import (
    shop_world,
)
from tests.support.wire import Call
from tools.checks.estate import read_estate
from tools.checks.grants import Grant, grants

pytestmark = pytest.mark.timeout(900)
"""The day is long, and runs before the first test."""

WITHOUT_A_CALL = {
    "logs:CreateLogStream": "Lambda itself writes the logs",
    "logs:PutLogEvents": "Lambda itself writes the logs",
    "xray:PutTraceSegments": "Lambda itself sends the traces",
    "xray:PutTelemetryRecords": "Lambda itself sends the traces",
    "dynamodb:DescribeStream": "Lambda itself reads the stream",
    "dynamodb:GetRecords": "Lambda itself reads the stream",
    "dynamodb:GetShardIterator": "Lambda itself reads the stream",
    "dynamodb:ListStreams": "Lambda itself reads the stream",
    "sqs:ReceiveMessage": "Lambda itself reads the queue",
    "sqs:DeleteMessage": "Lambda itself reads the queue",
    "sqs:GetQueueAttributes": "Lambda itself reads the queue",
}
"""Grants that no call of a handler can use."""
DESTINATIONS = {
    Grant(name, "sqs:SendMessage", "ScheduleDlq")
    for name in (
        "watch_deadlines",
        "publish_events",
        "verify_stock",
        "anchor_timelines",
        "measure_transit",
        "move_money",
        "signal_case",
    )
}
"""Where Lambda itself tells of a failed asynchronous call, with the function's role."""
SIGNED = {
    Grant("prove_delivery", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("prove_delivery", "s3:GetObject", "FilesBucket/files/*"),
    Grant("sign_delivery", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("show_tracking", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("return_order", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("return_order", "s3:GetObject", "FilesBucket/files/*"),
}
"""What others do with a form or a link that a function has signed: S3 asks what the signer may."""
_MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def used(call: Call) -> Iterator[Grant]:
    """What IAM asks for a call: a transaction is asked for item by item."""
    request = call.request
    if call.service == "dynamodb":
        for action, resource in _of_dynamodb(call.operation, request):
            yield Grant(call.function, f"dynamodb:{action}", resource)
    elif call.service == "stepfunctions":
        yield Grant(call.function, f"states:{call.operation}", _of_machines(call.function, request))
    elif call.service == "events":
        yield Grant(call.function, "events:PutEvents", request["Entries"][0]["EventBusName"])
    elif call.service == "sqs":
        yield Grant(call.function, "sqs:SendMessage", request["QueueUrl"].rpartition("/")[2])
    elif call.service == "sesv2":
        yield Grant(call.function, "ses:SendEmail", "*")
    elif call.service == "sns":
        yield Grant(call.function, "sns:Publish", "*")
    elif call.service == "secretsmanager":
        yield Grant(call.function, "secretsmanager:GetSecretValue", request["SecretId"])
    elif call.service == "s3":
        yield from _of_s3(call)
    else:
        raise AssertionError(f"no rule for {call.service}.{call.operation}")


def _of_machines(function: str, request: dict[str, Any]) -> str:
    """A machine by its name, also of a token, which one machine gives; its executions as the template names them."""
    if "stateMachineArn" in request:
        return str(request["stateMachineArn"].rpartition(":")[2])
    named = request.get("taskToken") or request["executionArn"]  # a case's id is in both
    machine = next((machine for case, machine in MACHINES.items() if case in named), MACHINES["inc_"])
    return machine if "taskToken" in request else executions(machine)


MACHINES = {"cmp_": "ResolveComplaintMachine", "ret_": "ReturnOrderMachine", "inc_": "ResolveIncidentMachine"}
"""What carries cases, by how their ids begin."""


def executions(machine: str) -> str:
    """As the template names them."""
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:"
    return str({"Fn::Sub": f"{arn}${{{machine}.Name}}:*"})


def _of_s3(call: Call) -> Iterator[Grant]:
    """Objects by the first folder of their key. Who may not list is told that a missing object is forbidden."""
    bucket, _, key = call.request["path"].lstrip("/").partition("/")
    if call.operation != "PutObject":
        yield Grant(call.function, "s3:ListBucket", bucket)
    if key:
        folder = f"{key.partition('/')[0]}/" if "/" in key else ""
        yield Grant(call.function, f"s3:{call.operation}", f"{bucket}/{folder}*")


def _of_dynamodb(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for write in request["TransactItems"]:
            ((member, wanted),) = write.items()
            yield _MEMBERS[member], wanted["TableName"]
    elif operation == "BatchGetItem":
        yield from ((operation, table) for table in request["RequestItems"])
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield operation, request["TableName"] + index


@pytest.fixture(scope="module")
def calls() -> Iterator[list[Call]]:
    with pytest.MonkeyPatch.context() as patch, shop_world() as world:
        patch.setattr(lambdas, "_idle", defaultdict(list))  # no container that began without this setting
        patch.setitem(world.blueprint.environments["notify_customer"], "MAIL_FROM", "shop@example.com")
        patch.setitem(world.blueprint.environments["notify_customer"], "SMS", "true")
        for function in ("manage_catalog", "deliver_webhook", "notify_customer"):
            patch.setitem(world.blueprint.environments[function], "ALLOW_PRIVATE_WEBHOOKS", "true")
        key = world.new_key()
        with world.record() as recorded:
            a_day(world, key)
        yield [call for call in recorded if not call.is_workflow]


def test_no_call_needs_what_its_role_lacks(calls: list[Call]) -> None:
    missing = {grant for call in calls for grant in used(call)} - grants(read_estate())
    assert "\n".join(str(grant) for grant in sorted(missing)) == ""


def test_no_role_holds_what_no_call_uses(calls: list[Call]) -> None:
    granted = {grant for grant in grants(read_estate()) if grant.action not in WITHOUT_A_CALL}
    unused = granted - {grant for call in calls for grant in used(call)} - DESTINATIONS - SIGNED
    assert "\n".join(str(grant) for grant in sorted(unused)) == ""
