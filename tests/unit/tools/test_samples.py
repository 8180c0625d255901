"""The sample shop is valid by the API's own schemas, and its parts fit together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordo.catalog import coupon_schemas, schemas
from ordo.catalog.channel_schemas import ChannelDocument
from ordo.catalog.fields import Document
from ordo.catalog.node_schemas import NodeDocument
from ordo.catalog.price_schemas import PriceListDocument
from ordo.catalog.product_schemas import ProductDocument
from ordo.catalog.promotion_schemas import PromotionDocument
from tools.home import PROJECT_ROOT
from tools.seed import read_shop

SHOP = read_shop()
DOCUMENTS: dict[str, type[Document]] = {
    "price_lists": PriceListDocument,
    "channels": ChannelDocument,
    "nodes": NodeDocument,
    "products": ProductDocument,
    "promotions": PromotionDocument,
    "coupons": coupon_schemas.CouponDocument,
    "customers": schemas.CustomerDocument,
}
ORDERS = sorted((PROJECT_ROOT / "samples" / "orders").glob("*.json"))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_document_is_valid(kind: str) -> None:
    assert SHOP.documents[kind]
    for document in SHOP.documents[kind].values():
        assert not list(DOCUMENTS[kind].model_validate(document).findings())


def test_the_places_are_valid() -> None:
    schemas.PlacesRequest.model_validate(SHOP.places)


def test_stock_is_only_of_what_can_be_ordered_and_lies_at_known_nodes() -> None:
    products = SHOP.documents["products"]
    variants = {variant["sku"] for body in products.values() for variant in body.get("variants", [])}
    plain = {sku for sku, body in products.items() if not body.get("variants")}
    assert SHOP.stock.keys() <= variants | plain
    assert {node for nodes in SHOP.stock.values() for node in nodes} <= SHOP.documents["nodes"].keys()


def test_names_are_in_english_and_chinese() -> None:
    named = [body for kind in ("products", "nodes", "promotions") for body in SHOP.documents[kind].values()]
    assert all({"en", "zh"} <= body["name"].keys() for body in named)


@pytest.mark.parametrize("path", ORDERS, ids=lambda path: path.stem)
def test_every_sample_order_names_products_of_the_shop(path: Path) -> None:
    order = json.loads(path.read_text(encoding="utf-8"))
    assert {line["sku"] for line in order["lines"]} <= SHOP.documents["products"].keys()
    assert order["channel"] in SHOP.documents["channels"]


def test_receipts_have_ids_of_their_own() -> None:
    ids = [movement["movement_id"] for movement in SHOP.movements()]
    assert len(ids) == len(set(ids)) > 0


def test_the_sample_promotions_show_every_kind_of_reward() -> None:
    promotions = SHOP.documents["promotions"].values()
    kinds = "amount percent price tiers override buy_get nth set gift shipping threshold"
    assert {body["reward"]["type"] for body in promotions} == set(kinds.split())


def test_the_sample_promotions_are_of_products_of_the_shop() -> None:
    for body in SHOP.documents["promotions"].values():
        reward = body["reward"]
        parts = [part["of"] for part in reward.get("parts", [])]
        named = {sku for selection in (body.get("scope", {}), *parts) for sku in selection.get("skus", [])}
        gifts = {reward["sku"], *reward["substitutes"]} if reward["type"] == "gift" else set()
        assert named | gifts <= SHOP.documents["products"].keys()
