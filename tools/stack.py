"""Deploy a package to a cloud through CloudFormation change sets, and find what was made."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, WaiterError

from tools.artefacts import BUCKET, Package, template_url
from tools.aws import Aws
from tools.errors import ToolError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackResourceSummaryTypeDef, StackTypeDef

STACK = "ordo"
DEPLOY_DEADLINE_S = 180.0
GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
"""States in which what is deployed works."""
_NO_CHANGE = ("didn't contain changes", "No updates are to be performed")


def upload(aws: Aws, package: Package) -> int:
    """Put the artefacts that the bucket lacks; answers how many."""
    aws.s3.create_bucket(Bucket=BUCKET)
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    there = {item["Key"] for page in pages for item in page.get("Contents", [])}
    missing = [key for key in package.artefacts if key not in there]
    for key in missing:
        aws.s3.put_object(Bucket=BUCKET, Key=key, Body=package.artefacts[key]())
    return len(missing)


def deploy(aws: Aws, package: Package, parameters: Mapping[str, str], stack: str = STACK) -> str:
    """Create or update the stack and wait; answers `created`, `updated` or `unchanged`.

    Raises `ToolError` with the events of the resources that failed.
    """
    there = _existing(aws, stack)
    name = f"ordo-{time.time_ns()}"
    try:
        aws.cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            ChangeSetType="UPDATE" if there else "CREATE",
            TemplateURL=template_url(package.key),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        raise _refused(error.response["Error"].get("Message", str(error))) from error
    if not _await_change_set(aws, stack, name):
        return "unchanged"
    aws.cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
    _await_stack(aws, stack)
    return "updated" if there else "created"


def resources(aws: Aws, stack: str = STACK) -> dict[str, str]:
    """Physical names by logical id, of the stack and everything nested in it.

    Raises `ToolError` when the stack is not there.
    """
    found: dict[str, str] = {}
    for item in _walk(aws, stack):
        found[item["LogicalResourceId"]] = item.get("PhysicalResourceId", "")
    return found


def outputs(aws: Aws, stack: str = STACK) -> dict[str, str]:
    """The stack's outputs."""
    described = _describe(aws, stack)
    listed = described.get("Outputs", []) if described else []
    return {entry["OutputKey"]: entry["OutputValue"] for entry in listed}


def state(aws: Aws, stack: str = STACK) -> str:
    """The stack's status as CloudFormation names it, or `ABSENT`."""
    described = _describe(aws, stack)
    return described["StackStatus"] if described else "ABSENT"


def enable_ttl(aws: Aws, package: Package, found: Mapping[str, str]) -> list[str]:
    """Switch on the time to live that the templates ask for (the embedded cloud ignores it when it creates a table)."""
    switched = []
    for template in (package.template, *package.nested.values()):
        for logical_id, resource in template.get("Resources", {}).items():
            wanted = resource.get("Properties", {}).get("TimeToLiveSpecification")
            if resource.get("Type") == "AWS::DynamoDB::Table" and wanted and _set_ttl(aws, found[logical_id], wanted):
                switched.append(logical_id)
    return switched


def _set_ttl(aws: Aws, table: str, wanted: dict[str, Any]) -> bool:
    present = aws.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if present.get("TimeToLiveStatus") == "ENABLED":
        return False
    specification: Any = {"Enabled": True, "AttributeName": wanted["AttributeName"]}
    aws.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    return True


def _describe(aws: Aws, stack: str) -> StackTypeDef | None:
    try:
        return aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _refused(reason: str) -> ToolError:
    return ToolError(
        "The cloud refused the template", todo="Correct the template; nothing was changed.", details=[reason]
    )


