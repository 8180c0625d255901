"""Times as merchants write them: with an offset, or as the clocks of a time zone show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ordo.kernel.clock import from_iso, to_iso

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_MACHINES_OWN = re.compile(r"(localtime|posixrules|Factory|posix/.*|right/.*)")
"""Names that a machine's own files may know and the IANA database does not."""


def moment_in(text: str | None, zone: str | None) -> datetime | None:
    """`instant_in` of a time that may not be there."""
    return None if text is None else instant_in(text, zone)


def instant_in(text: str, zone: str | None) -> datetime:
    """A stored time as an instant in UTC: with an offset as it stands, without one as clocks in `zone` show it.

    A local time that occurs twice (clocks set back) is the first of both; one that is skipped (clocks set forward) is
    the instant that the clock would show had it not been moved yet. Raises `ValueError` without offset and zone,
    `OverflowError` when it is too far away.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None and zone is not None:
        from zoneinfo import ZoneInfo  # only for documents that are told in local times

        return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return from_iso(text)


def is_local(text: str) -> bool:
    """Whether a time names no offset; raises `ValueError` when it is no time."""
    return datetime.fromisoformat(text).tzinfo is None


def kept_time(text: str) -> str:
    """The one spelling that is stored: in UTC when it has an offset, else local, to the second or millisecond.

    Raises `ValueError` when it is no time or too far away.
    """
    moment = datetime.fromisoformat(text)
    try:
        if moment.tzinfo is not None:
            return to_iso(moment)
    except OverflowError:
        raise ValueError("the time is too far away") from None
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def time_zone(name: str) -> str:
    """The name, which is one of the IANA time zone database; raises `ValueError`."""
    from zoneinfo import ZoneInfo

    try:
        if not _ZONE.fullmatch(name) or _MACHINES_OWN.fullmatch(name):
            raise ValueError
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # as `America` is a folder and no zone
        raise ValueError("there is no such time zone; name one as Asia/Shanghai is named") from None
    return name
