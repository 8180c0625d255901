"""Shortages: one contract in memory and in DynamoDB; and over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordo.inventory.memory import InMemoryStock
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.requirements import Requirement
from ordo.inventory.service import StockRepository, StockService
from ordo.inventory.setting_repository import DynamoStockSettings
from ordo.inventory.settings import StockSettings
from ordo.inventory.shortage_memory import InMemoryShortages
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import ShortageRepository, Shortages
from ordo.runtime.dynamo import query_all
from tests.integration.inventory.conftest import Api, api_event, load_function
from tests.integration.inventory.test_move_stock import movement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Shop:
    """Stock of TEE at hz and what is done about shortages."""

    stock: StockService
    repository: ShortageRepository
    shortages: Shortages
    set_levels: Callable[[int, int], None]
    bodies: Callable[[], list[str]]
    history: Callable[[], list[int]]
    clock: Clock

    def move(self, name: str, kind: MovementKind, quantity: int) -> None:
        self.shortages.moved(self.stock.record(RecordMovement(name, kind, "TEE", "hz", quantity, "why", "wms")))

    @property
    def open(self) -> Requirement | None:
        return self.repository.watched("TEE", "hz").requirement

    def told(self) -> list[tuple[str, int, Any]]:
        """Type, number and quantity of each event."""
        events = [json.loads(body) for body in self.bodies()]
        return [(event["type"], event["seq"], event["data"].get("quantity")) for event in events]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def ids() -> Callable[[str, datetime], str]:
    count = iter(range(10_000))
    return lambda prefix, _: f"{prefix}_{next(count)}"


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def shop(request: pytest.FixtureRequest) -> Shop:
    clock = Clock()
    stock: StockRepository
    if request.param == "memory":
        memory = InMemoryStock()
        twin = InMemoryShortages(memory)

        def set_twin(point: int, to: int) -> None:
            twin.settings["TEE", "hz"] = (point, to)

        return Shop(
            StockService(memory, clock),
            twin,
            Shortages(twin, clock, ids()),
            set_twin,
            lambda: twin.events.get(("TEE", "hz"), []),
            lambda: [each.wanted for each in twin.history],
            clock,
        )
    request.getfixturevalue("tables")
    stock = DynamoStockRepository("supply")
    settings, kept = DynamoStockSettings("supply"), DynamoShortages("supply")
    bounds = {"sk_from": "event#", "sk_to": "event#~"}
    closed = {"sk_from": "closed#", "sk_to": "closed#~"}
    return Shop(
        StockService(stock, clock),
        kept,
        Shortages(kept, clock, ids()),
        lambda point, to: settings.put("TEE", "hz", StockSettings(point, to)),
        lambda: [item["body"] for item in query_all("supply", "stockevent#TEE#hz", **bounds)],
        lambda: [
            sum(cause["units"] for cause in item["causes"])
            for item in query_all("supply", "requirement#TEE#hz", **closed)
        ],
        clock,
    )


def test_falling_below_the_reorder_point_is_told_once_and_bought_once(shop: Shop) -> None:
    shop.set_levels(10, 40)
    shop.move("m1", MovementKind.RECEIVE, 12)
    assert shop.told() == []
    shop.move("m2", MovementKind.DAMAGE, 3)
    assert shop.told() == [("stock.low", 1, None), ("purchase.required", 2, 31)]
    assert shop.open is not None
    assert [(cause.name, cause.units) for cause in shop.open.causes] == [("reorder", 31)]


def test_falling_further_enlarges_what_is_open(shop: Shop) -> None:
    shop.set_levels(10, 40)
    shop.move("m1", MovementKind.RECEIVE, 9)
    first = shop.open
    shop.move("m2", MovementKind.DAMAGE, 4)
    assert first is not None
    assert shop.open is not None
    assert (shop.open.requirement_id, first.quantity, shop.open.quantity) == (first.requirement_id, 31, 35)
    assert [type_ for type_, _, _ in shop.told()].count("stock.low") == 1


def still_open(shop: Shop) -> bool:
    return shop.open is not None


def test_receipts_lower_and_then_close_it_and_its_history_stays(shop: Shop) -> None:
    shop.set_levels(10, 40)
    shop.move("m1", MovementKind.RECEIVE, 5)
    shop.move("m2", MovementKind.RECEIVE, 20)
    assert shop.open is not None
    assert shop.open.quantity == 15
    shop.move("m3", MovementKind.RECEIVE, 15)
    assert not still_open(shop)
    assert shop.told()[-1] == ("purchase.closed", 4, 0)
    assert shop.history() == [35]


def test_a_receipt_told_twice_covers_once(shop: Shop) -> None:
    shop.set_levels(10, 40)
    shop.move("m1", MovementKind.RECEIVE, 5)
    for _ in range(2):
        shop.move("m2", MovementKind.RECEIVE, 20)
    assert shop.open is not None
    assert shop.open.quantity == 15


def test_an_accepted_backorder_is_bought_once_however_often_it_is_told(shop: Shop) -> None:
    for _ in range(2):
        shop.shortages.backordered("TEE", "hz", 3, "2026-03-09T00:00:00.000Z", order_id="ord_1")
    shop.shortages.backordered("TEE", "hz", 2, "2026-03-05T00:00:00.000Z", order_id="ord_2")
    assert shop.open is not None
    assert (shop.open.quantity, shop.open.needed_by) == (5, "2026-03-05T00:00:00.000Z")
    assert [type_ for type_, _, _ in shop.told()] == ["stock.short", "purchase.required"] * 2


def test_a_withdrawn_backorder_takes_its_cause_with_it(shop: Shop) -> None:
    shop.shortages.backordered("TEE", "hz", 3, None, order_id="ord_1")
    shop.shortages.withdrawn("TEE", "hz", order_id="ord_1")
    assert shop.open is None
    shop.shortages.withdrawn("TEE", "hz", order_id="ord_1")
    assert [type_ for type_, _, _ in shop.told()] == ["stock.short", "purchase.required", "purchase.closed"]


def test_dated_supply_covers_each_once(shop: Shop) -> None:
    shop.shortages.backordered("TEE", "hz", 30, None, order_id="ord_1")
    for _ in range(2):
        shop.shortages.covered("TEE", "hz", 10, by="supply", ref="supply:po-1")
    assert shop.open is not None
    assert shop.open.quantity == 20
    shop.shortages.covered("TEE", "hz", 25, by="supply", ref="supply:po-2")
    assert shop.open is None


def test_refusals_are_told_once_a_day_and_their_units_add_up(shop: Shop) -> None:
    shop.move("m1", MovementKind.RECEIVE, 1)
    for ref in ("a", "b", "b"):
        shop.shortages.refused("TEE", 2, ref=ref)
    assert shop.open is not None
    assert (shop.open.quantity, len(shop.open.causes)) == (4, 1)
    assert [type_ for type_, _, _ in shop.told()] == ["stock.short", "purchase.required", "purchase.required"]
    shop.clock.now += timedelta(days=1)
    shop.shortages.refused("TEE", 2, ref="c")
    assert [type_ for type_, _, _ in shop.told()].count("stock.short") == 2
    assert [cause.name for cause in shop.open.causes] == ["day:2026-03-01", "day:2026-03-02"]


def test_a_refusal_of_what_no_node_ever_had_buys_nothing(shop: Shop) -> None:
    shop.shortages.refused("TEE", 2, ref="a")
    assert (shop.open, shop.told()) == (None, [])


def test_open_requirements_are_listed_by_node_page_by_page(shop: Shop) -> None:
    for sku, node in (("A", "hz"), ("B", "hz"), ("A", "sh")):
        shop.shortages.backordered(sku, node, 1, None, order_id="ord_1")
    found, after = shop.repository.listed(None, None, 2)
    rest, end = shop.repository.listed(None, after, 2)
    assert [(each.node, each.sku) for each in (*found, *rest)] == [("hz", "A"), ("hz", "B"), ("sh", "A")]
    assert end is None
    assert [each.node for each in shop.repository.listed("sh", None, 5)[0]] == ["sh"]


def test_above_the_point_again_the_next_fall_is_told_anew(shop: Shop) -> None:
    shop.set_levels(10, 40)
    shop.move("m1", MovementKind.RECEIVE, 5)
    shop.move("m2", MovementKind.RECEIVE, 35)
    shop.move("m3", MovementKind.DAMAGE, 31)
    assert [type_ for type_, _, _ in shop.told()].count("stock.low") == 2


# ---------------------------------------------------------------------- over the API


def listed(**query: str) -> tuple[int, dict[str, Any]]:
    event = api_event("GET", "/v1/purchase-requirements")
    event["queryStringParameters"] = query
    event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
    answer = load_function("move_stock").lambda_handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.moto
def test_a_reorder_point_makes_the_requirement_that_purchasing_reads(api: Api) -> None:
    api("POST", "/v1/stock/movements", movement(quantity=4))
    status, settings = api("PUT", "/v1/stock/TEE/nodes/hz", {"reorder_point": 10, "reorder_to": 30})
    assert (status, settings["reorder_point"], settings["reorder_to"]) == (200, 10, 30)
    status, page = listed(node="hz")
    assert status == 200
    (found,) = page["requirements"]
    assert (found["sku"], found["quantity"], found["reasons"][0]["cause"]) == ("TEE", 26, "reorder")
    assert listed(node="sh")[1]["requirements"] == []


@pytest.mark.moto
def test_settings_leave_the_counts_as_they_are(api: Api) -> None:
    api("POST", "/v1/stock/movements", movement(quantity=40))
    before = api("GET", "/v1/stock/TEE")
    api("PUT", "/v1/stock/TEE/nodes/hz", {"reorder_point": 10, "reorder_to": 30})
    assert api("GET", "/v1/stock/TEE") == before
    status, settings = api("PUT", "/v1/stock/TEE/nodes/hz", {})
    assert (status, settings["reorder_point"]) == (200, 10)
    assert api("PUT", "/v1/stock/TEE/nodes/hz", {"reorder_point": None, "reorder_to": None})[1]["reorder_to"] is None


@pytest.mark.moto
def test_a_node_that_only_has_settings_can_be_counted(api: Api) -> None:
    api("PUT", "/v1/stock/TEE/nodes/hz", {"reorder_point": 10, "reorder_to": 30})
    assert api("POST", "/v1/stock/movements", movement(kind="count", quantity=3))[0] == 201


@pytest.mark.moto
@pytest.mark.parametrize("body", [{"reorder_point": 10}, {"reorder_point": 10, "reorder_to": 9}, {"reorder_to": 0}])
def test_reorder_levels_that_do_not_agree_are_refused(api: Api, body: dict[str, int]) -> None:
    status, problem = api("PUT", "/v1/stock/TEE/nodes/hz", body)
    assert (status, problem["code"]) == (422, "invalid_request")


@pytest.mark.moto
def test_settings_of_an_unknown_node_are_refused(api: Api) -> None:
    status, problem = api("PUT", "/v1/stock/TEE/nodes/nowhere", {"reorder_point": 1, "reorder_to": 2})
    assert (status, problem["pointer"]) == (422, "/node_id")
