"""The watcher: looks every minute for what is due, each item by itself, and parks what cannot be done (law 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.shards import SHARDS

MAX_TRIES = 8
MAX_BACK_OFF = timedelta(hours=1)
PAGE = 25
MAX_ITEMS = 2_000
RESERVE_S = 8.0
"""Time kept back at the end of a run: an item may take as long as the desk's time budget."""

LANE_PAUSE = timedelta(minutes=5)
"""So long a webhook lane is left to the deliverer before it is told again."""

ORDER_PARKED = "OrderParked"


@dataclass(frozen=True, slots=True)
class DueItem:
    """An entry of a deadline index. `kind` says whose it is: `order`, `complaint`, `lane`, `carrier_event`, …"""

    pk: str
    sk: str
    kind: str
    deadline_at: str

    @property
    def key(self) -> tuple[str, str]:
        return self.pk, self.sk


class DueIndex(Protocol):
    """The sparse index of deadlines. Every move is conditional: an item that was moved by others stays as it is."""

    def due(self, shard: int, until: str, limit: int) -> list[DueItem]:
        """Items of a shard whose deadline is at or before `until`, the oldest first."""

    def tries(self, item: DueItem) -> int:
        """How often the item has failed since its last success."""

    def push(self, item: DueItem, deadline_at: str, tries: int | None = None) -> bool:
        """Set a later deadline, and the number of failed tries if given; False when the item was moved meanwhile."""

    def park(self, item: DueItem, at: str, tries: int) -> bool:
        """Take the item out of all shards and mark it `parked`; False when it was moved meanwhile."""

    def parked(self, limit: int) -> list[DueItem]:
        """Parked items, the oldest first."""

    def unpark(self, item: DueItem, at: str) -> bool:
        """Make a parked item due at `at`, with its tries forgotten."""


Settle = Callable[[DueItem], Iterable[str]]
"""Does what an item's deadline asks for and gives the names of metrics to count; raises when it cannot."""

Tell = Callable[[str, DueItem, str], None]
"""Told of `failed` and `parked` items with the error's type, and of `counted` ones with the metric's name: for logs, so
never with personal data."""


@dataclass(slots=True)
class Watch:
    """What one run did."""

    settled: int = 0
    failed: int = 0
    parked: int = 0
    finished: bool = True
    metrics: list[str] = field(default_factory=list)

    def told(self, count: Callable[[str], None]) -> dict[str, Any]:
        """What the run answers, once its metrics are counted."""
        list(map(count, self.metrics))
        return {"settled": self.settled, "failed": self.failed, "parked": self.parked, "finished": self.finished}


def back_off(tries: int) -> timedelta:
    """1, 2, 4 … minutes, at most an hour: about two hours until an item is parked."""
    return min(timedelta(minutes=2 ** (tries - 1)), MAX_BACK_OFF)


class Watcher:
    """One run over all shards of one or more indexes, bounded by items and by the time that is left."""

    def __init__(
        self, index: DueIndex, settle: Mapping[str, Settle], clock: Clock, tell: Tell, others: Sequence[DueIndex] = ()
    ) -> None:
        self._indexes = (index, *others)
        self._settle = settle
        self._clock = clock
        self._tell = tell

    def run(self, remaining_s: Callable[[], float]) -> Watch:
        """Settle what is due, shard by shard in turns, so that a full shard does not starve the others.

        Ends unfinished (the next minute goes on) when items or time run out. A shard that cannot be read does not
        stop the others; its error is raised at the end.
        """
        watch, seen, broken = Watch(), set[tuple[str, str]](), list[Exception]()
        open_shards = [(index, shard) for shard in range(SHARDS) for index in self._indexes]
        while open_shards:
            for index, shard in list(open_shards):
                try:
                    fresh = self._fresh(index, shard, seen)
                except Exception as error:  # noqa: BLE001 - told at the end, after the other shards
                    broken.append(error)
                    fresh = []
                if not fresh:
                    open_shards.remove((index, shard))
                if not self._settle_all(index, fresh, seen, watch, remaining_s):
                    return self._ended(watch, broken)
        return self._ended(watch, broken)

    def _fresh(self, index: DueIndex, shard: int, seen: set[tuple[str, str]]) -> list[DueItem]:
        """Due items not met in this run: the index is eventually consistent and may still show settled ones."""
        items = index.due(shard, to_iso(self._clock()), PAGE)
        return [item for item in items if item.key not in seen]

    def _settle_all(
        self,
        index: DueIndex,
        items: list[DueItem],
        seen: set[tuple[str, str]],
        watch: Watch,
        remaining_s: Callable[[], float],
    ) -> bool:
        for item in items:
            if remaining_s() < RESERVE_S or len(seen) >= MAX_ITEMS:
                watch.finished = False
                return False
            seen.add(item.key)
            self._one(index, item, watch)
        return True

    def _one(self, index: DueIndex, item: DueItem, watch: Watch) -> None:
        try:
            counted = tuple(self._settle[item.kind](item))
            watch.metrics.extend(counted)
            watch.settled += 1
            for name in counted:
                self._tell("counted", item, name)
        except Exception as error:  # noqa: BLE001 - one broken item must not stop the others
            watch.failed += 1
            self._tell("failed", item, type(error).__name__)
            self._put_off(index, item, type(error).__name__, watch)

    def _put_off(self, index: DueIndex, item: DueItem, why: str, watch: Watch) -> None:
        try:
            tries = index.tries(item) + 1
            now = self._clock()
            if tries < MAX_TRIES:
                index.push(item, to_iso(now + back_off(tries)), tries)
            elif index.park(item, to_iso(now), tries):
                watch.parked += 1
                watch.metrics.append(ORDER_PARKED)
                self._tell("parked", item, why)
        except Exception as error:  # noqa: BLE001 - it stays due: the next minute meets it again
            self._tell("failed", item, type(error).__name__)

    @staticmethod
    def _ended(watch: Watch, broken: list[Exception]) -> Watch:
        if broken:
            raise ExceptionGroup("shards of the deadline index could not be read", broken)
        return watch


def wake_lane(item: DueItem, index: DueIndex, now: datetime, send: Callable[[dict[str, Any]], None]) -> tuple[str, ...]:
    """Tell the deliverer of a due lane; first put it off, so that it is not told every minute while it works."""
    if index.push(item, to_iso(now + LANE_PAUSE)):
        send({"endpoint_id": item.pk.removeprefix("lane#"), "order_id": item.sk})
    return ()


def wake_message(
    item: DueItem, index: DueIndex, now: datetime, send: Callable[[dict[str, Any]], None]
) -> tuple[str, ...]:
    """Tell whoever writes to customers of a message that is due, in the same way."""
    if index.push(item, to_iso(now + LANE_PAUSE)):
        send({"order_id": item.pk, "message": item.sk.partition("#")[2]})
    return ()


def redrive(index: DueIndex, clock: Clock, limit: int = 100) -> list[DueItem]:
    """Make parked items due again, once what stopped them was mended; gives those that were redriven."""
    return [item for item in index.parked(limit) if index.unpark(item, to_iso(clock()))]
