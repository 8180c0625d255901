"""The catalogue's API on moto."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.catalog.conftest import Api

pytestmark = pytest.mark.moto

CNY_LIST = {"name": {"en": "Retail", "zh": "零售"}, "currency": "CNY"}
PHONE = {
    "name": {"en": "Phone X"},
    "options": [{"axis": "memory", "values": ["128GB", "256GB"]}],
    "prices": {"cny": 349900},
}

ENGRAVING = {"name": "engraving", "kind": "text", "label": {"zh": "刻字"}}
SALE = {"name": {"zh": "九折"}, "reward": {"type": "percent", "percent": "10"}, "requires_coupon": True}
CHANNEL = {"price_lists": {"CNY": "cny"}, "tax": {"mode": "inclusive", "rate_percent": "13"}}
POINT = {"lat": 30.25, "lon": 120.5}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "/v1/price-lists/cny": CNY_LIST,
    "/v1/products/PHONE-X": PHONE,
    "/v1/promotions/sale": SALE,
    "/v1/coupons/SUMMER10": {"promotion_id": "sale", "valid_to": "2026-09-01T00:00:00+08:00"},
    "/v1/nodes/wh-a": {"name": {"en": "A"}, "kind": "warehouse", "location": POINT},
    "/v1/channels/web": CHANNEL,
    "/v1/customers/c-1": {"name": "示例顾客", "phone": "+8613800000000"},
    "/v1/places/CN/310000": {"location": POINT, "precision": "postal_code"},
    "/v1/carriers/sf_express": {
        "rests": {
            "time_zone": "Asia/Shanghai",
            "days": [{"first": "2027-10-01", "last": "2027-10-03"}],
            "spring_festival": {"days_before": 4, "days_after": 8},
        },
        "silence": {"in_transit": {"stalled_hours": 48, "lost_hours": 120}},
        "claims": {"lost": {"days": 60, "counted_from": "dispatch"}, "answer_days": 20},
    },
    "/v1/transit-tables/sf": {"rows": [{"country": "CN", "median_hours": 48, "p90_hours": 72}]},
}
"""A document of each kind by its path; each may name the ones before it."""


def test_what_get_answers_can_be_edited_and_put_back(api: Api) -> None:
    assert api("PUT", "/v1/price-lists/cny", CNY_LIST)[0] == 200
    status, put = api("PUT", "/v1/products/PHONE-X", PHONE)
    assert (status, put["version"], put["sku"]) == (200, 1, "PHONE-X")
    status, got = api("GET", "/v1/products/PHONE-X")
    assert (status, got) == (200, put)
    assert got["name"] == {"en": "Phone X", "zh": "Phone X"}
    status, changed = api("PUT", "/v1/products/PHONE-X", {**got, "prices": {"cny": 339900}})
    assert (status, changed["version"], changed["prices"]) == (200, 2, {"cny": 339900})


def test_a_stale_version_is_refused_and_the_same_body_again_is_not(api: Api) -> None:
    api("PUT", "/v1/price-lists/cny", CNY_LIST)
    api("PUT", "/v1/products/P", {**PHONE, "version": 0})
    assert api("PUT", "/v1/products/P", {**PHONE, "version": 0})[0] == 200
    status, problem = api("PUT", "/v1/products/P", {**PHONE, "state": "inactive", "version": 0})
    assert (status, problem["code"], problem["pointer"], problem["facts"]) == (
        409,
        "version_conflict",
        "/version",
        {"version": 1},
    )
    assert api("GET", "/v1/products/P")[1]["state"] == "active"


def test_every_kind_is_put_read_and_missing_by_its_route(api: Api) -> None:
    for path, body in DOCUMENTS.items():
        status, problem = api("GET", path)
        assert (status, problem["code"]) == (404, "not_found"), path
        status, put = api("PUT", path, body)
        assert (status, put["version"]) == (200, 1), put
        assert api("GET", path) == (200, put)
        assert api("PUT", path, put) == (200, put)


def test_reading_and_writing_need_their_scopes(api: Api) -> None:
    def refused(method: str, path: str, scopes: str) -> str:
        status, problem = api(method, path, DOCUMENTS[path] if method == "PUT" else None, scopes=scopes)
        assert (status, problem["code"]) == (403, "missing_scope")
        return str(problem["facts"]["scope"])

    for path in DOCUMENTS:
        assert refused("PUT", path, "catalog:read customers:read") == "catalog:write"
        needed = "customers:read" if "customers" in path else "catalog:read"
        others = "catalog:write catalog:read customers:read".replace(needed, "")
        assert refused("GET", path, others) == needed


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/products/P", {**PHONE, "prices": {"nope": 1}}, "/prices/nope"),
        ("/v1/products/P", {**PHONE, "prices": {"cny": {"price": 5, "list_price": 4}}}, "/prices/cny/list_price"),
        (
            "/v1/products/P",
            {**PHONE, "option_prices": {"memory": {"256GB": {"nope": 1}}}},
            "/option_prices/memory/256GB/nope",
        ),
        ("/v1/products/P", {**PHONE, "custom": [{**ENGRAVING, "kind": "song"}]}, "/custom/0/kind"),
        ("/v1/products/P", {**PHONE, "custom": [{**ENGRAVING, "prices": {"nope": {}}}]}, "/custom/0/prices/nope"),
        ("/v1/channels/web", {**CHANNEL, "price_lists": {"CNY": "nope"}}, "/price_lists/CNY"),
        ("/v1/channels/web", {**CHANNEL, "price_lists": {"USD": "cny"}}, "/price_lists/USD"),
        ("/v1/channels/web", {**CHANNEL, "shipping": {"USD": 5}}, "/shipping/USD"),
        ("/v1/coupons/C", {"promotion_id": "nope"}, "/promotion_id"),
        ("/v1/coupons/C", {"promotion_id": "open"}, "/promotion_id"),
        ("/v1/price-lists/cny", {**CNY_LIST, "currency": "USD"}, "/currency"),
        ("/v1/products/P", {**PHONE, "sku": "Q"}, "/sku"),
        ("/v1/products/P", {**PHONE, "colour": "red"}, "/colour"),
        ("/v1/customers/c-1", {"phone": "138"}, "/phone"),
        ("/v1/customers/c-1", {"email": "nobody"}, "/email"),
    ],
)
def test_what_a_document_names_must_exist_and_agree(api: Api, path: str, body: dict[str, Any], pointer: str) -> None:
    api("PUT", "/v1/price-lists/cny", CNY_LIST)
    api("PUT", "/v1/promotions/open", {**SALE, "requires_coupon": False})
    before = api("GET", path)
    status, problem = api("PUT", path, body)
    assert (status, problem["pointer"]) == (422, pointer)
    assert api("GET", path) == before


def test_a_customers_phone_and_email_are_kept_in_one_form(api: Api) -> None:
    body = {"name": "示例顾客", "phone": "138 0000 0000", "email": "Customer@Example.COM", "country": "CN"}
    _, customer = api("PUT", "/v1/customers/c-1", body)
    assert (customer["phone"], customer["email"]) == ("+8613800000000", "Customer@example.com")


def test_coupon_codes_have_no_case(api: Api) -> None:
    api("PUT", "/v1/promotions/sale", SALE)
    assert api("PUT", "/v1/coupons/Summer10", {"promotion_id": "sale", "code": "summer10"})[1]["code"] == "SUMMER10"
    assert api("GET", "/v1/coupons/SUMMER10")[0] == 200


def test_many_places_are_loaded_at_once(api: Api) -> None:
    row = {"country": "CN", "key": "杭州市", "location": {"lat": 30.27, "lon": 120.15}, "precision": "city"}
    assert api("PUT", "/v1/places", {"places": [row, {**row, "key": "宁波市"}, row]}) == (200, {"written": 2})
    assert api("GET", "/v1/places/CN/杭州市")[1]["location"] == {"lat": 30.27, "lon": 120.15}


@pytest.mark.parametrize("path", ["/v1/products/a b", "/v1/products/" + "x" * 65, "/v1/places/cn/1", "/v1/nodes/-x"])
def test_an_id_that_cannot_be_is_refused_as_a_parameter(api: Api, path: str) -> None:
    status, problem = api("GET", path)
    assert (status, problem["code"]) in {(422, "invalid_request"), (404, "not_found")}


def test_an_unknown_currency_is_refused_with_its_own_code(api: Api) -> None:
    status, problem = api("PUT", "/v1/price-lists/zzz", {**CNY_LIST, "currency": "ZZZ"})
    assert (status, problem["code"], problem["pointer"]) == (422, "unknown_currency", "/currency")


def test_a_put_answers_with_what_is_odd_and_that_answer_can_be_put_back(api: Api) -> None:
    members = {**CNY_LIST, "channels": ["web"], "segments": ["vip"]}
    api("PUT", "/v1/price-lists/cny", CNY_LIST)
    api("PUT", "/v1/channels/web", CHANNEL)
    assert api("PUT", "/v1/price-lists/a", members)[1]["warnings"] == []
    status, put = api("PUT", "/v1/price-lists/b", members)
    assert (status, [(each["code"], each["pointer"]) for each in put["warnings"]]) == (
        200,
        [("same_priority", "/priority")],
    )
    assert api("PUT", "/v1/price-lists/b", put) == (200, put)
    assert api("GET", "/v1/price-lists/b") == (200, {**put, "warnings": []})
    assert api("PUT", "/v1/price-lists/b", {**put, "priority": 1})[1]["warnings"] == []
    odd = {**PHONE, "prices": {"cny": {"price": 100, "cost": 200}}}
    assert [each["code"] for each in api("PUT", "/v1/products/P", odd)[1]["warnings"]] == ["below_cost"]
    usual = {**CHANNEL, "price_lists": {"CNY": "a"}}
    assert [each["pointer"] for each in api("PUT", "/v1/channels/web", usual)[1]["warnings"]] == ["/price_lists/CNY"]
