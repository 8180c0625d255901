"""Price lists as data: who may buy by which. The prices are with the products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ordo.catalog.model import Name
from ordo.catalog.periods import moment_in


class PriceListState(StrEnum):
    """Only active lists are offered, apart from a channel's usual list, which is always."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices for buyers of `segments` in `channels`; of the two, nothing named means any, but one must be named.

    A list that names neither is only for the channels whose policy makes it their usual list, and then without further
    conditions. Of several that price a product the one of the highest `priority` counts, then the first id in order of
    text; the usual list comes last. Valid from `valid_from` up to, but not including, `valid_to`.
    """

    price_list_id: str
    name: Name
    currency: str
    state: PriceListState = PriceListState.ACTIVE
    channels: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    priority: int = 0
    version: int = 1

    @staticmethod
    def of(price_list_id: str, body: Mapping[str, Any], version: int) -> PriceList:
        """Read a stored price list; those of the time when it was only a name and a currency are active."""
        zone = body.get("time_zone")
        return PriceList(
            price_list_id=price_list_id,
            name=dict(body["name"]),
            currency=body["currency"],
            state=PriceListState(body.get("state", "active")),
            channels=frozenset(body.get("channels") or ()),
            segments=frozenset(body.get("segments") or ()),
            valid_from=moment_in(body.get("valid_from"), zone),
            valid_to=moment_in(body.get("valid_to"), zone),
            priority=int(body.get("priority", 0)),
            version=version,
        )

    @property
    def is_addressed(self) -> bool:
        """Whether it says itself who may buy by it."""
        return bool(self.channels or self.segments)

    def is_for(self, channel: str, segment: str | None, now: datetime) -> bool:
        """Whether it is offered to a buyer of that segment in that channel, apart from being the usual list."""
        return (
            self.is_addressed
            and self.state is PriceListState.ACTIVE
            and (not self.channels or channel in self.channels)
            and (not self.segments or segment in self.segments)
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_to is None or now < self.valid_to)
        )


def is_offered(body: Mapping[str, Any]) -> bool:
    """Whether a stored list must be known whenever a cart is priced: active, and it says itself who it is for."""
    return body.get("state", "active") == PriceListState.ACTIVE and bool(body.get("channels") or body.get("segments"))
