"""What a promotion names must be there: channels, gifts and their options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ordo.catalog.documents import Body, CatalogRepository, Kind, read_entity
from ordo.catalog.errors import InvalidDocument, InvalidOption, pointer_to
from ordo.catalog.model import Product
from ordo.catalog.options import choose
from ordo.catalog.rewards import GiftReward
from ordo.catalog.stored_rewards import reward_of


def check_references(catalog: CatalogRepository, body: Body) -> None:
    """Raises `InvalidDocument` for a channel or a gift that does not exist, `InvalidOption` for options that the gift
    does not offer.
    """
    named = body.get("channels", ())
    known = catalog.get_many(Kind.CHANNEL, dict.fromkeys(named))
    for place, channel in enumerate(named):
        if channel not in known:
            raise InvalidDocument(f"There is no channel {channel!r}.", pointer=pointer_to(("channels", place)))
    reward = reward_of(body["reward"])
    if isinstance(reward, GiftReward):
        found = catalog.get_many(Kind.PRODUCT, reward.skus)
        _check_gift(reward, {sku: cast(Product, read_entity(document)) for sku, document in found.items()})


def _check_gift(reward: GiftReward, products: Mapping[str, Product]) -> None:
    """A substitute is given with those of the gift's options that it has."""
    for place, sku in enumerate(reward.skus):
        where = pointer_to(("reward", "substitutes", place - 1) if place else ("reward", "sku"))
        product = products.get(sku)
        if product is None:
            raise InvalidDocument(f"There is no product {sku!r} to give.", pointer=where)
        if not place:
            choose(product, reward.options, pointer_to(("reward", "options")))
            continue
        options = {axis: value for axis, value in reward.options.items() if axis in product.options}
        try:
            choose(product, options, where)
        except InvalidOption as error:
            text = f"It would be given with the gift's options: {error.detail}"
            raise InvalidDocument(text, pointer=where, facts=error.facts) from None
