"""What a promotion names must be there: channels, gifts and their options. And what its writer should look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.documents import Body, CatalogRepository, Kind, read_entity
from ordo.catalog.errors import InvalidDocument, InvalidOption, pointer_to
from ordo.catalog.model import Product
from ordo.catalog.options import choose
from ordo.catalog.promotion_warnings import Surroundings, promotion_warnings
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.rewards import GiftReward
from ordo.catalog.warnings import DocumentWarning


def look_at_promotion(
    catalog: CatalogRepository, promotion_id: str, body: Body, now: datetime
) -> tuple[DocumentWarning, ...]:
    """Check what a promotion refers to, and find what may not be meant.

    Raises `InvalidDocument` for a channel or a gift that does not exist, `InvalidOption` for options that a gift does
    not offer. Reads the channels and products that it names and, when it is active, the active promotions.
    """
    promotion = Promotion.of(promotion_id, body, 0)
    channels = _channels(catalog, body.get("channels", ()))
    products = _products(catalog, promotion)
    if isinstance(promotion.reward, GiftReward):
        _check_gift(promotion.reward, products)
    active = catalog.active_promotions() if promotion.state is PromotionState.ACTIVE else ()
    return promotion_warnings(promotion, Surroundings(active, channels, products), now)


def _channels(catalog: CatalogRepository, named: list[str]) -> dict[str, ChannelPolicy]:
    found = catalog.get_many(Kind.CHANNEL, dict.fromkeys(named))
    for place, channel in enumerate(named):
        if channel not in found:
            raise InvalidDocument(f"There is no channel {channel!r}.", pointer=pointer_to(("channels", place)))
    return {each: cast(ChannelPolicy, read_entity(document)) for each, document in found.items()}


def _products(catalog: CatalogRepository, promotion: Promotion) -> dict[str, Product]:
    reward = promotion.reward
    gifts = reward.skus if isinstance(reward, GiftReward) else ()
    found = catalog.get_many(Kind.PRODUCT, sorted({*gifts, *promotion.scope.skus}))
    return {sku: cast(Product, read_entity(document)) for sku, document in found.items()}


def _check_gift(reward: GiftReward, products: Mapping[str, Product]) -> None:
    """A substitute is given with the gift's own options."""
    for place, sku in enumerate(reward.skus):
        where = pointer_to(("reward", "substitutes", place - 1) if place else ("reward", "sku"))
        product = products.get(sku)
        if product is None:
            raise InvalidDocument(f"There is no product {sku!r} to give.", pointer=where)
        try:
            choose(product, reward.options, pointer_to(("reward", "options")))
        except InvalidOption as error:
            if sku == reward.sku:
                raise
            text = f"A substitute is given with the gift's options: {error.detail}"
            raise InvalidDocument(text, pointer=where, facts=error.facts) from None
