"""From what happened to what AWS would charge. The unit prices are in `prices.json`, with their date."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from tools.figures.watching import Watched
from tools.home import PROJECT_ROOT
from tools.template_yaml import read_template

PRICES: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())

VCPU_MB = 1769
"""A function has a share of a processor by its memory: one vCPU at so many MB."""
CALL_S = 0.005
"""Assumed wait for one AWS call from a Lambda in the same region."""
EXPRESS_GB, EXPRESS_STEP_S = 64 / 1024, 0.1
"""Express bills memory in steps of 64 MB and time in steps of 100 ms."""


@dataclass(frozen=True)
class Traffic:
    """What recorded calls do not show: requests at the front door, messages that the bus put into queues, and how
    often a function took messages from a queue (each time one receive and one delete).
    """

    api_requests: int
    bus_messages: int
    queue_batches: int


def bill(watched: Watched, traffic: Traffic) -> dict[str, float]:
    """Dollars for what happened, by service. DynamoDB streams are free to Lambda's own poller, as AWS prices them."""
    per_million = PRICES["per_million"]
    calls = Counter((call.service, call.operation) for call in watched.handler_calls)
    executions = calls["stepfunctions", "StartSyncExecution"]
    sent = calls["sqs", "SendMessage"] + calls["sqs", "SendMessageBatch"]
    entries = sum(len(call.request.get("Entries", ())) for call in watched.handler_calls if call.service == "events")
    writes = sum(call.units.wru + call.units.index_wru for call in watched.handler_calls)
    reads = sum(call.units.rru for call in watched.handler_calls)
    log_bytes = sum(each.log_bytes for each in watched.invocations)
    return {
        "api_gateway": traffic.api_requests * per_million["api_request"] / 1e6,
        "lambda": len(watched.invocations) * per_million["lambda_request"] / 1e6
        + _gb_seconds(watched) * PRICES["lambda_gb_second_arm64"],
        "step_functions": executions * per_million["express_request"] / 1e6
        + _express_seconds(watched) * EXPRESS_GB * PRICES["express_gb_second"],
        "dynamodb": (writes * per_million["dynamodb_write_unit"] + reads * per_million["dynamodb_read_unit"]) / 1e6,
        "eventbridge": entries * per_million["event"] / 1e6,
        "sqs": (traffic.bus_messages + 2 * traffic.queue_batches + sent) * per_million["queue_request"] / 1e6,
        "s3": calls["s3", "PutObject"] * per_million["s3_put"] / 1e6,
        "logs": log_bytes / 1e9 * PRICES["log_gb"],
    }


@cache
def _memory() -> dict[str, int]:
    """MB of each function, by the name of its folder; `""` is what functions have that name nothing."""
    template = read_template(PROJECT_ROOT / "template.yaml")
    found = {"": int(template["Globals"]["Function"]["MemorySize"])}
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function" and "MemorySize" in properties:
            found[Path(properties["CodeUri"]).name] = int(properties["MemorySize"])
    return found


def memory_mb(function: str) -> int:
    """What the template gives the function."""
    return _memory().get(function, _memory()[""])


def _gb_seconds(watched: Watched) -> float:
    """Billed memory times time: the CPU time at the function's share of a processor, the wait for its own AWS calls,
    and of those that start a workflow the time of that.
    """
    cpu = sum(each.cpu_s for each in watched.invocations) * VCPU_MB  # more memory, less time: the same product
    wait = sum(CALL_S * memory_mb(call.function) for call in watched.handler_calls)
    return (cpu + wait + _express_seconds(watched) * memory_mb("")) / 1024


def _busy_s(watched: Watched, functions: Collection[str]) -> float:
    """How long these functions took in all."""
    cpu = sum(
        each.cpu_s * VCPU_MB / memory_mb(each.function) for each in watched.invocations if each.function in functions
    )
    return cpu + sum(CALL_S for call in watched.handler_calls if call.function in functions)


def _express_seconds(watched: Watched) -> float:
    """Time of the workflows, each billed in steps of 100 ms: their steps' own time (their callers wait as long)."""
    steps = {call.function for call in watched.calls if call.is_workflow}
    executions = sum(call.operation == "StartSyncExecution" for call in watched.handler_calls)
    if not steps or not executions:  # Standard machines are billed by their transitions
        return 0.0
    return executions * ceil(_busy_s(watched, steps) / executions / EXPRESS_STEP_S) * EXPRESS_STEP_S
