"""Dated supply: one contract in memory and in DynamoDB; and over the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.inventory.backlog import wait_for
from ordo.inventory.errors import CounterChanged, MovementReused, SupplyRefused
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockMove
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockRepository, StockService
from ordo.inventory.shortage_memory import InMemoryShortages
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import ShortageRepository, Shortages
from ordo.inventory.supply import Supply, SupplyChange, SupplyKind, SupplyState
from ordo.inventory.supply_memory import InMemorySupply
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.supplying import Supplying, SupplyRepository
from ordo.inventory.writes import stock_update
from ordo.kernel.errors import NotFound
from ordo.runtime.dynamo import transact
from tests.integration.inventory.conftest import EXAMPLES, Api, api_event, load_function
from tests.integration.inventory.test_move_stock import movement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERED = Supply("po-1", "TEE", "hz", SupplyKind.PURCHASE_ORDER, 10, "2026-04-10", "PO 1")


@dataclass
class Shop:
    stock: StockService
    supplies: SupplyRepository
    supplying: Supplying
    shortages: Shortages
    take: Callable[[list[StockMove]], None]

    def wait(self, order_id: str, units: int) -> None:
        """An order waits for units, and purchasing hears of it."""
        self.take([wait_for("TEE", "hz", units)])
        self.shortages.backordered("TEE", "hz", units, None, order_id=order_id)

    def receive(self, name: str, quantity: int, supply_id: str | None = "po-1") -> None:
        command = RecordMovement(name, MovementKind.RECEIVE, "TEE", "hz", quantity, "why", "wms", supply_id=supply_id)
        self.shortages.moved(self.stock.record(command))

    @property
    def wanted(self) -> int:
        requirement = self.shortages.repository.watched("TEE", "hz").requirement
        return requirement.quantity if requirement else 0


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def shop(request: pytest.FixtureRequest) -> Shop:
    ids = iter(range(10_000))
    stock: StockRepository
    kept: ShortageRepository
    supplies: SupplyRepository
    if request.param == "memory":
        stock = memory = InMemoryStock()
        kept, supplies, take = InMemoryShortages(memory), InMemorySupply(memory), memory.commit
    else:
        request.getfixturevalue("tables")
        stock, kept, supplies = DynamoStockRepository("supply"), DynamoShortages("supply"), DynamoSupply("supply")

        def take(moves: Iterable[StockMove]) -> None:
            transact([stock_update("supply", move) for move in moves])

    shortages = Shortages(kept, lambda: NOON, lambda prefix, _: f"{prefix}_{next(ids)}")
    supplying = Supplying(supplies, shortages, lambda: NOON)
    return Shop(StockService(stock, lambda: NOON), supplies, supplying, shortages, take)


def test_what_is_ordered_is_due_and_can_be_read(shop: Shop) -> None:
    put = shop.supplying.put(ORDERED)
    assert (put.due, put.version, put.state) == (10, 1, SupplyState.OPEN)
    assert shop.supplies.get("po-1") == put
    assert shop.supplies.due("TEE") == [put]
    assert shop.supplies.get("po-2") is None


def test_the_same_again_changes_nothing(shop: Shop) -> None:
    assert shop.supplying.put(ORDERED) == shop.supplying.put(ORDERED)


def test_what_is_due_comes_by_day_and_then_by_node(shop: Shop) -> None:
    for name, day, node in (("c", "2026-04-12", "hz"), ("a", "2026-04-11", "sh"), ("b", "2026-04-11", "hz")):
        shop.supplying.put(replace(ORDERED, supply_id=name, due_on=day, node=node))
    shop.supplying.put(replace(ORDERED, supply_id="other", sku="MUG"))
    assert [each.supply_id for each in shop.supplies.due("TEE")] == ["b", "a", "c"]
    first, place = shop.supplies.listed("TEE", None, None, 2)
    rest, end = shop.supplies.listed("TEE", None, place, 2)
    assert ([each.supply_id for each in first], [each.supply_id for each in rest], end) == (["b", "a"], ["c"], None)
    assert [each.supply_id for each in shop.supplies.listed("TEE", "hz", None, 1)[0]] == ["b"]
    assert [each.supply_id for each in shop.supplies.listed("TEE", "hz", None, 2)[0]] == ["b", "c"]


def test_another_day_moves_it(shop: Shop) -> None:
    shop.supplying.put(ORDERED)
    moved = shop.supplying.put(replace(ORDERED, due_on="2026-05-01"))
    assert shop.supplies.due("TEE") == [moved]


def test_goods_of_it_lower_what_is_due_and_end_it_in_the_same_write(shop: Shop) -> None:
    shop.supplying.put(ORDERED)
    shop.receive("m1", 4)
    assert [(each.received, each.due) for each in shop.supplies.due("TEE")] == [(4, 6)]
    shop.receive("m2", 7)
    ended = shop.supplies.get("po-1")
    assert ended is not None
    assert (ended.received, ended.state, shop.supplies.due("TEE")) == (11, SupplyState.RECEIVED, [])
    assert shop.stock.stock_of("TEE", ["hz"])[0].on_hand == 11


def test_the_same_receipt_again_counts_once_even_when_it_ended_the_supply(shop: Shop) -> None:
    shop.supplying.put(ORDERED)
    shop.receive("m1", 10)
    shop.receive("m1", 10)
    assert shop.stock.stock_of("TEE", ["hz"])[0].on_hand == 10
    with pytest.raises(MovementReused):
        shop.receive("m1", 10, None)


@pytest.mark.parametrize(
    ("sku", "node", "supply_id"), [("MUG", "hz", "po-1"), ("TEE", "sh", "po-1"), ("TEE", "hz", "po-9")]
)
def test_goods_that_are_not_of_it_are_refused_and_nothing_is_written(
    shop: Shop, sku: str, node: str, supply_id: str
) -> None:
    shop.supplying.put(ORDERED)
    with pytest.raises(SupplyRefused) as refused:
        shop.stock.record(RecordMovement("m1", MovementKind.RECEIVE, sku, node, 1, "why", "wms", supply_id=supply_id))
    assert refused.value.pointer == "/supply_id"
    assert shop.supplies.due("TEE")[0].received == 0
    assert shop.stock.stock_of(sku, [node]) == []


@pytest.mark.parametrize(
    ("changes", "pointer"), [({"sku": "MUG"}, "/sku"), ({"node": "sh"}, "/node_id"), ({"quantity": 3}, "/quantity")]
)
def test_what_cannot_be_changed_is_refused(shop: Shop, changes: dict[str, Any], pointer: str) -> None:
    shop.supplying.put(ORDERED)
    shop.receive("m1", 4)
    with pytest.raises(SupplyRefused) as refused:
        shop.supplying.put(replace(ORDERED, **changes))
    assert refused.value.pointer == pointer


def test_lowered_to_what_came_it_has_ended(shop: Shop) -> None:
    shop.supplying.put(ORDERED)
    shop.receive("m1", 4)
    assert shop.supplying.put(replace(ORDERED, quantity=4)).state is SupplyState.RECEIVED
    with pytest.raises(SupplyRefused):
        shop.supplying.put(replace(ORDERED, quantity=9))
    with pytest.raises(SupplyRefused):
        shop.supplying.cancel("po-1")


def test_cancelled_it_is_due_no_more_and_stays_so(shop: Shop) -> None:
    shop.supplying.put(ORDERED)
    for _ in range(2):
        assert shop.supplying.cancel("po-1").state is SupplyState.CANCELLED
    assert shop.supplies.due("TEE") == []
    with pytest.raises(SupplyRefused):
        shop.supplying.put(replace(ORDERED, quantity=11))
    with pytest.raises(SupplyRefused):
        shop.receive("m1", 1)
    with pytest.raises(NotFound):
        shop.supplying.cancel("po-9")


@pytest.mark.parametrize("first", [True, False])
def test_a_write_over_what_another_wrote_meanwhile_is_refused(shop: Shop, first: bool) -> None:
    before = None if first else shop.supplying.put(ORDERED)
    change = SupplyChange(before, replace(ORDERED, version=2 if before else 1, created_at="t", changed_at="t"))
    shop.supplying.put(replace(ORDERED, quantity=12))
    with pytest.raises(CounterChanged):
        shop.supplies.save(change)
    assert shop.supplies.due("TEE")[0].quantity == 12


# ---------------------------------------------------------------------- purchasing
def test_supply_covers_what_is_to_be_bought_once_and_its_goods_do_not_again(shop: Shop) -> None:
    shop.receive("m0", 1, None)
    shop.wait("ord_1", 15)
    assert shop.wanted == 15
    shop.supplying.put(ORDERED)
    shop.supplying.put(ORDERED)
    assert shop.wanted == 5
    shop.receive("m1", 10)
    assert shop.wanted == 5
    shop.receive("m2", 5, None)
    assert shop.wanted == 0


def test_goods_of_supply_that_was_ordered_before_anything_was_wanted_cover(shop: Shop) -> None:
    shop.supplying.put(ORDERED)
    shop.wait("ord_1", 15)
    shop.receive("m1", 10)
    assert shop.wanted == 5


def test_more_or_less_supply_restates_what_it_covers(shop: Shop) -> None:
    shop.receive("m0", 1, None)
    shop.wait("ord_1", 15)
    for quantity, wanted in ((10, 5), (12, 3), (4, 11)):
        shop.supplying.put(replace(ORDERED, quantity=quantity))
        assert shop.wanted == wanted
    shop.supplying.cancel("po-1")
    assert shop.wanted == 15


def test_a_backorder_of_what_is_due_already_is_told_and_not_bought(shop: Shop) -> None:
    for _ in range(2):
        shop.shortages.backordered("TEE", "hz", 5, None, order_id="ord_1", supplied=5)
    shop.shortages.backordered("TEE", "hz", 5, None, order_id="ord_2", supplied=2)
    watched = shop.shortages.repository.watched("TEE", "hz")
    assert (shop.wanted, watched.seq) == (3, 3)  # two shortages, one requirement


# ---------------------------------------------------------------------- the API
BODY = {"sku": "TEE", "node_id": "hz", "quantity": 10, "due_on": "2026-04-10"}


@pytest.mark.moto
def test_supply_over_the_api(api: Api) -> None:
    status, put = api("PUT", "/v1/supply/po-1", BODY)
    assert (status, put["due"], put["state"], put["kind"]) == (200, 10, "open", "purchase_order")
    received = movement(sku="TEE", quantity=4, supply_id="po-1")
    assert api("POST", "/v1/stock/movements", received)[0] == 201
    status, gone = api("DELETE", "/v1/supply/po-1")
    assert (status, gone["received"], gone["due"], gone["state"]) == (200, 4, 0, "cancelled")
    assert api("PUT", "/v1/supply/po-1", {**BODY, "quantity": 11})[1]["code"] == "supply_refused"


@pytest.mark.moto
def test_the_example_event_orders_supply(tables: None) -> None:
    event = json.loads((EXAMPLES / "api" / "put_supply.json").read_text(encoding="utf-8"))
    answer = load_function("move_stock").lambda_handler(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["supply_id"]) == (200, "po-4711")


@pytest.mark.moto
def test_supply_is_listed_by_day_page_by_page(api: Api, list_supply: Callable[[dict[str, str]], Any]) -> None:
    for number in (3, 1, 2):
        assert api("PUT", f"/v1/supply/po-{number}", {**BODY, "due_on": f"2026-04-0{number}"})[0] == 200
    page = list_supply({"sku": "TEE", "limit": "2"})
    assert [each["due_on"] for each in page["supply"]] == ["2026-04-01", "2026-04-02"]
    rest = list_supply({"sku": "TEE", "limit": "2", "cursor": page["next_cursor"]})
    assert ([each["due_on"] for each in rest["supply"]], rest["next_cursor"]) == (["2026-04-03"], None)
    assert list_supply({"sku": "TEE", "node": "sh"})["supply"] == []
    assert list_supply({"sku": "MUG", "cursor": page["next_cursor"]})["code"] == "invalid_cursor"


@pytest.fixture
def list_supply(tables: None) -> Callable[[dict[str, str]], Any]:
    function = load_function("move_stock")

    def call(query: dict[str, str]) -> Any:
        event = api_event("GET", "/v1/supply")
        event["queryStringParameters"] = query
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
        return json.loads(function.lambda_handler(event, None)["body"])

    return call


@pytest.mark.moto
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"node_id": "nowhere"}, "/node_id"),
        ({"kind": "transfer", "from_node_id": "nowhere"}, "/from_node_id"),
        ({"kind": "transfer"}, ""),
        ({"from_node_id": "sh"}, ""),
        ({"kind": "transfer", "from_node_id": "hz"}, ""),
        ({"due_on": "2026-02-30"}, "/due_on"),
        ({"quantity": 0}, "/quantity"),
        ({"colour": "blue"}, "/colour"),
    ],
)
def test_supply_that_cannot_be_is_refused_and_changes_nothing(
    api: Api, list_supply: Callable[[dict[str, str]], Any], changes: dict[str, Any], pointer: str
) -> None:
    status, problem = api("PUT", "/v1/supply/po-1", {**BODY, **changes})
    assert (status, problem["pointer"]) == (422, pointer)
    assert list_supply({"sku": "TEE"})["supply"] == []


@pytest.mark.moto
def test_only_a_receipt_is_of_a_supply(api: Api) -> None:
    status, problem = api("POST", "/v1/stock/movements", movement(kind="return", supply_id="po-1"))
    assert (status, problem["code"]) == (422, "invalid_request")


@pytest.mark.moto
def test_supply_is_changed_only_with_the_scope_and_read_with_the_other(api: Api) -> None:
    assert api("PUT", "/v1/supply/po-1", BODY, scopes="stock:read")[0] == 403
    assert api("DELETE", "/v1/supply/po-1", None, scopes="stock:read")[0] == 403
    assert api("GET", "/v1/supply", None, scopes="stock:write")[0] in (403, 422)
