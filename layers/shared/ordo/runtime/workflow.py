"""Runs the placement workflow: a synchronous Express execution."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ordo.kernel.errors import WorkflowBroken
from ordo.runtime.clients import client
from ordo.runtime.steps import StepOutput


class StepFunctionsWorkflow:
    """The `PlacementWorkflow` of production."""

    def __init__(self, machine_arn: str) -> None:
        self._arn = machine_arn

    def run(self, draft: str, name: str) -> StepOutput:
        """The workflow's output for a packed draft; raises `WorkflowBroken`."""
        try:
            answer: dict[str, Any] = client("stepfunctions").start_sync_execution(
                stateMachineArn=self._arn, name=name, input=json.dumps({"draft": draft, "attempt": 0})
            )
        except (ClientError, BotoCoreError) as error:
            raise WorkflowBroken(type(error).__name__) from error
        if answer["status"] != "SUCCEEDED":
            raise WorkflowBroken(f"{answer['status']}: {answer.get('error', '')}")
        output = json.loads(answer["output"])
        return StepOutput.model_validate({key: output.get(key) for key in StepOutput.model_fields})
