"""Deploy a package to a cloud through CloudFormation change sets, and find what was made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tools.aws import Aws
from tools.errors import ToolError
from tools.packaging import BUCKET, Package, template_url

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

STACK = "ordo"
DEPLOY_DEADLINE_S = 180.0
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
    aws.cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if there else "CREATE",
        TemplateURL=template_url(package.key),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
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
    return {entry["OutputKey"]: entry["OutputValue"] for entry in (described or {}).get("Outputs", [])}


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
    return True


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
            raise ToolError("The cloud refused the template", todo="Correct the template.", details=[reason])
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
                details=failed_events(aws, stack) or [(described or {}).get("StackStatusReason", "no reason given")],
            )
        time.sleep(0.1)
    raise ToolError(
        f"The stack {stack} was not deployed within {DEPLOY_DEADLINE_S:.0f} s", details=failed_events(aws, stack)
    )


def failed_events(aws: Aws, stack: str) -> list[str]:
    """What failed, oldest first, with the cloud's reason; nested stacks included, consequences left out."""
    pages = aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    failed = [
        event
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", "")
    ]
    lines: list[str] = []
    for event in reversed(failed):
        inner = event.get("PhysicalResourceId", "")
        if event.get("ResourceType") == "AWS::CloudFormation::Stack" and inner not in {"", event["StackId"]}:
            lines += failed_events(aws, inner)
        reason = event.get("ResourceStatusReason", "no reason given")
        lines.append(f"{event['LogicalResourceId']} ({event.get('ResourceType', '')}): {reason}")
    return lines


def _walk(aws: Aws, stack: str) -> Iterator[dict[str, Any]]:
    try:
        listed = aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack).build_full_result()
    except ClientError as error:
        raise ToolError(f"There is no stack {stack}", todo="Run `ordo up` (or `ordo deploy`) first.") from error
    for item in listed["StackResourceSummaries"]:
        yield item
        if item["ResourceType"] == "AWS::CloudFormation::Stack" and item.get("PhysicalResourceId"):
            yield from _walk(aws, item["PhysicalResourceId"])
