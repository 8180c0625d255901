"""One suite for both catalogue repositories: the in-memory one and DynamoDB's are the same to their users."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ordo.catalog.custom import CustomPrice
from ordo.catalog.documents import CatalogRepository, Kind, place_id
from ordo.catalog.errors import StaleDocument
from ordo.catalog.memory import InMemoryCatalogRepository
from ordo.catalog.model import Precision
from ordo.catalog.prices import PriceEntry
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.rewards import LinesReward, PercentOff
from ordo.kernel.percent import percent
from ordo.runtime.dynamo import Put, write

pytestmark = pytest.mark.moto

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
NAME = {"en": "Name", "zh": "名"}
PRODUCT: dict[str, Any] = {"name": NAME, "state": "active", "prices": {"cny": 100}}
CHANNEL: dict[str, Any] = {
    "price_lists": {"CNY": "cny"},
    "state": "active",
    "tax": {"mode": "inclusive", "rate_percent": "13"},
}
PROMOTION: dict[str, Any] = {"name": NAME, "state": "active", "reward": {"type": "percent", "percent": "10"}}
COUPON: dict[str, Any] = {"promotion_id": "sale", "state": "active"}
MEMBERS: dict[str, Any] = {"name": NAME, "currency": "CNY", "state": "active", "segments": ["vip"], "priority": 5}
NODE: dict[str, Any] = {
    "name": NAME,
    "state": "active",
    "kind": "shop",
    "location": {"lat": 30.25, "lon": 120.5},
    "channels": ["web"],
}


@pytest.fixture(params=["memory", "dynamodb"])
def catalog(request: pytest.FixtureRequest) -> CatalogRepository:
    if request.param == "memory":
        return InMemoryCatalogRepository()
    request.getfixturevalue("tables")
    return DynamoCatalogRepository("catalog", "customers", cache_s=0)


def test_a_document_is_read_as_it_was_put(catalog: CatalogRepository) -> None:
    assert catalog.get(Kind.PRODUCT, "A") is None
    put = catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW)
    assert (put.version, put.body) == (1, PRODUCT)
    assert catalog.get(Kind.PRODUCT, "A") == put


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.PLACE])
def test_every_kind_counts_its_versions(catalog: CatalogRepository, kind: Kind) -> None:
    bodies: list[dict[str, Any]] = [{"name": NAME, "state": "active"}, {"name": NAME, "state": "inactive"}]
    versions = [catalog.put(kind, "X-1", body, NOW).version for body in (*bodies, bodies[1], bodies[0])]
    assert versions == [1, 2, 2, 3]
    found = catalog.get(kind, "X-1")
    assert found is not None
    assert (found.version, found.body) == (3, bodies[0])


def test_a_write_on_a_stale_version_is_refused_and_changes_nothing(catalog: CatalogRepository) -> None:
    with pytest.raises(StaleDocument):
        catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW, expected_version=1)
    catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW, expected_version=0)
    changed = {**PRODUCT, "prices": {"cny": 90}}
    with pytest.raises(StaleDocument) as refused:
        catalog.put(Kind.PRODUCT, "A", changed, NOW, expected_version=0)
    assert refused.value.facts == {"version": 1}
    assert catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW, expected_version=0).version == 1
    assert catalog.put(Kind.PRODUCT, "A", changed, NOW, expected_version=1).version == 2


def test_many_are_read_at_once_without_those_that_are_not_there(catalog: CatalogRepository) -> None:
    for sku in ("A", "B"):
        catalog.put(Kind.PRODUCT, sku, PRODUCT, NOW)
    assert set(catalog.get_many(Kind.PRODUCT, ["A", "B", "C"])) == {"A", "B"}
    assert catalog.get_many(Kind.PRODUCT, []) == {}


def test_a_snapshot_has_what_was_asked_for_and_every_active_promotion(catalog: CatalogRepository) -> None:
    for sku in ("A", "B", "C"):
        catalog.put(Kind.PRODUCT, sku, PRODUCT, NOW)
    catalog.put(Kind.CHANNEL, "web", CHANNEL, NOW)
    catalog.put(Kind.PROMOTION, "sale", PROMOTION, NOW)
    catalog.put(Kind.PROMOTION, "later", {**PROMOTION, "state": "draft"}, NOW)
    catalog.put(Kind.COUPON, "vip", COUPON, NOW)
    snapshot = catalog.load_snapshot("web", ["A", "B", "A", "NOPE"], ["Vip", "none"], NOW)
    assert snapshot.channel is not None
    assert snapshot.channel.channel_id == "web"
    assert set(snapshot.products) == {"A", "B"}
    assert [(each.promotion_id, each.version) for each in snapshot.promotions] == [("sale", 1)]
    assert {code: coupon.promotion_id for code, coupon in snapshot.coupons.items()} == {"VIP": "sale"}
    assert snapshot.read_at == NOW


def test_an_empty_catalogue_makes_an_empty_snapshot(catalog: CatalogRepository) -> None:
    snapshot = catalog.load_snapshot("web", ["A"], [], NOW)
    assert (snapshot.channel, snapshot.products, snapshot.promotions, snapshot.coupons) == (None, {}, (), {})
    assert snapshot.price_lists == ()


def test_promotions_come_and_go_with_their_state(catalog: CatalogRepository) -> None:
    def active() -> list[tuple[str, int]]:
        found = catalog.load_snapshot("web", [], [], NOW).promotions
        return [(each.promotion_id, each.version) for each in found]

    catalog.put(Kind.PROMOTION, "b", PROMOTION, NOW)
    catalog.put(Kind.PROMOTION, "a", PROMOTION, NOW)
    assert active() == [("a", 1), ("b", 1)]
    catalog.put(Kind.PROMOTION, "a", {**PROMOTION, "state": "paused"}, NOW)
    assert active() == [("b", 1)]
    catalog.put(Kind.PROMOTION, "a", PROMOTION, NOW)
    assert active() == [("a", 3), ("b", 1)]


def test_price_lists_that_say_who_they_are_for_come_and_go_with_their_state(catalog: CatalogRepository) -> None:
    def known() -> list[tuple[str, int]]:
        found = catalog.load_snapshot("web", [], [], NOW).price_lists
        listed = [(each.document_id, each.version) for each in catalog.get_listed(Kind.PRICE_LIST)]
        assert listed == [(each.price_list_id, each.version) for each in found]
        return listed

    assert known() == []
    catalog.put(Kind.PRICE_LIST, "usual", {"name": NAME, "currency": "CNY"}, NOW)
    catalog.put(Kind.PRICE_LIST, "usual-too", {"name": NAME, "currency": "CNY", "state": "active"}, NOW)
    assert known() == []
    catalog.put(Kind.PRICE_LIST, "members", MEMBERS, NOW)
    catalog.put(Kind.PRICE_LIST, "app", {**MEMBERS, "segments": [], "channels": ["app"]}, NOW)
    assert known() == [("app", 1), ("members", 1)]
    catalog.put(Kind.PRICE_LIST, "app", {**MEMBERS, "state": "paused"}, NOW)
    assert known() == [("members", 1)]
    catalog.put(Kind.PRICE_LIST, "members", {**MEMBERS, "segments": []}, NOW)
    catalog.put(Kind.PRICE_LIST, "app", MEMBERS, NOW)
    assert known() == [("app", 3)]


def test_a_snapshot_has_the_price_lists_as_they_were_put(catalog: CatalogRepository) -> None:
    body = {**MEMBERS, "channels": ["web"], "time_zone": "Asia/Shanghai", "valid_from": "2026-11-11T00:00:00"}
    catalog.put(Kind.PRICE_LIST, "members", body, NOW)
    (members,) = catalog.load_snapshot("web", [], [], NOW).price_lists
    assert (members.currency, members.channels, members.segments) == ("CNY", frozenset({"web"}), frozenset({"vip"}))
    assert (members.priority, members.valid_from) == (5, datetime(2026, 11, 10, 16, tzinfo=UTC))


def test_a_product_is_read_with_all_that_its_price_is_made_of(catalog: CatalogRepository) -> None:
    entry = {"price": 90, "list_price": 100, "cost": 40, "minimum_price": 50, "breaks": [{"quantity": 2, "price": 80}]}
    engraving = {"name": "text", "kind": "text", "label": NAME, "prices": {"cny": {"flat": 10, "per_unit": 1}}}
    body = {
        **PRODUCT,
        "prices": {"cny": entry, "usd": 20},
        "categories": ["a"],
        "option_prices": {"size": {"L": {"cny": 5}}},
        "custom": [engraving],
    }
    catalog.put(Kind.PRODUCT, "A", body, NOW)
    product = catalog.load_snapshot("web", ["A"], [], NOW).products["A"]
    assert product.prices == {"cny": PriceEntry(90, 100, 40, 50, ((2, 80),)), "usd": 20}
    assert (product.categories, product.option_prices["size"]["L"]) == (("a",), {"cny": 5})
    assert [(each.name, each.prices["cny"]) for each in product.custom] == [("text", CustomPrice(10, 1))]


def test_active_nodes_are_listed_in_order(catalog: CatalogRepository) -> None:
    assert catalog.load_nodes(NOW) == ()
    for node_id in ("wh-b", "wh-a", "wh-c"):
        catalog.put(Kind.NODE, node_id, NODE, NOW)
    catalog.put(Kind.NODE, "wh-c", {**NODE, "state": "inactive"}, NOW)
    nodes = catalog.load_nodes(NOW)
    assert [node.node_id for node in nodes] == ["wh-a", "wh-b"]
    assert (nodes[0].location.lat, nodes[0].location.lon) == (30.25, 120.5)
    assert nodes[0].serves("web")
    assert not nodes[0].serves("app")


def test_an_address_is_placed_by_postal_code_before_city(catalog: CatalogRepository) -> None:
    def centroid(lat: float, precision: str) -> dict[str, Any]:
        return {"location": {"lat": lat, "lon": 1.5}, "precision": precision}

    catalog.put_places(
        {
            place_id("CN", "310000"): centroid(30.25, "postal_code"),
            place_id("CN", "杭州市"): centroid(30.5, "city"),
            place_id("DE", "310000"): centroid(52.5, "postal_code"),
        },
        NOW,
    )
    catalog.put(Kind.NODE, "wh-a", NODE, NOW)

    def where(country: str, postal_code: str | None, city: str | None) -> tuple[float, Precision] | None:
        nodes, place = catalog.load_nodes_and_place(country, postal_code, city, NOW)
        assert [node.node_id for node in nodes] == ["wh-a"]
        return (place.location.lat, place.precision) if place else None

    assert where("CN", " 310000 ", "杭州市") == (30.25, Precision.POSTAL_CODE)
    assert where("cn", "999999", "杭州市") == (30.5, Precision.CITY)
    assert where("CN", None, "Nowhere") is None
    assert where("CN", None, None) is None


def test_a_place_is_a_document_too(catalog: CatalogRepository) -> None:
    body = {"location": {"lat": 1.5, "lon": 2.5}, "precision": "city"}
    catalog.put(Kind.PLACE, place_id("GB", "London  Town"), body, NOW)
    found = catalog.get(Kind.PLACE, place_id("gb", "london town"))
    assert found is not None
    assert found.body == body


Counted = Callable[[], int]


@pytest.fixture
def calls(tables: None) -> Counted:
    """How many DynamoDB calls were made since the last time it was asked."""
    from ordo.runtime.clients import client

    made: list[str] = []
    client("dynamodb").meta.events.register("before-call.dynamodb", lambda model, **_: made.append(model.name))

    def count() -> int:
        number = len(made)
        made.clear()
        return number

    return count


def test_a_cold_snapshot_is_one_read_and_a_warm_one_none_for_as_long_as_stated(calls: Counted) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=30)
    for sku in ("A", "B"):
        catalog.put(Kind.PRODUCT, sku, PRODUCT, NOW)
    catalog.put(Kind.CHANNEL, "web", CHANNEL, NOW)
    catalog.put(Kind.COUPON, "VIP", COUPON, NOW)
    calls()
    catalog.load_snapshot("web", ["A", "B"], ["VIP"], NOW)
    assert calls() == 1
    warm = catalog.load_snapshot("web", ["A", "B"], ["VIP"], NOW + timedelta(seconds=29))
    assert (calls(), warm.read_at) == (0, NOW)
    later = NOW + timedelta(seconds=30)
    assert catalog.load_snapshot("web", ["A", "B"], ["VIP"], later).read_at == later
    assert calls() == 1


def test_a_partly_warm_snapshot_reads_only_the_rest_and_is_as_old_as_its_oldest_part(calls: Counted) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=30)
    catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW)
    catalog.load_snapshot("web", ["A"], [], NOW)
    catalog.put(Kind.PRODUCT, "B", PRODUCT, NOW)
    calls()
    mixed = catalog.load_snapshot("web", ["A", "B"], [], NOW + timedelta(seconds=10))
    assert (set(mixed.products), mixed.read_at, calls()) == ({"A", "B"}, NOW, 1)


def test_what_is_put_after_it_was_missed_is_seen_at_once(tables: None) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=30)
    assert catalog.load_snapshot("web", ["A"], ["VIP"], NOW).products == {}
    catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW)
    catalog.put(Kind.COUPON, "VIP", COUPON, NOW)
    found = catalog.load_snapshot("web", ["A"], ["VIP"], NOW)
    assert (set(found.products), set(found.coupons)) == ({"A"}, {"VIP"})


def test_a_new_coupon_is_found_with_its_new_promotion_at_once(tables: None) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=30)
    catalog.load_snapshot("web", ["A"], [], NOW)
    catalog.put(Kind.PROMOTION, COUPON["promotion_id"], PROMOTION, NOW)
    catalog.put(Kind.COUPON, "VIP", COUPON, NOW)
    found = catalog.load_snapshot("web", ["A"], ["VIP"], NOW + timedelta(seconds=10))
    assert [each.promotion_id for each in found.promotions] == [COUPON["promotion_id"]]


def test_two_hundred_lines_are_read_in_calls_of_a_hundred(calls: Counted) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers")
    catalog.load_snapshot("web", [f"S{number}" for number in range(200)], [], NOW)
    assert calls() == 3


def test_a_writer_who_comes_between_reading_and_writing_is_not_overwritten(tables: None) -> None:
    from ordo.runtime.clients import client

    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=0)
    between = [
        lambda: catalog.put(Kind.PROMOTION, "other", PROMOTION, NOW),
        lambda: catalog.put(Kind.PROMOTION, "same", {**PROMOTION, "state": "paused"}, NOW),
    ]

    def interrupt(**_: object) -> None:
        if between:
            between.pop(0)()

    client("dynamodb").meta.events.register("before-call.dynamodb.TransactWriteItems", interrupt)
    assert catalog.put(Kind.PROMOTION, "same", PROMOTION, NOW).version == 2
    assert between == []
    found = catalog.load_snapshot("web", [], [], NOW).promotions
    assert [(each.promotion_id, each.version) for each in found] == [("other", 1), ("same", 2)]


def test_two_writers_of_one_product_both_count(tables: None) -> None:
    from ordo.runtime.clients import client

    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=0)
    between = [1, 2]

    def interrupt(**_: object) -> None:
        if between:
            catalog.put(Kind.PRODUCT, "A", {**PRODUCT, "prices": {"cny": between.pop()}}, NOW)

    client("dynamodb").meta.events.register("before-call.dynamodb.TransactWriteItems", interrupt)
    assert catalog.put(Kind.PRODUCT, "A", PRODUCT, NOW).version == 3
    between.append(3)
    with pytest.raises(StaleDocument) as refused:
        catalog.put(Kind.PRODUCT, "A", {**PRODUCT, "prices": {"cny": 4}}, NOW, expected_version=3)
    assert refused.value.facts == {"version": 4}


def with_percent(text: str, **fields: Any) -> dict[str, Any]:
    return {**PROMOTION, "reward": {"type": "percent", "percent": text}, **fields}


def test_every_version_of_a_promotion_is_kept(catalog: CatalogRepository) -> None:
    for text in ("10", "20", "20", "30"):
        catalog.put(Kind.PROMOTION, "sale", with_percent(text), NOW)
    catalog.put(Kind.PROMOTION, "sale", with_percent("30", state="ended"), NOW)
    catalog.put(Kind.PROMOTION, "other", with_percent("5"), NOW)
    wanted = [("sale", 1), ("sale", 3), ("sale", 1), ("other", 1), ("sale", 5), ("none", 1)]
    for _ in range(2):  # the second time from what was read
        found = catalog.promotion_versions(wanted)
        assert {key: cast(LinesReward, each.reward).value for key, each in found.items()} == {
            ("sale", 1): PercentOff(percent("10")),
            ("sale", 3): PercentOff(percent("30")),
            ("other", 1): PercentOff(percent("5")),
        }
        assert {each.version for each in found.values()} == {1, 3}
    assert catalog.promotion_versions([]) == {}
    second = catalog.promotion_version("sale", 2)
    assert second is not None
    assert (second.version, second.body) == (2, with_percent("20"))
    assert catalog.promotion_version("sale", 9) is None
    ended = catalog.promotion_version("sale", 4)
    assert ended is not None
    assert ended.body["state"] == "ended"


def test_a_refused_write_leaves_no_version(catalog: CatalogRepository) -> None:
    catalog.put(Kind.PROMOTION, "sale", PROMOTION, NOW)
    with pytest.raises(StaleDocument):
        catalog.put(Kind.PROMOTION, "sale", with_percent("20"), NOW, expected_version=7)
    assert catalog.promotion_version("sale", 2) is None


def gift(sku: str, *substitutes: str, **fields: Any) -> dict[str, Any]:
    return {**PROMOTION, "reward": {"type": "gift", "sku": sku, "substitutes": list(substitutes)}, **fields}


def test_a_snapshot_has_the_products_of_gifts_that_can_be_given_now(catalog: CatalogRepository) -> None:
    for sku in ("A", "CAP", "SOCKS", "PEN", "MUG", "BAG"):
        catalog.put(Kind.PRODUCT, sku, PRODUCT, NOW)
    catalog.put(Kind.PROMOTION, "cap", gift("CAP", "SOCKS", "GONE"), NOW)
    catalog.put(Kind.PROMOTION, "elsewhere", gift("PEN", channels=["app"]), NOW)
    catalog.put(Kind.PROMOTION, "over", gift("MUG", valid_to="2026-06-18T12:00:00.000Z"), NOW)
    catalog.put(Kind.PROMOTION, "draft", gift("BAG", state="draft"), NOW)
    assert set(catalog.load_snapshot("web", ["A"], [], NOW).products) == {"A", "CAP", "SOCKS"}
    assert set(catalog.load_snapshot("app", ["A", "CAP"], [], NOW).products) == {"A", "CAP", "SOCKS", "PEN"}


def test_a_snapshot_has_what_bundles_are_made_of_those_that_are_given_away_too(catalog: CatalogRepository) -> None:
    for sku in ("A", "B", "C", "D"):
        catalog.put(Kind.PRODUCT, sku, PRODUCT, NOW)
    for sku, parts in (("SET", ["A", "GONE"]), ("GIFTS", ["B", "A"]), ("OTHER", ["D"])):
        bundle = {**PRODUCT, "kind": "bundle", "parts": [{"sku": part, "quantity": 2} for part in parts]}
        catalog.put(Kind.PRODUCT, sku, bundle, NOW)
    catalog.put(Kind.PROMOTION, "gifts", gift("GIFTS"), NOW)
    products = catalog.load_snapshot("web", ["SET", "C"], [], NOW).products
    assert set(products) == {"SET", "C", "A", "GIFTS", "B"}
    assert [(part.sku, part.quantity) for part in products["SET"].parts] == [("A", 2), ("GONE", 2)]


@pytest.mark.parametrize(
    ("promotion", "segment", "first_order"),
    [
        (PROMOTION, False, False),
        ({**PROMOTION, "segments": ["gold"]}, True, False),
        ({**PROMOTION, "first_order_only": True}, False, True),
        ({**PROMOTION, "first_order_only": True, "segments": ["gold"], "channels": ["web"]}, True, True),
        ({**PROMOTION, "first_order_only": True, "segments": ["gold"], "channels": ["app"]}, False, False),
        ({**PROMOTION, "first_order_only": True, "segments": ["gold"], "state": "draft"}, False, False),
        ({**PROMOTION, "segments": ["gold"], "valid_to": "2026-06-18T12:00:00.000Z"}, False, False),
        ({**PROMOTION, "segments": ["gold"], "valid_from": "2026-06-18T12:00:01.000Z"}, True, False),
    ],
)
def test_a_snapshot_says_what_it_needs_to_know_of_the_buyer(
    catalog: CatalogRepository, promotion: dict[str, Any], segment: bool, first_order: bool
) -> None:
    catalog.put(Kind.CHANNEL, "web", CHANNEL, NOW)
    catalog.put(Kind.PROMOTION, "p", promotion, NOW)
    snapshot = catalog.load_snapshot("web", [], [], NOW)
    assert (snapshot.asks_segment, snapshot.asks_first_order) == (segment, first_order)


def test_a_buyers_segment_is_that_of_the_profile_now(catalog: CatalogRepository) -> None:
    assert catalog.load_buyer_segment("c-1") is None
    catalog.put(Kind.CUSTOMER, "c-1", {"name": "N"}, NOW)
    assert catalog.load_buyer_segment("c-1") is None
    catalog.put(Kind.CUSTOMER, "c-1", {"segment": "gold"}, NOW)
    assert catalog.load_buyer_segment("c-1") == "gold"
    catalog.put(Kind.CUSTOMER, "c-1", {"segment": "silver"}, NOW)
    assert catalog.load_buyer_segment("c-1") == "silver"


def test_a_promotion_older_than_the_history_is_its_own_version_and_kept_by_the_next(tables: None) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=0)
    body = json.dumps(with_percent("10"))
    write(
        Put(
            "catalog",
            {"pk": "promotions", "sk": "sale", "schema": 1, "document_id": "sale", "version": 4, "body": body},
        )
    )
    assert set(catalog.promotion_versions([("sale", 4), ("sale", 3)])) == {("sale", 4)}
    catalog.put(Kind.PROMOTION, "sale", with_percent("20"), NOW)
    catalog.put(Kind.PROMOTION, "sale", with_percent("30"), NOW)
    for number, text in ((4, "10"), (5, "20"), (6, "30")):
        document = catalog.promotion_version("sale", number)
        assert document is not None
        assert document.body == with_percent(text)


def test_versions_of_promotions_are_read_once_and_together(calls: Counted) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=30)
    for text in ("10", "20"):
        catalog.put(Kind.PROMOTION, "a", with_percent(text), NOW)
        catalog.put(Kind.PROMOTION, "b", with_percent(text), NOW)
    calls()
    wanted = [("a", 1), ("a", 2), ("b", 1)]
    assert len(catalog.promotion_versions(wanted)) == 3
    assert calls() == 1
    assert len(catalog.promotion_versions([*wanted, ("a", 1)])) == 3
    assert calls() == 0
    assert len(catalog.promotion_versions([*wanted, ("b", 2)])) == 4
    assert calls() == 1


def test_gifts_cost_at_most_one_read_more_and_none_when_they_are_known(calls: Counted) -> None:
    catalog = DynamoCatalogRepository("catalog", "customers", cache_s=30)
    for sku in ("A", "CAP"):
        catalog.put(Kind.PRODUCT, sku, PRODUCT, NOW)
    catalog.put(Kind.CHANNEL, "web", CHANNEL, NOW)
    catalog.put(Kind.PROMOTION, "cap", gift("CAP", "GONE"), NOW)
    calls()
    first = catalog.load_snapshot("web", ["A"], [], NOW)
    assert (set(first.products), calls()) == ({"A", "CAP"}, 2)
    catalog.put(Kind.PROMOTION, "cap", gift("CAP"), NOW)
    later = NOW + timedelta(seconds=30)
    catalog.load_snapshot("web", ["A"], [], later)
    calls()
    warm = catalog.load_snapshot("web", ["A"], [], later + timedelta(seconds=29))
    assert (set(warm.products), warm.read_at, calls()) == ({"A", "CAP"}, later, 0)
