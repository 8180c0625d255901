"""Carriers' times in UTC. One that names no zone is of the zone of its place, of the account, or of the carrier."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from ordo.kernel.clock import from_iso, to_iso
from ordo.shipments.carriers.fields import seconds, word

CHINA = "Asia/Shanghai"
_TEXT = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)


def moment(value: Any, *zones: str) -> str | None:
    """A carrier's time as we store times; None when it is none. Of `zones` the first that is one counts, at last UTC.

    Reads ISO 8601 and what carriers make of it (a space for the `T`, months without a nought), and seconds or
    milliseconds since 1970.
    """
    since = seconds(value)
    try:
        if since is not None:
            return to_iso(datetime.fromtimestamp(since, UTC))
        found = _TEXT.fullmatch(word(value))
        if not found:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        fraction = int((found[7] or "0")[:6].ljust(6, "0"))
        zone = _offset(found[8]) if found[8] else zone_of(*zones)
        return to_iso(datetime(year, month, day, hour, minute, min(second, 59), fraction, zone))
    except (ValueError, OverflowError, OSError):
        return None


def expected(value: Any, *zones: str) -> str | None:
    """When a carrier says that a parcel comes; a day without a time, or with midnight, is by the end of that day."""
    at = moment(value, *zones)
    if at is None or seconds(value) is not None:
        return at
    found = _TEXT.fullmatch(word(value))
    whole_day = found is not None and not any(int(part or 0) for part in found.groups()[3:6])
    try:
        return to_iso(from_iso(at) + timedelta(days=1)) if whole_day else at
    except OverflowError:
        return None


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def zone_of(*names: str) -> tzinfo:
    """The first of the names that is a zone; UTC when none is."""
    for name in names:
        found = _zone(name) if name else None
        if found is not None:
            return found
    return UTC


@cache
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # what is not found is a KeyError
        return None


def zone_in(country: Any) -> str:
    """The zone of a country (ISO 3166, two letters) that has only one; else nothing."""
    return _only_zones().get(word(country).upper(), "")


@cache
def _only_zones() -> dict[str, str]:
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: zones[0] for country, zones in found.items() if len(zones) == 1} | {"CN": CHINA}
