"""How long parcels are on the road: percentiles, and which figure counts for a lane and a day."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.hours import DAYS
from ordo.catalog.transit_terms import TransitTable, destination_of, lanes_of
from ordo.kernel.clock import to_iso
from ordo.shipments.transit import Figures, Lane, Passage, Ways, gap_of, passage_of, percentile, planned_usual, together
from tests.support.orders import NOON

VALUES = st.lists(st.integers(0, 500), min_size=1, max_size=60)
ZHEJIANG = "CN/浙江省"


@given(values=VALUES, per_cent=st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: list[int], per_cent: int) -> None:
    """The oracle is the definition, over the plain list."""
    enough = [
        each for each in values if Fraction(sum(one <= each for one in values), len(values)) >= Fraction(per_cent, 100)
    ]
    assert percentile(Counter(values), per_cent) == min(enough)


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_tallies_of_several_nights_are_one_tally_of_all(nights: list[list[int]]) -> None:
    everything = sorted(value for night in nights for value in night)
    whole = passage_of(together(Counter(night) for night in nights))
    assert (whole.samples, whole.median) == (len(everything), everything[math.ceil(len(everything) / 2) - 1])
    gap = gap_of(Counter(everything))
    assert gap.p50_hours <= gap.p95_hours <= gap.p99_hours <= everything[-1]


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile({}, 50)


def test_a_lane_is_looked_for_from_the_most_exact_to_any() -> None:
    assert list(lanes_of("hz", ZHEJIANG)) == ["hz>CN/浙江省", "*>CN/浙江省", "hz>CN", "*>CN", "hz>*", "*>*"]
    assert list(lanes_of("hz", "CN")) == ["hz>CN", "*>CN", "hz>*", "*>*"]
    assert list(lanes_of("hz", None)) == ["hz>*", "*>*"]


@pytest.mark.parametrize(
    ("country", "region", "found"),
    [
        ("CN", "浙江省", ZHEJIANG),
        ("us", " New  York", "US/new york"),
        ("DE", " ", "DE"),
        ("DE", None, "DE"),
        (None, "x", None),
    ],
)
def test_a_destination_has_one_spelling(country: str | None, region: str | None, found: str | None) -> None:
    assert destination_of(country, region) == found


def table(name: str, *rows: dict[str, object], **more: object) -> TransitTable:
    return TransitTable.of(name, {"rows": rows, **more})


def own(**lanes: dict[str, tuple[int, int, int]]) -> Figures:
    """Lanes by letter, with samples, median and p90 by day."""
    names = {"a": "hz>CN/浙江省", "b": "*>CN", "c": "*>CN/浙江省"}
    made = {
        names[lane]: {day: Passage(samples=n, median=m, p90=p) for day, (n, m, p) in days.items()}
        for lane, days in lanes.items()
    }
    return Figures(carrier="sf", measured_at=to_iso(NOON), since=to_iso(NOON), lanes=made)


HERE = Lane("hz", ZHEJIANG, 5)
ROW: dict[str, object] = {"node_id": "hz", "country": "CN", "region": "浙江省", "median_hours": 24, "p90_hours": 36}
COUNTRY: dict[str, object] = {"country": "CN", "median_hours": 72, "p90_hours": 96}


def test_own_figures_of_the_day_count_before_those_of_all_days_and_before_the_table() -> None:
    ways = Ways(own(a={"sat": (20, 100, 200), "all": (90, 50, 60)}), table("sf", ROW))
    found = ways.usual(HERE)
    assert found is not None
    assert (found.median, found.p90, found.basis, found.samples, found.way) == (100, 200, "own", 20, "hz>CN/浙江省 sat")
    other = ways.usual(Lane("hz", ZHEJIANG, 0))
    assert other is not None
    assert (other.median, other.way) == (50, "hz>CN/浙江省 all")


@pytest.mark.parametrize(("samples", "basis"), [(19, "default"), (20, "own")])
def test_a_figure_of_too_few_deliveries_is_none_and_the_answer_says_default(samples: int, basis: str) -> None:
    found = Ways(own(a={"all": (samples, 50, 60)}), table("sf", ROW)).usual(HERE)
    assert found is not None
    assert found.basis == basis


def test_how_many_deliveries_are_enough_is_the_tables_word() -> None:
    figures = own(a={"all": (5, 50, 60)})
    wanted = Ways(figures, table("sf", ROW, min_samples=5)).usual(HERE)
    assert wanted is not None
    assert wanted.basis == "own"


def test_the_tables_row_for_a_lane_counts_before_own_figures_of_a_wider_one() -> None:
    found = Ways(own(b={"all": (900, 50, 60)}), table("sf", ROW)).usual(HERE)
    assert found is not None
    assert (found.basis, found.way, found.median) == ("default", "hz>CN/浙江省", 1440)
    elsewhere = Ways(own(b={"all": (900, 50, 60)}), table("sf", ROW)).usual(Lane("sh", ZHEJIANG, 0))
    assert elsewhere is not None
    assert (elsewhere.basis, elsewhere.way) == ("own", "*>CN all")


def test_a_carriers_row_counts_before_that_of_any_carrier_of_the_same_lane() -> None:
    ways = Ways(None, table("sf", COUNTRY), table("any", {**COUNTRY, "median_hours": 1}, ROW))
    exact, wide = ways.usual(HERE), ways.usual(Lane("sh", "CN", 0))
    assert exact is not None
    assert wide is not None
    assert (exact.median, wide.median) == (24 * 60, 72 * 60)


@pytest.mark.parametrize("weekday", range(7))
def test_a_row_may_differ_by_the_day_of_the_dispatch(weekday: int) -> None:
    row = {**COUNTRY, "weekdays": {"sat": {"median_hours": 100, "p90_hours": 200}}}
    found = Ways(None, table("sf", row)).usual(Lane("hz", "CN", weekday))
    assert found is not None
    assert found.median == (100 if DAYS[weekday] == "sat" else 72) * 60


def test_of_a_way_that_nobody_knows_the_promise_says_how_long_it_takes() -> None:
    assert Ways().usual(HERE) is None
    usual = planned_usual(to_iso(NOON), to_iso(NOON + timedelta(days=2)))
    assert (usual.median, usual.p90, usual.basis, usual.way) == (2880, 4320, "default", "promise")
    assert planned_usual(None, to_iso(NOON)).median == 3 * 1440
