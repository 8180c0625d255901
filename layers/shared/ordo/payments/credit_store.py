"""Where store credit is kept, in memory; DynamoDB's twin is `credit_repository`, and both pass one contract suite."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from ordo.orders.errors import StaleVersion
from ordo.payments.credit import Booked, CreditAccount, CreditEntry


@dataclass(frozen=True, slots=True)
class Done:
    """What a key was answered: the entry, and how much of a spend came back since, in minor units."""

    entry: CreditEntry
    back: int = 0


@dataclass(frozen=True, slots=True)
class CreditPage:
    """Entries, the newest first, and the number below which there are more."""

    entries: tuple[CreditEntry, ...]
    before: int | None = None


class CreditStore(Protocol):
    """Accounts by customer and currency, one arbiter each."""

    def load(self, customer_id: str, currency: str) -> CreditAccount:
        """The account as it is; an empty one when nothing was ever booked."""

    def done(self, customer_id: str, key: str) -> Done | None:
        """What the key has booked."""

    def commit(self, seq: int, booked: Booked, returns: Done | None = None) -> None:
        """Write a booking on the account as it was at `seq`, once for its key; `returns` is the spend that comes back,
        with the new `back`. Raises `StaleVersion` when another booking was quicker, also one of the same key.
        """

    def entries(self, customer_id: str, currency: str, limit: int, before: int | None = None) -> CreditPage:
        """Bookings with a number below `before`, the newest first."""


class InMemoryCreditStore:
    """A `CreditStore` of dictionaries, open to a test's eyes."""

    def __init__(self) -> None:
        self.accounts: dict[tuple[str, str], CreditAccount] = {}
        self.booked: dict[tuple[str, str], list[CreditEntry]] = {}
        self.keys: dict[tuple[str, str], Done] = {}
        self._lock = threading.RLock()

    def load(self, customer_id: str, currency: str) -> CreditAccount:
        return self.accounts.get((customer_id, currency)) or CreditAccount(customer_id, currency)

    def done(self, customer_id: str, key: str) -> Done | None:
        return self.keys.get((customer_id, key))

    def commit(self, seq: int, booked: Booked, returns: Done | None = None) -> None:
        account, own = booked.account, booked.entries[-1]
        at = (account.customer_id, account.currency)
        with self._lock:
            if self.load(*at).seq != seq or (account.customer_id, own.key) in self.keys:
                raise StaleVersion()
            self.accounts[at] = account
            self.booked.setdefault(at, []).extend(booked.entries)
            self.keys[account.customer_id, own.key] = Done(own)
            if returns is not None:
                self.keys[account.customer_id, returns.entry.key] = returns

    def entries(self, customer_id: str, currency: str, limit: int, before: int | None = None) -> CreditPage:
        found = [
            each
            for each in reversed(self.booked.get((customer_id, currency), []))
            if before is None or each.number < before
        ]
        return CreditPage(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else None)
