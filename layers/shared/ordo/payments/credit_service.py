"""Booking store credit, each key once, and store credit as a payment provider like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Conflict, NotAllowedNow
from ordo.orders.errors import StaleVersion
from ordo.payments import credit
from ordo.payments.credit import Booked, CreditAccount, CreditEntry, CreditShort
from ordo.payments.credit_store import CreditStore, Done
from ordo.payments.provider import Answer, Ask, Listed
from ordo.runtime.retry import with_jitter

Book = Callable[[CreditAccount, datetime], Booked]


class CreditService:
    """Credit of customers. Raises `Busy` when others are quicker all the time."""

    def __init__(self, store: CreditStore, clock: Clock, *, budget_s: float = 5.0) -> None:
        self.store, self._clock, self._budget_s = store, clock, budget_s

    def grant(
        self,
        customer_id: str,
        currency: str,
        amount: int,
        *,
        key: str,
        expires_at: str | None = None,
        order_id: str | None = None,
        reason: str | None = None,
    ) -> CreditEntry:
        """Give credit, once for the key: its first entry is the answer again."""
        return self.book(
            customer_id,
            currency,
            key,
            lambda account, now: credit.grant(
                account, amount, now, key=key, expires_at=expires_at, order_id=order_id, reason=reason
            ),
        )

    def spend(self, customer_id: str, currency: str, amount: int, *, key: str, order_id: str | None) -> CreditEntry:
        """Take credit, once for the key. Raises `CreditShort`."""
        return self.book(
            customer_id,
            currency,
            key,
            lambda account, now: credit.spend(account, amount, now, key=key, order_id=order_id),
        )

    def give_back(
        self, customer_id: str, currency: str, spend_key: str, amount: int, *, key: str, order_id: str | None
    ) -> CreditEntry:
        """Undo a part of what a key has spent, once for the key. Raises `NotAllowedNow` for more than was spent."""

        def attempt() -> CreditEntry:
            known, spent = self.store.done(customer_id, key), self.store.done(customer_id, spend_key)
            if known is not None:
                return known.entry
            if spent is None:
                raise NotAllowedNow("This credit was never spent.")
            account, now = self.store.load(customer_id, currency), self._clock()
            booked = credit.give_back(account, spent.entry, spent.back, amount, now, key=key, order_id=order_id)
            self.store.commit(account.seq, booked, Done(spent.entry, spent.back + amount))
            return booked.entries[-1]

        return with_jitter(attempt, on=(StaleVersion, Conflict), budget_s=self._budget_s)

    def book(self, customer_id: str, currency: str, key: str, book: Book) -> CreditEntry:
        """One booking under its key; the same key again gives its entry and books nothing."""

        def attempt() -> CreditEntry:
            known = self.store.done(customer_id, key)
            if known is not None:
                return known.entry
            account = self.store.load(customer_id, currency)
            booked = book(account, self._clock())
            self.store.commit(account.seq, booked)
            return booked.entries[-1]

        return with_jitter(attempt, on=(StaleVersion, Conflict), budget_s=self._budget_s)

    def moment(self) -> str:
        """The present time as stored."""
        return to_iso(self._clock())


@dataclass(frozen=True, slots=True)
class CreditProvider:
    """The `PaymentProvider` of store credit: an authorisation is spent at once, and what is not captured comes back."""

    service: CreditService

    def authorise(self, ask: Ask) -> Answer:
        """As the port says."""
        return self.charge(ask)

    def charge(self, ask: Ask) -> Answer:
        """As the port says; `credit_short` and `no_customer` are for good."""
        if ask.customer_id is None:
            return Answer("declined", error="no_customer", for_good=True)
        try:
            entry = self.service.spend(ask.customer_id, ask.currency, ask.amount, key=ask.key, order_id=ask.order_id)
        except CreditShort:
            return Answer("declined", error="credit_short", for_good=True)
        return Answer("done", entry.key, -entry.amount)

    def capture(self, ask: Ask) -> Answer:
        """As the port says: what was spent above the amount comes back."""
        spent = self.service.store.done(ask.customer_id or "", ask.of or "")
        if spent is None:
            return Answer("declined", error="resource_missing", for_good=True)
        rest = -spent.entry.amount - ask.amount
        if rest > 0:
            self._back(ask, rest)
        return Answer("done", ask.of, ask.amount)

    def void(self, ask: Ask) -> Answer:
        """As the port says."""
        return self._back(ask, ask.amount)

    def refund(self, ask: Ask) -> Answer:
        """As the port says; without `of` it is credit in place of money, which does not expire."""
        if ask.of is not None:
            return self._back(ask, ask.amount)
        if ask.customer_id is None:
            return Answer("declined", error="no_customer", for_good=True)
        entry = self.service.grant(
            ask.customer_id, ask.currency, ask.amount, key=ask.key, order_id=ask.order_id, reason="refund"
        )
        return Answer("done", entry.key, entry.amount)

    def look_up(self, ask: Ask, movement: str) -> Answer | None:
        """As the port says."""
        known = self.service.store.done(ask.customer_id or "", ask.key)
        if known is None:
            return None
        reference = ask.of if movement == "capture" else known.entry.key
        return Answer("done", reference, ask.amount if movement == "capture" else abs(known.entry.amount))

    def listed(self, day: date) -> Iterable[Listed]:
        """Nothing: the ledger is Ordo's own, and written with each movement."""
        return ()

    def _back(self, ask: Ask, amount: int) -> Answer:
        try:
            entry = self.service.give_back(
                ask.customer_id or "", ask.currency, ask.of or "", amount, key=ask.key, order_id=ask.order_id
            )
        except NotAllowedNow:
            return Answer("declined", error="charge_already_refunded", for_good=True)
        return Answer("done", entry.key, entry.amount)
