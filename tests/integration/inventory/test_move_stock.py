"""Stock over the API, on moto."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordo.inventory.model import reserve
from ordo.inventory.writes import stock_update
from ordo.runtime.dynamo import transact
from tests.integration.inventory.conftest import EXAMPLES, Api, load_function, put_node, service

pytestmark = pytest.mark.moto


def movement(**changes: Any) -> dict[str, Any]:
    body = {"movement_id": "m1", "kind": "receive", "sku": "TEE", "node_id": "hz", "quantity": 10, "reason": "purchase"}
    return {name: value for name, value in (body | changes).items() if value is not None}


def stock(api: Api) -> dict[str, Any]:
    status, answer = api("GET", "/v1/stock/TEE")
    assert status == 200
    return answer


def test_goods_received_can_be_read_per_node(api: Api) -> None:
    status, answer = api("POST", "/v1/stock/movements", movement())
    assert status == 201
    assert (answer["movement_id"], answer["kind"], answer["actor"], answer["reason"]) == (
        "m1",
        "receive",
        "wms",
        "purchase",
    )
    assert answer["entries"] == [
        {"sku": "TEE", "node_id": "hz", "on_hand_delta": 10, "reserved_delta": 0, "safety_delta": 0}
    ]
    assert stock(api) == {
        "sku": "TEE",
        "available": 10,
        "nodes": [
            {"node_id": "hz", "on_hand": 10, "reserved": 0, "safety": 0, "available": 10, "backordered": 0, "kept": {}}
        ],
        "bundle": None,
    }


def test_each_kind_does_what_it_says(api: Api) -> None:
    for number, changes in enumerate(
        [
            {"kind": "receive", "quantity": 20},
            {"kind": "damage", "quantity": 2},
            {"kind": "adjust", "quantity": -3},
            {"kind": "transfer", "quantity": 5, "to_node_id": "sh"},
            {"kind": "count", "quantity": 12},
            {"kind": "safety", "quantity": 4},
        ]
    ):
        assert api("POST", "/v1/stock/movements", movement(movement_id=f"m{number}", **changes))[0] == 201
    assert stock(api)["nodes"] == [
        {"node_id": "hz", "on_hand": 12, "reserved": 0, "safety": 4, "available": 8, "backordered": 0, "kept": {}},
        {"node_id": "sh", "on_hand": 5, "reserved": 0, "safety": 0, "available": 5, "backordered": 0, "kept": {}},
    ]


def test_the_same_movement_again_answers_the_same_and_counts_once(api: Api) -> None:
    first = api("POST", "/v1/stock/movements", movement())
    assert api("POST", "/v1/stock/movements", movement()) == first
    assert stock(api)["available"] == 10


def test_an_id_with_another_body_is_refused(api: Api) -> None:
    api("POST", "/v1/stock/movements", movement())
    status, problem = api("POST", "/v1/stock/movements", movement(quantity=11))
    assert (status, problem["code"], problem["pointer"]) == (422, "movement_reused", "/movement_id")
    assert stock(api)["available"] == 10


def test_taking_more_than_is_available_is_refused_with_the_figures(api: Api) -> None:
    api("POST", "/v1/stock/movements", movement())
    transact([stock_update("supply", reserve("TEE", "hz", 8))])
    status, problem = api("POST", "/v1/stock/movements", movement(movement_id="m2", kind="damage", quantity=3))
    assert (status, problem["code"]) == (409, "stock_movement_refused")
    assert (problem["facts"]["requested"], problem["facts"]["available"]) == (3, 2)
    assert stock(api)["nodes"][0]["on_hand"] == 10


def test_stock_at_a_node_that_was_closed_is_still_seen_and_can_be_moved_away(api: Api) -> None:
    api("POST", "/v1/stock/movements", movement())
    put_node("hz", state="inactive")
    assert stock(api)["nodes"][0]["node_id"] == "hz"
    away = movement(movement_id="m2", kind="transfer", quantity=10, to_node_id="sh")
    assert api("POST", "/v1/stock/movements", away)[0] == 201
    assert [node["available"] for node in stock(api)["nodes"]] == [0, 10]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"quantity": 0}, ""),
        ({"quantity": -1}, ""),
        ({"kind": "adjust", "quantity": 0}, ""),
        ({"kind": "count", "quantity": -1}, ""),
        ({"quantity": 10_000_001}, "/quantity"),
        ({"quantity": 1.5}, "/quantity"),
        ({"quantity": "3"}, "/quantity"),
        ({"quantity": True}, "/quantity"),
        ({"kind": "dispatch"}, "/kind"),
        ({"kind": "transfer"}, ""),
        ({"kind": "transfer", "to_node_id": "hz"}, ""),
        ({"to_node_id": "sh"}, ""),
        ({"sku": "TEE#1"}, "/sku"),
        ({"sku": "x" * 65}, "/sku"),
        ({"movement_id": ""}, "/movement_id"),
        ({"reason": ""}, "/reason"),
        ({"reason": "x" * 201}, "/reason"),
        ({"colour": "red"}, "/colour"),
        ({"node_id": None}, "/node_id"),
    ],
)
def test_a_movement_that_makes_no_sense_is_refused_where_it_is_wrong(
    api: Api, changes: dict[str, Any], pointer: str
) -> None:
    status, problem = api("POST", "/v1/stock/movements", movement(**changes))
    assert (status, problem["code"], problem.get("pointer", "")) == (422, "invalid_request", pointer)
    assert service().stock_of("TEE") == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"node_id": "nowhere"}, "/node_id"), ({"kind": "transfer", "to_node_id": "nowhere"}, "/to_node_id")],
)
def test_a_node_that_does_not_exist_is_named(api: Api, changes: dict[str, Any], pointer: str) -> None:
    status, problem = api("POST", "/v1/stock/movements", movement(**changes))
    assert (status, problem["code"], problem["pointer"]) == (422, "invalid_request", pointer)


def test_a_sku_that_never_had_stock_is_not_found(api: Api) -> None:
    assert api("GET", "/v1/stock/NOTHING")[0] == 404


def test_each_route_needs_its_scope(api: Api) -> None:
    status, problem = api("POST", "/v1/stock/movements", movement(), scopes="stock:read")
    assert (status, problem["code"], problem["facts"]) == (403, "missing_scope", {"scope": "stock:write"})
    assert api("GET", "/v1/stock/TEE", scopes="stock:write")[0] == 403


@pytest.mark.parametrize(("name", "status"), [("record_movement", 201), ("read_stock", 200)])
def test_the_example_events_are_answered(tables: None, name: str, status: int) -> None:
    function = load_function("move_stock")
    for each in ("record_movement", name):
        answer = function.lambda_handler(json.loads((EXAMPLES / "api" / f"{each}.json").read_text()), None)
    assert answer["statusCode"] == status
