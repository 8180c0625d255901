"""The port to whoever moves money: what is asked of a payment provider, and what may come of it.

Every movement is asked for with a key; the same key again moves nothing again and gives the same answer, for as long as
the provider keeps keys (`KEEPS`). Amounts are in minor units of the currency as ISO 4217 has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

KEEPS = timedelta(hours=23)
"""For so long a key is taken to be known: Stripe keeps keys for 24 hours at least. Later it is looked up first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A movement. `of` is the provider's reference of the payment to capture, void or refund; `method` and `payer` are
    its references of what is charged and whose it is; `customer_id` is Ordo's, where the ledger is Ordo's own.
    """

    key: str
    instruction_id: str
    order_id: str
    amount: int
    currency: str
    of: str | None = None
    method: str | None = None
    payer: str | None = None
    customer_id: str | None = None
    reference: str | None = None
    """Of the movement itself, where the provider gave one before: it is asked for by that."""
    asked_at: str | None = None
    """When it was asked for first, by this key: nothing of it is older."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The provider's word. `done`: it has happened, for `amount`. `pending`: it will say later. `declined`: it has not
    and will not, for `error`, a code of the provider's; with `for_good` the same is never right.
    """

    state: Literal["done", "pending", "declined"]
    reference: str | None = None
    amount: int = 0
    error: str | None = None
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A movement in the provider's own list of a day."""

    kind: Literal["captured", "refunded"]
    reference: str
    amount: int
    currency: str
    order_id: str | None = None
    of: str | None = None
    instruction_id: str | None = None


class ProviderUnavailable(Exception):
    """The provider gave no answer, or none that can be read: whether it has moved money nobody knows.

    `reason` is of a closed set: `timeout`, `transport`, `http_<status>`, `unreadable`, `no_account`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The payment provider did not answer: {reason}.")
        self.reason = reason


class PaymentProvider(Protocol):
    """Moves money. Each raises `ProviderUnavailable` when nobody knows whether it did."""

    def authorise(self, ask: Ask) -> Answer:
        """Set the amount aside at the payer's; it is not taken yet."""

    def capture(self, ask: Ask) -> Answer:
        """Take the amount of what was authorised as `of`; what is left of it is let go."""

    def void(self, ask: Ask) -> Answer:
        """Let go of what was authorised as `of`."""

    def refund(self, ask: Ask) -> Answer:
        """Give the amount back of what was captured as `of`."""

    def charge(self, ask: Ask) -> Answer:
        """Take the amount at once."""

    def look_up(self, ask: Ask, movement: str) -> Answer | None:
        """What became of a movement (`authorise`, …) that was asked for; None: the provider has never heard of it."""

    def listed(self, day: date) -> Iterable[Listed]:
        """What was captured and refunded on a UTC day, as the provider knows it."""
