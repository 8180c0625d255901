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


def chained(seq: int, fields: dict[str, Any], before: str) -> StoredEvent:
    """The event of these fields as number `seq`, with the hash of the one before it (`GENESIS`: it is the first)."""
    body = canonical_json({**fields, "prev_hash": before})
    return StoredEvent(seq, body, sha256_hex(body))


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
    return chained(
        header.seq,
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
        },
        header.head_hash,
    )
