"""Orders that commit 7aaddb9 stored, before promotions were data: they are read, answered and refunded for ever.

`placed_by_7aaddb9.json` is what that commit's own code stored and answered (see `recorded_orders`).
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ordo.orders.schemas import PlaceOrderRequest, body_hash
from ordo.pricing.codec import shipping_in
from ordo.pricing.model import Shipping
from tests.support.shop import must, read
from tests.support.world import World

pytestmark = pytest.mark.moto

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("placed_by_7aaddb9.json").read_text(encoding="utf-8"))
ORDERS: dict[str, dict[str, Any]] = {each["key"]: each for each in RECORDED["orders"]}


def stored(attribute: dict[str, Any]) -> dict[str, Any]:
    """A typed value as boto3 takes it: its binaries are bytes."""
    return {kind: base64.b64decode(value) if kind == "B" else value for kind, value in attribute.items()}


@pytest.fixture
def upgraded(world: World) -> World:
    """The sample shop of today with the orders of then."""
    for table, items in RECORDED["tables"].items():
        for item in items:
            world.aws.put_item(TableName=table, Item={name: stored(value) for name, value in item.items()})
    world.clock.advance(minutes=5)
    return world


@pytest.fixture(params=ORDERS)
def old(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One of them: `key`, `body` and what was answered as it was `placed`."""
    return ORDERS[request.param]


def refunded(world: World, old: dict[str, Any], body: dict[str, Any]) -> Any:
    return must(world.call("POST", f"/v1/orders/{old['placed']['order_id']}/refunds/preview", body))


def all_of(old: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in old["body"]["lines"]]


def test_the_same_key_and_body_still_answer_with_the_order_as_it_was_placed(
    upgraded: World, old: dict[str, Any]
) -> None:
    again = must(upgraded.call("POST", "/v1/orders", old["body"], key=old["key"]), 201)
    for name in ("order_id", "placed_at", "status", "payment_status", "version", "totals", "price", "plan", "promise"):
        assert again[name] == old["placed"][name], name
    for now, then in zip(again["lines"], old["placed"]["lines"], strict=True):
        assert {name: now[name] for name in then if name not in {"adjustments", "unit_runs"}} == {
            name: then[name] for name in then if name not in {"adjustments", "unit_runs"}
        }
        assert [run["gross"] for run in now["unit_runs"]] == [run["gross"] for run in then["unit_runs"]]
        assert [run["discount"] for run in now["unit_runs"]] == [run["discount"] for run in then["unit_runs"]]
        assert [each["amount"] for each in now["adjustments"]] == [each["amount"] for each in then["adjustments"]]
        assert all(run["price"] == run["list_price"] for run in now["unit_runs"])


def test_the_order_as_it_is_now_has_its_shipping_as_a_charge_and_its_figures_add_up(
    upgraded: World, old: dict[str, Any]
) -> None:
    order, shipping = read(upgraded, old["placed"]["order_id"]), old["placed"]["price"]["shipping"]
    (charge,) = order["charges"]
    assert (charge["kind"], charge["charge_id"], charge["name"]["en"]) == ("shipping", "standard", "Standard shipping")
    assert {name: charge[name]["amount"] for name in ("net", "tax", "gross")} | {
        "tax_rate_percent": charge["tax_rate_percent"]
    } == shipping
    assert (charge["price"]["amount"], charge["discount"]["amount"]) == (1300, 0), "as the channel listed it"
    rates = order["tax_rates"]
    assert sum(rate["gross"]["amount"] for rate in rates) == order["totals"]["total"]["amount"]
    assert sum(rate["tax"]["amount"] for rate in rates) == order["totals"]["tax"]["amount"]
    assert order["payment_status"] == "paid"


def test_its_timeline_is_whole(upgraded: World, old: dict[str, Any]) -> None:
    told = must(upgraded.call("GET", f"/v1/orders/{old['placed']['order_id']}/timeline?verify=true"))
    assert (told["verified"], told["findings"]) == (True, [])
    assert [each["event"]["type"] for each in told["events"]] == ["order.placed", "payment.captured"]


def test_returning_everything_refunds_what_was_paid_however_many_returns_it_takes(
    upgraded: World, old: dict[str, Any]
) -> None:
    lines, total = all_of(old), old["placed"]["totals"]["total"]
    assert refunded(upgraded, old, {"lines": lines})["payout"] == total
    first, rest = {"lines": lines[:1]}, {"lines": lines[1:], "shipping": "all"}
    if not lines[1:]:
        first, rest = {"lines": [{**lines[0], "quantity": 1}]}, {"lines": [{**lines[0], "quantity": 2}]}
    parts = [refunded(upgraded, old, first), refunded(upgraded, old, rest | {"after": [first]})]
    assert sum(part["payout"]["amount"] for part in parts) == total["amount"]
    assert parts[1]["charges"][0]["total"]["gross"]["amount"] == old["placed"]["price"]["shipping"]["gross"]


def test_one_unit_is_refunded_by_the_share_that_was_settled_then(upgraded: World) -> None:
    unit = {"lines": [{"line_id": "1", "quantity": 1}]}
    assert refunded(upgraded, ORDERS["small"], unit)["payout"]["amount"] == 8333
    assert refunded(upgraded, ORDERS["small"], {"shipping": 300})["payout"]["amount"] == 300


def test_a_body_without_new_fields_keeps_the_hash_that_it_had_then(old: dict[str, Any]) -> None:
    (claim,) = (each for each in RECORDED["tables"]["OrdersTable"] if each["pk"]["S"] == f"idem#shop#{old['key']}")
    assert body_hash(PlaceOrderRequest.model_validate(old["body"])) == claim["body_hash"]["S"]


def test_shipping_that_was_free_then_is_no_charge() -> None:
    free = {"net": 0, "tax": 0, "gross": 0, "tax_rate_percent": "13"}
    assert shipping_in({"shipping": free, "tax_mode": "inclusive"}) == Shipping(0, 0, 0, "standard", ())


def test_the_hash_tells_new_fields_apart_once_they_are_used() -> None:
    body = ORDERS["small"]["body"]
    (line,) = body["lines"]
    others: list[dict[str, Any]] = [
        {"shipping_method": "express"},
        {"lines": [{**line, "custom": {"engraving": "A"}}]},
        {"manual_discounts": [{"percent": "5", "reason": "late"}]},
    ]
    hashes = {body_hash(PlaceOrderRequest.model_validate(body | change)) for change in [{}, *others]}
    assert len(hashes) == 4
