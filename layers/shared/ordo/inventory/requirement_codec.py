"""Requirements and what is watched, as stored; stock events as the outbox keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ordo.inventory.requirements import Cause, Cover, Requirement, Told, Watched
from ordo.kernel.canonical import canonical_json

SCHEMA = 1


def requirement_to_dict(requirement: Requirement) -> dict[str, Any]:
    """The stored form; `quantity` and `needed_by` are there for readers of the table."""
    return {
        "requirement_id": requirement.requirement_id,
        "sku": requirement.sku,
        "node": requirement.node,
        "opened_at": requirement.opened_at,
        "changed_at": requirement.changed_at,
        "closed_at": requirement.closed_at,
        "causes": [asdict(cause) for cause in requirement.causes],
        "covers": [asdict(cover) for cover in requirement.covers],
        "quantity": requirement.quantity,
        "needed_by": requirement.needed_by,
    }


def requirement_of(item: Mapping[str, Any]) -> Requirement:
    """Read the stored form."""
    return Requirement(
        requirement_id=item["requirement_id"],
        sku=item["sku"],
        node=item["node"],
        opened_at=item["opened_at"],
        changed_at=item["changed_at"],
        causes=tuple(Cause(each["name"], each["units"], each.get("needed_by")) for each in item["causes"]),
        covers=tuple(Cover(each["ref"], each["units"], each["by"], each["at"]) for each in item["covers"]),
        closed_at=item.get("closed_at"),
    )


def watched_of(sku: str, node: str, head: Mapping[str, Any], requirement: Mapping[str, Any] | None) -> Watched:
    """What the head of a SKU's events at a node says, with its open requirement."""
    return Watched(
        sku,
        node,
        version=head.get("version", 0),
        seq=head.get("seq", 0),
        low=head.get("low", False),
        short_day=head.get("short_day"),
        requirement=requirement_of(requirement) if requirement else None,
    )


def event_body(watched: Watched, told: Told, seq: int, event_id: str, at: str) -> str:
    """A stock event as canonical JSON: what `ordo.notifications.events` publishes."""
    body = {
        "event_id": event_id,
        "type": told.type,
        "implies": [],
        "seq": seq,
        "sku": watched.sku,
        "node_id": watched.node,
        "occurred_at": at,
        "data": told.data,
    }
    return canonical_json(body)
