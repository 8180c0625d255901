"""A node's work through the handler, on the tables."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.inventory.ledger_repository import DynamoLedger
from ordo.orders.repository import DynamoOrderRepository
from ordo.orders.verification import verify_chain
from ordo.runtime import dynamo
from tests.integration.shipments.conftest import Work
from tests.support.shipping import ORDER, TWO_NODES, first, place

pytestmark = pytest.mark.moto

SENT = {"carrier": "generic", "tracking_number": "gen 1"}


def counter(sku: str, node: str = "WH-1") -> tuple[int, int]:
    item = dynamo.get_item("supply", f"stock#{sku}#{node}#0", "counter") or {}
    return item["on_hand"], item["reserved"]


def timeline(repository: DynamoOrderRepository) -> list[str]:
    header, events = repository.load(ORDER).header, repository.timeline(ORDER)
    assert verify_chain(events, header.seq, header.head_hash) == []
    return [event.read()["type"] for event in events]


def test_a_fulfilment_goes_from_open_to_dispatched(work: Work, repository: DynamoOrderRepository, placed: str) -> None:
    for action, state in (("accept", "accepted"), ("pick", "picked"), ("pack", "packed")):
        status, body = work("POST", f"/v1/fulfilments/{first()}/{action}")
        assert (status, body["state"]) == (200, state)
    status, body = work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)
    assert (status, body["state"], body["order_status"]) == (200, "dispatched", "shipped")
    assert body["shipments"][0]["parcels"][0]["tracking_number"] == "GEN1"
    assert timeline(repository) == [
        "order.placed",
        "fulfilment.accepted",
        "fulfilment.picked",
        "fulfilment.packed",
        "shipment.dispatched",
    ]
    assert (counter("TEE"), counter("MUG")) == ((7, 0), (8, 0))
    (row,) = [row for row in DynamoLedger("supply").rows("TEE", "WH-1", None, 10) if row.kind == "dispatch"]
    assert (row.movement_id, row.order_id, row.on_hand) == (f"dispatch#{first()}", ORDER, -3)
    assert repository.claim("tracking", ("generic", "GEN1")) is not None


def test_a_repeat_answers_the_same_and_writes_nothing(
    work: Work, repository: DynamoOrderRepository, placed: str
) -> None:
    once = work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)
    assert work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT) == once
    assert timeline(repository) == ["order.placed", "shipment.dispatched"]
    assert counter("TEE") == (7, 0)


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({}, 422, "invalid_request", "/carrier"),
        ({"carrier": "generic"}, 422, "invalid_request", ""),
        ({**SENT, "parcels": []}, 422, "invalid_request", "/parcels"),
        ({**SENT, "weight": 1}, 422, "invalid_request", "/weight"),
        ({"carrier": "No Such!", "tracking_number": "1"}, 422, "invalid_request", "/carrier"),
        (
            {"carrier": "generic", "parcels": [{"tracking_number": "1", "lines": [{"line_id": "1", "quantity": 0}]}]},
            422,
            "invalid_quantity",
            "/parcels/0/lines/0/quantity",
        ),
        (
            {"carrier": "generic", "parcels": [{"tracking_number": "1", "lines": [{"line_id": "1", "quantity": 4}]}]},
            422,
            "invalid_quantity",
            "/parcels/0/lines/0/quantity",
        ),
    ],
)
def test_a_wrong_dispatch_is_refused_with_its_pointer(
    work: Work, placed: str, body: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    found, problem = work("POST", f"/v1/fulfilments/{first()}/dispatch", body)
    assert (found, problem["code"], problem.get("pointer")) == (status, code, pointer)
    assert counter("TEE") == (10, 3)


def test_what_may_not_be_done_has_its_own_code(work: Work, repository: DynamoOrderRepository) -> None:
    place(repository, paid=False)
    path = f"/v1/fulfilments/{first()}/accept"
    assert work("POST", path)[1]["code"] == "not_allowed_now"
    assert work("POST", path, scopes="orders:read")[1]["code"] == "missing_scope"
    assert work("POST", path, channels="shop")[0] == 404
    assert work("POST", "/v1/fulfilments/ful_1/accept")[1]["code"] == "not_found"
    assert work("POST", f"/v1/fulfilments/{first()}/explode")[0] == 404


def test_a_number_of_another_order_is_taken_and_nothing_is_written(
    work: Work, repository: DynamoOrderRepository, placed: str
) -> None:
    other = place(repository, order_id="ord_01JDQ8Z0000000000000000001")
    work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)
    status, problem = work("POST", f"/v1/fulfilments/{first(other)}/dispatch", SENT)
    assert (status, problem["code"], problem["pointer"]) == (409, "tracking_number_taken", "/tracking_number")
    assert counter("TEE") == (7, 3)
    assert len(repository.timeline(other)) == 1


def test_units_that_a_count_did_not_find_are_refused(
    work: Work, repository: DynamoOrderRepository, placed: str
) -> None:
    dynamo.write(dynamo.Update("supply", "stock#TEE#WH-1#0", "counter", "SET on_hand = :n", values={":n": 1}))
    status, problem = work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)
    assert (status, problem["code"]) == (409, "stock_movement_refused")
    assert problem["facts"] == {"short": [{"sku": "TEE", "node": "WH-1", "there": 1}]}
    assert timeline(repository) == ["order.placed"]


def orders(repository: DynamoOrderRepository, count: int, channel: str = "web") -> list[str]:
    return [
        place(
            repository, {"WH-1": [("1", "TEE", 1)]}, order_id=f"ord_01JDQ8Z000000000000000000{number}", channel=channel
        )
        for number in range(count)
    ]


def test_a_nodes_work_is_listed_page_by_page_the_oldest_first(work: Work, repository: DynamoOrderRepository) -> None:
    placed = orders(repository, 5)
    found, cursor = [], ""
    while True:
        _, page = work("GET", f"/v1/fulfilments?node=WH-1&limit=2{cursor}")
        found += [row["order_id"] for row in page["fulfilments"]]
        if page.get("next_cursor") is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == placed


def test_a_listed_fulfilment_says_what_to_pick(work: Work, placed: str) -> None:
    _, page = work("GET", "/v1/fulfilments?node=WH-1&state=open")
    (row,) = page["fulfilments"]
    assert [(line["sku"], line["quantity"]) for line in row["lines"]] == [("TEE", 3), ("MUG", 2)]
    assert (row["fulfilment_id"], row["order_status"], row["on_hold"]) == (first(), "released", False)


def test_work_moves_from_list_to_list(work: Work, repository: DynamoOrderRepository) -> None:
    place(repository, TWO_NODES)
    work("POST", f"/v1/fulfilments/{first()}/pick")

    def listed(node: str, state: str) -> list[str]:
        return [
            row["fulfilment_id"] for row in work("GET", f"/v1/fulfilments?node={node}&state={state}")[1]["fulfilments"]
        ]

    assert (listed("WH-1", "open"), listed("WH-1", "picked")) == ([], [first()])
    assert listed("WH-2", "open") == [first(number=2)]
    work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)
    assert listed("WH-1", "picked") == []


def test_what_the_index_still_lists_but_has_moved_on_is_left_out(work: Work, placed: str) -> None:
    moved = dynamo.Update(
        "orders", ORDER, f"fulfilment#{first()}", "SET #s = :s", names={"#s": "state"}, values={":s": "packed"}
    )
    dynamo.write(moved)
    assert work("GET", "/v1/fulfilments?node=WH-1&state=open")[1]["fulfilments"] == []


def test_only_orders_of_the_keys_channels_are_listed(work: Work, repository: DynamoOrderRepository) -> None:
    orders(repository, 1, channel="shop")
    assert work("GET", "/v1/fulfilments?node=WH-1", channels="web")[1]["fulfilments"] == []
    assert len(work("GET", "/v1/fulfilments?node=WH-1", channels="*")[1]["fulfilments"]) == 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "invalid_request"),
        ("?node=WH-1&state=dispatched", 422, "invalid_request"),
        ("?node=WH-1&state=gone", 422, "invalid_request"),
        ("?node=WH-1&limit=51", 422, "invalid_request"),
        ("?node=WH-1&cursor=AAAA", 400, "invalid_cursor"),
    ],
)
def test_a_wrong_question_is_refused(work: Work, query: str, status: int, code: str) -> None:
    found, problem = work("GET", f"/v1/fulfilments{query}")
    assert (found, problem["code"]) == (status, code)


def test_a_cursor_of_another_question_is_refused(work: Work, repository: DynamoOrderRepository) -> None:
    orders(repository, 2)
    cursor = work("GET", "/v1/fulfilments?node=WH-1&limit=1")[1]["next_cursor"]
    assert work("GET", f"/v1/fulfilments?node=WH-2&limit=1&cursor={cursor}")[1]["code"] == "invalid_cursor"
    assert (
        work("GET", f"/v1/fulfilments?node=WH-1&limit=1&cursor={cursor}", channels="*")[1]["code"] == "invalid_cursor"
    )
