"""What messages need of the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from ordo.catalog.message_terms import MessageTerms, Way
from ordo.messages.model import CustomerMessage, MessageKey


class StaleMessage(Exception):
    """The record was written by another worker since it was read, or is there already."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words: `short` for SMS, `title`, `text` and `html` for the others."""

    language: str
    title: str
    text: str
    html: str
    short: str
    link: str
    stop: str = ""
    """Where the reader of a mail stops those that are not necessary."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt. `unknown`: there was no answer, it may have gone out. `reason` is fit for logs.

    `dead`: the address itself takes nothing, ever.
    """

    outcome: Literal["sent", "again", "never", "unknown"]
    reason: str = ""
    provider_id: str | None = None
    dead: bool = False


Send = Callable[[MessageKey, str, Written, MessageTerms], Result]
"""One attempt to send a message to an address; it raises nothing for what the provider does."""

Senders = Mapping[Way, Send]
"""The ways that this stack is set up for."""


class Standing(NamedTuple):
    """Of an address: it takes nothing (`dead`); its reader wants only what is necessary (`stopped`)."""

    dead: bool = False
    stopped: bool = False


class MessageStore(Protocol):
    """Records of messages, each written under its version; and what is known of addresses, by keyed hash."""

    def get(self, key: MessageKey) -> CustomerMessage | None:
        """The record as it is now."""

    def put(self, message: CustomerMessage) -> CustomerMessage:
        """Write it over the version it was read at (0: it must not exist); raises `StaleMessage`."""

    def of_order(self, order_id: str) -> list[CustomerMessage]:
        """All of an order, by event."""

    def mark_dead(self, address: str, reason: str, at: str) -> None:
        """Nothing is sent any more to the address of this hash."""

    def stop(self, address: str, at: str) -> None:
        """Only what is necessary is sent to the address of this hash."""

    def resume(self, address: str) -> None:
        """Everything is sent to it again."""

    def standing(self, address: str) -> Standing:
        """What is known of the address of this hash."""
