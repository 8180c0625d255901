"""What the templates say, for an Ordo in process: tables, each function's environment, routes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.template_yaml import read_template

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "us-east-1"
_NESTED = {"DataStack": "infrastructure/data.yaml", "MessagingStack": "infrastructure/messaging.yaml"}


@dataclass(frozen=True)
class Route:
    """One route of the API, as its function's `Api` event has it."""

    method: str
    path: str
    function: str
    needs_key: bool

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Path parameters when this route serves the request."""
        if method != self.method:
            return None
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path), path)
        return found.groupdict() if found else None


@dataclass(frozen=True)
class Rule:
    """One rule of the bus: what matches its pattern goes to its queues (logical ids)."""

    pattern: dict[str, Any]
    queues: list[str]

    def takes(self, event: dict[str, Any]) -> bool:
        """Whether the bus hands an event to the rule's targets."""
        return _matches(event, self.pattern)


def _matches(given: dict[str, Any], pattern: dict[str, Any]) -> bool:
    """EventBridge's matching, as far as the template uses it: nested fields, and lists of allowed values."""
    return all(
        _matches(given.get(name, {}), wanted) if isinstance(wanted, dict) else given.get(name) in wanted
        for name, wanted in pattern.items()
    )


@dataclass(frozen=True)
class Blueprint:
    """The deployed shape. `tables` are CreateTable arguments."""

    tables: list[dict[str, Any]]
    environments: dict[str, dict[str, str]]
    routes: list[Route]
    rules: list[Rule]

    @property
    def managed(self) -> frozenset[str]:
        """Every variable that the template gives to some function."""
        return frozenset(name for environment in self.environments.values() for name in environment)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route that serves a request; paths without parameters first, as API Gateway does."""
        for route in sorted(self.routes, key=lambda each: each.path.count("{")):
            parameters = route.match(method, path)
            if parameters is not None:
                return route, parameters
        return None


def queue_url(logical_id: str) -> str:
    """Address of a queue of the messaging stack."""
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{logical_id}"


def machine_arn(logical_id: str) -> str:
    """Name of a state machine."""
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{logical_id}"


@cache
def blueprint() -> Blueprint:
    """Read once: the root template and the two nested stacks that functions refer to."""
    root = read_template(ROOT / "template.yaml")
    nested = {name: read_template(ROOT / path) for name, path in _NESTED.items()}
    functions = {
        resource["Properties"]["CodeUri"].removeprefix("functions/"): resource["Properties"]
        for resource in root["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    shared = root["Globals"]["Function"]["Environment"]["Variables"]
    return Blueprint(
        [_table(name, each) for name, each in nested["DataStack"]["Resources"].items() if "Table" in each["Type"]],
        {name: _environment({**shared, **_own(each)}, root, nested) for name, each in functions.items()},
        [route for name, each in functions.items() for route in _routes(name, each)],
        [_rule(each["Properties"]) for each in nested["MessagingStack"]["Resources"].values() if _is_rule(each)],
    )


def _is_rule(resource: dict[str, Any]) -> bool:
    return bool(resource["Type"] == "AWS::Events::Rule")


def _rule(properties: dict[str, Any]) -> Rule:
    return Rule(properties["EventPattern"], [target["Arn"]["Fn::GetAtt"][0] for target in properties["Targets"]])


def _table(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    properties = resource["Properties"]
    kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {"TableName": name, **{key: properties[key] for key in kept if key in properties}}


def _own(function: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return variables


def _routes(name: str, function: dict[str, Any]) -> list[Route]:
    api = [each["Properties"] for each in function.get("Events", {}).values() if each["Type"] == "Api"]
    return [
        Route(each["Method"].upper(), each["Path"], name, each.get("Auth", {}).get("Authorizer") != "NONE")
        for each in api
    ]


def _environment(variables: dict[str, Any], root: dict[str, Any], nested: dict[str, Any]) -> dict[str, str]:
    return {name: _value(value, root, nested) for name, value in variables.items()}


def _value(value: Any, root: dict[str, Any], nested: dict[str, Any]) -> str:
    """A variable's value as a stack would resolve it."""
    if not isinstance(value, dict):
        return str(value)
    if "Ref" in value:
        return _reference(value["Ref"], root)
    if "Fn::If" in value:  # as without what the condition asks for
        return _value(value["Fn::If"][2], root, nested)
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"])
    resource, attribute = value["Fn::GetAtt"]
    if resource not in nested:
        return f"{resource}.{attribute}"
    output = nested[resource]["Outputs"][attribute.removeprefix("Outputs.")]["Value"]
    resources = nested[resource]["Resources"]
    name = output["Ref"] if "Ref" in output else output["Fn::GetAtt"][0]
    return queue_url(name) if resources[name]["Type"] == "AWS::SQS::Queue" and "Ref" in output else str(name)


def _reference(name: str, root: dict[str, Any]) -> str:
    if name in root.get("Parameters", {}):
        return str(root["Parameters"][name].get("Default", ""))
    return machine_arn(name) if name.endswith("Machine") else {"AWS::StackName": "ordo"}.get(name, name)
