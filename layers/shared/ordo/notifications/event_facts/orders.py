"""What events of orders tell: placed, held, changed, cancelled, completed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ordo.notifications.event_facts.base import Facts, PromiseTold


class PlannedFulfilment(Facts):
    """The work that one node will do."""

    fulfilment_id: str
    node_id: str
    units: int
    waits_until: str | None = Field(default=None, description="of a part that waits for goods: when it is promised")


class Promise(PromiseTold):
    """When it is ready and delivered, as said at placement."""

    ready_by: str | None
    deliver_by: str | None


class Placed(Facts):
    """The order was taken: priced, promised and reserved."""

    total: int
    currency: str
    lines: int = Field(description="how many lines")
    customer_id: str | None
    coupons: list[str]
    holds: list[str] = Field(description="kinds of the holds that it was born with")
    fulfilments: list[PlannedFulfilment]
    promise: Promise
    reservation_id: str | None = Field(default=None, description="the reservation that became the order's own")


class HoldFacts(Facts):
    """A coded stop, placed or released."""

    hold_id: str
    kind: str


class HoldsReleased(Facts):
    """By itself: `hold_id` and `kind`. As part of an address change: `holds_released`."""

    hold_id: str | None = None
    kind: str | None = None
    holds_released: list[str] | None = None


class _Change(Facts):
    """What a change did, by reference; amounts are minor units with tax. Lists that would be empty are left out."""

    change_id: str | None = None
    kind: str | None = Field(default=None, description="cancel, cancel_units, edit, delivery, address, exchange, …")
    requested_by: str | None = None
    refund: int | None = Field(default=None, description="due to the customer more than before")
    to_pay: int | None = Field(default=None, description="to be paid by the customer more than before")
    fee: int | None = None
    owed: int | None = Field(default=None, description="what the order costs now")
    currency: str | None = None
    bookings: list[dict[str, Any]] | None = Field(default=None, description="postings: kind, amount, addition")
    lines_ended: list[dict[str, Any]] | None = Field(default=None, description="units not owed any more, by line")
    lines_added: list[dict[str, Any]] | None = Field(default=None, description="line_id, sku, quantity")
    fulfilments_cancelled: list[str] | None = None
    fulfilments_changed: list[str] | None = Field(default=None, description="work that goes on with fewer units")
    fulfilments_added: list[dict[str, Any]] | None = None
    incidents_resolved: list[str] | None = None
    shipping_method: str | None = None
    lots: list[dict[str, Any]] | None = Field(default=None, description="what is back on the shelves, by lot")


class Changed(_Change):
    """A change of the order was applied."""

    changed: list[str] | None = Field(
        default=None, description="names of the contact fields that are new, never their values"
    )
    holds_released: list[str] | None = None
    refund_due: int | None = Field(default=None, description="what is due to the customer in all")


class Overdue(Facts):
    """Something was due and did not come."""

    what: list[Literal["hold", "incident", "return", "supply", "dispatch", "silence"]]


class Cancelled(_Change):
    """The whole order ended; its stock is back, and so are uses of these coupons."""

    cancel_reason: Literal["unpaid", "customer", "staff"]
    refund_due: int
    coupons_given_back: list[str] | None = None


class Completed(Facts):
    """The order's life is over."""

    by: str
    delivered_at: str | None


class ChangeFacts(Facts):
    """A proposed change."""

    change_id: str
    kind: str
