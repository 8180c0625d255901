"""Everything the rules look at, read once: the stacks after the SAM transform, the workflows, the runbook."""

from __future__ import annotations

import copy
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tools.home import PROJECT_ROOT
from tools.template_yaml import read_template

ROOT = "root"
_LOCAL = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}

Resource = dict[str, Any]
Place = tuple[str, str]
"""A stack (`root` or the logical id of a nested one) and the logical id of a resource in it."""


@dataclass(frozen=True)
class Finding:
    """A broken rule: where, and what to do about it."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass
class Estate:
    """The whole of what is deployed, as plain documents."""

    root: Path
    source: dict[str, Any]
    """template.yaml as it is written, before the SAM transform."""
    stacks: dict[str, dict[str, Any]]
    """Templates by stack, `root` after the transform."""
    workflows: dict[str, dict[str, Any]]
    """State machine definitions by logical id."""
    runbook: str

    def of_type(self, *kinds: str) -> Iterator[tuple[Place, Resource]]:
        """The resources of some types in all stacks."""
        for stack, template in self.stacks.items():
            for logical_id, resource in template["Resources"].items():
                if resource["Type"] in kinds:
                    yield (stack, logical_id), resource

    def functions(self) -> dict[str, Resource]:
        """The functions' properties, by logical id."""
        return {place[1]: found["Properties"] for place, found in self.of_type("AWS::Lambda::Function")}

    def resource(self, place: Place) -> Resource:
        """The resource at a place; raises `KeyError`."""
        found: Resource = self.stacks[place[0]]["Resources"][place[1]]
        return found

    def follow(self, stack: str, value: Any) -> Place | None:
        """The resource that a `Ref`, `Fn::GetAtt` or `Fn::Sub` means in the end, through parameters and outputs."""
        if not isinstance(value, dict) or len(value) != 1:
            return None
        kind, argument = next(iter(value.items()))
        if kind == "Ref":
            return self._follow_ref(stack, argument)
        if kind == "Fn::GetAtt":
            name, _, attribute = (
                argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
            )
            return self._follow_attribute(stack, name, attribute)
        if kind == "Fn::Sub" and (found := re.search(r"\$\{([^}]+)\}", str(argument))):
            name, _, attribute = found.group(1).partition(".")
            return self._follow_attribute(stack, name, attribute) if attribute else self._follow_ref(stack, name)
        return None

    def _follow_ref(self, stack: str, name: str) -> Place | None:
        if name in self.stacks[stack]["Resources"]:
            return stack, name
        if stack == ROOT:
            return None
        parameters = self.stacks[ROOT]["Resources"][stack]["Properties"].get("Parameters", {})
        return self.follow(ROOT, parameters.get(name))

    def _follow_attribute(self, stack: str, name: str, attribute: str) -> Place | None:
        if name in self.stacks and attribute.startswith("Outputs."):
            return self.follow(name, self.stacks[name].get("Outputs", {}).get(attribute[8:], {}).get("Value"))
        return (stack, name) if name in self.stacks[stack]["Resources"] else None


def read_estate(root: Path = PROJECT_ROOT) -> Estate:
    """Read and transform everything; raises what the SAM translator raises for a template it refuses."""
    source = read_template(root / "template.yaml")
    stacks = {ROOT: transform(source)}
    workflows = {}
    for logical_id, resource in source["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudFormation::Stack":
            stacks[logical_id] = read_template(root / properties["TemplateURL"])
        if resource["Type"] == "AWS::Serverless::StateMachine":
            workflows[logical_id] = json.loads((root / properties["DefinitionUri"]).read_text())
    runbook = (root / "docs" / "operations.md").read_text()
    return Estate(root=root, source=source, stacks=stacks, workflows=workflows, runbook=runbook)


def transform(source: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation gets after the SAM transform (local code replaced by addresses, as packaging does)."""
    template = copy.deepcopy(source)
    for resource in template["Resources"].values():
        if (key := _LOCAL.get(resource["Type"])) is not None:
            resource["Properties"][key] = "s3://bucket/key"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session = boto3.Session(region_name="us-east-1")
    translator = Translator({}, Parser(), boto_session=session)
    translated = translator.translate(template, parameter_values=_defaults(template))
    plain: dict[str, Any] = json.loads(json.dumps(translated))  # the translator has dicts of its own kind
    return plain


def _defaults(template: dict[str, Any]) -> dict[str, Any]:
    parameters = template.get("Parameters", {})
    return {name: parameter["Default"] for name, parameter in parameters.items() if "Default" in parameter}
