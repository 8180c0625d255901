"""The timeline: numbered events, each carrying the hash of the one before (law 3, design section 5)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.orders.model import Actor, OrderHeader

GENESIS = "0" * 64
"""What the first event names as the hash before it."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as stored and as hashed: `body` is canonical JSON, `hash` the SHA-256 of its UTF-8 bytes."""

    seq: int
    body: str
    hash: str

    def read(self) -> dict[str, Any]:
        """The event's fields."""
        value: dict[str, Any] = json.loads(self.body)
        return value


def record_event(
    header: OrderHeader,
    *,
    event_id: str,
    event_type: str,
    implies: Iterable[str],
    occurred_at: str,
    actor: Actor,
    reason: str | None,
    data: dict[str, Any],
) -> StoredEvent:
    """The event that follows `header.head_hash` as number `header.seq`; it tells the state that it led to."""
    body = canonical_json(
        {
            "event_id": event_id,
            "order_id": header.order_id,
            "external_id": header.external_id,
            "channel": header.channel,
            "seq": header.seq,
            "type": event_type,
            "implies": list(implies),
            "occurred_at": occurred_at,
            "actor": actor.model_dump(),
            "reason": reason,
            "status": header.status,
            "payment_status": header.payment_status,
            "data": data,
            "prev_hash": header.head_hash,
        }
    )
    return StoredEvent(header.seq, body, sha256_hex(body))


def verify_chain(events: Iterable[StoredEvent], head_seq: int, head_hash: str) -> list[str]:
    """What is wrong with a timeline, one finding a line; empty when it is whole.

    Finds a changed body (its hash differs), a gap or swap (its number), a cut or foreign link (the hash before), and
    truncation (the head that the header keeps).
    """
    findings: list[str] = []
    previous, expected = GENESIS, 1
    for event in events:
        if event.seq != expected:
            findings.append(f"event {expected} is missing or out of order: found {event.seq}")
        if sha256_hex(event.body) != event.hash:
            findings.append(f"event {event.seq} was changed: its hash differs")
        fields = event.read()
        if fields.get("seq") != event.seq:
            findings.append(f"event {event.seq} carries the number {fields.get('seq')}")
        if fields.get("prev_hash") != previous:
            findings.append(f"event {event.seq} does not follow the event before it")
        previous, expected = sha256_hex(event.body), event.seq + 1
    if expected - 1 != head_seq:
        findings.append(f"the header counts {head_seq} events, the timeline has {expected - 1}")
    elif previous != head_hash:
        findings.append("the last event is not the one that the header names")
    return findings
