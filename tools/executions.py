"""What a placement workflow did, as the embedded cloud remembers it (AWS keeps Express executions in logs only)."""

from __future__ import annotations

from tools.target import Target


def workflow_lines(there: Target, order_id: str) -> list[str]:
    """The execution of an order's placement: its name, how it ended, and each state with its outcome."""
    machine = there.name("PlaceOrderMachine")
    states = there.aws.stepfunctions
    listed = states.list_executions(stateMachineArn=machine, maxResults=100)["executions"]
    execution = next((each for each in listed if order_id in each["name"]), None)
    if execution is None:
        return [f"{machine.rsplit(':', 1)[-1]}: this cloud keeps no history of Express executions"]
    history = states.get_execution_history(executionArn=execution["executionArn"], maxResults=200)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
    milliseconds = (execution["stopDate"] - execution["startDate"]).total_seconds() * 1000
    return [
        f"execution {execution['name']}: {execution['status']} in {milliseconds:.0f} ms",
        " → ".join(entered),
    ]
