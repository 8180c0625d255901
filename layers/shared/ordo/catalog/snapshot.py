"""All that pricing needs of the catalogue, as it was at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordo.catalog.channels import ChannelPolicy
    from ordo.catalog.coupons import Coupon
    from ordo.catalog.model import Product
    from ordo.catalog.price_lists import PriceList
    from ordo.catalog.promotions import Promotion

CATALOG_MAX_AGE_S = 90
"""The commit refuses a price that was made from a catalogue read longer ago than this many seconds."""

CACHE_S = 30
"""For this many seconds a process may use what it has read of the catalogue."""


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """What was asked for and exists. `read_at` is when its oldest part was read.

    `price_lists` are all active ones that name channels or segments.
    """

    channel: ChannelPolicy | None
    products: Mapping[str, Product]
    read_at: datetime
    promotions: tuple[Promotion, ...] = ()
    coupons: Mapping[str, Coupon] = field(default_factory=dict)
    price_lists: tuple[PriceList, ...] = ()

    def selling_channel(self, channel_id: str) -> ChannelPolicy:
        """The channel's policy; raises `UnknownChannel` when there is none that sells."""
        from ordo.catalog.errors import UnknownChannel

        if self.channel is None or not self.channel.sells:
            raise UnknownChannel(channel_id)
        return self.channel


def is_stale(read_at: datetime, now: datetime, max_age_s: int = CATALOG_MAX_AGE_S) -> bool:
    """Whether a catalogue read at `read_at` is too old to sell from."""
    return (now - read_at).total_seconds() > max_age_s
