"""What own deliveries say of carriers: each counted once, by lane and day, whatever breaks off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.orders.model import OrderState
from ordo.shipments import measuring
from ordo.shipments.measuring import Head, Receipt, measure
from ordo.shipments.model import Parcel, Shipment, TrackingEvent, TrackingStatus
from ordo.shipments.rests import Rests
from ordo.shipments.transit_memory import InMemoryTransit
from tests.support.orders import NOON, shop

S = TrackingStatus
BASE = shop().place(payable_later=True)
"""Of two nodes, `hz` and `sh`, to `CN`."""


@dataclass
class Delivered:
    """Orders of one parcel each, with a receipt at the time at which the delivery was told."""

    orders: dict[str, OrderState] = field(default_factory=dict)
    told: list[Receipt] = field(default_factory=list)
    loaded: int = 0

    def add(
        self,
        number: int,
        sent: datetime,
        hours: float,
        *,
        node: int = 1,
        carrier: str = "sf",
        told: datetime | None = None,
    ) -> None:
        order_id, came = f"ord_{number:026d}", sent + timedelta(hours=hours)
        told = told or came
        picked_up = sent + timedelta(hours=hours / 4)
        scans = ((S.PICKED_UP, picked_up, picked_up), (S.DELIVERED, came, told))
        history = tuple(
            TrackingEvent(identity=f"{place}", status=status, occurred_at=to_iso(at), received_at=to_iso(known))
            for place, (status, at, known) in enumerate(scans)
        )
        fulfilment = list(BASE.fulfilments)[node - 1]
        shipment = Shipment(
            shipment_id="shp_1",
            order_id=order_id,
            fulfilment_id=fulfilment,
            carrier=carrier,
            dispatched_at=to_iso(sent),
            parcels=(Parcel(tracking_number="P", lines=(), status=S.DELIVERED, history=history),),
            weekday=sent.weekday(),
        )
        units = BASE.header.units.model_copy(update={"delivered": 4})
        header = BASE.header.model_copy(update={"order_id": order_id, "delivered_at": to_iso(came), "units": units})
        self.orders[order_id] = replace(BASE, header=header, shipments={"shp_1": shipment})
        self.told = sorted([*self.told, (to_iso(told), [order_id, "stockevent#TEE#hz"])])

    def receipts(self, since: str) -> Iterator[Receipt]:
        return (each for each in self.told if each[0] >= since)

    def heads(self, order_ids: Iterable[str]) -> Iterator[Head]:
        for order_id in order_ids:
            header = self.orders[order_id].header
            yield order_id, header.delivered_at, header.units.delivered

    def load(self, order_id: str) -> OrderState:
        self.loaded += 1
        return self.orders[order_id]


def run(store: InMemoryTransit, found: Delivered, now: datetime) -> measuring.Run:
    return measure(store, found, now, lambda: 900.0, lambda _: Rests())


def test_a_night_makes_figures_by_lane_and_weekday_and_of_wider_lanes() -> None:
    store, found = InMemoryTransit(), Delivered()
    for number, hours in enumerate((10, 20, 30, 40)):
        found.add(number, NOON, hours)  # a Sunday
    found.add(9, NOON + timedelta(days=1), 100, node=2)
    done = run(store, found, NOON + timedelta(days=9))
    assert (done.parcels, done.carriers, done.finished) == (5, 1, True)
    figures = store.figures("sf")
    assert figures is not None
    shown = {
        lane: {day: (p.samples, p.median, p.p90) for day, p in days.items()} for lane, days in figures.lanes.items()
    }
    assert shown == {
        "hz>CN": {"sun": (4, 1200, 2400), "all": (4, 1200, 2400)},
        "sh>CN": {"mon": (1, 6000, 6000), "all": (1, 6000, 6000)},
        "*>CN": {"sun": (4, 1200, 2400), "mon": (1, 6000, 6000), "all": (5, 1800, 6000)},
    }
    silent = figures.gaps[S.PICKED_UP]
    assert (silent.samples, silent.p50_hours, silent.p99_hours) == (5, 23, 75)
    assert set(figures.gaps) == {S.LABEL_CREATED, S.PICKED_UP}


def test_nights_add_up_and_each_delivery_is_of_one_night() -> None:
    store, found = InMemoryTransit(), Delivered()
    found.add(1, NOON, 10)
    run(store, found, NOON + timedelta(days=1))
    found.add(2, NOON, 30)
    found.told.append((to_iso(NOON + timedelta(hours=31)), ["ord_" + "1".rjust(26, "0")]))  # completed since
    done = run(store, found, NOON + timedelta(days=2))
    assert done.parcels == 1
    figures = store.figures("sf")
    assert figures is not None
    assert figures.lanes["hz>CN"]["all"].samples == 2
    assert run(store, found, NOON + timedelta(days=3)).parcels == 0


def test_the_last_hour_is_left_to_the_next_run() -> None:
    store, found = InMemoryTransit(), Delivered()
    found.add(1, NOON, 10)
    at = NOON + timedelta(hours=10)
    assert run(store, found, at + timedelta(minutes=59)).parcels == 0
    assert run(store, found, at + timedelta(minutes=61)).parcels == 1


def test_what_is_older_than_ninety_days_is_forgotten_and_figures_end_with_it() -> None:
    store, found = InMemoryTransit(), Delivered()
    found.add(1, NOON, 10)
    run(store, found, NOON + timedelta(days=1))
    run(store, found, NOON + timedelta(days=92))
    figures = store.figures("sf")
    assert figures is not None
    assert (figures.lanes, store.kept, store.last().carriers) == ({}, {}, ())


def test_without_time_it_measures_what_it_has_read_and_the_next_run_goes_on() -> None:
    store, found = InMemoryTransit(), Delivered()
    for number in range(4):
        found.add(number, NOON, 10 + number)
    left = iter([46.0, 46.0])
    first = measure(store, found, NOON + timedelta(days=2), lambda: next(left, 45.0))
    assert (first.finished, first.parcels) == (False, 2)
    assert run(store, found, NOON + timedelta(days=2)).parcels == 2


def test_a_run_that_reads_orders_too_slowly_makes_figures_of_those_that_it_read() -> None:
    store, found = InMemoryTransit(), Delivered()
    for number in range(4):
        found.add(number, NOON, 10 + number)
    left = iter([900.0] * 4 + [16.0, 16.0, 15.0])
    done = measure(store, found, NOON + timedelta(days=2), lambda: next(left))
    assert (done.orders, done.finished) == (2, True)
    figures = store.figures("sf")
    assert figures is not None
    assert figures.lanes["hz>CN"]["all"].samples == 2


def test_a_run_reads_no_more_orders_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MAX_ORDERS", 3)
    store, found = InMemoryTransit(), Delivered()
    for number in range(9):
        found.add(number, NOON, 10)
    assert run(store, found, NOON + timedelta(days=2)).orders == found.loaded == 3


@pytest.mark.parametrize("hours", [-3, 0, 24 * 91])
def test_a_clock_that_is_wrong_says_nothing_of_the_way(hours: float) -> None:
    store, found = InMemoryTransit(), Delivered()
    found.add(1, NOON, hours, told=NOON + timedelta(hours=1))
    run(store, found, NOON + timedelta(days=2))
    figures = store.figures("sf")
    assert figures is not None
    assert figures.lanes == {}


class Broken:
    """A store whose writes fail from the one of this number on."""

    def __init__(self, whole: InMemoryTransit, last: int) -> None:
        self.whole, self.left = whole, last

    def __getattr__(self, name: str) -> Any:
        if name in ("keep_samples", "keep_figures", "forget_samples", "finish"):
            self.left -= 1
            if self.left < 0:
                raise ConnectionError
        return getattr(self.whole, name)


@given(last=st.integers(0, 9), days=st.lists(st.tuples(st.integers(1, 200), st.sampled_from("ab")), max_size=8))
def test_a_run_that_broke_off_anywhere_is_done_again_with_the_same_figures(
    last: int, days: list[tuple[int, str]]
) -> None:
    whole, broken, found = InMemoryTransit(), InMemoryTransit(), Delivered()
    for number, (hours, carrier) in enumerate(days):
        found.add(number, NOON, hours, carrier=carrier)
    now = NOON + timedelta(days=10)
    run(whole, found, now)
    with suppress(ConnectionError):
        run(cast(InMemoryTransit, Broken(broken, last)), found, now)
    run(broken, found, now + timedelta(minutes=5))
    lanes = [{name: each.lanes for name, each in store.measured.items()} for store in (whole, broken)]
    assert lanes[0] == lanes[1]
    assert whole.last().carriers == broken.last().carriers


def test_hours_in_which_the_carrier_rests_are_no_wait() -> None:
    store, found = InMemoryTransit(), Delivered()
    found.add(1, NOON, 40)  # from Sunday noon on: picked up after 10 hours, delivered 30 hours later
    measure(store, found, NOON + timedelta(days=3), lambda: 900.0, lambda _: Rests(weekly=frozenset({6})))
    figures = store.figures("sf")
    assert figures is not None
    assert {status: gap.p99_hours for status, gap in figures.gaps.items()} == {S.LABEL_CREATED: 0, S.PICKED_UP: 28}


def test_without_a_word_carriers_rest_as_is_usual() -> None:
    store, found = InMemoryTransit(), Delivered()
    found.add(1, NOON, 40)
    measure(store, found, NOON + timedelta(days=3), lambda: 900.0)
    figures = store.figures("sf")
    assert figures is not None
    assert figures.gaps[S.PICKED_UP].p99_hours == 28
