"""The watcher settles what is due, each item by itself, and parks what cannot be settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.shards import SHARDS
from ordo.orders.watcher import MAX_TRIES, ORDER_PARKED, DueItem, Watch, Watcher, back_off, redrive, wake_lane
from tests.support.orders import NOON


@dataclass
class Entry:
    shard: str
    deadline_at: str
    kind: str = "order"
    tries: int = 0


class Index:
    """A deadline index in a dictionary."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}
        self.broken_shard: int | None = None
        self.stale: list[DueItem] = []

    def add(self, pk: str, at: Any = NOON, *, shard: int = 0, kind: str = "order", sk: str = "order") -> None:
        self.entries[pk, sk] = Entry(f"due#{shard}", to_iso(at), kind)

    def due(self, shard: int, until: str, limit: int) -> list[DueItem]:
        if shard == self.broken_shard:
            raise ConnectionError("no answer")
        shown = [item for item in self.stale if shard == 0 and item.key not in self.entries]
        return (self._in(f"due#{shard}", until) + shown)[:limit]

    def parked(self, limit: int) -> list[DueItem]:
        return self._in("parked", "~")[:limit]

    def _in(self, shard: str, until: str) -> list[DueItem]:
        found = [
            DueItem(pk, sk, each.kind, each.deadline_at)
            for (pk, sk), each in self.entries.items()
            if each.shard == shard and each.deadline_at <= until
        ]
        return sorted(found, key=lambda item: item.deadline_at)

    def tries(self, item: DueItem) -> int:
        return self.entries[item.key].tries

    def push(self, item: DueItem, deadline_at: str, tries: int | None = None) -> bool:
        entry = self.entries[item.key]
        if entry.deadline_at != item.deadline_at:
            return False
        self.entries[item.key] = replace(entry, deadline_at=deadline_at, tries=entry.tries if tries is None else tries)
        return True

    def park(self, item: DueItem, at: str, tries: int) -> bool:
        self.entries[item.key] = replace(self.entries[item.key], shard="parked", deadline_at=at, tries=tries)
        return True

    def unpark(self, item: DueItem, at: str) -> bool:
        self.entries[item.key] = replace(self.entries[item.key], shard="due#0", deadline_at=at, tries=0)
        return True


class Runner:
    """A watcher whose orders settle by leaving the index, unless they are named `bad…`."""

    def __init__(self) -> None:
        self.index = Index()
        self.now = NOON
        self.settled: list[str] = []
        self.told: list[tuple[str, str, str]] = []

    def settle(self, item: DueItem) -> tuple[str, ...]:
        if item.pk.startswith("bad"):
            raise RuntimeError("customer 示例顾客 at 文三路")
        del self.index.entries[item.key]
        self.settled.append(item.pk)
        return ("Settled",)

    def run(self, seconds: float = 100.0, per_item: float = 0.0) -> Watch:
        left = [seconds]

        def remaining() -> float:
            left[0] -= per_item
            return left[0]

        def tell(what: str, item: DueItem, why: str) -> None:
            self.told.append((what, item.pk, why))

        return Watcher(self.index, {"order": self.settle}, lambda: self.now, tell).run(remaining)


def test_what_is_due_in_any_shard_is_settled_and_what_is_not_waits() -> None:
    runner = Runner()
    for shard in range(SHARDS):
        runner.index.add(f"o{shard}", shard=shard)
    runner.index.add("later", NOON + timedelta(seconds=1))
    watch = runner.run()
    assert sorted(runner.settled) == [f"o{shard}" for shard in range(SHARDS)]
    assert (watch.settled, watch.failed, watch.finished) == (SHARDS, 0, True)
    assert watch.metrics == ["Settled"] * SHARDS
    assert set(runner.index.entries) == {("later", "order")}


def test_several_indexes_are_watched_in_turns_and_an_item_is_put_off_where_it_is() -> None:
    runner, supply = Runner(), Index()
    for number in range(60):
        runner.index.add(f"o{number:02d}")
    supply.add("r")
    supply.add("bad")
    settled: list[str] = []

    def settle(item: DueItem) -> tuple[str, ...]:
        if item.pk == "bad":
            raise RuntimeError("broken")
        del (supply if item.pk == "r" else runner.index).entries[item.key]
        settled.append(item.pk)
        return ()

    watch = Watcher(runner.index, {"order": settle}, lambda: NOON, lambda *_: None, (supply,)).run(lambda: 100.0)
    assert (watch.settled, watch.failed) == (61, 1)
    assert settled.index("r") < 60
    assert supply.entries["bad", "order"].tries == 1


