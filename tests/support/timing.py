"""Time as tests set it: the clock that handlers read, and sleeping that takes no time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_STEP = timedelta(milliseconds=1)


class SettableClock:
    """Stands in for `datetime` in `ordo.kernel.clock`: each reading is a millisecond after the one before."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self, zone: Any = UTC) -> datetime:
        """The present as handlers read it."""
        with self._lock:
            self._now += _STEP
            return self._now.astimezone(zone)

    @staticmethod
    def fromisoformat(text: str) -> datetime:
        """As `datetime.fromisoformat`."""
        return datetime.fromisoformat(text)

    @property
    def present(self) -> datetime:
        """What was read last; reading this does not move the clock."""
        return self._now

    def set(self, moment: datetime) -> None:
        """It is now `moment`."""
        with self._lock:
            self._now = moment

    def advance(self, **duration: float) -> datetime:
        """Move on by a `timedelta(**duration)`."""
        with self._lock:
            self._now += timedelta(**duration)
            return self._now


class Sleeper:
    """Stands in for the module `time` where the product or its libraries wait.

    Virtual by default: sleeping only moves the thread's own monotonic clock, so that time budgets are still used up.
    """

    def __init__(self) -> None:
        self._thread = threading.local()
        self._real_share = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        if self._real_share:
            time.sleep(seconds * self._real_share)
        self._thread.slept = self.slept + seconds * (1 - self._real_share)

    def monotonic(self) -> float:
        """Real time plus what this thread slept virtually."""
        return time.monotonic() + self.slept

    @property
    def slept(self) -> float:
        """Virtual seconds that this thread slept."""
        return float(getattr(self._thread, "slept", 0.0))

    @contextmanager
    def really(self, share: float = 1.0) -> Iterator[None]:
        """Really sleep for `share` of each wait, so that other threads get their turn."""
        self._real_share = share
        try:
            yield
        finally:
            self._real_share = 0.0
