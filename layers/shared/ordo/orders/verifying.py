"""An order's timeline against everything that can contradict it: header, files, proofs, reports, and the anchor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ordo.kernel.canonical import sha256_hex
from ordo.kernel.errors import Conflict
from ordo.orders.anchors import Anchors, latest_anchor
from ordo.orders.model import OrderState
from ordo.orders.ports import OrderRepository
from ordo.orders.timeline import StoredEvent
from ordo.orders.verification import Anchor, Finding, verify_anchor, verify_chain, verify_files
from ordo.shipments.evidence import LIMITS, FileStore, kept_key
from ordo.shipments.proof_model import FileKind, personal_hash, personal_slot
from ordo.shipments.report_model import words_slot

READS = 5
PROOFS, REPORT = ("shipment.proven", "shipment.refused"), "damage.reported"


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Where else it is written what happened."""

    files: FileStore
    anchors: Anchors


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found, and what was looked at."""

    findings: tuple[Finding, ...]
    files: int
    anchor: Anchor | None


def read_whole(repository: OrderRepository, order_id: str) -> tuple[OrderState, list[StoredEvent]]:
    """Header and events of one moment, with whatever stands behind the head; raises `OrderNotFound` and `Conflict`."""
    for _ in range(READS):
        state = repository.load(order_id)
        events = repository.timeline(order_id)
        if len(events) == state.header.seq or repository.load(order_id).header.seq == state.header.seq:
            return state, events
    raise Conflict("the order is being written")


def verify_order(
    repository: OrderRepository, state: OrderState, events: Sequence[StoredEvent], witnesses: Witnesses
) -> Verification:
    """Every finding about an order that was read by `read_whole`."""
    header = state.header
    anchor = latest_anchor(witnesses.anchors, header.order_id)
    named = dict(_files(events))
    kept = {
        file_id: _kept(witnesses.files, header.order_id, sha256, kind) for file_id, (_, sha256, kind) in named.items()
    }
    findings = [
        *verify_chain(events, header.seq, header.head_hash),
        *(verify_anchor(events, anchor) if anchor else ()),
        *verify_files({file_id: (seq, sha256) for file_id, (seq, sha256, _) in named.items()}, kept),
        *_told(state, events, lambda slot: repository.contact(header.order_id, slot)),
    ]
    return Verification(tuple(findings), len(named), anchor)


def _files(events: Sequence[StoredEvent]) -> Iterator[tuple[str, tuple[int, str, FileKind]]]:
    for seq, event in _read(events):
        for each in event.get("data", {}).get("files", ()):
            yield each["file_id"], (seq, each["sha256"], FileKind(each["kind"]))


def _kept(files: FileStore, order_id: str, sha256: str, kind: FileKind) -> str | None:
    """The hash of what is there now; what has become larger than it may be was replaced."""
    found = files.read(kept_key(order_id, sha256), LIMITS[kind])
    if found is None:
        return None
    return sha256_hex(found.body) if found.body is not None else ""


def _told(
    state: OrderState, events: Sequence[StoredEvent], personal: Callable[[str], dict[str, Any] | None]
) -> Iterator[Finding]:
    """Records of proofs and reports against their events. A personal part that is gone was erased; else it must fit."""
    for seq, event in _read(events):
        if event.get("type") not in (*PROOFS, REPORT):
            continue
        told = event["data"]
        what, name = ("report", told["report_id"]) if event["type"] == REPORT else ("proof", told["proof_id"])
        record = state.reports.get(name) if what == "report" else state.proofs.get(name)
        if record is None:
            yield Finding("record_missing", f"{what} {name} of event {seq} is not there", seq, name)
            continue
        if {key: told.get(key) for key in record.told()} != record.told():
            yield Finding("record_changed", f"{what} {name} is not as event {seq} says", seq, name)
        kept = personal(words_slot(name) if what == "report" else personal_slot(name))
        if kept is not None and personal_hash(kept) != told.get("personal_hash"):
            yield Finding("record_changed", f"the personal part of {what} {name} was changed", seq, name)


def _read(events: Sequence[StoredEvent]) -> Iterator[tuple[int, dict[str, Any]]]:
    for event in events:
        try:
            yield event.seq, json.loads(event.body)
        except ValueError:
            continue  # the chain tells of it