def _existing(aws: Aws, stack: str) -> bool:
    """True when the stack can be updated; a wreck of a failed creation is cleared away first."""
    described = _describe(aws, stack)
    if described is None or described["StackStatus"] in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
        return False
    if described["StackStatus"] in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        aws.cloudformation.delete_stack(StackName=stack)
        aws.cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        return False
    if described["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        _finish_rollback(aws, stack)
    return True


def _finish_rollback(aws: Aws, stack: str) -> None:
    """Leave what could not be rolled back as it is: the update that follows sets it right."""
    described = _describe(aws, stack)
    reason = described.get("StackStatusReason", "") if described else ""
    stuck = [name for listed in re.findall(r"\[(.*?)\]", reason) for name in re.findall(r"\w+", listed)]
    aws.cloudformation.continue_update_rollback(StackName=stack, ResourcesToSkip=stuck)
    try:
        aws.cloudformation.get_waiter("stack_rollback_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    except WaiterError as error:
        raise ToolError(
            f"An earlier failed update of stack {stack} cannot be rolled back",
            todo="`ordo down --wipe` starts from nothing (its data is lost).",
            details=failed_events(aws, stack),
        ) from error


def _await_change_set(aws: Aws, stack: str, name: str) -> bool:
    """True when the change set can be executed, False when it holds no change."""
    deadline = time.monotonic() + DEPLOY_DEADLINE_S
    while time.monotonic() < deadline:
        described = aws.cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        if described["Status"] == "CREATE_COMPLETE":
            return True
        if described["Status"] == "FAILED":
            reason = described.get("StatusReason", "no reason given")
            aws.cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
            if any(text in reason for text in _NO_CHANGE):
                return False
            raise _refused(reason)
        time.sleep(0.1)
    raise ToolError(f"The change set of stack {stack} was not ready within {DEPLOY_DEADLINE_S:.0f} s")


def _await_stack(aws: Aws, stack: str) -> None:
    deadline = time.monotonic() + DEPLOY_DEADLINE_S
    while time.monotonic() < deadline:
        described = _describe(aws, stack)
        status = described["StackStatus"] if described else "DELETE_COMPLETE"
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return
        if not status.endswith("_IN_PROGRESS"):
            raise ToolError(
                f"The stack {stack} could not be deployed ({status})",
                todo="Correct what the events name, then run the command again.",
                details=failed_events(aws, stack),
            )
        time.sleep(0.1)
    raise ToolError(
        f"The stack {stack} was not deployed within {DEPLOY_DEADLINE_S:.0f} s", details=failed_events(aws, stack)
    )


def failed_events(aws: Aws, stack: str) -> list[str]:
    """What failed in the last operation, oldest first, with the cloud's reason; nested stacks included."""
    pages = aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    lines: list[str] = []
    for event in reversed(_last_operation([event for page in pages for event in page["StackEvents"]])):
        reason = event.get("ResourceStatusReason", "no reason given")
        if not event["ResourceStatus"].endswith("_FAILED") or "cancelled" in reason:
            continue
        inner = event.get("PhysicalResourceId", "")
        if event.get("ResourceType") == "AWS::CloudFormation::Stack" and inner not in {"", event["StackId"]}:
            lines += failed_events(aws, inner)
        lines.append(f"{event['LogicalResourceId']} ({event.get('ResourceType', '')}): {reason}")
    return list(dict.fromkeys(lines)) or ["no reason given"]


def _last_operation(newest_first: list[StackEventTypeDef]) -> list[StackEventTypeDef]:
    """Events since the stack itself last began to be created or updated."""
    for place, event in enumerate(newest_first):
        itself = event.get("PhysicalResourceId") == event["StackId"]
        if itself and event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            return newest_first[:place]
    return newest_first


def _walk(aws: Aws, stack: str) -> Iterator[StackResourceSummaryTypeDef]:
    for item in _listed(aws, stack):
        yield item
        if item["ResourceType"] == "AWS::CloudFormation::Stack" and item.get("PhysicalResourceId"):
            yield from _walk(aws, item["PhysicalResourceId"])


def _listed(aws: Aws, stack: str) -> list[StackResourceSummaryTypeDef]:
    pages = aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    try:
        return [item for page in pages for item in page["StackResourceSummaries"]]
    except ClientError as error:
        raise ToolError(f"There is no stack {stack}", todo="Run `ordo up` (or `ordo deploy`) first.") from error
