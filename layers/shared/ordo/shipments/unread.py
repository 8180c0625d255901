"""Pushes that could not be read, or not wholly: kept as they came, once, for people to look at and to read again.

They hold what the carrier sent, so names and phone numbers too: they are encrypted, seen only with a scope, and gone
after 90 days (docs/adr/0032-carrier-adapters.md).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Protocol

from ordo.kernel.canonical import sha256_hex
from ordo.shipments.carriers.port import Push

UNREAD = "CarrierPushUnread"
"""The metric of a push that was kept because it could not be read; it has an alarm."""

SCHEMA = 1
_ID = re.compile(r"\d{4}-\d\d-\d\d\.[a-z0-9_-]{1,40}\.[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class UnreadPush:
    """A push with what could not be read of it, in our words."""

    carrier: str
    received_at: str
    unread: tuple[str, ...]
    body: bytes
    account: str = ""
    zone: str = ""

    @property
    def push_id(self) -> str:
        """The day, the carrier and the body's hash: the same bytes on one day are one push. Ids sort by day."""
        return f"{self.received_at[:10]}.{self.carrier}.{sha256_hex(self.body)[:32]}"

    def push(self) -> Push:
        """What is read again."""
        return Push(self.carrier, self.body, account=self.account, zone=self.zone)

    def to_item(self) -> dict[str, Any]:
        """As stored."""
        return {
            "schema": SCHEMA,
            "carrier": self.carrier,
            "account": self.account,
            "zone": self.zone,
            "received_at": self.received_at,
            "unread": list(self.unread),
            "body": base64.b64encode(self.body).decode(),
        }

    @staticmethod
    def of_item(item: dict[str, Any]) -> UnreadPush:
        """From what is stored."""
        return UnreadPush(
            item["carrier"],
            item["received_at"],
            tuple(item["unread"]),
            base64.b64decode(item["body"]),
            item["account"],
            item["zone"],
        )


def is_push_id(text: str) -> bool:
    """Whether a text can be the id of a kept push."""
    return _ID.fullmatch(text) is not None


class UnreadStore(Protocol):
    """Where such pushes are kept; S3 and memory pass the same tests."""

    def keep(self, push: UnreadPush) -> None:
        """Keep a push; one that is kept stays as it is."""

    def find(self, push_id: str) -> UnreadPush | None:
        """A kept push."""

    def page(self, since: str, after: str, limit: int) -> list[str]:
        """Ids from a day (`2026-11-22`) on, the oldest first; those behind `after` where that is given."""


class InMemoryUnreadStore:
    """An `UnreadStore` in a dictionary, open to a test's eyes."""

    def __init__(self) -> None:
        self.pushes: dict[str, UnreadPush] = {}

    def keep(self, push: UnreadPush) -> None:
        self.pushes.setdefault(push.push_id, push)

    def find(self, push_id: str) -> UnreadPush | None:
        return self.pushes.get(push_id)

    def page(self, since: str, after: str, limit: int) -> list[str]:
        return sorted(each for each in self.pushes if each > max(since, after))[:limit]
