"""check_stock and allocate_order on moto, as the state machine calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ordo.inventory.model import reserve
from ordo.inventory.writes import stock_update
from ordo.orders.placement import PlacementDraft, pack_draft, read_draft
from ordo.runtime.clients import client
from ordo.runtime.dynamo import transact
from ordo.runtime.packing import unpack_text
from tests.integration.inventory.conftest import EXAMPLES, NOON, load_function, put_node, put_place, receive
from tests.integration.inventory.drafts import LINES, SHIP_TO, draft

pytestmark = pytest.mark.moto
Step = Callable[..., dict[str, Any]]


def loaded(name: str) -> Step:
    function = load_function(name)
    vars(function)["clock"] = lambda: NOON

    def run(given: PlacementDraft, attempt: int = 0) -> dict[str, Any]:
        answer: dict[str, Any] = function.lambda_handler({"draft": pack_draft(given), "attempt": attempt}, None)
        return answer

    return run


@pytest.fixture
def check_stock(tables: None) -> Step:
    return loaded("check_stock")


@pytest.fixture
def allocate_order(tables: None) -> Step:
    return loaded("allocate_order")


def calls() -> list[tuple[str, dict[str, Any]]]:
    """From now on, each call to AWS with its parameters."""
    made: list[tuple[str, dict[str, Any]]] = []
    register = client("dynamodb").meta.events.register
    register("provide-client-params.*.*", lambda params, model, **_: made.append((model.name, params)))
    return made


def stock_reads(made: list[tuple[str, dict[str, Any]]]) -> list[bool]:
    """Whether each read of counters was consistent."""
    asked = [params["RequestItems"]["supply"] for _, params in made if "supply" in params.get("RequestItems", ())]
    return [
        each["ConsistentRead"]
        for each in asked
        if any(key["pk"]["S"].startswith("stock#") and key["sk"]["S"] == "counter" for key in each["Keys"])
    ]


def fill(**units: int) -> None:
    for node, count in units.items():
        for _, sku, _ in LINES:
            receive(sku, node, count)


def test_enough_stock_goes_on_with_what_was_seen(check_stock: Step) -> None:
    fill(hz=5, sh=1)
    answer = check_stock(draft())
    assert (answer["outcome"], answer["problem"]) == ("enough", None)
    assert read_draft(answer["draft"]).stock == {sku: {"hz": 5, "sh": 1} for _, sku, _ in LINES}


def test_a_shortage_names_each_short_line_and_leaves_the_draft(check_stock: Step) -> None:
    receive("PHONE-256-BLUE", "hz", 1)
    receive("CASE", "hz", 1)
    given = draft()
    answer = check_stock(given)
    assert answer["outcome"] == "short"
    assert (answer["problem"]["code"], answer["problem"]["pointer"]) == ("out_of_stock", "/lines")
    assert answer["problem"]["facts"]["lines"] == [
        {"line_id": "1", "sku": "PHONE-256-BLUE", "requested": 2, "available": 1, "more_due": []},
        {"line_id": "2", "sku": "BUDS-BLUE", "requested": 1, "available": 0, "more_due": []},
    ]
    assert read_draft(answer["draft"]) == given


def test_stock_of_a_node_that_does_not_serve_the_channel_does_not_count(check_stock: Step) -> None:
    fill(bj=9)
    assert check_stock(draft())["outcome"] == "short"
    assert check_stock(draft(channel="shop"))["outcome"] == "enough"


def test_stock_of_an_inactive_node_does_not_count(check_stock: Step) -> None:
    fill(hz=9)
    put_node("hz", state="inactive")
    assert check_stock(draft())["outcome"] == "short"


def test_reserved_stock_does_not_count(check_stock: Step) -> None:
    fill(hz=2)
    transact([stock_update("supply", reserve("PHONE-256-BLUE", "hz", 1))])
    assert check_stock(draft())["problem"]["facts"]["lines"][0]["available"] == 1


def test_a_channel_without_any_node_is_told_so_rather_than_that_stock_is_short(check_stock: Step) -> None:
    for node in ("hz", "sh"):
        put_node(node, state="inactive")
    problem = check_stock(draft())["problem"]
    assert (problem["code"], problem["facts"]["reason"]) == ("no_node", "no_node_serves_channel")
    assert problem["facts"]["candidates"] == [
        {"node_id": "bj", "km": None, "chosen": False, "removed": "not_in_channel"}
    ]


def test_checking_reads_all_counters_in_one_call(check_stock: Step) -> None:
    fill(hz=5, sh=5)
    check_stock(draft())
    made = calls()
    check_stock(draft())
    keys = [params["RequestItems"]["supply"] for name, params in made if "supply" in params.get("RequestItems", {})]
    assert [name for name, _ in made] == ["BatchGetItem", "BatchGetItem"]  # the nodes (uncached here), the counters
    assert [(len(each["Keys"]), each["ConsistentRead"]) for each in keys] == [(6, False)]


def test_nobody_is_refused_on_an_eventually_consistent_read(check_stock: Step) -> None:
    made = calls()
    assert check_stock(draft())["outcome"] == "short"
    assert stock_reads(made) == [False, True]


def test_once_the_world_has_changed_stock_is_read_consistently(check_stock: Step) -> None:
    fill(hz=5)
    made = calls()
    check_stock(draft(), attempt=1)
    assert stock_reads(made) == [True]


def seen(**units: int) -> dict[str, dict[str, int]]:
    return {sku: dict(units) for _, sku, _ in LINES}


def test_the_plan_takes_the_nearest_node_and_drops_the_stock_that_was_seen(allocate_order: Step) -> None:
    answer = allocate_order(draft(stock=seen(hz=5, sh=5)))
    assert (answer["outcome"], answer["problem"]) == ("planned", None)
    planned = read_draft(answer["draft"])
    assert planned.stock is None
    assert planned.plan is not None
    assert planned.plan["location"] == "exact"
    assert planned.plan["fulfilments"] == [
        {
            "node_id": "hz",
            "km": "5.8",
            "lines": [{"line_id": i, "sku": sku, "quantity": quantity} for i, sku, quantity in LINES],
        }
    ]
    assert planned.plan["promise"]["deliver_by"] == "2026-03-03T12:00:00.000Z"
    assert {each["node_id"]: each.get("removed") for each in planned.plan["candidates"]} == {
        "bj": "not_in_channel",
        "hz": None,
        "sh": None,
    }


def test_an_address_without_a_point_is_planned_from_the_middle_of_its_city(allocate_order: Step) -> None:
    put_place("CN", "上海市", "31.20", "121.40")
    address = {"country": "CN", "city": "上海市", "line1": "x"}
    planned = read_draft(allocate_order(draft(stock=seen(hz=5, sh=5), ship_to=address))["draft"]).plan
    assert planned is not None
    assert (planned["location"], planned["fulfilments"][0]["node_id"]) == ("city", "sh")


def test_an_unknown_place_is_planned_for_all_the_same(allocate_order: Step) -> None:
    address = {name: value for name, value in SHIP_TO.items() if name != "location"}
    planned = read_draft(allocate_order(draft(stock=seen(hz=5, sh=5), ship_to=address))["draft"]).plan
    assert planned is not None
    assert (planned["location"], planned["km"]) == ("unknown", None)


def test_an_order_over_two_nodes_is_refused_where_the_channel_allows_one(allocate_order: Step) -> None:
    stock = {"PHONE-256-BLUE": {"hz": 2}, "BUDS-BLUE": {"sh": 1}, "CASE": {"hz": 1}}
    given = draft(stock=stock, max_fulfilments=1)
    answer = allocate_order(given)
    assert (answer["outcome"], answer["problem"]["code"]) == ("no_node", "no_node")
    assert answer["problem"]["facts"]["reason"] == "max_fulfilments"
    assert read_draft(answer["draft"]) == given
    assert allocate_order(draft(stock=stock))["outcome"] == "planned"


def test_a_node_that_closed_after_the_check_is_not_planned_with(allocate_order: Step) -> None:
    put_node("hz", state="inactive")
    answer = allocate_order(draft(stock=seen(hz=5)))
    assert (answer["outcome"], answer["problem"]["facts"]["reason"]) == ("no_node", "short")


def test_no_answer_of_a_step_shows_the_address(allocate_order: Step) -> None:
    answer = allocate_order(draft(stock=seen(hz=5)))
    assert "文三路" not in unpack_text(answer["draft"]).decode()
    assert "文三路" not in json.dumps(allocate_order(draft(stock={}))["problem"], ensure_ascii=False)


def test_the_largest_order_stays_far_below_a_states_limit(check_stock: Step, allocate_order: Step) -> None:
    lines = tuple((str(n), f"LONG-STOCK-KEEPING-UNIT-{n:04}", n % 7 + 1) for n in range(500))
    stock = {sku: {f"node-{n:03}": (n * len(sku)) % 13 + 7 for n in range(40)} | {"hz": 9} for _, sku, _ in lines}
    given = draft(lines, stock=stock)
    assert len(pack_draft(given)) < 150_000
    assert len(allocate_order(given)["draft"]) < 60_000


@pytest.mark.parametrize(("name", "outcome"), [("check_stock", "enough"), ("allocate_order", "planned")])
def test_the_example_events_are_answered(tables: None, name: str, outcome: str) -> None:
    fill(hz=5)
    event = json.loads((EXAMPLES / "steps" / f"{name}.json").read_text())
    assert load_function(name).lambda_handler(event, None)["outcome"] == outcome
