"""A channel's policy: what it sells in, what it asks of a customer, when it wants its money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ordo.catalog.charges import ShippingMethod, Surcharge
from ordo.catalog.contacts import ContactField
from ordo.catalog.model import State
from ordo.catalog.reservation_terms import USUAL_RESERVATIONS, ReservationTerms
from ordo.catalog.taxes import TaxMode, TaxPolicy
from ordo.kernel.money import Spare
from ordo.kernel.percent import Percent, percent

__all__ = ["ChannelPolicy", "Combination", "PricePolicy", "ReturnShipping", "ReturnTerms", "TaxMode", "TaxPolicy"]


class Combination(StrEnum):
    """How promotions are combined within their rules."""

    PRIORITY = "priority"
    """One after the other, as they are ranked."""
    BEST = "best"
    """So that the customer pays least."""


@dataclass(frozen=True, slots=True)
class PricePolicy:
    """How promotions combine, who gets a minor unit that a split leaves over, and what staff may take off at most."""

    combination: Combination = Combination.PRIORITY
    spare: Spare = Spare.LARGEST_REMAINDER
    manual_limit: Percent = field(default_factory=lambda: percent("0"))

    @staticmethod
    def of(body: Mapping[str, Any]) -> PricePolicy:
        """Read it of a stored channel."""
        return PricePolicy(
            combination=Combination(body.get("combination", "priority")),
            spare=Spare(body.get("spare", "largest_remainder")),
            manual_limit=percent(body.get("manual_limit_percent", "0")),
        )


class ReturnShipping(StrEnum):
    """When shipping is refunded with goods that come back."""

    NEVER = "never"
    FULL_RETURN = "full_return"
    """When nothing is kept."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """What a return costs the customer: shipping that is kept, and a fee of what the goods cost."""

    shipping: ReturnShipping = ReturnShipping.FULL_RETURN
    restocking_fee: Percent = field(default_factory=lambda: percent("0"))

    @staticmethod
    def of(body: Mapping[str, Any]) -> ReturnTerms:
        """Read the `returns` part of a stored channel."""
        return ReturnTerms(
            shipping=ReturnShipping(body.get("shipping", "full_return")),
            restocking_fee=percent(body.get("restocking_fee_percent", "0")),
        )


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """How one channel sells. `price_lists` maps each currency sold in to its usual price list. Without
    `shipping_methods` shipping is flat, in minor units per currency (none: free). An order is overdue when it is not
    dispatched `dispatch_hours` after its release, or its carrier is silent for `silence_hours`. `max_fulfilments` 0
    means any number.
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
    damage_report_days: int = 7
    """Days after a parcel came on which the customer may report damage on the tracking page; 0: never."""
    tax: TaxPolicy = field(default_factory=TaxPolicy)
    shipping: Mapping[str, int] = field(default_factory=dict)
    max_fulfilments: int = 0
    version: int = 1
    shipping_methods: tuple[ShippingMethod, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    pricing: PricePolicy = field(default_factory=PricePolicy)
    returns: ReturnTerms = field(default_factory=ReturnTerms)
    return_policy: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.return_policies` reads it where something is to come back."""
    sourcing: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.sourcing_terms` reads it where plans are made."""
    resourcing: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.resourcing_terms` reads it where nodes reject work."""
    incidents: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.incident_terms` reads it where something goes wrong."""
    complaints: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.complaint_terms` reads it where somebody complains."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.change_terms` reads it where orders are changed."""
    liability: Sequence[Mapping[str, Any]] = ()
    """As stored: `shipments.liability` reads it where a damage is judged; none: the usual table."""
    messages: Mapping[str, Any] = field(default_factory=dict)
    """As stored: `catalog.message_terms` reads it where customers are told."""
    payment_schedule: tuple[Mapping[str, Any], ...] = ()
    """As stored: in which parts an order is paid that does not say so itself (`payments.agreeing`); none: in one."""
    reservations: ReservationTerms | None = USUAL_RESERVATIONS
    """None: the channel offers none."""

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
            damage_report_days=int(body.get("damage_report_days", 7)),
            tax=TaxPolicy.of(body["tax"]),
            shipping=body.get("shipping") or {},
            max_fulfilments=int(body.get("max_fulfilments", 0)),
            version=version,
            shipping_methods=tuple(map(ShippingMethod.of, body.get("shipping_methods") or ())),
            surcharges=tuple(map(Surcharge.of, body.get("surcharges") or ())),
            pricing=PricePolicy.of(body),
            returns=ReturnTerms.of(body.get("returns") or {}),
            return_policy=(body.get("returns") or {}).get("policy") or {},
            sourcing=body.get("sourcing") or {},
            resourcing=body.get("resourcing") or {},
            incidents=body.get("incidents") or {},
            complaints=body.get("complaints") or {},
            changes=body.get("changes") or {},
            liability=tuple(body.get("liability") or ()),
            messages=body.get("messages") or {},
            payment_schedule=tuple(body.get("payment_schedule") or ()),
            reservations=ReservationTerms.of(body),
        )
