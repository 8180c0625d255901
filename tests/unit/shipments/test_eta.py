"""When a parcel comes: by its way, by what is said of it, and never in the past."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.orders.model import OrderHeader
from ordo.shipments.eta import Eta, eta_of
from ordo.shipments.model import Parcel, Shipment, TrackingEvent, TrackingStatus, Usual
from ordo.shipments.tracking import merge, status_of
from tests.support.orders import NOON, shop

S = TrackingStatus
USUAL = Usual(median=48 * 60, p90=72 * 60, basis="own", samples=30, way="hz>CN sun")


def header() -> OrderHeader:
    world = shop()
    return world.place(payable_later=True).header


HEADER = header()


def parcel(*scans: tuple[TrackingStatus, float], stated: datetime | None = None, number: str = "P") -> Parcel:
    """A parcel with scans so many hours after the dispatch."""
    history: tuple[TrackingEvent, ...] = ()
    for place, (status, hours) in enumerate(scans):
        at = to_iso(NOON + timedelta(hours=hours))
        history = merge(
            history, TrackingEvent(identity=f"{number}{place}", status=status, occurred_at=at, received_at=at)
        )
    said = to_iso(stated) if stated else None
    return Parcel(tracking_number=number, lines=(), history=history, status=status_of(history), stated=said)


def shipment(*parcels: Parcel, usual: Usual | None = USUAL) -> Shipment:
    return Shipment(
        shipment_id="shp_1",
        order_id=HEADER.order_id,
        fulfilment_id="ful_1",
        carrier="sf",
        dispatched_at=to_iso(NOON),
        parcels=parcels,
        usual=usual,
    )


def eta(*scans: tuple[TrackingStatus, float], after: float, stated: datetime | None = None) -> Eta:
    return eta_of(shipment(parcel(*scans, stated=stated)), HEADER, NOON + timedelta(hours=after))


def hours(moment: datetime | None) -> float | None:
    return (moment - NOON) / timedelta(hours=1) if moment else None


def expected(found: Eta) -> tuple[float | None, float | None, str, str]:
    assert found.state == "expected"
    return hours(found.likely), hours(found.by), found.why, found.basis


def test_a_parcel_comes_when_parcels_of_its_way_do_and_says_by_how_many_that_is_known() -> None:
    found = eta(after=1)
    assert expected(found) == (48, 72, "usual", "own")
    assert (found.samples, found.way) == (30, "hz>CN sun")
    assert expected(eta((S.PICKED_UP, 3), (S.IN_TRANSIT, 20), after=20)) == (48, 72, "usual", "own")


def test_without_figures_it_comes_as_the_promise_reckoned() -> None:
    found = eta_of(shipment(parcel(), usual=None), HEADER, NOON)
    assert expected(found) == (48, 72, "usual", "default")
    assert found.way == "promise"


def test_when_only_the_likely_time_is_over_it_comes_before_the_later_one_and_then_nobody_knows() -> None:
    assert expected(eta((S.IN_TRANSIT, 20), after=48)) == (60, 72, "slow", "own")
    gone = eta((S.IN_TRANSIT, 20), after=72)
    assert (gone.state, gone.likely, gone.by) == ("overdue", None, None)


def test_a_parcel_that_is_out_for_delivery_comes_within_hours() -> None:
    assert expected(eta((S.OUT_FOR_DELIVERY, 30), after=30)) == (36, 44, "out_for_delivery", "carrier")
    assert eta((S.OUT_FOR_DELIVERY, 30), after=44).state == "overdue"


def test_after_a_failed_attempt_it_comes_the_next_day_or_the_one_after() -> None:
    found = eta((S.OUT_FOR_DELIVERY, 30), (S.DELIVERY_ATTEMPT_FAILED, 36), after=36)
    assert expected(found) == (60, 84, "attempt_failed", "carrier")


def test_what_the_carrier_states_counts_while_it_is_still_to_come() -> None:
    stated = NOON + timedelta(hours=60)
    assert expected(eta((S.IN_TRANSIT, 20), after=20, stated=stated)) == (60, 84, "stated", "carrier")
    assert expected(eta((S.IN_TRANSIT, 20), after=60, stated=stated)) == (66, 72, "slow", "own")


def test_a_parcel_that_the_carrier_took_over_days_later_counts_from_a_day_before_that() -> None:
    assert expected(eta((S.PICKED_UP, 40), after=41)) == (64, 88, "taken_late", "own")
    assert expected(eta((S.LABEL_CREATED, 1), (S.PICKED_UP, 23), after=41)) == (48, 72, "usual", "own")


def test_an_exception_puts_it_off_by_days_from_then_and_a_later_scan_ends_that() -> None:
    assert expected(eta((S.EXCEPTION, 20), after=20)) == (68, 116, "exception", "carrier")
    assert expected(eta((S.EXCEPTION, 20), (S.IN_TRANSIT, 30), after=30)) == (48, 72, "usual", "own")


def test_a_parcel_that_is_scanned_when_nine_of_ten_had_come_moves_again() -> None:
    found = eta((S.PICKED_UP, 3), (S.IN_TRANSIT, 80), after=80)
    assert expected(found) == (104, 128, "moving_late", "carrier")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (S.AVAILABLE_FOR_PICKUP, "pickup"),
        (S.LOST, "stopped"),
        (S.RETURNED_TO_SENDER, "stopped"),
        (S.DELIVERED, "arrived"),
    ],
)
def test_nothing_is_expected_of_a_parcel_that_waits_went_back_or_came(status: TrackingStatus, state: str) -> None:
    found = eta((status, 30), after=31)
    assert (found.state, found.likely, found.by) == (state, None, None)
    assert hours(found.at) == (30 if status is S.DELIVERED else None)


def test_nobody_is_told_of_another_day_who_refused_the_parcel() -> None:
    refused = parcel((S.OUT_FOR_DELIVERY, 30), (S.EXCEPTION, 36), number="prf_")
    assert eta_of(shipment(refused), HEADER, NOON + timedelta(hours=36)).state == "stopped"


def test_of_several_parcels_the_one_is_told_that_comes_last() -> None:
    late = parcel((S.DELIVERY_ATTEMPT_FAILED, 40), number="B")
    found = eta_of(shipment(parcel((S.DELIVERED, 30), number="A"), late), HEADER, NOON + timedelta(hours=41))
    assert expected(found)[2] == "attempt_failed"


SCANS = st.lists(st.tuples(st.sampled_from(S), st.floats(-5, 200)), max_size=6)


@given(scans=SCANS, after=st.floats(0, 300), stated=st.none() | st.floats(-10, 300))
def test_nothing_is_ever_expected_in_the_past(
    scans: list[tuple[TrackingStatus, float]], after: float, stated: float | None
) -> None:
    said = NOON + timedelta(hours=stated) if stated is not None else None
    found = eta(*scans, after=after, stated=said)
    now = NOON + timedelta(hours=after)
    if found.state == "expected":
        assert found.likely is not None
        assert found.by is not None
        assert now < found.likely <= found.by
    else:
        assert found.likely is None
        assert found.by is None


@given(scans=SCANS, after=st.floats(0, 300), order=st.randoms())
def test_it_is_the_same_in_whatever_order_the_scans_were_told(
    scans: list[tuple[TrackingStatus, float]], after: float, order: object
) -> None:
    """`merge` puts them in place, so this holds what `eta_of` reads to that."""
    whole = parcel(*scans)
    shuffled = list(whole.history)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    history: tuple[TrackingEvent, ...] = ()
    for each in shuffled:
        history = merge(history, each)
    now = NOON + timedelta(hours=after)
    again = whole.model_copy(update={"history": history})
    assert eta_of(shipment(again), HEADER, now) == eta_of(shipment(whole), HEADER, now)
