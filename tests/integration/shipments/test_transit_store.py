"""What is known of carriers' ways: DynamoDB and memory keep it alike, and dispatches read both figures and tables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.shipments.measuring import Measured, Samples
from ordo.shipments.model import TrackingStatus
from ordo.shipments.transit import Figures, Gap, Lane, Passage
from ordo.shipments.transit_memory import InMemoryTransit
from ordo.shipments.transit_repository import CatalogRoads, DynamoTransit
from tests.support.shipping import NOW

Store = DynamoTransit | InMemoryTransit
PASSAGE = Passage(samples=20, median=600, p90=900)
FIGURES = Figures(
    carrier="sf",
    measured_at="2026-03-01T12:00:00.000Z",
    since="2026-02-01T12:00:00.000Z",
    lanes={"hz>CN/浙江省": {"sun": PASSAGE, "all": PASSAGE}},
    gaps={TrackingStatus.IN_TRANSIT: Gap(samples=9, p50_hours=7, p95_hours=20, p99_hours=41)},
)
NODE = {
    "name": {"en": "H"},
    "kind": "warehouse",
    "state": "active",
    "location": {"lat": 30, "lon": 120},
    "hours": {"time_zone": "Asia/Shanghai", "weekly": {"mon": ["09:00-18:00"]}},
}


def samples(since: str, carrier: str = "sf") -> Samples:
    tallies = {"hz>CN/浙江省": {6: {600: 2, 900: 1}}}
    return Samples(
        carrier=carrier, since=since, until=since + "~", passages=tallies, gaps={TrackingStatus.PICKED_UP: {3: 4}}
    )


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return InMemoryTransit()
    request.getfixturevalue("aws")
    return DynamoTransit("catalog")


def test_before_the_first_night_nothing_is_known(store: Store) -> None:
    assert (store.figures("sf"), store.last(), store.samples("sf")) == (None, Measured(), [])


def test_figures_are_read_as_they_were_kept_and_replaced_whole(store: Store) -> None:
    store.keep_figures(FIGURES)
    assert store.figures("sf") == FIGURES
    bare = Figures(carrier="sf", measured_at="2026-03-02T12:00:00.000Z", since="x")
    store.keep_figures(bare)
    assert store.figures("sf") == bare
    assert store.figures("ups") is None


def test_samples_are_kept_by_their_beginning_and_forgotten_one_by_one(store: Store) -> None:
    for each in (samples("2026-03-02"), samples("2026-03-01"), samples("2026-03-01"), samples("2026-03-01", "ups")):
        store.keep_samples(each)
    assert store.samples("sf") == [samples("2026-03-01"), samples("2026-03-02")]
    store.forget_samples("sf", "2026-03-01")
    store.forget_samples("sf", "2026-03-01")
    assert store.samples("sf") == [samples("2026-03-02")]
    assert store.samples("ups") == [samples("2026-03-01", "ups")]


def test_how_far_a_run_came_is_kept(store: Store) -> None:
    done = Measured(until="2026-03-01T12:00:00.000Z", carriers=("sf", "ups"))
    store.finish(done)
    assert store.last() == done


@pytest.mark.usefixtures("aws")
def test_a_dispatch_reads_figures_tables_and_the_nodes_clock_and_uses_them_for_ten_minutes() -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    roads = CatalogRoads(catalog, "catalog")
    here, there = Lane("hz", "CN/浙江省", 6), Lane("hz", "DE", 6)
    assert roads.ways("sf", NOW).usual(here) is None
    DynamoTransit("catalog").keep_figures(FIGURES)
    row = {"country": "DE", "median_hours": 100, "p90_hours": 200}
    catalog.put(Kind.TRANSIT, "any", {"rows": [row]}, NOW)
    catalog.put(Kind.NODE, "hz", NODE, NOW)
    assert roads.ways("sf", NOW + timedelta(minutes=9)).usual(here) is None
    later = NOW + timedelta(minutes=10)
    found, other = roads.ways("sf", later).usual(here), roads.ways("sf", later).usual(there)
    assert found is not None
    assert other is not None
    assert (found.basis, found.median, other.basis, other.median) == ("own", 600, "default", 6000)
    assert roads.ways("ups", later).usual(here) is None
    night = later.replace(hour=17)
    assert (roads.weekday("hz", night), roads.weekday("sh", night)) == ((night.weekday() + 1) % 7, night.weekday())
