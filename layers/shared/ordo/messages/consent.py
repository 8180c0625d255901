"""Customers stop the messages that are not necessary, and take that back, by address: who reads them there decides.

What is necessary still comes: that an order was placed, comes later, had an incident, was cancelled or refunded. Who
wants nothing at all says so to the shop (`messages` of the customer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ordo.catalog.message_terms import MessageTerms, Way
from ordo.kernel.clock import Clock, to_iso
from ordo.messages.deciding import NECESSARY
from ordo.messages.ports import MessageStore

Standing = Literal["on", "off"]
PERSONAL = {Way.EMAIL: "email", Way.SMS: "phone"}
"""The ways that have an address of the customer's own, and where an order's contact has it."""


class Wanted(Protocol):
    """What is known of whom an order is for, and how its channel writes (`ordo.messages.service.Customers`)."""

    def terms(self, channel: str) -> MessageTerms: ...
    def profile(self, customer_id: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Consent:
    """`address_hash(way, address)` is keyed, so nothing here knows an address by itself."""

    customers: Wanted
    store: MessageStore
    address_hash: Callable[[Way, str], str]
    clock: Clock

    def standing(
        self, channel: str, customer_id: str | None, contact: Mapping[str, Any], way: Way | None = None
    ) -> Standing | None:
        """Whether messages that are not necessary go to the order's addresses, or to that of one way.

        None: there would be none anyhow, so there is nothing to stop.
        """
        ways = self._ways(channel, customer_id, contact, way)
        if not ways:
            return None
        return "on" if any(not self.store.standing(address).stopped for address in ways.values()) else "off"

    def stop(self, channel: str, customer_id: str | None, contact: Mapping[str, Any], way: Way | None = None) -> None:
        """No more of them; again is the same."""
        for address in self._ways(channel, customer_id, contact, way).values():
            self.store.stop(address, to_iso(self.clock()))

    def resume(self, channel: str, customer_id: str | None, contact: Mapping[str, Any], way: Way | None = None) -> None:
        """They come again."""
        for address in self._ways(channel, customer_id, contact, way).values():
            self.store.resume(address)

    def _ways(
        self, channel: str, customer_id: str | None, contact: Mapping[str, Any], only: Way | None
    ) -> dict[Way, str]:
        """Hashes of the addresses that messages which are not necessary would go to, by way."""
        terms = self.customers.terms(channel)
        given = {way: contact.get(name) for way, name in PERSONAL.items() if only in (None, way)}
        found = {
            way: str(value) for way, value in given.items() if value and terms.kinds.get(way, NECESSARY) - NECESSARY
        }
        if not found:
            return {}
        wishes = wishes_of(contact, self.customers.profile(customer_id) if customer_id else {})
        wanted = {way for way in found if wishes.get(way, not terms.asked)}
        return {way: self.address_hash(way, value) for way, value in found.items() if way in wanted}


def wishes_of(contact: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[Way, bool]:
    """What the customer said to the shop: with the order itself, which counts for the order, or else at all."""
    if contact.get("messages") is not None:
        return dict.fromkeys(Way, bool(contact["messages"]))
    return {Way(way): bool(wish) for way, wish in (profile.get("messages") or {}).items() if wish is not None}
