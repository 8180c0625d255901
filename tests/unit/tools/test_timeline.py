"""`ordo verify` checks the chain itself, from what the API answers."""

from __future__ import annotations

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.orders.timeline import GENESIS, StoredEvent
from tools.timeline import Timeline


def chain(count: int) -> Timeline:
    events, previous = [], GENESIS
    for seq in range(1, count + 1):
        body = canonical_json({"seq": seq, "prev_hash": previous, "type": "order.changed"})
        previous = sha256_hex(body)
        events.append(StoredEvent(seq, body, previous))
    return Timeline("ord_1", tuple(events), count, previous)


def test_a_whole_chain_verifies() -> None:
    assert chain(3).findings() == []
    assert chain(3).as_json()["verified"]


def test_a_cut_chain_does_not() -> None:
    whole = chain(3)
    assert Timeline("ord_1", whole.events[:2], 3, whole.head_hash).findings()


def test_a_changed_event_is_found() -> None:
    whole = chain(3)
    first = whole.events[0]
    forged = StoredEvent(1, first.body.replace("changed", "placed"), first.hash)
    answer = Timeline("ord_1", (forged, *whole.events[1:]), 3, whole.head_hash).as_json()
    assert not answer["verified"]
    assert [(each["kind"], each["seq"]) for each in answer["findings"]] == [("changed", 1)]
