"""All that pricing needs of the catalogue, as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    """What was asked for and exists; `products` also has those that promotions give away, and what bundles are made of.
    `read_at` is when its oldest part was read. `price_lists` are all active ones that name channels or segments.
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

    @property
    def asks_segment(self) -> bool:
        """Whether a price can depend on the buyer's segment."""
        listed = (each.segments for each in self.price_lists)
        return any(listed) or any(promotion.segments for promotion in self._in_channel())

    @property
    def asks_first_order(self) -> bool:
        """Whether a price can depend on this being the buyer's first order."""
        return any(promotion.first_order_only for promotion in self._in_channel())

    def _in_channel(self) -> Iterator[Promotion]:
        """Those that are or may come to be valid in the channel while the snapshot is used."""
        channel = self.channel.channel_id if self.channel else ""
        return (
            promotion
            for promotion in self.promotions
            if promotion.is_for(channel) and (promotion.valid_to is None or promotion.valid_to > self.read_at)
        )


def gifts_in(promotions: Iterable[Promotion], channel: str, now: datetime) -> list[str]:
    """The SKUs that promotions give away in the channel now, substitutes too, each once."""
    from ordo.catalog.rewards import GiftReward

    rewards = (each.reward for each in promotions if each.is_for(channel) and each.is_valid(now))
    return list(dict.fromkeys(sku for reward in rewards if isinstance(reward, GiftReward) for sku in reward.skus))


def is_stale(read_at: datetime, now: datetime, max_age_s: int = CATALOG_MAX_AGE_S) -> bool:
    """Whether a catalogue read at `read_at` is too old to sell from."""
    return (now - read_at).total_seconds() > max_age_s
