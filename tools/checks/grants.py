"""What each function may do, read from the roles of the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.checks.estate import ROOT, Estate
from tools.checks.roles import as_list, statements


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource: a logical id, with what follows it (`OrdersTable/index/by_node`), or `*`."""

    function: str
    action: str
    resource: str


def grants(estate: Estate) -> set[Grant]:
    """Every grant of every function, which is named by its folder."""
    found = set()
    for logical_id, resource in estate.source["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        folder = str(resource["Properties"]["CodeUri"]).rpartition("/")[2]
        role = estate.follow(ROOT, estate.functions()[logical_id]["Role"])
        allowed = [each for each in (statements(estate.resource(role)) if role else []) if each["Effect"] == "Allow"]
        for statement in allowed:
            for action in as_list(statement["Action"]):
                for target in as_list(statement["Resource"]):
                    found.add(Grant(folder, action, _name(estate, target)))
    return found


def _name(estate: Estate, target: Any) -> str:
    place = estate.follow(ROOT, target)
    if place is None:
        return str(target)
    text = target.get("Fn::Sub", "") if isinstance(target, dict) else ""
    return place[1] + text.partition("}")[2]
