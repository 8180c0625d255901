"""An order completes by itself: counted from its last parcel, never while something of it is not solved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.completion import confirm_receipt
from ordo.orders.deadlines import COMPLETION, INCIDENT, RETURN, deadlines_of
from ordo.orders.decision import Decision, NoChange, make_commit
from ordo.orders.due import decide_due
from ordo.orders.model import SYSTEM, OrderHeader, OrderState, OrderStatus
from ordo.shipments.arrival import arrived
from ordo.shipments.model import LineQuantity, Parcel, Shipment, TrackingEvent, TrackingStatus
from tests.support.orders import NOON, placement

LINE = LineQuantity(line_id="1", sku="TEE", quantity=2)


def parcel(number: str, delivered_at: datetime | None, refused: int = 0) -> Parcel:
    scan = delivered_at and TrackingEvent(
        identity=number,
        status=TrackingStatus.DELIVERED,
        occurred_at=to_iso(delivered_at),
        received_at=to_iso(delivered_at),
    )
    back = (LINE.model_copy(update={"quantity": refused}),) if refused else ()
    if scan is None:
        return Parcel(tracking_number=number, lines=(LINE,))
    return Parcel(tracking_number=number, lines=(LINE,), status=TrackingStatus.DELIVERED, history=(scan,), refused=back)


def sent(*parcels: Parcel) -> Shipment:
    return Shipment(
        shipment_id="shp_1",
        order_id="ord_1",
        fulfilment_id="ful_1",
        carrier="c",
        dispatched_at=to_iso(NOON),
        parcels=parcels,
    )


def header(*parcels: Parcel, now: datetime, **changes: object) -> OrderHeader:
    """The header of an order of four units in these parcels, as a commit makes it."""
    before = placement().header
    units = before.units.model_copy(update={"started": 4, "dispatched": 4})
    shipped = before.model_copy(
        update={"units": units, "released_at": to_iso(NOON), "moved_at": to_iso(NOON), **changes}
    )
    state = OrderState(before)
    made = make_commit(
        state, Decision("x", arrived(shipped, [sent(*parcels)], now)), now=now, actor=SYSTEM, event_id="evt_1"
    )
    return made.header


def test_it_counts_from_the_last_parcel_whatever_came_first() -> None:
    early, late = NOON + timedelta(days=1), NOON + timedelta(days=3)
    for parcels in ((parcel("A", early), parcel("B", late)), (parcel("A", late), parcel("B", early))):
        found = header(*parcels, now=NOON + timedelta(days=4))
        assert (found.status, found.delivered_at) == (OrderStatus.DELIVERED, to_iso(late))
        assert found.deadlines == {COMPLETION: to_iso(late + timedelta(days=7))}


def test_it_does_not_begin_before_the_last_parcel_came() -> None:
    found = header(parcel("A", NOON + timedelta(days=1)), parcel("B", None), now=NOON + timedelta(days=90))
    assert (found.status, found.delivered_at, COMPLETION in found.deadlines) == (OrderStatus.SHIPPED, None, False)


def test_units_that_were_refused_are_not_delivered() -> None:
    at = NOON + timedelta(days=1)
    found = header(parcel("A", at), parcel("B", at, refused=1), now=at)
    assert (found.units.delivered, found.status) == (3, OrderStatus.SHIPPED)
    assert parcel("B", at, refused=2).delivered == ()


@pytest.mark.parametrize(("name", "kind"), [("open_incidents", INCIDENT), ("open_returns", RETURN)])
def test_it_waits_while_an_incident_or_return_is_open(name: str, kind: str) -> None:
    at, due = NOON + timedelta(days=1), to_iso(NOON + timedelta(days=3))
    parcels = (parcel("A", at), parcel("B", at))
    waiting = header(*parcels, now=at, **{name: {"one": due}})
    assert waiting.deadlines == {kind: due}
    late = at + timedelta(days=30)
    told = decide_due(OrderState(waiting), late)
    assert isinstance(told, Decision)
    assert (told.type, told.data) == ("order.overdue", {"what": [kind]})
    with pytest.raises(NotAllowedNow):
        confirm_receipt(OrderState(waiting), late)
    solved = waiting.model_copy(update={name: {}})
    solved = solved.model_copy(update={"deadlines": deadlines_of(solved)})
    assert solved.deadlines == {COMPLETION: to_iso(at + timedelta(days=7))}
    done = decide_due(OrderState(solved), late)
    assert isinstance(done, Decision)
    assert (done.type, done.data) == ("order.completed", {"by": "deadline", "delivered_at": to_iso(at)})


def test_nothing_is_done_a_moment_too_early() -> None:
    at = NOON + timedelta(days=1)
    state = OrderState(header(parcel("A", at), parcel("B", at), now=at))
    assert isinstance(decide_due(state, at + timedelta(days=7) - timedelta(milliseconds=1)), NoChange)
    assert isinstance(decide_due(state, at + timedelta(days=7)), Decision)
