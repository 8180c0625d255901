"""Signed links to the page of a complaint: who holds one may see it, answer, reopen it and rate it, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ordo.tracking.links import read_link, sign_link

PURPOSE, DAYS, PREFIX = "complaint", 180, "cmp_"
"""A complaint may be reopened, and is asked about, long after it was made."""


def page_token(complaint_id: str, now: datetime, keys: Sequence[bytes]) -> str:
    """The token of its page."""
    return sign_link(complaint_id, now, keys, PURPOSE, DAYS, prefix=PREFIX)


def complaint_in(token: str, now: datetime, keys: Sequence[bytes]) -> str:
    """The complaint's id; raises `LinkUnknown` and `LinkExpired`."""
    return read_link(token, now, keys, PURPOSE, prefix=PREFIX)


def page_path(token: str, language: str | None = None) -> str:
    """Where the API serves the page, below its stage."""
    return f"/complaints/{token}" + (f"?lang={language}" if language else "")


def complaint_path(keys: Callable[[], Sequence[bytes]], clock: Callable[[], datetime]) -> Callable[[str], str]:
    """`path(complaint id)`: where its page is, below the API's stage."""
    return lambda complaint_id: page_path(page_token(complaint_id, clock(), keys()))
