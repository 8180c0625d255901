"""Time is passed in: domain code takes `now`, services take a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present, aware, in UTC. Only handlers and tools choose this clock."""
    return datetime.now(UTC)


def to_iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`, fixed width, so that the texts sort as the times do.

    Raises `ValueError` for a naive time.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """Read an RFC 3339 time; raises `ValueError` when it names no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)
