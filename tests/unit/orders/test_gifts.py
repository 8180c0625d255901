"""Gifts that nodes cannot fulfil beside what is paid for: those that fit stay, the others are priced away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ordo.catalog.model import Node, NodeKind, Place
from ordo.kernel.errors import OrdoError
from ordo.kernel.geo import Location
from ordo.orders.gifts import MAX_TRIES, plan_draft, without_gifts
from ordo.orders.placement import DraftLine, DraftTerms, PlacementDraft
from ordo.pricing.model import PricedCart, PricedLine, Shipping, Totals, Trace, UnitRun
from ordo.sourcing.service import SourcingService

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHIP_TO = {"country": "CN", "location": {"lat": 30.3, "lon": 120.2}}


class Nodes:
    """As many nodes as wanted, for every channel."""

    def __init__(self, *ids: str) -> None:
        self.nodes = tuple(Node(each, {"en": each}, NodeKind.WAREHOUSE, Location(30.27, 120.15)) for each in ids)
        self.asked = 0

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        self.asked += 1
        return self.nodes

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        return self.nodes, None


def line(sku: str, quantity: int = 1, gift_of: str | None = None) -> PricedLine:
    return PricedLine(
        line_id=f"line-{sku}",
        sku=sku,
        stock_sku=sku,
        name={"en": sku},
        options={},
        quantity=quantity,
        list_price=100,
        price=100,
        tax_class="standard",
        tax_rate_percent="0",
        adjustments=(),
        runs=(UnitRun(quantity, 100, (), 100, 0, 100),),
        gift_of=gift_of,
    )


def draft(
    paid: list[str], gifts: list[str], stock: dict[str, dict[str, int]], max_fulfilments: int = 0
) -> PlacementDraft:
    lines = (*map(line, paid), *(line(sku, gift_of=f"gives-{sku}") for sku in gifts))
    return PlacementDraft(
        order_id="ord_1",
        client_id="shop",
        idempotency_key="k",
        body_hash="0" * 64,
        channel="web",
        currency="CNY",
        country="CN",
        lines=tuple(DraftLine(f"line-{sku}", sku, 1) for sku in paid),
        sealed="",
        terms=DraftTerms(max_fulfilments=max_fulfilments),
        priced=PricedCart("CNY", "cny", "inclusive", lines, Shipping(0, 0, 0), Totals(0, 0, 0, 0, 0), Trace()),
        stock=stock,
    )


def dropped(nodes: Nodes, given: PlacementDraft) -> tuple[str, ...] | None:
    """The gifts that are priced away; the whole draft cannot be planned."""
    sourcing = SourcingService(nodes)
    assert given.priced is not None
    with pytest.raises(OrdoError):
        plan_draft(given, given.priced.lines, SHIP_TO, sourcing, NOON)
    nodes.asked = 0
    found = without_gifts(given, SHIP_TO, sourcing, NOON)
    assert found is None or (found.priced, found.stock, found.plan) == (None, None, None), "it is priced again"
    return None if found is None else found.unavailable


def test_of_several_gifts_only_the_one_that_does_not_fit_is_priced_away() -> None:
    stock = {"SHIRT": {"hz": 1}, "MUG": {"hz": 1}, "PEN": {"bj": 1}, "CAP": {"hz": 1}}
    assert dropped(Nodes("hz", "bj"), draft(["SHIRT"], ["MUG", "PEN", "CAP"], stock, 1)) == ("PEN",)


def test_of_two_gifts_that_fit_only_without_each_other_the_first_stays() -> None:
    stock = {"SHIRT": {"hz": 1}, "MUG": {"bj": 1}, "PEN": {"sh": 1}}
    assert dropped(Nodes("hz", "bj", "sh"), draft(["SHIRT"], ["MUG", "PEN"], stock, 2)) == ("PEN",)
    assert dropped(Nodes("hz", "bj", "sh"), draft(["SHIRT"], ["PEN", "MUG"], stock, 2)) == ("MUG",)


def test_when_what_is_paid_for_cannot_be_planned_either_nothing_is_priced_away() -> None:
    stock = {"SHIRT": {"hz": 1}, "SHOE": {"bj": 1}, "MUG": {"hz": 1}}
    assert dropped(Nodes("hz", "bj"), draft(["SHIRT", "SHOE"], ["MUG"], stock, 1)) is None


def test_very_many_gifts_are_tried_only_so_often_and_the_rest_is_priced_away() -> None:
    gifts = [f"GIFT-{number:02}" for number in range(40)]
    stock: dict[str, dict[str, int]] = {"SHIRT": {"hz": 1}, **{sku: {"bj": 1} for sku in gifts}, "GIFT-03": {"hz": 1}}
    nodes = Nodes("hz", "bj")
    found = dropped(nodes, draft(["SHIRT"], gifts, stock, 1))
    assert found == tuple(sku for sku in gifts if sku != "GIFT-03")
    assert nodes.asked == 1 + MAX_TRIES


def test_a_failure_that_is_about_something_else_is_not_swallowed() -> None:
    class Broken(Nodes):
        def load_nodes(self, now: datetime) -> tuple[Node, ...]:
            raise OrdoError("something else")

    given = draft(["SHIRT"], ["MUG"], {"SHIRT": {"hz": 1}})
    with pytest.raises(OrdoError, match="something else"):
        without_gifts(given, SHIP_TO, SourcingService(Broken("hz")), NOON)


def test_without_gifts_there_is_nothing_to_price_away() -> None:
    stock = {"SHIRT": {"hz": 1}, "SHOE": {"bj": 1}}
    assert dropped(Nodes("hz", "bj"), draft(["SHIRT", "SHOE"], [], stock, 1)) is None
