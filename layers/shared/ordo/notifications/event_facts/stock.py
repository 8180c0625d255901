"""What events of stock and purchasing tell."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ordo.notifications.event_facts.base import Facts


class StockLow(Facts):
    """Available units fell below the reorder point."""

    available: int
    reorder_point: int


class StockShort(Facts):
    """Units were wanted that are not there: a backorder was accepted, or orders were refused (told once a day)."""

    cause: Literal["backorder", "refused"]
    units: int = Field(description="of the order that was accepted, or of the first one refused that day")
    order_id: str | None = None
    needed_by: str | None = None
    day: str | None = None


class StockExpired(Facts):
    """A lot may not be picked any more: it is over, or too near. Its units are taken out of stock. Told once."""

    lot: str
    expires_on: str
    units: int
    days_left: int = Field(description="negative when it is over")


class Reason(Facts):
    """Why units are to be bought: `reorder`, `order:<id>` or `day:<date>`."""

    cause: str
    units: int


class PurchaseFacts(Facts):
    """The one purchase requirement of the SKU at the node: opened, enlarged or lowered; closed with quantity 0."""

    requirement_id: str
    quantity: int = Field(ge=0, description="what is still to be bought, in units")
    quantity_before: int
    needed_by: str | None
    reasons: list[Reason]
