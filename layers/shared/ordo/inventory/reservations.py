"""Reservations before the order: stock that a customer at checkout holds for some minutes. Pure.

The header arbitrates: it goes from pending to committed (the order has its stock) or released (given back) by one
conditional write, and only who made that write moves the counters (docs/adr/0025-reservations.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

from ordo.catalog.reservation_terms import ReservationTerms
from ordo.inventory.backlog import takeable
from ordo.inventory.model import StockCounter, StockKey, StockMove, merge, release, reserve
from ordo.kernel.clock import from_iso, to_iso

MAX_LINES = 50
MAX_SKUS = 20
MAX_HELD = 30
"""Lines, SKUs and counters of one reservation. Its header, key, counters, entries and quotas are one transaction of at
most 100 writes; and an order must find room for what ends with its reservation beside its own writes."""


class ReservationState(StrEnum):
    """What the header says. That a pending one has expired is judged when it is read."""

    PENDING = "pending"
    COMMITTED = "committed"
    RELEASED = "released"


Shown = Literal["pending", "expired", "committed", "released"]
"""What whoever reads a reservation is told."""


class HeldUnits(NamedTuple):
    """Units of one counter."""

    sku: str
    node: str
    bucket: str
    units: int

    @property
    def key(self) -> StockKey:
        return self.sku, self.node, self.bucket


@dataclass(frozen=True, slots=True)
class Pending:
    """What ends with a pending reservation. Who ends it must have read it with this `expires_at`: entries beside the
    counters have it in their keys, and an extension moves them.
    """

    reservation_id: str
    expires_at: str
    holder: str
    """Whose quota the units count against: the channel, and the customer or the client's session."""
    held: tuple[HeldUnits, ...]

    def takes(self) -> list[StockMove]:
        """What taking it moves."""
        return merge(reserve(*each[:2], each.units, each.bucket) for each in self.held)

    def gives_back(self) -> list[StockMove]:
        """What releasing it moves."""
        return merge(release(*each[:2], each.units, each.bucket) for each in self.held)

    def by_sku(self) -> dict[str, int]:
        """Units that count against the quotas."""
        found: dict[str, int] = {}
        for each in self.held:
            found[each.sku] = found.get(each.sku, 0) + each.units
        return dict(sorted(found.items()))

    @property
    def writes(self) -> int:
        """Of how many writes the end consists, counters apart: header, entries, quotas."""
        return 1 + len(self.held) + len(self.by_sku())

    def to_dict(self) -> dict[str, Any]:
        """The form in a draft."""
        return {
            "reservation_id": self.reservation_id,
            "expires_at": self.expires_at,
            "holder": self.holder,
            "held": [list(each) for each in self.held],
        }

    @staticmethod
    def of(body: Mapping[str, Any]) -> Pending:
        """Read it of a draft."""
        held = tuple(HeldUnits(*each) for each in body["held"])
        return Pending(body["reservation_id"], body["expires_at"], body["holder"], held)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as its header has it; times are ISO texts. `lines` are as they were asked for."""

    reservation_id: str
    channel: str
    client_id: str
    customer_id: str | None
    session_id: str | None
    created_at: str
    expires_at: str
    latest_at: str
    """It is never extended beyond this."""
    lines: tuple[Mapping[str, Any], ...]
    held: tuple[HeldUnits, ...]
    key: str
    body_hash: str
    state: ReservationState = ReservationState.PENDING
    order_id: str | None = None
    ended_at: str | None = None

    @property
    def holder(self) -> str:
        """See `Pending`. A session belongs to its client."""
        if self.customer_id is not None:
            return f"{self.channel}#customer#{self.customer_id}"
        return f"{self.channel}#session#{self.client_id}#{self.session_id}"

    @property
    def pending(self) -> Pending:
        """What ends with it."""
        return Pending(self.reservation_id, self.expires_at, self.holder, self.held)

    def has_expired(self, now: datetime) -> bool:
        """Whether its time is over, while nobody has ended it."""
        return self.state is ReservationState.PENDING and self.expires_at <= to_iso(now)

    def shown(self, now: datetime) -> Shown:
        """Its state as told."""
        return "expired" if self.has_expired(now) else self.state.value

    def extended(self, minutes: int, now: datetime) -> Reservation:
        """Until so many minutes from now, but never beyond `latest_at` and never earlier than it was."""
        until = min(to_iso(now + timedelta(minutes=minutes)), self.latest_at)
        return replace(self, expires_at=max(until, self.expires_at))


def times(now: datetime, minutes: int | None, terms: ReservationTerms) -> tuple[str, str, str]:
    """When a new reservation begins, expires (after `minutes`, as far as it may), and expires at the latest."""
    latest = now + timedelta(minutes=terms.max_minutes)
    end = min(now + timedelta(minutes=minutes or terms.minutes), latest)
    return to_iso(now), to_iso(end), to_iso(latest)


def own_pending(reservation: Reservation | None, client_id: str, channel: str) -> Pending | None:
    """What an order of this client and channel takes over; None when the reservation is not there for it (any more).

    One that has expired but was not given back is still its own.
    """
    if reservation is None or reservation.state is not ReservationState.PENDING:
        return None
    return reservation.pending if (reservation.client_id, reservation.channel) == (client_id, channel) else None


def own_counted(counters: Sequence[StockCounter], pending: Pending | None) -> list[StockCounter]:
    """The counters as an order sees them whose reservation this is: what it holds is available to it.

    Whoever waits there takes nothing of that, though they make the rest less than nothing.
    """
    if pending is None:
        return list(counters)
    units = {each.key: each.units for each in pending.held}
    places = {each.key[:2] for each in pending.held}
    seen = {each.key: each for each in takeable(each for each in counters if each.key[:2] in places)}
    return [
        replace(one, reserved=one.reserved - max(0, -one.available) - units.get(one.key, 0))
        if (one := seen.get(each.key)) is not None
        else each
        for each in counters
    ]


def later(moment: str, days: int) -> int:
    """Seconds since 1970, so many days later: when DynamoDB may forget an item."""
    return int((from_iso(moment) + timedelta(days=days)).timestamp())


@dataclass
class KeyTaken(Exception):
    """The idempotency key belongs to a reservation already."""

    reservation_id: str
    body_hash: str


@dataclass
class QuotaShort(Exception):
    """The holder has reserved too much of a SKU: `held` units now, in these pending reservations."""

    sku: str
    held: int
    reservations: tuple[str, ...]


class ReservationStore(Protocol):
    """Where reservations are kept. Reads are consistent. Every write raises `Busy` when others are quicker for long."""

    def take(self, reservation: Reservation, limit: int) -> None:
        """Write it and take its stock, all or nothing; `limit` units of a SKU for its holder.

        Raises `KeyTaken`, `QuotaShort` or `StockExhausted`. Sent again after a lost answer it meets its own key.
        """
        ...

    def find(self, reservation_id: str) -> Reservation | None:
        """The header."""
        ...

    def by_key(self, client_id: str, key: str) -> KeyTaken | None:
        """To which reservation a key belongs."""
        ...

    def release(self, pending: Pending, at: str) -> bool:
        """Give everything back; False when it was no longer pending with this `expires_at`."""
        ...

    def extend(self, pending: Pending, until: str) -> bool:
        """Move its end; False when it was no longer pending with this `expires_at`."""
        ...

    def expired(self, keys: Iterable[StockKey], until: str) -> list[str]:
        """Ids of reservations beside these counters that expired at or before `until`, each once; when there are very
        many, those that expired first.
        """
        ...