def test_a_full_shard_is_emptied_page_after_page_without_starving_the_others() -> None:
    runner = Runner()
    for number in range(120):
        runner.index.add(f"o{number:03d}")
    runner.index.add("other", shard=7)
    runner.run()
    assert len(runner.settled) == 121
    assert runner.settled.index("other") < 120


def test_one_broken_item_stops_nobody_and_is_put_off() -> None:
    runner = Runner()
    runner.index.add("bad", NOON - timedelta(hours=1))
    runner.index.add("good")
    watch = runner.run()
    assert runner.settled == ["good"]
    assert (watch.settled, watch.failed, watch.parked) == (1, 1, 0)
    assert runner.index.entries["bad", "order"].deadline_at == to_iso(NOON + timedelta(minutes=1))
    assert sorted(runner.told) == [("counted", "good", "Settled"), ("failed", "bad", "RuntimeError")]


def test_a_broken_item_is_tried_with_growing_waits_and_then_parked() -> None:
    runner = Runner()
    runner.index.add("bad")
    waits = []
    for _ in range(MAX_TRIES):
        watch = runner.run()
        entry = runner.index.entries["bad", "order"]
        waits.append((from_iso(entry.deadline_at) - runner.now) / timedelta(minutes=1))
        runner.now = max(runner.now, from_iso(entry.deadline_at))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 0]
    assert runner.index.entries["bad", "order"].shard == "parked"
    assert (watch.parked, watch.metrics) == (1, [ORDER_PARKED])
    assert runner.told[-1] == ("parked", "bad", "RuntimeError")
    assert runner.run().failed == 0


def test_a_parked_item_is_redriven_with_its_tries_forgotten() -> None:
    runner = Runner()
    runner.index.add("bad")
    runner.index.park(DueItem("bad", "order", "order", to_iso(NOON)), to_iso(NOON), MAX_TRIES)
    assert [item.pk for item in redrive(runner.index, lambda: NOON)] == ["bad"]
    assert runner.run().failed == 1
    assert runner.index.entries["bad", "order"].tries == 1


def test_an_item_of_an_unknown_kind_is_not_lost() -> None:
    runner = Runner()
    runner.index.add("odd", kind="parcel")
    assert runner.run().failed == 1
    assert ("odd", "order") in runner.index.entries


def test_an_item_that_others_moved_meanwhile_is_left_to_them() -> None:
    runner = Runner()
    runner.index.add("bad")
    original = runner.settle

    def moved(item: DueItem) -> tuple[str, ...]:
        runner.index.add("bad", NOON + timedelta(days=1))
        return original(item)

    runner.settle = moved  # type: ignore[method-assign]
    runner.run()
    assert runner.index.entries["bad", "order"].deadline_at == to_iso(NOON + timedelta(days=1))


def test_the_watcher_stops_in_time_and_says_that_there_is_more() -> None:
    runner = Runner()
    for number in range(50):
        runner.index.add(f"o{number:02d}")
    watch = runner.run(seconds=30.0, per_item=1.0)
    assert not watch.finished
    assert 0 < watch.settled < 50
    assert runner.run().finished


def test_an_entry_that_the_index_still_shows_after_it_was_settled_is_settled_once() -> None:
    runner = Runner()
    runner.index.add("o1")
    runner.index.stale = [DueItem("o1", "order", "order", to_iso(NOON))]
    watch = runner.run()
    assert (runner.settled, watch.failed) == (["o1"], 0)


def test_a_shard_that_cannot_be_read_stops_no_other_but_is_told() -> None:
    runner = Runner()
    runner.index.broken_shard = 0
    runner.index.add("o1", shard=3)
    with pytest.raises(ExceptionGroup):
        runner.run()
    assert runner.settled == ["o1"]


def test_a_lane_is_put_off_before_its_deliverer_is_told() -> None:
    index = Index()
    index.add("lane#ep_1", kind="lane", sk="ord_1")
    item = index.due(0, to_iso(NOON), 1)[0]
    sent: list[dict[str, Any]] = []
    wake_lane(item, index, NOON, sent.append)
    assert sent == [{"endpoint_id": "ep_1", "order_id": "ord_1"}]
    assert index.due(0, to_iso(NOON + timedelta(minutes=4)), 9) == []
    wake_lane(item, index, NOON, sent.append)
    assert len(sent) == 1


def test_waits_grow_to_an_hour() -> None:
    assert [back_off(tries) / timedelta(minutes=1) for tries in (1, 2, 7, 8)] == [1, 2, 60, 60]
