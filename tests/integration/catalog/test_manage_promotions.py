"""Promotions by the catalogue's API on moto: put, read, put back; what they name; warnings; earlier versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordo.catalog.promotion_examples import EXAMPLES
from ordo.runtime.dynamo import Put, write
from tests.integration.catalog.conftest import Api

pytestmark = pytest.mark.moto

NAME = {"en": "Sale", "zh": "促销"}
TEN = {"type": "percent", "percent": "10"}
TAX = {"mode": "inclusive", "rate_percent": "13"}
CAP = {"name": {"en": "Cap"}, "prices": {"cny": 4900}, "options": [{"axis": "size", "values": ["S", "M"]}]}
SOCKS = {"name": {"en": "Socks"}, "prices": {"cny": 1900}}


def sale(reward: dict[str, Any] = TEN, **fields: Any) -> dict[str, Any]:
    return {"name": NAME, "reward": reward, **fields}


def gift(sku: str = "CAP", **fields: Any) -> dict[str, Any]:
    return sale({"type": "gift", "sku": sku, **fields})


@pytest.fixture
def shop(api: Api) -> Api:
    """A shop with two channels and things to give away."""
    for path, body in {
        "/v1/price-lists/cny": {"name": {"en": "Retail"}, "currency": "CNY"},
        "/v1/channels/web": {"price_lists": {"CNY": "cny"}, "tax": TAX},
        "/v1/channels/shut": {"price_lists": {"CNY": "cny"}, "tax": TAX, "state": "inactive"},
        "/v1/products/CAP": CAP,
        "/v1/products/SOCKS": SOCKS,
        "/v1/products/CAP-NAVY": {**SOCKS, "name": {"en": "Navy cap"}},
        "/v1/products/SOCKS-3": SOCKS,
    }.items():
        assert api("PUT", path, body)[0] == 200, path
    return api


def codes(answer: tuple[int, dict[str, Any]]) -> list[tuple[str, str]]:
    status, body = answer
    assert status == 200, body
    return [(warning["code"], warning["pointer"]) for warning in body["warnings"]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_kind_of_reward_is_put_read_and_put_back(shop: Api, name: str) -> None:
    status, put = shop("PUT", "/v1/promotions/sale", EXAMPLES[name])
    assert (status, put["version"], put["promotion_id"]) == (200, 1, "sale"), put
    status, got = shop("GET", "/v1/promotions/sale")
    assert (status, got["warnings"]) == (200, [])
    assert {**put, "warnings": []} == got
    assert got["reward"].items() >= {key: got["reward"][key] for key in EXAMPLES[name]["reward"]}.items()
    assert shop("PUT", "/v1/promotions/sale", put) == (200, put)
    assert shop("PUT", "/v1/promotions/sale", got)[1]["version"] == 1


def test_prices_from_and_to_keep_their_names(shop: Api) -> None:
    scope = {"unit_price": {"CNY": {"from": 100, "to": 200}}}
    assert shop("PUT", "/v1/promotions/sale", sale(scope=scope))[1]["scope"]["unit_price"] == scope["unit_price"]
    assert shop("GET", "/v1/promotions/sale")[1]["scope"]["unit_price"] == scope["unit_price"]


def test_local_times_come_back_as_they_were_given(shop: Api) -> None:
    body = sale(time_zone="Asia/Shanghai", valid_from="2026-11-11", valid_to="2026-11-12T00:00:00")
    _, put = shop("PUT", "/v1/promotions/sale", body)
    assert (put["valid_from"], put["valid_to"]) == ("2026-11-11T00:00:00", "2026-11-12T00:00:00")
    status, problem = shop("PUT", "/v1/promotions/sale", {**body, "time_zone": None})
    assert (status, problem["pointer"]) == (422, "/valid_from")


def test_every_version_can_be_read(shop: Api) -> None:
    for percent in ("10", "20"):
        shop("PUT", "/v1/promotions/sale", sale({"type": "percent", "percent": percent}))
    status, first = shop("GET", "/v1/promotions/sale?version=1")
    assert (status, first["version"], first["reward"]["percent"]) == (200, 1, "10")
    assert shop("GET", "/v1/promotions/sale?version=2") == shop("GET", "/v1/promotions/sale")
    status, problem = shop("GET", "/v1/promotions/sale?version=3")
    assert (status, problem["code"]) == (404, "not_found")
    assert shop("GET", "/v1/promotions/other?version=1")[0] == 404
    assert shop("GET", "/v1/promotions/sale?version=0")[0] == 422
    assert shop("GET", "/v1/promotions/sale?version=x")[0] == 422


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (sale(channels=["web", "nope"]), "invalid_request", "/channels/1"),
        (gift("NOPE"), "invalid_request", "/reward/sku"),
        (gift(), "invalid_option", "/reward/options/size"),
        (gift(options={"size": "XL"}), "invalid_option", "/reward/options/size"),
        (gift(options={"size": "M", "colour": "red"}), "invalid_option", "/reward/options/colour"),
        (gift("SOCKS", substitutes=["NOPE"]), "invalid_request", "/reward/substitutes/0"),
        (gift("SOCKS", substitutes=["CAP"]), "invalid_request", "/reward/substitutes/0"),
        (sale({**TEN, "percent": "0"}), "invalid_request", "/reward/percent"),
        (sale({"type": "fixed", "amounts": {"XXQ": 1}}), "unknown_currency", "/reward/amounts/XXQ"),
    ],
)
def test_what_a_promotion_names_must_be_there(shop: Api, body: dict[str, Any], code: str, pointer: str) -> None:
    status, problem = shop("PUT", "/v1/promotions/sale", body)
    assert (status, problem["code"], problem["pointer"]) == (422, code, pointer)
    assert shop("GET", "/v1/promotions/sale")[0] == 404


def test_a_substitute_needs_not_the_options_of_the_gift(shop: Api) -> None:
    assert codes(shop("PUT", "/v1/promotions/sale", gift(options={"size": "M"}, substitutes=["SOCKS"]))) == []


def test_all_contradictions_are_told_at_once(shop: Api) -> None:
    body = sale({"type": "amount", "amounts": {"CNY": 5}, "times": 2}, group="g", exclusive=True)
    status, problem = shop("PUT", "/v1/promotions/sale", body)
    assert (status, problem["code"], problem["pointer"]) == (422, "invalid_request", "/reward/times")
    assert [error["pointer"] for error in problem["errors"]] == ["/reward/times", "/group"]
    assert all(error["code"] == "invalid_request" and error["detail"] for error in problem["errors"])


def test_warnings_are_told_by_the_put_only(shop: Api) -> None:
    answer = shop("PUT", "/v1/promotions/sale", sale(channels=["shut"], valid_to="2020-01-01T00:00:00Z"))
    assert codes(answer) == [("already_ended", "/valid_to"), ("channels_inactive", "/channels")]
    assert set(answer[1]["warnings"][0]["text"]) == {"en", "zh"}
    assert codes(shop("GET", "/v1/promotions/sale")) == []
    assert shop("PUT", "/v1/promotions/sale", answer[1]) == answer


def test_a_promotion_is_looked_at_beside_the_other_active_ones(shop: Api) -> None:
    alone = sale(exclusive=True)
    assert codes(shop("PUT", "/v1/promotions/a", alone)) == []
    assert codes(shop("PUT", "/v1/promotions/b", alone)) == [("exclusive_tie", "/priority")]
    assert codes(shop("PUT", "/v1/promotions/c", {**alone, "state": "draft"})) == []
    assert codes(shop("PUT", "/v1/promotions/b", {**alone, "priority": 1})) == []
    assert codes(shop("PUT", "/v1/promotions/a", {**alone, "scope": {"skus": ["NOPE"]}})) == [
        ("no_product_in_scope", "/scope/skus")
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"name": NAME, "reward": TEN},
        {"name": NAME, "state": "active", "scope": {"skus": ["A"]}, "reward": {**TEN, "rounding": "order"}},
        {"name": NAME, "reward": {"type": "fixed", "amounts": {"CNY": 5}}, "priority": 3, "exclusive": True},
        {"name": NAME, "reward": {"type": "threshold", "thresholds": {"CNY": 9}, "amounts": {"CNY": 5}}},
        {"name": NAME, "reward": {**TEN, "percent": "0"}},  # was once allowed
        {"name": NAME, "reward": {"type": "threshold", "thresholds": {"CNY": 9}, "amounts": {"USD": 5}}},
    ],
)
def test_what_was_kept_before_a_rule_existed_is_still_read(shop: Api, body: dict[str, Any]) -> None:
    item = {"pk": "promotions", "sk": "old", "schema": 1, "document_id": "old", "version": 3}
    write(Put("catalog", {**item, "body": json.dumps(body)}))
    status, got = shop("GET", "/v1/promotions/old")
    assert (status, got["version"]) == (200, 3)
    assert shop("GET", "/v1/promotions/old?version=3") == (200, got)
