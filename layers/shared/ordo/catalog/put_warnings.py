"""What a PUT answers about a document that was kept: reads what it must be compared with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from ordo.catalog.availability import AvailabilityMode
from ordo.catalog.availability_warnings import availability_warnings
from ordo.catalog.bundle_warnings import bundle_warnings
from ordo.catalog.bundles import skus_of_parts
from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.documents import CatalogRepository, Document, Entity, Kind, read_entity
from ordo.catalog.model import Product
from ordo.catalog.older_forms import warned_at
from ordo.catalog.price_lists import PriceList
from ordo.catalog.price_warnings import channel_warnings, price_list_warnings, product_warnings
from ordo.catalog.promotion_warnings import Surroundings, promotion_warnings
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.rewards import GiftReward
from ordo.catalog.warnings import DocumentWarning


def warnings_of(catalog: CatalogRepository, document: Document, now: datetime) -> tuple[DocumentWarning, ...]:
    """What is odd about the document as it is kept now."""
    match read_entity(document):
        case Product() as product:
            named = {*product.prices, *(name for variant in product.variants for name in variant.prices)}
            lists = catalog.get_many(Kind.PRICE_LIST, sorted(named))
            odd = product_warnings(product, {name: each.body["currency"] for name, each in lists.items()})
            parts = cast("dict[str, Product]", _entities(catalog, Kind.PRODUCT, skus_of_parts(product)))
            return (*odd, *bundle_warnings(product, parts), *_of_availability(catalog, product, now))
        case PriceList() as price_list:
            others = [cast(PriceList, read_entity(each)) for each in catalog.get_listed(Kind.PRICE_LIST)]
            channels = cast("dict[str, ChannelPolicy]", _entities(catalog, Kind.CHANNEL, price_list.channels))
            return tuple(price_list_warnings(price_list, others, channels, now))
        case ChannelPolicy() as policy:
            usual = _entities(catalog, Kind.PRICE_LIST, policy.price_lists.values())
            return tuple(channel_warnings(policy, cast("dict[str, PriceList]", usual)))
        case Promotion() as promotion:
            found = promotion_warnings(promotion, _surroundings(catalog, promotion), now)
            return tuple(warned_at(document.body, warning) for warning in found)
        case _:
            return ()


def _of_availability(catalog: CatalogRepository, product: Product, now: datetime) -> Iterable[DocumentWarning]:
    """Reads the nodes of products that orders may wait for only."""
    if product.availability.mode is AvailabilityMode.IN_STOCK:
        return ()
    return availability_warnings(product, catalog.load_nodes(now), now)


def _surroundings(catalog: CatalogRepository, promotion: Promotion) -> Surroundings:
    """What exists of what it names and, while it is active, the other active promotions: one read each at most."""
    reward, is_active = promotion.reward, promotion.state is PromotionState.ACTIVE
    skus = {*promotion.scope.skus, *(reward.skus if isinstance(reward, GiftReward) else ())}
    listed = catalog.get_listed(Kind.PROMOTION) if is_active else ()
    return Surroundings(
        active=[cast(Promotion, read_entity(each)) for each in listed],
        channels=cast("dict[str, ChannelPolicy]", _entities(catalog, Kind.CHANNEL, promotion.channels)),
        products=cast("dict[str, Product]", _entities(catalog, Kind.PRODUCT, skus)),
    )


def _entities(catalog: CatalogRepository, kind: Kind, named: Iterable[str]) -> dict[str, Entity]:
    found = catalog.get_many(kind, sorted(set(named)))
    return {name: read_entity(each) for name, each in found.items()}
