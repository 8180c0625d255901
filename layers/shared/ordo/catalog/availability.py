"""Whether a product may be sold beyond what is there: never, as a backorder, or as a pre-order before its launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any


class AvailabilityMode(StrEnum):
    """What happens when an order wants more than nodes have."""

    IN_STOCK = "in_stock"
    """It is refused."""
    BACKORDER = "backorder"
    """It is taken, and waits for supply."""
    PRE_ORDER = "pre_order"
    """Until the launch it is taken and waits for that, whatever is there; from then on it is as `in_stock`."""


@dataclass(frozen=True, slots=True)
class Availability:
    """A product's policy. `max_units` may wait at each node at once (None: any); `cap` units are sold before launch.

    `lead_days` is how long supply takes that is not dated yet; with `only_when_due` no more is sold than is due.
    """

    mode: AvailabilityMode = AvailabilityMode.IN_STOCK
    max_units: int | None = None
    lead_days: int | None = None
    only_when_due: bool = False
    launch_on: str | None = None
    cap: int | None = None

    @staticmethod
    def of(body: Mapping[str, Any] | None) -> Availability:
        """Read the `availability` of a stored product, or of a draft's line; nothing is `in_stock`."""
        found = body or {}
        return Availability(
            mode=AvailabilityMode(found.get("mode", AvailabilityMode.IN_STOCK)),
            max_units=found.get("max_units"),
            lead_days=found.get("lead_days"),
            only_when_due=found.get("only_when_due", False),
            launch_on=found.get("launch_on"),
            cap=found.get("cap"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The stored form; nothing of a product that is only sold from stock."""
        if self.mode is AvailabilityMode.IN_STOCK:
            return {}
        names = ("max_units", "lead_days", "launch_on", "cap")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return {"mode": self.mode.value, **given, **({"only_when_due": True} if self.only_when_due else {})}

    def launches_at(self, now: datetime) -> datetime | None:
        """When a pre-order may ship, as long as that is to come: the launch day begins in UTC."""
        if self.mode is not AvailabilityMode.PRE_ORDER or self.launch_on is None:
            return None
        launch = start_of(self.launch_on)
        return launch if launch > now else None

    def may_wait(self, now: datetime) -> bool:
        """Whether an order may wait for the product now."""
        return self.mode is AvailabilityMode.BACKORDER or self.launches_at(now) is not None


IN_STOCK = Availability()
"""What a product has that says nothing of it."""


def start_of(day: str) -> datetime:
    """The first moment of a date, UTC; raises `ValueError` for any other text."""
    found = date.fromisoformat(day)
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
