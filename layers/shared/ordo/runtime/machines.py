"""Standard workflows as Ordo uses them: begun once by name, asked whether they run, told what they wait for."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from ordo.runtime.clients import client

_OVER = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")
"""Nobody waits for the token any more."""


def start_execution(machine_arn: str, name: str, given: dict[str, Any]) -> bool:
    """Begin an execution; False when one of this name has ended. One that runs with the same input is left as it is."""
    text = json.dumps(given, sort_keys=True)
    try:
        client("stepfunctions").start_execution(stateMachineArn=machine_arn, name=name, input=text)
    except ClientError as error:
        if _code(error) != "ExecutionAlreadyExists":
            raise
        return False
    return True


def is_running(execution_arn: str) -> bool:
    """Whether the execution is still under way; False when it is not known either."""
    try:
        found = client("stepfunctions").describe_execution(executionArn=execution_arn)
    except ClientError as error:
        if _code(error) != "ExecutionDoesNotExist":
            raise
        return False
    return bool(found["status"] == "RUNNING")


def tell_task(token: str, output: dict[str, Any]) -> bool:
    """Give a task that waits for its token its output; False when it waits no more."""
    try:
        client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(output))
    except ClientError as error:
        if _code(error) not in _OVER:
            raise
        return False
    return True


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
