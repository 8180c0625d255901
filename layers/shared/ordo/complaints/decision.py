"""From a decision about a complaint to its commit: the header, one event, and what is kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ordo.complaints.model import Complaint
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Claim
from ordo.orders.model import Actor
from ordo.orders.timeline import GENESIS, StoredEvent, chained


@dataclass(frozen=True, slots=True)
class Apart:
    """Personal parts of a complaint, by slot; None erases one. `text` is what it was opened with."""

    slot: str
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a pure decision wants: one event, the header with its facts changed, and what goes with it."""

    type: str
    header: Complaint
    data: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    apart: tuple[Apart, ...] = ()
    claim: Claim | None = None
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoChange:
    """Nothing needs to be written: it was done before, or there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One write of a complaint: all of it or nothing. `expected_seq` 0 means that it must not exist yet."""

    expected_seq: int
    header: Complaint
    event: StoredEvent
    decision: Decision


def make_commit(before: Complaint | None, decision: Decision, *, now: datetime, actor: Actor, event_id: str) -> Commit:
    """Number the event, chain it to the one before, and set when somebody is to look next."""
    moment, old_seq = to_iso(now), before.seq if before else 0
    header = decision.header.model_copy(
        update={
            "seq": old_seq + 1,
            "changed_at": moment,
            "deadline_at": next_look(decision.header),
            "parked": None,
        }
    )
    event = chained(
        header.seq,
        {
            "event_id": event_id,
            "complaint_id": header.complaint_id,
            "order_id": header.order_id,
            "channel": header.channel,
            "seq": header.seq,
            "type": decision.type,
            "implies": [],
            "occurred_at": moment,
            "actor": actor.model_dump(),
            "reason": decision.reason,
            "state": header.state,
            "data": {**header.told(), **decision.data},
        },
        before.head_hash if before else GENESIS,
    )
    return Commit(old_seq, header.model_copy(update={"head_hash": event.hash}), event, decision)


def next_look(header: Complaint) -> str | None:
    """The deadline while it is open, the question to the customer when it is solved, else nothing."""
    return header.deadline if header.is_open else header.ask_at
