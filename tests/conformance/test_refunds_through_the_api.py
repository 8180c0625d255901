"""The refund cases of the pricing folder as changes of a paid order over the API: cancelled, or adjusted in price."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ordo.inventory.model import StockMove
from ordo.inventory.writes import stock_update
from ordo.orders.place import placement_commit
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime import dynamo
from tests.conformance.pricing_cases import PricedCase, price_case
from tests.conformance.pricing_refunds import _OWN_FACTS, check_refund
from tests.conformance.results import Case
from tests.conformance.test_conformance import FOLDER
from tests.support.lambdas import running
from tests.support.orders import CONTACT, NOON, ORDER, SHIP_TO, draft_for
from tests.support.shop import must
from tests.support.world import World

pytestmark = [pytest.mark.conformance, pytest.mark.moto]
_numbers = count(1)


def refund_cases(folder: Path) -> list[Case]:
    """Every case that refunds something."""
    found: list[Case] = []
    for path in sorted(folder.glob("*.json")):
        body = json.loads(path.read_text())
        found += [each for each in (body if isinstance(body, list) else body.get("cases", [])) if "refund" in each]
    return found


CASES = refund_cases(FOLDER / "pricing") if (FOLDER / "pricing").is_dir() else []


def placed(world: World, priced: PricedCase) -> int:
    """The case's cart as a paid order; what it cost."""
    cart = priced.cart
    world.clock.set(NOON)
    with running("commit_order"):
        for line in cart.lines:
            dynamo.write(stock_update("SupplyTable", StockMove(line.stock_sku, "hz", line.quantity, 0)))
        lines = tuple((line.line_id, line.stock_sku, line.quantity) for line in cart.lines)
        draft = draft_for(parts=(("hz", lines),)).with_(currency=cart.currency, priced=cart)
        personal = {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}
        repository = DynamoOrderRepository(OrderTables.of_environment())
        repository.commit(placement_commit(draft, personal, now=NOON, event_id="evt_placed"))
    body = {"kind": "captured", "amount": {"amount": cart.totals.total, "currency": cart.currency}}
    report = {**body, "provider": "alipay", "reference": "r1"}
    must(world.call("POST", f"/v1/orders/{ORDER}/payments", report))
    return cart.totals.total


def changes_of(case: Case, wanted: list[dict[str, Any]], priced: PricedCase) -> list[dict[str, Any]]:
    """What the case gives back, as changes."""
    if any(each.get("all") for each in wanted):
        return [{"kind": "cancel"}]
    units, grants, found = [], [], []
    for each in wanted:
        if each.get("shipping"):
            found.append({"kind": "price_adjustment", "shipping": each.get("gross_minor", "all")})
            continue
        place = each.get("line", next(n for n, line in enumerate(case["lines"]) if line["sku"] == each.get("sku")))
        line = priced.lines[place]
        assert line is not None
        if "gross_minor" in each:
            grants.append({"line_id": line.line_id, "amount": each["gross_minor"]})
        else:
            units.append({"line_id": line.line_id, "quantity": each.get("qty", 1)})
    if units:
        found.append({"kind": "cancel_units", "lines": units})
    if grants:
        found.append({"kind": "price_adjustment", "grants": grants})
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_refund_case_comes_out_of_changes_too(world: World, case: Case) -> None:
    assert check_refund(case) == {}
    order = {**{name: each for name, each in case.items() if name not in {"refund", "already_refunded_minor"}}}
    expected = {name: each for name, each in case["expected"].items() if name not in _OWN_FACTS}
    priced = price_case({**order, "kind": "order", "expected": expected})
    total = placed(world, priced)
    before = case.get("already_refunded_minor", 0)
    if before:
        first = {name: each for name, each in case["refund"][0].items() if name not in {"qty", "gross_minor"}}
        carry_out(world, changes_of(case, [{**first, "gross_minor": before}], priced))
    rates, refused = carry_out(world, changes_of(case, case["refund"], priced))
    due = must(world.call("GET", f"/v1/orders/{ORDER}"))["balance"]["refund_due"]["amount"]
    facts = {
        "rejected": refused,
        "refund_total_minor": due,
        "net_minor": -sum(each["net"]["amount"] for each in rates),
        "tax_minor": -sum(each["tax"]["amount"] for each in rates),
    }
    wanted = {name: each for name, each in case["expected"].items() if name in facts}
    assert {name: facts[name] for name in wanted} == wanted
    assert due <= total


def carry_out(world: World, changes: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """Propose and apply each; the figures by tax rate, and whether one was refused for being more than is left."""
    path = f"/v1/orders/{ORDER}/changes"
    rates: list[dict[str, Any]] = []
    for body in changes:
        asked = {"reason": "case", "requested_by": "staff", **body}
        proposed = world.call("POST", path, asked, key=f"case-{next(_numbers)}")
        if proposed.status == 409 and proposed.body["code"] == "refund_exceeds_paid":
            return rates, True
        change = must(proposed, 201)
        must(world.call("POST", f"{path}/{change['change_id']}/apply"))
        rates += change["preview"]["tax_rates"]
    return rates, False
