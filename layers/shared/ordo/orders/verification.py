"""What was done to a timeline since it was written: a pure function of the stored bytes, which names each finding.

The chain is walked from its end. The header names the last event by its hash, each event the one before it; so what is
linked from the end is as it was written, wherever it stands now. What is not linked was changed, removed, cut off or
put there later. A whole chain that was written anew, header and all, is told by an anchor (`orders.anchors`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ordo.kernel.canonical import sha256_hex
from ordo.orders.timeline import GENESIS, StoredEvent

FindingKind = Literal[
    "changed",
    "removed",
    "swapped",
    "appended",
    "truncated",
    "rewritten",
    "file_missing",
    "file_replaced",
    "record_missing",
    "record_changed",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `seq` is the number of the event that it is about, `subject` a file or record by id."""

    kind: FindingKind
    detail: str
    seq: int | None = None
    subject: str | None = None

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head that an order had at a time, as it was written outside of the tables."""

    order_id: str
    seq: int
    head_hash: str
    anchored_at: str


@dataclass(frozen=True, slots=True)
class _Row:
    """An event as it stands, with what its body says."""

    event: StoredEvent
    digest: str
    seq: int | None
    previous: str


def verify_chain(events: Iterable[StoredEvent], head_seq: int, head_hash: str) -> list[Finding]:
    """What is wrong with a timeline, by its events' numbers; empty when it is whole.

    `events` is everything that is stored, in the order of its keys; `head_seq` and `head_hash` are the header's.
    """
    rows = [_row(event) for event in events]
    placed = {row.event.seq: row for row in rows}
    linked = _linked(rows, placed, head_seq, head_hash)
    lost = [number for number in range(1, head_seq + 1) if number not in linked]
    last = max((number for number in range(1, head_seq + 1) if number in placed), default=0)
    standing = {row.event.seq for row in linked.values()}
    found = [_lost(number, number in placed and number not in standing, number > last) for number in lost]
    for number, row in linked.items():
        if row.event.seq != number:
            found.append(
                Finding("swapped", f"event {number} stands in the place of event {row.event.seq}", row.event.seq)
            )
        elif row.event.hash != row.digest:
            found.append(Finding("changed", f"the hash beside event {number} was changed", number))
    found += [
        Finding("appended", f"event {place} was appended: the header counts {head_seq}", place)
        for place in placed
        if place > head_seq or place < 1
    ]
    return sorted(found, key=lambda each: (each.seq or 0, each.kind))


def verify_anchor(events: Iterable[StoredEvent], anchor: Anchor) -> list[Finding]:
    """Whether a timeline is the one whose head was anchored: its event of that number must have that hash."""
    there = {event.seq: sha256_hex(event.body) for event in events}
    said = f"the anchor of {anchor.anchored_at}"
    if anchor.seq not in there:
        return [Finding("truncated", f"{said} knows {anchor.seq} events, the timeline ends before", anchor.seq)]
    if there[anchor.seq] != anchor.head_hash:
        return [Finding("rewritten", f"{said} knows another event {anchor.seq}: it was written anew", anchor.seq)]
    return []


def verify_files(named: Mapping[str, tuple[int, str]], kept: Mapping[str, str | None]) -> list[Finding]:
    """Compare files with what events say of them.

    `named` has, by a file's id, the number of its event and its hash; `kept` the hash of what is there now, None when
    there is nothing.
    """
    found = []
    for file_id, (seq, sha256) in named.items():
        present = kept.get(file_id)
        if present is None:
            found.append(Finding("file_missing", f"file {file_id} of event {seq} is not there", seq, file_id))
        elif present != sha256:
            found.append(Finding("file_replaced", f"file {file_id} of event {seq} was replaced", seq, file_id))
    return found


def _linked(rows: Sequence[_Row], placed: Mapping[int, _Row], head_seq: int, head_hash: str) -> dict[int, _Row]:
    """By number the events that are as they were written, wherever they stand."""
    by_digest: dict[str, list[_Row]] = defaultdict(list)
    for each in rows:
        by_digest[each.digest].append(each)
    linked: dict[int, _Row] = {}
    expected: str | None = head_hash
    for number in range(head_seq, 0, -1):
        candidates = by_digest.get(expected or "", [])
        row = next((one for one in candidates if one.event.seq == number), next(iter(candidates), None))
        if row is None and expected is None:
            row = _by_itself(placed.get(number), number)
        if row is not None and (number > 1 or row.previous == GENESIS):
            linked[number], expected = row, row.previous
        else:
            expected = _behind(placed.get(number), number, by_digest)
    return linked


def _behind(broken: _Row | None, number: int, by_digest: Mapping[str, Sequence[_Row]]) -> str | None:
    """What the event before a broken one must be: what that still names, if there is such an event of that number."""
    rows: Sequence[_Row] = () if broken is None else by_digest.get(broken.previous, ())
    return next((row.digest for row in rows if row.seq == number - 1), None)


def _by_itself(row: _Row | None, number: int) -> _Row | None:
    """The event behind a gap, by its own hash and number: nothing else is left that says what it was."""
    return row if row is not None and row.seq == number and row.digest == row.event.hash else None


def _lost(number: int, replaced: bool, at_the_end: bool) -> Finding:
    if replaced:
        return Finding("changed", f"event {number} was changed", number)
    if at_the_end:
        return Finding("truncated", f"event {number} was cut off from the end", number)
    return Finding("removed", f"event {number} was removed", number)


def _row(event: StoredEvent) -> _Row:
    fields = _fields(event.body)
    seq = fields.get("seq")
    return _Row(event, sha256_hex(event.body), seq if isinstance(seq, int) else None, str(fields.get("prev_hash")))


def _fields(body: str) -> dict[str, Any]:
    """A body's fields, none of one that is no longer JSON."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
