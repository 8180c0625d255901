"""A channel's policy: what it sells in, what it asks of a customer, when it wants its money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ordo.catalog.contacts import ContactField
from ordo.catalog.model import State
from ordo.kernel.percent import Percent, percent


class TaxMode(StrEnum):
    """Whether listed prices hold the tax already."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


@dataclass(frozen=True, slots=True)
class TaxPolicy:
    """The tax mode, the usual rate, and other rates for some tax classes of products. Shipping has the usual rate."""

    mode: TaxMode = TaxMode.INCLUSIVE
    rate: Percent = field(default_factory=lambda: percent("0"))
    class_rates: Mapping[str, Percent] = field(default_factory=dict)

    @staticmethod
    def of(body: Mapping[str, Any]) -> TaxPolicy:
        """Read the `tax` part of a stored channel."""
        return TaxPolicy(
            mode=TaxMode(body["mode"]),
            rate=percent(body["rate_percent"]),
            class_rates={name: percent(text) for name, text in (body.get("class_rates") or {}).items()},
        )

    def rate_for(self, tax_class: str) -> Percent:
        """The rate of a product's tax class."""
        return self.class_rates.get(tax_class, self.rate)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """How one channel sells. `price_lists` maps each currency sold in to its price list; shipping is flat, in minor
    units per currency (none: free). An order is overdue when it is not dispatched `dispatch_hours` after its release,
    or its carrier is silent for `silence_hours`. `max_fulfilments` 0 means any number.
    """

    channel_id: str
    price_lists: Mapping[str, str]
    state: State = State.ACTIVE
    required_contact: frozenset[ContactField] = frozenset()
    payable_later: bool = False
    payment_deadline_minutes: int = 1440
    dispatch_hours: int = 48
    silence_hours: int = 168
    completion_days: int = 7
    tax: TaxPolicy = field(default_factory=TaxPolicy)
    shipping: Mapping[str, int] = field(default_factory=dict)
    max_fulfilments: int = 0
    version: int = 1

    @property
    def sells(self) -> bool:
        """Whether it takes new orders."""
        return self.state is State.ACTIVE

    @staticmethod
    def of(channel_id: str, body: Mapping[str, Any], version: int) -> ChannelPolicy:
        """Read a stored channel."""
        return ChannelPolicy(
            channel_id=channel_id,
            price_lists=body["price_lists"],
            state=State(body.get("state", "active")),
            required_contact=frozenset(map(ContactField, body.get("required_contact", ()))),
            payable_later=bool(body.get("payable_later", False)),
            payment_deadline_minutes=int(body.get("payment_deadline_minutes", 1440)),
            dispatch_hours=int(body.get("dispatch_hours", 48)),
            silence_hours=int(body.get("silence_hours", 168)),
            completion_days=int(body.get("completion_days", 7)),
            tax=TaxPolicy.of(body["tax"]),
            shipping=body.get("shipping") or {},
            max_fulfilments=int(body.get("max_fulfilments", 0)),
            version=version,
        )
