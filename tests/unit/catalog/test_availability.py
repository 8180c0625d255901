"""A product's availability: what may be said, how it is kept, and what is odd about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ordo.catalog.availability import IN_STOCK, Availability, AvailabilityMode
from ordo.catalog.availability_warnings import availability_warnings
from ordo.catalog.model import Node, NodeKind, Product
from ordo.catalog.product_schemas import ProductDocument
from ordo.kernel.geo import Location

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HZ = Node("hz", {"en": "hz"}, NodeKind.WAREHOUSE, Location(30.27, 120.15))


def product(availability: dict[str, Any] | None, **fields: Any) -> Product:
    body = {"name": {"en": "Tee"}, "prices": {"cny": 100}, "availability": availability, **fields}
    return Product.of("TEE", ProductDocument.model_validate(body).body(), 1)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (None, IN_STOCK),
        ({"mode": "in_stock"}, IN_STOCK),
        ({"mode": "backorder", "lead_days": 9}, Availability(AvailabilityMode.BACKORDER, lead_days=9)),
        (
            {"mode": "backorder", "max_units": 5, "lead_days": None, "only_when_due": True},
            Availability(AvailabilityMode.BACKORDER, max_units=5, only_when_due=True),
        ),
        (
            {"mode": "pre_order", "launch_on": "2026-03-20", "cap": 100},
            Availability(AvailabilityMode.PRE_ORDER, launch_on="2026-03-20", cap=100),
        ),
    ],
)
def test_what_is_said_is_kept_and_travels_with_a_draft(said: dict[str, Any] | None, kept: Availability) -> None:
    found = product(said).availability
    assert found == kept
    assert Availability.of(found.to_dict()) == kept


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"mode": "backorder"}, "lead_days"),
        ({"mode": "backorder", "lead_days": 3, "only_when_due": True}, "lead_days"),
        ({"mode": "backorder", "lead_days": 0}, "lead_days"),
        ({"mode": "backorder", "lead_days": 3, "max_units": 0}, "max_units"),
        ({"mode": "pre_order", "cap": 3}, "launch_on"),
        ({"mode": "pre_order", "launch_on": "2026-02-30", "cap": 3}, "launch_on"),
        ({"mode": "pre_order", "launch_on": "2026-03-20"}, "cap"),
        ({"mode": "in_stock", "cap": 3}, "cap"),
        ({"mode": "sometimes"}, "mode"),
    ],
)
def test_a_policy_that_promises_nothing_or_contradicts_itself_is_refused(said: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        product(said)
    assert refused.value.errors()[0]["loc"][-1] == where


def test_a_pre_order_waits_until_its_day_begins() -> None:
    policy = product({"mode": "pre_order", "launch_on": "2026-03-02", "cap": 3}).availability
    assert policy.launches_at(NOON) == datetime(2026, 3, 2, tzinfo=UTC)
    assert policy.may_wait(NOON)
    assert not policy.may_wait(datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "requires", "nodes", "codes"),
    [
        (None, [], [], []),
        ({"mode": "backorder", "lead_days": 9}, [], [HZ], []),
        ({"mode": "backorder", "lead_days": 9}, ["cold"], [HZ], ["no_node_for_it"]),
        ({"mode": "pre_order", "launch_on": "2026-03-20", "cap": 3}, [], [], ["no_node_for_it"]),
        ({"mode": "pre_order", "launch_on": "2026-03-01", "cap": 3}, [], [HZ], ["already_launched"]),
    ],
)
def test_a_policy_that_cannot_work_is_kept_with_a_warning(
    said: dict[str, Any] | None, requires: list[str], nodes: list[Node], codes: list[str]
) -> None:
    found = availability_warnings(product(said, requires=requires), nodes, NOON)
    assert [each.code for each in found] == codes
    assert all(each.text["en"] and each.text["zh"] for each in found)
