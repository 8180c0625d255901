"""Store credit: a ledger for each customer and currency, whose grants are used up the first to expire first. Pure.

Every booking is an entry; what the entries add up to is what the grants have left. What has expired by a moment is not
there any more at that moment, whether its entry was written already or not: the next booking writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError

EntryKind = Literal["grant", "spend", "return", "expire"]
MAX_GRANTS = 200
"""Grants with something left that a customer may have in a currency."""
AT_LEAST = timedelta(days=30)
"""Credit that comes back with a refund can be used for so long, also when it would have expired."""


class CreditShort(OrdoError):
    """The customer has less credit than is asked for."""

    code = Code.NOT_ALLOWED_NOW

    def __init__(self, available: int, amount: int) -> None:
        super().__init__(
            f"{amount} is asked for and {available} of store credit is there.",
            facts={"available": available, "amount": amount},
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """Credit that was given, and what is left of it, in minor units. `expires_at` None: it does not."""

    grant_id: str
    left: int
    expires_at: str | None = None

    def is_over(self, moment: str) -> bool:
        """Whether it has expired by then."""
        return self.expires_at is not None and self.expires_at <= moment


@dataclass(frozen=True, slots=True)
class Take:
    """So much of one grant."""

    grant_id: str
    amount: int
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class CreditEntry:
    """One booking. `amount` is what the customer has more (negative: less). `takes` says of which grants."""

    number: int
    kind: EntryKind
    amount: int
    at: str
    key: str
    takes: tuple[Take, ...]
    order_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CreditAccount:
    """One customer's credit in one currency. `seq` counts its bookings; its grants are those with something left."""

    customer_id: str
    currency: str
    seq: int = 0
    grants: tuple[Grant, ...] = ()

    def balance(self, moment: str) -> int:
        """What can be spent then."""
        return sum(each.left for each in self.grants if not each.is_over(moment))


@dataclass(frozen=True, slots=True)
class Booked:
    """The account after a booking, and the entries that were written for it; the last one is the booking's own."""

    account: CreditAccount
    entries: tuple[CreditEntry, ...]


def grant(
    account: CreditAccount,
    amount: int,
    now: datetime,
    *,
    key: str,
    expires_at: str | None = None,
    order_id: str | None = None,
    reason: str | None = None,
) -> Booked:
    """Give credit, in minor units above 0. Raises `NotAllowedNow` when there are too many grants to keep."""
    swept = expire(account, now)
    number = swept.account.seq + 1
    new = Grant(f"grt_{number:08d}", amount, expires_at)
    return _booked(
        swept,
        "grant",
        (Take(new.grant_id, amount, expires_at),),
        now,
        (*swept.account.grants, new),
        key,
        order_id,
        reason,
    )


def spend(account: CreditAccount, amount: int, now: datetime, *, key: str, order_id: str | None = None) -> Booked:
    """Take credit, of the grants that expire first. Raises `CreditShort`."""
    swept = expire(account, now)
    available = swept.account.balance(to_iso(now))
    if amount > available:
        raise CreditShort(available, amount)
    left, takes, grants = amount, [], []
    for each in in_order(swept.account.grants):
        part = min(left, each.left)
        left -= part
        if part:
            takes.append(Take(each.grant_id, part, each.expires_at))
        if part < each.left:
            grants.append(replace(each, left=each.left - part))
    return _booked(swept, "spend", takes, now, grants, key, order_id, None)


def give_back(
    account: CreditAccount,
    spent: CreditEntry,
    back: int,
    amount: int,
    now: datetime,
    *,
    key: str,
    order_id: str | None = None,
) -> Booked:
    """Undo `amount` of what was spent, of which `back` came back before: to the grants that it came of, the last to
    expire first; each can be used for `AT_LEAST` from now. Raises `NotAllowedNow` for more than was spent.
    """
    if amount > -spent.amount - back:
        facts = {"spent": -spent.amount, "returned": back, "amount": amount}
        raise NotAllowedNow("More credit is given back than was spent.", facts=facts)
    swept = expire(account, now)
    takes = list(_parts(reversed(spent.takes), skip=back, amount=amount))
    grants = list(swept.account.grants)
    soonest = to_iso(now + AT_LEAST)
    for number, each in enumerate(takes):
        until = each.expires_at and max(each.expires_at, soonest)
        takes[number] = replace(each, expires_at=until)
        same = next((place for place, one in enumerate(grants) if one.grant_id == each.grant_id), None)
        if same is None:
            grants.append(Grant(each.grant_id, each.amount, until))
        else:
            longer = until and max(until, grants[same].expires_at or until)
            grants[same] = replace(grants[same], left=grants[same].left + each.amount, expires_at=longer)
    return _booked(swept, "return", takes, now, grants, key, order_id, None)


def expire(account: CreditAccount, now: datetime) -> Booked:
    """Book what has expired; nothing when nothing has."""
    moment = to_iso(now)
    over = [each for each in account.grants if each.is_over(moment)]
    if not over:
        return Booked(account, ())
    number = account.seq + 1
    takes = tuple(Take(each.grant_id, each.left, each.expires_at) for each in over)
    amount = -sum(each.left for each in over)
    kept = tuple(each for each in account.grants if not each.is_over(moment))
    entry = CreditEntry(number, "expire", amount, moment, f"expire#{number}", takes)
    return Booked(replace(account, seq=number, grants=kept), (entry,))


def in_order(grants: Iterable[Grant]) -> list[Grant]:
    """In the order in which they are used up: the first to expire first, then the oldest."""
    return sorted(grants, key=lambda each: (each.expires_at or "~", each.grant_id))


def _parts(takes: Iterable[Take], *, skip: int, amount: int) -> Iterable[Take]:
    """`amount` of the takes, after the first `skip` of them."""
    for each in takes:
        skipped = min(skip, each.amount)
        skip -= skipped
        part = min(amount, each.amount - skipped)
        amount -= part
        if part:
            yield replace(each, amount=part)


def _booked(
    swept: Booked,
    kind: EntryKind,
    takes: Sequence[Take],
    now: datetime,
    grants: Iterable[Grant],
    key: str,
    order_id: str | None,
    reason: str | None,
) -> Booked:
    grants = tuple(grants)
    if len(grants) > MAX_GRANTS:
        raise NotAllowedNow("The customer has too many grants of store credit.", facts={"limit": MAX_GRANTS})
    number = swept.account.seq + 1
    amount = sum(each.amount for each in takes) * (-1 if kind == "spend" else 1)
    entry = CreditEntry(number, kind, amount, to_iso(now), key, tuple(takes), order_id, reason)
    return Booked(replace(swept.account, seq=number, grants=grants), (*swept.entries, entry))
