"""Least privilege: every function its own role, exact actions on exact resources; workflows may call what they call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tools.checks.estate import ROOT, Estate, Finding, Resource

UNSCOPED = frozenset(
    {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "ses:SendEmail",  # narrowed by the sender's address, which is more exact than the identity of its domain
        "sns:Publish",  # to a phone number, which has no ARN; topics are denied beside it
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    }
)
"""Actions for which AWS knows no narrower resource than `*` (Service Authorization Reference)."""
POLICY_BYTES_PER_ROUTE = 400
POLICY_LIMIT_BYTES = 20_000


def functions_have_their_own_role(estate: Estate) -> Iterator[Finding]:
    """No two functions share a role, and none borrows one from elsewhere."""
    roles = {name: estate.follow(ROOT, properties["Role"]) for name, properties in estate.functions().items()}
    uses = Counter(roles.values())
    for name, role in roles.items():
        if role is None:
            yield Finding(name, "has no role of this template")
        elif uses[role] > 1:
            yield Finding(name, f"shares the role {role[1]}")


def roles_are_exact(estate: Estate) -> Iterator[Finding]:
    """No wildcard actions or resources, no managed policies (they hold wildcards)."""
    for place, role in estate.of_type("AWS::IAM::Role"):
        if role["Properties"].get("ManagedPolicyArns"):
            yield Finding(place[1], "uses managed policies, which are wider than needed")
        for statement in statements(role):
            yield from _inexact(place[1], statement)
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for place, _ in estate.of_type(kind):
            yield Finding(place[1], "is a policy outside its role: write it where it is used")


def _inexact(where: str, statement: dict[str, Any]) -> Iterator[Finding]:
    actions = as_list(statement.get("Action"))
    for action in actions:
        if "*" in action:
            yield Finding(where, f"allows the action {action}")
    if "*" in as_list(statement.get("Resource")):
        for action in sorted(set(actions) - UNSCOPED):
            yield Finding(where, f"allows {action} on every resource")
    if "NotAction" in statement or "NotResource" in statement:
        yield Finding(where, "allows everything but something (NotAction or NotResource)")


def workflow_roles_cover_exactly_their_calls(estate: Estate) -> Iterator[Finding]:
    """A workflow's role allows invoking the functions its definition calls, all of them and no other.

    The embedded cloud does not enforce these roles, so this is the only guard.
    """
    for place, machine in estate.of_type("AWS::StepFunctions::StateMachine"):
        role = estate.follow(place[0], machine["Properties"]["RoleArn"])
        if role is None:
            yield Finding(place[1], "has no role of this template")
            continue
        allowed = {
            estate.follow(role[0], resource)
            for statement in statements(estate.resource(role))
            if "lambda:InvokeFunction" in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }
        substitutions = machine["Properties"].get("DefinitionSubstitutions", {})
        called = set()
        for state, text in called_functions(estate.workflows[place[1]]):
            called.add(function := estate.follow(place[0], substitutions.get(text)))
            if function is None:
                yield Finding(f"{place[1]}.{state}", f"calls {text!r}, which no DefinitionSubstitution names")
        for function in sorted(filter(None, called - allowed)):
            yield Finding(role[1], f"does not allow {function[1]}, which the workflow calls")
        for function in sorted(filter(None, allowed - called)):
            yield Finding(role[1], f"allows {function[1]}, which the workflow does not call")


def called_functions(definition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(state, name of the substitution) for every task; another kind of task gives its resource as the name."""
    for name, state in all_states(definition):
        if state["Type"] != "Task":
            continue
        if state["Resource"].removesuffix(".waitForTaskToken") == "arn:aws:states:::lambda:invoke":
            yield name, str(state["Arguments"]["FunctionName"]).removeprefix("${").removesuffix("}")
        else:
            yield name, state["Resource"]


def all_states(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The states of a definition and of the maps and branches inside it."""
    for name, state in definition.get("States", {}).items():
        yield name, state
        inner = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for part in inner:
            yield from all_states(part)


def resource_policies_have_room(estate: Estate) -> Iterator[Finding]:
    """A function's resource policy ends at 20 KB: with many routes it needs one wildcard permission instead."""
    permissions = Counter(
        estate.follow(place[0], permission["Properties"]["FunctionName"])
        for place, permission in estate.of_type("AWS::Lambda::Permission")
    )
    for function, count in permissions.items():
        if function and count * POLICY_BYTES_PER_ROUTE > POLICY_LIMIT_BYTES:
            yield Finding(function[1], f"has {count} permissions: give it one for all its routes")


def statements(role: Resource) -> list[dict[str, Any]]:
    """All statements of a role's own policies."""
    return [
        statement
        for policy in role["Properties"].get("Policies", [])
        for statement in as_list(policy["PolicyDocument"]["Statement"])
    ]


def as_list(value: Any) -> list[Any]:
    """IAM's habit of writing a list of one as the one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
