"""Anything that the document allows, and much that it does not: no 5xx, no answer that is not declared."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ordo.orders.model import shipment_id
from tests.support.shop import dispatch, order_body, pay, place, shop_world
from tests.support.world import Client, World
from tests.support.wsgi import wsgi_app
from tools.openapi import document

EXAMPLES = 400 if os.environ.get("ORDO_PROOF") == "full" else 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = document()
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


@dataclass(frozen=True)
class Shop:
    """A world with orders in several states, and the ids that exist in it."""

    world: World
    ids: dict[str, list[str]]
    schema: Any


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with shop_world() as world:
        orders = [place(world, order_body(external_id=f"FUZZ-{number}")) for number in range(3)]
        for order in orders[1:]:
            pay(world, order, reference=order["external_id"])
        work = [f"ful_{order['order_id'].removeprefix('ord_')}_1" for order in orders]
        dispatch(world, work[2], "FUZZ-TRACK")
        world.keep()
        ids = {
            "order_id": [order["order_id"] for order in orders],
            "fulfilment_id": work,
            "shipment_id": [shipment_id(orders[2]["order_id"], 1)],
            "sku": ["AURORA", "TEE-WHITE", "TEE-WHITE-M"],
            "price_list_id": ["cny-retail"],
            "promotion_id": ["garments-300-50"],
            "code": ["AUDIO10"],
            "node_id": ["hangzhou"],
            "channel_id": ["web"],
            "customer_id": ["c-1001"],
            "country": ["CN"],
            "carrier": ["generic"],
        }
        app = wsgi_app(world, Client())
        yield Shop(world, ids, schemathesis.openapi.from_wsgi("/openapi.json", _with_document(app)))


def _with_document(app: Any) -> Any:
    def served(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/openapi.json":
            return app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({**DOCUMENT, "servers": [{"url": "/"}]}).encode()]

    return served


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_meets_a_failure_or_an_undeclared_answer(shop: Shop, path: str, method: str) -> None:
    shop.world.reset()
    operation = shop.schema[path][method.upper()]
    known = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in shop.ids.items()})

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), ids=known, use=st.booleans())
    def ask(case: Any, ids: dict[str, str], use: bool) -> None:
        if use:
            case.path_parameters = {name: ids.get(name, value) for name, value in case.path_parameters.items()}
        case.call_and_validate(checks=CHECKS)

    ask()
