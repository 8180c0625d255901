"""Quiet hours on the customer's clocks. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ordo.catalog.message_terms import QuietHours


def quiet_until(quiet: QuietHours | None, zone: str, now: datetime) -> datetime | None:
    """When quiet hours that hold now end (UTC), or None when they do not hold."""
    if quiet is None:
        return None
    local = now.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    over_midnight = quiet.begin > quiet.until
    begun, going_on = minute >= quiet.begin, minute < quiet.until
    holds = begun or going_on if over_midnight else begun and going_on
    if not holds:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and begun else 0)
    if quiet.until == 24 * 60:
        day, at = day + timedelta(days=1), time()
    else:
        at = time(*divmod(quiet.until, 60))
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
