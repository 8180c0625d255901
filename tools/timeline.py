"""Read an order's timeline through the API and check its hash chain against the order's own head."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ordo.orders.timeline import StoredEvent
from ordo.orders.verification import Finding, verify_chain
from tools.api import Api


@dataclass(frozen=True)
class Timeline:
    """An order's events, oldest first, and the head that the order's header names."""

    order_id: str
    events: tuple[StoredEvent, ...]
    head_seq: int
    head_hash: str

    def findings(self) -> list[Finding]:
        """What is wrong with the chain; empty when it is whole."""
        return verify_chain(self.events, self.head_seq, self.head_hash)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        findings = self.findings()
        return {
            "order_id": self.order_id,
            "events": len(self.events),
            "head_seq": self.head_seq,
            "head_hash": self.head_hash,
            "verified": not findings,
            "findings": [asdict(finding) for finding in findings],
        }


def read_timeline(api: Api, order_id: str) -> Timeline:
    """The whole timeline; raises `Refused` when the key may not see the order or there is none."""
    return timeline_of(api.get(f"/v1/orders/{order_id}/timeline"))


def timeline_of(answer: dict[str, Any]) -> Timeline:
    """The timeline of an answer."""
    return Timeline(
        order_id=answer["order_id"],
        events=tuple(StoredEvent(each["seq"], each["body"], each["hash"]) for each in answer["events"]),
        head_seq=answer["head_seq"],
        head_hash=answer["head_hash"],
    )
