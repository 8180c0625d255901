"""The catalogue's API on moto."""

from __future__ import annotations

import pytest

from tests.integration.catalog.conftest import Api

pytestmark = pytest.mark.moto

CNY_LIST = {"name": {"en": "Retail", "zh": "零售"}, "currency": "CNY"}
PHONE = {
    "name": {"en": "Phone X"},
    "options": [{"axis": "memory", "values": ["128GB", "256GB"]}],
    "prices": {"cny": 349900},
}


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
