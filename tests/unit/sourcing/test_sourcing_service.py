"""Sourcing over the catalogue's nodes and inventory's counters, both in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.catalog.model import Node, NodeKind, Place, Precision, State
from ordo.inventory.demand import Wanted
from ordo.inventory.errors import OutOfStock, StockExhausted
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockCounter, StockKey, StockMove, reserve
from ordo.inventory.service import StockService
from ordo.kernel.geo import Location
from ordo.sourcing.errors import NoNode
from ordo.sourcing.model import Plan
from ordo.sourcing.service import SourcingService

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHANGHAI = {"country": "CN", "city": "上海市", "line1": "x"}


def node(node_id: str, lat: float, lon: float, **more: Any) -> Node:
    return Node(node_id, {"en": node_id}, NodeKind.WAREHOUSE, Location(lat, lon), **more)


class Shop:
    """Two nodes for everyone, one for `outlet`, one closed; only Shanghai is a known place."""

    nodes = (
        node("bj", 39.90, 116.40, channels=frozenset({"outlet"})),
        node("gz", 23.13, 113.26, state=State.INACTIVE),
        node("hz", 30.27, 120.15),
        node("sh", 31.23, 121.47),
    )

    def load_nodes(self, now: datetime) -> tuple[Node, ...]:
        return self.nodes

    def load_nodes_and_place(
        self, country: str, postal_code: str | None, city: str | None, now: datetime
    ) -> tuple[tuple[Node, ...], Place | None]:
        known = (country, city) == ("CN", "上海市")
        return self.nodes, Place(Location(31.20, 121.40), Precision.CITY) if known else None


class LaggingStock(InMemoryStock):
    """Eventually consistent reads do not see the last goods that came in."""

    def counters(self, keys: Iterable[StockKey], *, consistent: bool = False) -> list[StockCounter]:
        return super().counters(keys) if consistent else []


@pytest.fixture
def stock() -> InMemoryStock:
    return InMemoryStock()


def sourcing(stock: InMemoryStock) -> SourcingService:
    return SourcingService(Shop(), StockService(stock, lambda: NOON))


def fill(stock: InMemoryStock, sku: str, **units: int) -> None:
    stock.commit([StockMove(sku, place, count, 0) for place, count in units.items()])


def nodes_of(plan: Plan) -> list[str]:
    return [each.node_id for each in plan.fulfilments]


def test_sourcing_again_takes_the_nearest_node_that_has_it_now(stock: InMemoryStock) -> None:
    fill(stock, "tee", hz=5, sh=5)
    wanted = [Wanted("1", "tee", 2)]
    assert nodes_of(sourcing(stock).source(wanted, "web", SHANGHAI, NOON)) == ["sh"]
    stock.commit([reserve("tee", "sh", 4)])
    assert nodes_of(sourcing(stock).source(wanted, "web", SHANGHAI, NOON)) == ["hz"]


def test_a_plan_can_be_committed_and_then_the_stock_is_gone(stock: InMemoryStock) -> None:
    fill(stock, "tee", hz=1, sh=1)
    wanted = [Wanted("1", "tee", 2)]
    plan = sourcing(stock).source(wanted, "web", None, NOON)
    moves = [reserve(line.sku, part.node_id, line.quantity) for part in plan.fulfilments for line in part.lines]
    stock.commit(moves)
    with pytest.raises(StockExhausted):
        stock.commit(moves)
    with pytest.raises(OutOfStock) as refused:
        sourcing(stock).source(wanted, "web", None, NOON)
    assert refused.value.facts == {"lines": [{"line_id": "1", "sku": "tee", "requested": 2, "available": 0}]}


def test_the_point_of_the_order_counts_more_than_that_of_its_city(stock: InMemoryStock) -> None:
    fill(stock, "tee", hz=1, sh=1)
    near_hangzhou = SHANGHAI | {"location": {"lat": 30.2, "lon": 120.1}}
    plan = sourcing(stock).source([Wanted("1", "tee", 1)], "web", near_hangzhou, NOON)
    assert (plan.location, nodes_of(plan)) == ("exact", ["hz"])


def test_a_place_nobody_knows_is_said_to_be_unknown(stock: InMemoryStock) -> None:
    fill(stock, "tee", hz=1, sh=1)
    plan = sourcing(stock).source([Wanted("1", "tee", 1)], "web", {"country": "XX"}, NOON)
    assert (plan.location, nodes_of(plan)) == ("unknown", ["hz"])


def test_nodes_out_of_the_channel_and_closed_ones_are_named_with_their_reason(stock: InMemoryStock) -> None:
    fill(stock, "tee", bj=9, gz=9, hz=9)
    plan = sourcing(stock).source([Wanted("1", "tee", 1)], "web", None, NOON)
    assert {each.node_id: each.removed for each in plan.candidates} == {
        "bj": ("not_in_channel",),
        "gz": ("inactive",),
        "hz": (),
        "sh": ("no_stock",),
    }
    outlet = sourcing(stock).source([Wanted("1", "tee", 10)], "outlet", None, NOON)
    assert nodes_of(outlet) == ["bj", "hz"]


def test_the_channels_limit_of_fulfilments_is_kept(stock: InMemoryStock) -> None:
    fill(stock, "tee", hz=1, sh=1)
    wanted = [Wanted("1", "tee", 2)]
    with pytest.raises(NoNode) as refused:
        sourcing(stock).source(wanted, "web", None, NOON, max_fulfilments=1)
    assert refused.value.facts["needed"] == 2
    assert len(nodes_of(sourcing(stock).source(wanted, "web", None, NOON, max_fulfilments=2))) == 2


def test_goods_that_a_lagging_read_does_not_show_are_found_before_anybody_is_refused() -> None:
    stock = LaggingStock()
    fill(stock, "tee", hz=1)
    assert sourcing(stock).check([Wanted("1", "tee", 1)], "web", NOON) == {"tee": {"hz": 1}}
