"""What an adapter of a carrier is: it verifies a push, reads it, and answers in the carrier's own words.

Adapters are pure: no AWS, no clock, no network. A module of this folder is an adapter when it has `verify`, `read` and
`answer` as `Adapter` says; `registry.py` has the table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ordo.kernel.errors import OrdoError
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.model import TrackingStatus

Secrets = Sequence[str]
"""The secrets of one carrier account that are good now: one, or two while the new one replaces the old one."""


@dataclass(frozen=True, slots=True)
class Push:
    """One request of a carrier: the bytes as sent, header names in lower case, the query decoded.

    `account` tells several accounts with one carrier apart; `zone` is the IANA zone of its times that name none.
    """

    carrier: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a push says of one shipment: the status that the carrier states, and the events that lead there.

    `use` is the carrier's own id of the shipment, where it may give one number to several.
    """

    tracking_number: str
    status: TrackingStatus
    events: tuple[CarrierEvent, ...]
    use: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a push. `ignored` says why it concerns no parcel; `unread` what could not be read of it."""

    parcels: tuple[Told, ...] = ()
    ignored: str = ""
    unread: tuple[str, ...] = ()


class Unreadable(OrdoError):
    """Nothing can be made of a push that was signed; its code says why. The text holds nothing of the body."""


class Fate(StrEnum):
    """What became of a push."""

    TAKEN = "taken"  # recorded, known before, or kept until its shipment is known
    QUEUED = "queued"  # kept, and recorded as soon as it can be
    IGNORED = "ignored"  # it concerns no parcel
    KEPT = "kept"  # it could not be read; people will
    REFUSED = "refused"  # not signed as this carrier signs
    FAILED = "failed"  # ours: it must come again


GOOD = (Fate.TAKEN, Fate.QUEUED, Fate.IGNORED, Fate.KEPT)
"""Fates after which a carrier must not send again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of a push with its counts; `error` is the refusal or failure behind a fate that is not good."""

    fate: Fate
    recorded: int = 0
    known: int = 0
    waiting: int = 0
    error: Exception | None = None

    @property
    def is_good(self) -> bool:
        """Whether the carrier must not send again."""
        return self.fate in GOOD

    def counts(self) -> str:
        """The JSON that carriers get who do not care for the body."""
        return json.dumps(
            {
                "recorded": self.recorded,
                "known": self.known,
                "waiting": self.waiting,
                "queued": self.fate is Fate.QUEUED,
            }
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: str
    content_type: str = "application/json"


class Adapter(Protocol):
    """What a module of this folder offers."""

    def verify(self, push: Push, secrets: Secrets, now: datetime) -> None:
        """Raise `SignatureInvalid` unless the push is signed with one of `secrets`; `ValueError` for bad secrets."""

    def read(self, push: Push, received_at: str) -> Reading:
        """What the push says; raises `Unreadable` when nothing can be made of it."""

    def answer(self, push: Push, outcome: Outcome, now: datetime) -> Reply | None:
        """What the carrier wants to hear; None: `outcome.error`, as every route of the API tells a problem."""


def plain_answer(push: Push, outcome: Outcome, now: datetime) -> Reply | None:
    """For carriers that only look at the status: 200, or the problem."""
    return Reply(200, outcome.counts()) if outcome.is_good else None
