"""Why a parcel does not go on, where its carrier says so: a closed set, in which every carrier's own codes are read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Cause(StrEnum):
    """A carrier's reason for what it says of a parcel."""

    DAMAGED = "damaged"
    ADDRESS = "address"  # wrong, incomplete, not served, or moved away from
    REFUSED = "refused"  # by who was to take it
    NOT_HOME = "not_home"  # nobody was met, or could be reached
    UNCLAIMED = "unclaimed"  # not collected in time
    CUSTOMS = "customs"  # held there, or papers are missing
    WEATHER = "weather"
    MISROUTED = "misrouted"
    CANCELLED = "cancelled"  # by the sender or the carrier, before it was delivered
    NO_NEWS = "no_news"  # the carrier itself has heard nothing for long: no sign of life


Causes = Mapping[str, Cause]
"""By a carrier's code."""


def cause_of(known: Causes, *codes: str) -> Cause | None:
    """That of the first code that means one."""
    return next((known[code] for code in codes if code in known), None)
