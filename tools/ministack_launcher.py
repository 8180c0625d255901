"""Start MiniStack 1.5.33 with four things mended; run as a script by `tools.server`, in a process of its own.

When a nested stack is updated, MiniStack forgets the attributes of its resources that did not change, and then refuses
the stack since its outputs refer to them. Here the attributes are read from the stack's own record.

It keeps how far each function has read a table's stream, but not the stream: after a restart nothing would be read
until as many records came again. Here reading begins anew with the empty stream.

After each invocation that logs nothing, it waits 50 ms for a first log line. Here it waits 10 ms: a line that is later
still is kept, with the next invocation.

Who tells a waiting task is asked for `*`, where AWS asks for the machine of its token (docs/adr/0036). Here it is
the machine whose execution the task is told of.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import cloudformation, lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners

_update = provisioners._update_resource
_restore_positions = lambda_svc._restore_esm_positions
_resource_arn = iam_actions.extract_resource_arn
_invoke_with_callback = stepfunctions._invoke_with_callback
_machines: dict[str, str] = {}
"""By token, as long as this process lives."""
_LOG_WAITS_S = (0.010, 0.005, 0.250)
"""For the first line, for quiet after a line, and at most."""


def update_resource(
    resource_type: str,
    physical_id: str,
    old_props: dict[str, Any],
    new_props: dict[str, Any],
    stack_name: str,
    logical_id: str | None = None,
    old_attrs: dict[str, Any] | None = None,
) -> Any:
    """The same, with the attributes that are known of the resource."""
    if old_attrs is None:
        stack = cloudformation._stacks.get(stack_name) or {}
        old_attrs = stack.get("_resources", {}).get(logical_id, {}).get("Attributes")
    return _update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)


def restore_positions(store: Any, positions: Any) -> None:
    """The same for streams that were kept; a table's stream begins at nought."""
    _restore_positions(store, positions)
    if store is lambda_svc._dynamodb_stream_positions:
        for scope in store._data:
            store._data[scope] = 0


def invoke_with_callback(resource: str, given: Any, token: str, state: Any) -> Any:
    """The same; whose the token is, is kept: our steps that wait are told the ARN of their execution."""
    named = re.search(r"arn:[^\"]*?:execution:[^\":]+", json.dumps(given, default=str))
    if named:
        _machines[token] = named[0].replace(":execution:", ":stateMachine:")
    return _invoke_with_callback(resource, given, token, state)


def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *others: Any) -> str:
    """The same, with the machine of a task's token."""
    found: str = _resource_arn(service, method, path, headers, body, *others)
    if service == "states" and found == "*" and b'"taskToken"' in body:
        return _machines.get(str(json.loads(body)["taskToken"]), found)
    return found


if __name__ == "__main__":
    stepfunctions._invoke_with_callback = invoke_with_callback
    iam_actions.extract_resource_arn = resource_arn
    lambda_svc._restore_esm_positions = restore_positions
    provisioners._update_resource = update_resource
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = _LOG_WAITS_S
    app.main()
