"""What a process has read lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")

MAX_ENTRIES = 10_000


class ReadCache(Generic[KeyT, ValueT]):
    """Values by key, each with the time it was read; older than `seconds` they are not given again.

    What does not exist is not kept, so that a new document is seen at once.
    """

    def __init__(self, seconds: int) -> None:
        self._lifetime = timedelta(seconds=seconds)
        self._entries: dict[KeyT, tuple[datetime, ValueT]] = {}

    def take(self, keys: Iterable[KeyT], now: datetime) -> tuple[dict[KeyT, ValueT], datetime]:
        """Those of `keys` that are fresh at `now`, and when the oldest of them was read (`now` when there is none)."""
        oldest, found = now, {}
        for key in keys:
            read_at, value = self._entries.get(key, (None, None))
            if read_at is not None and value is not None and now - self._lifetime < read_at <= now:
                found[key] = value
                oldest = min(oldest, read_at)
        return found, oldest

    def older(self, key: KeyT, other: KeyT) -> bool:
        """Whether `key` was read before `other` was; False when one of them is not kept."""
        return key in self._entries and other in self._entries and self._entries[key][0] < self._entries[other][0]

    def forget(self, key: KeyT) -> None:
        """It is read again the next time."""
        self._entries.pop(key, None)

    def keep(self, values: Mapping[KeyT, ValueT], now: datetime) -> None:
        """Remember what was read at `now`; when there is too much, everything older is forgotten."""
        if len(self._entries) + len(values) > MAX_ENTRIES:
            self._entries = {}
        self._entries.update({key: (now, value) for key, value in values.items()})
