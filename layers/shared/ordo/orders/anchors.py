"""Heads of timelines, written down outside of the tables: what a chain that is written anew cannot agree with.

A run writes the heads of all orders that changed since the last one, in up to 256 objects by the hash of the order's id
(`heads/<shard>/<time>`), and then one root (`roots/<time>`) with the hash of each and of the root before it. So a day
costs at most 257 writes however many orders it has, and one order is found in one small object. Pure but for the ports.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import to_iso
from ordo.kernel.ids import time_of
from ordo.orders.verification import Anchor

LOOKED_BACK = timedelta(days=14)
"""How far back a first run looks, and one after a long pause: receipts are kept for fifteen days."""
OVERLAP = timedelta(hours=1)
"""Receipts are written by clocks that differ a little; an order that is anchored twice does no harm."""
MAX_ORDERS = 200_000
"""Orders of one run, which fit into a function's memory; the next run goes on."""
PAGE = 1000

Head = tuple[str, int, str]
"""Order id, number of its last event, that event's hash."""
Receipt = tuple[str, list[str]]
"""When events were published, and of which orders."""


class Anchors(Protocol):
    """Anchors as whoever verifies reads them: objects in order of their keys."""

    def get(self, key: str) -> bytes | None: ...
    def keys(self, after: str, limit: int) -> list[str]: ...


class AnchorStore(Anchors, Protocol):
    """Where anchors are written, each once."""

    def put(self, key: str, body: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What a run wrote. Not `finished`: there was more than it had time or room for; the next goes on at `until`."""

    key: str | None
    orders: int
    until: str
    finished: bool


def anchor_changed(
    store: AnchorStore,
    receipts: Callable[[str], Iterator[Receipt]],
    heads: Callable[[Iterable[str]], Iterable[Head]],
    now: datetime,
    has_time: Callable[[], bool],
) -> Run:
    """Anchor every order that changed since the last run. A run that broke off wrote no root: its time comes again."""
    last = last_root(store, now)
    since = max(last[1]["until"], to_iso(now - LOOKED_BACK)) if last else to_iso(now - LOOKED_BACK)
    ids, until, finished = _changed(receipts(since), now, has_time)
    if not ids:
        return Run(None, 0, until, finished)
    moment, shards = to_iso(now), _by_shard(heads(ids))
    hashes = {}
    for shard, found in sorted(shards.items()):
        body = canonical_json({"anchored_at": moment, "heads": found}).encode()
        store.put(heads_key(shard, moment), body)
        hashes[shard] = sha256_hex(body)
    root = {
        "anchored_at": moment,
        "until": until,
        "orders": sum(map(len, shards.values())),
        "shards": hashes,
        "previous": {"key": last[0], "sha256": last[2]} if last else None,
    }
    store.put(root_key(moment), canonical_json(root).encode())
    return Run(root_key(moment), sum(map(len, shards.values())), until, finished)


def latest_anchor(store: Anchors, order_id: str) -> Anchor | None:
    """The last anchor of an order; it covers everything before it, since each event names the one before."""
    shard = shard_of(order_id)
    after = heads_key(shard, _placed(order_id))
    for key in reversed(_keys(store, f"heads/{shard}/", after)):
        content = json.loads(store.get(key) or b"{}")
        found = content.get("heads", {}).get(order_id)
        if found is not None:
            return Anchor(order_id, found[0], found[1], content["anchored_at"])
    return None


def verify_anchors(store: Anchors) -> list[str]:
    """What is wrong with the anchors themselves: objects that are missing or differ, roots that do not follow."""
    findings: list[str] = []
    previous: dict[str, str] | None = None
    for key in _keys(store, "roots/", "roots/"):
        body = store.get(key) or b"{}"
        root = json.loads(body)
        if root.get("previous") != previous:
            findings.append(f"{key} does not follow the root before it")
        for shard, sha256 in root.get("shards", {}).items():
            part = heads_key(shard, root["anchored_at"])
            kept = store.get(part)
            if kept is None or sha256_hex(kept) != sha256:
                findings.append(f"{part} {'is missing' if kept is None else 'was replaced'}")
        previous = {"key": key, "sha256": sha256_hex(body)}
    return findings


def last_root(store: Anchors, now: datetime) -> tuple[str, dict[str, Any], str] | None:
    """Key, content and hash of the last root, if it is not older than two months."""
    keys = _keys(store, "roots/", root_key(to_iso(now - timedelta(days=60))))
    body = store.get(keys[-1]) if keys else None
    return (keys[-1], json.loads(body), sha256_hex(body)) if body else None


def shard_of(order_id: str) -> str:
    """Two hex digits, evenly."""
    return sha256_hex(order_id)[:2]


def heads_key(shard: str, moment: str) -> str:
    """Where the heads of a shard are that one run found."""
    return f"heads/{shard}/{moment}.json"


def root_key(moment: str) -> str:
    """Where a run's root is."""
    return f"roots/{moment}.json"


def _changed(found: Iterable[Receipt], now: datetime, has_time: Callable[[], bool]) -> tuple[list[str], str, bool]:
    """Orders in receipts, each once; until when these were read, and whether that is all."""
    ids: dict[str, None] = {}
    for written_at, orders in found:
        if not has_time() or len(ids) >= MAX_ORDERS:
            return list(ids), written_at, False
        ids.update(dict.fromkeys(each for each in orders if each.startswith("ord_")))
    return list(ids), to_iso(now - OVERLAP), True


def _by_shard(heads: Iterable[Head]) -> dict[str, dict[str, list[int | str]]]:
    shards: dict[str, dict[str, list[int | str]]] = defaultdict(dict)
    for order_id, seq, head_hash in heads:
        shards[shard_of(order_id)][order_id] = [seq, head_hash]
    return shards


def _placed(order_id: str) -> str:
    """When the order was made, by its id, which nobody can change; the beginning of time for other ids."""
    made = time_of(order_id)
    return to_iso(made or datetime(1970, 1, 1, tzinfo=UTC))


def _keys(store: Anchors, prefix: str, after: str) -> list[str]:
    """Every key behind `after` that begins so, in order."""
    found: list[str] = []
    while True:
        page = store.keys(after, PAGE)
        mine = [key for key in page if key.startswith(prefix)]
        found += mine
        if len(page) < PAGE or len(mine) < len(page):
            return found
        after = page[-1]
