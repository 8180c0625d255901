"""Plans of which a part waits: what comes from stock, where the rest is waited for, until when, and what forbids it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.catalog.availability import Availability, AvailabilityMode
from ordo.catalog.model import Node, NodeKind
from ordo.catalog.node_terms import NodeTerms
from ordo.catalog.sourcing_terms import PlanObjective
from ordo.inventory.backlog import takeable
from ordo.inventory.demand import Wanted
from ordo.inventory.demand import availability as units_of
from ordo.inventory.errors import OutOfStock
from ordo.inventory.layout import Layout
from ordo.inventory.model import StockCounter
from ordo.inventory.spread import takes, usable
from ordo.inventory.supply import Due, Supply, SupplyKind, unclaimed
from ordo.kernel.geo import Location
from ordo.sourcing.errors import NoNode
from ordo.sourcing.model import Plan
from ordo.sourcing.service import SourcingService

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TO: dict[str, Any] = {"country": "CN", "location": {"lat": 30.3, "lon": 120.2}}
WHEN_DUE = Availability(AvailabilityMode.BACKORDER, only_when_due=True)
BY_LEAD = Availability(AvailabilityMode.BACKORDER, lead_days=10)
LAUNCH = Availability(AvailabilityMode.PRE_ORDER, launch_on="2026-03-20", cap=10)


@dataclass
class Shop:
    """Nodes hz and sh (farther), stock, and what is due."""

    stock: list[StockCounter] = field(default_factory=list)
    supplies: list[Supply] = field(default_factory=list)
    sold: dict[str, int] = field(default_factory=dict)
    terms: dict[str, NodeTerms] = field(default_factory=dict)

    def load_nodes(self, _now: datetime) -> tuple[Node, ...]:
        places = {"hz": Location(30.27, 120.15), "sh": Location(31.23, 121.47)}
        return tuple(
            Node(name, {"en": name}, NodeKind.WAREHOUSE, place, terms=self.terms.get(name, NodeTerms()))
            for name, place in places.items()
        )

    def load_nodes_and_place(self, *_: Any) -> Any:
        raise AssertionError("the place is given")

    def counters(self, skus: Any, nodes: Any, *, consistent: bool = False) -> list[StockCounter]:
        return [each for each in self.stock if each.sku in skus and each.node in nodes]

    def due(self, sku: str) -> list[Supply]:
        return sorted((each for each in self.supplies if each.sku == sku), key=lambda each: each.place)

    def sold_before_launch(self, skus: list[str]) -> dict[str, int]:
        return self.sold

    def plan(self, *demand: Wanted, limit: int = 0, terms: dict[str, Any] | None = None) -> Plan:
        service = SourcingService(self, self, supply=self)
        return service.source(demand, "web", TO, NOON, max_fulfilments=limit, terms=terms)


def supply(quantity: int, day: str, node: str = "hz", sku: str = "tee") -> Supply:
    return Supply(f"po-{sku}-{node}-{day}", sku, node, SupplyKind.PURCHASE_ORDER, quantity, day)


def tees(quantity: int, policy: Availability = WHEN_DUE, line: str = "1", sku: str = "tee") -> Wanted:
    return Wanted(line, sku, quantity, availability=policy)


def parts(found: Plan) -> list[tuple[str, int, str | None]]:
    """Node, units, and until which day each part waits."""
    return [
        (each.node_id, sum(line.quantity for line in each.lines), each.wait.due_at[:10] if each.wait else None)
        for each in found.fulfilments
    ]


def test_what_is_there_comes_at_once_and_the_rest_waits_where_it_comes_first() -> None:
    shop = Shop([StockCounter("tee", "hz", 2)], [supply(5, "2026-03-12"), supply(5, "2026-03-10", "sh")])
    assert parts(shop.plan(tees(4))) == [("hz", 2, None), ("sh", 2, "2026-03-10")]


def test_of_two_nodes_that_get_it_on_one_day_the_nearer_one_is_taken() -> None:
    shop = Shop([], [supply(5, "2026-03-10", "sh"), supply(5, "2026-03-10", "hz")])
    assert parts(shop.plan(tees(4))) == [("hz", 4, "2026-03-10")]


def test_a_date_comes_before_a_lead_time_even_when_that_is_shorter() -> None:
    assert parts(Shop([], [supply(5, "2026-04-30", "sh")]).plan(tees(4, BY_LEAD))) == [("sh", 4, "2026-04-30")]
    assert parts(Shop().plan(tees(4, BY_LEAD))) == [("hz", 4, "2026-03-11")]


def test_the_last_supply_that_is_needed_says_the_date() -> None:
    shop = Shop([], [supply(2, "2026-03-10"), supply(2, "2026-03-15"), supply(2, "2026-03-20")])
    assert parts(shop.plan(tees(4))) == [("hz", 4, "2026-03-15")]


def test_supply_that_is_late_is_expected_from_now_on() -> None:
    assert parts(Shop([], [supply(5, "2026-02-01")]).plan(tees(4))) == [("hz", 4, "2026-03-01")]


def test_where_no_node_gets_all_of_it_several_are_waited_for() -> None:
    shop = Shop([], [supply(3, "2026-03-12"), supply(3, "2026-03-10", "sh")])
    assert sorted(parts(shop.plan(tees(5)))) == [("hz", 2, "2026-03-12"), ("sh", 3, "2026-03-10")]


def test_a_line_that_may_not_be_split_waits_as_a_whole() -> None:
    shop = Shop([StockCounter("tee", "hz", 2)], [supply(5, "2026-03-12")])
    assert parts(shop.plan(tees(4), terms={"no_line_split": {}})) == [("hz", 4, "2026-03-12")]


def test_where_two_fulfilments_are_too_many_the_line_waits_as_a_whole() -> None:
    shop = Shop([StockCounter("tee", "hz", 2)], [supply(5, "2026-03-12")])
    assert parts(shop.plan(tees(4), limit=1)) == [("hz", 4, "2026-03-12")]


@pytest.mark.parametrize(
    ("terms", "limit", "reason"),
    [({}, 1, "max_fulfilments"), ({"no_order_split": {}}, 0, "no_order_split")],
)
def test_an_order_that_would_come_in_more_parts_than_it_may_is_refused(
    terms: dict[str, Any], limit: int, reason: str
) -> None:
    shop = Shop([StockCounter("cap", "hz", 1)], [supply(5, "2026-03-12")])
    with pytest.raises(NoNode) as refused:
        shop.plan(tees(4), Wanted("2", "cap", 1), terms=terms, limit=limit)
    assert refused.value.facts["reason"] == reason


def test_what_ships_together_does_not_wait_apart() -> None:
    shop = Shop([StockCounter("cap", "hz", 1)], [supply(5, "2026-03-12")])
    terms = {"ship_together": [{"categories": ["set"]}]}
    with pytest.raises(NoNode) as refused:
        shop.plan(replace(tees(4), categories=("set",)), Wanted("2", "cap", 1, categories=("set",)), terms=terms)
    assert refused.value.facts["reason"] == "ship_together"


def test_it_is_waited_for_only_where_the_node_can_do_what_it_requires() -> None:
    shop = Shop([], [supply(5, "2026-03-10"), supply(5, "2026-03-20", "sh")])
    shop.terms = {"sh": NodeTerms(capabilities=frozenset({"cold"}))}
    assert parts(shop.plan(replace(tees(4), requires=frozenset({"cold"})))) == [("sh", 4, "2026-03-20")]


@pytest.mark.parametrize("objective", list(PlanObjective))
def test_whatever_plans_are_chosen_by_what_waits_is_promised_after_it_has_come(objective: PlanObjective) -> None:
    shop = Shop([StockCounter("tee", "hz", 2)], [supply(5, "2026-03-12")])
    found = shop.plan(tees(4), terms={"objective": objective.value})
    wait = next(each.wait for each in found.fulfilments if each.wait)
    assert "2026-03-12T00:00:00.000Z" <= wait.ready_by <= wait.deliver_by == found.promise.deliver_by
    assert found.promise.ready_by == wait.ready_by
    assert "waits for 2 of tee until 2026-03-12" in found.promise.reason


def test_what_orders_wait_for_already_is_not_promised_again() -> None:
    shop = Shop([StockCounter("tee", "hz", 0, 3, backordered=3)], [supply(5, "2026-03-10"), supply(9, "2026-03-20")])
    assert parts(shop.plan(tees(2))) == [("hz", 2, "2026-03-10")]
    assert parts(shop.plan(tees(3))) == [("hz", 3, "2026-03-20")]


def test_only_lines_that_may_not_wait_are_refused_and_told_when_more_is_due() -> None:
    shop = Shop([], [supply(5, "2026-03-10"), supply(5, "2026-03-11", sku="cap")])
    with pytest.raises(OutOfStock) as refused:
        shop.plan(tees(4), Wanted("2", "cap", 1))
    (line,) = refused.value.facts["lines"]
    assert (line["line_id"], line["more_due"]) == (
        "2",
        [{"node_id": "hz", "due_on": "2026-03-11", "quantity": 5}],
    )


def test_at_most_so_many_wait_at_each_node() -> None:
    policy = replace(BY_LEAD, max_units=3)
    shop = Shop([StockCounter("tee", "hz", 0, 2, backordered=2)])
    assert parts(shop.plan(tees(3, policy))) == [("sh", 3, "2026-03-11")]
    assert sorted(parts(shop.plan(tees(4, policy)))) == [("hz", 1, "2026-03-11"), ("sh", 3, "2026-03-11")]
    with pytest.raises(OutOfStock):
        shop.plan(tees(5, policy))


def test_before_the_launch_everything_waits_where_it_is() -> None:
    shop = Shop([StockCounter("tee", "sh", 9)])
    found = shop.plan(tees(4, LAUNCH))
    assert parts(found) == [("sh", 4, "2026-03-20")]
    (part,) = found.fulfilments
    assert part.wait is not None
    assert (part.wait.why, part.wait.not_before, part.wait.limit) == ("launch", "2026-03-20T00:00:00.000Z", 10)


def test_a_pre_order_of_goods_that_come_after_the_launch_waits_for_them() -> None:
    shop = Shop([], [supply(9, "2026-04-02"), supply(9, "2026-03-28", "sh")])
    found = shop.plan(tees(4, LAUNCH))
    (part,) = found.fulfilments
    assert part.wait is not None
    assert (part.node_id, part.wait.why, part.wait.due_at[:10]) == ("sh", "supply_due", "2026-03-28")


def test_before_the_launch_no_more_than_the_cap_is_sold() -> None:
    shop = Shop([StockCounter("tee", "hz", 99)], sold={"tee": 7})
    shop.plan(tees(3, LAUNCH))
    with pytest.raises(OutOfStock):
        shop.plan(tees(2, LAUNCH), tees(2, LAUNCH, line="2"))


def test_after_the_launch_it_comes_from_stock_or_not_at_all() -> None:
    shop = Shop([StockCounter("tee", "hz", 2)])
    past = replace(LAUNCH, launch_on="2026-03-01")
    assert parts(shop.plan(tees(2, past))) == [("hz", 2, None)]
    with pytest.raises(OutOfStock):
        shop.plan(tees(3, past))


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries({"hz": st.integers(-3, 4), "sh": st.integers(-3, 4)}),
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9), st.sampled_from(["hz", "sh"])), max_size=4),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
)
def test_a_plan_has_every_unit_once_and_promises_nothing_twice(
    available: dict[str, int], due: list[tuple[int, int, str]], wants: list[int]
) -> None:
    """Units are there, or due and owed to nobody; an order is refused only when all of that is too little."""
    stock = [
        StockCounter("tee", node, max(0, units), max(0, -units), backordered=max(0, -units))
        for node, units in available.items()
    ]
    supplies = [
        replace(supply(units, f"2026-03-{10 + day:02d}", node), supply_id=f"po-{place}")
        for place, (units, day, node) in enumerate(due)
    ]
    owes = {node: max(0, -units) for node, units in available.items()}
    coming = {node: max(0, sum(s.due for s in supplies if s.node == node) - owes[node]) for node in owes}
    demand = [tees(units, line=str(place)) for place, units in enumerate(wants)]
    shop = Shop(stock, supplies)
    if sum(wants) > sum(max(0, units) for units in available.values()) + sum(coming.values()):
        with pytest.raises(OutOfStock):
            shop.plan(*demand)
        return
    got: dict[str, int] = {}
    for each in shop.plan(*demand).fulfilments:
        for line in each.lines:
            got[line.line_id] = got.get(line.line_id, 0) + line.quantity
        units = sum(line.quantity for line in each.lines)
        if each.wait is None:
            assert units <= available[each.node_id]
            continue
        by_then = sum(s.due for s in supplies if s.node == each.node_id and s.due_on <= each.wait.due_at[:10])
        assert owes[each.node_id] + units <= by_then, "promised before it is there"
    assert got == {str(place): units for place, units in enumerate(wants)}


# ---------------------------------------------------------------------- what takers see, and what is due beyond it
def test_what_is_free_in_other_buckets_is_for_those_who_wait_first() -> None:
    layout = Layout(3, 3)
    shelf = [
        StockCounter("tee", "hz", 0, 5, layout=layout, backordered=5),
        StockCounter("tee", "hz", 4, bucket="1"),
        StockCounter("tee", "hz", 3, bucket="2"),
    ]
    assert units_of(shelf) == {"tee": {"hz": 2}}
    assert [each.available for each in takeable(shelf)] == [-5, 0, 2]
    shelves = usable(shelf, "web")["tee"]["hz"]
    assert takes("o", "tee", "hz", 2, shelves, "web") == {"2": 2}
    assert takes("o", "tee", "hz", 3, shelves, "web") is None


def test_a_correction_that_found_too_little_hides_nothing_of_other_buckets() -> None:
    shelf = [StockCounter("tee", "hz", 0, 2, layout=Layout(2, 2)), StockCounter("tee", "hz", 4, bucket="1")]
    assert units_of(shelf) == {"tee": {"hz": 4}}


def test_the_first_supply_goes_to_what_is_owed() -> None:
    found = unclaimed([supply(3, "2026-03-12"), supply(3, "2026-03-10"), supply(3, "2026-03-10", "sh")], {"hz": 4})
    assert found == [Due("sh", "2026-03-10", 3), Due("hz", "2026-03-12", 2)]


def test_of_a_bundle_each_part_waits_by_its_own_product() -> None:
    """The one that may wait does so, whichever is named last; the one that may not is refused."""
    shop = Shop([StockCounter("cap", "hz", 2)])
    demand = [Wanted("1", "tee", 1, availability=BY_LEAD, part=0), Wanted("1", "cap", 2, part=1)]
    assert parts(shop.plan(*demand)) == parts(shop.plan(*demand[::-1])) == [("hz", 2, None), ("hz", 1, "2026-03-11")]
    short = [replace(demand[0], quantity=1, availability=Availability()), replace(demand[1], availability=BY_LEAD)]
    with pytest.raises(OutOfStock):
        shop.plan(*short)
