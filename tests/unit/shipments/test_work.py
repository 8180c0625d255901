"""A node's work goes forward only, repeats change nothing, and a dispatch moves stock and order at once."""

from __future__ import annotations

import pytest

from ordo.kernel.errors import Code, NotAllowedNow
from ordo.orders.decision import Commit
from ordo.orders.errors import OrderOnHold
from ordo.orders.model import Hold, OrderStatus
from ordo.orders.verification import verify_chain
from ordo.shipments.errors import FulfilmentNotFound, ParcelsWrong, StockNotThere, TrackingNumberTaken
from ordo.shipments.model import FulfilmentState
from ordo.shipments.parcels import PackedParcel
from ordo.shipments.service import dispatch_fulfilment
from ordo.shipments.work import Dispatch
from tests.support.shipping import ORDER, TWO_NODES, first, place
from tests.unit.shipments.conftest import Room

ACCEPTED, PICKED, PACKED = FulfilmentState.ACCEPTED, FulfilmentState.PICKED, FulfilmentState.PACKED
HOLD = Hold(hold_id="hld_1", kind="fraud", reason="odd", placed_at="2026-11-22T10:00:00.000Z")
OTHER = "ord_01JDQ8Z0000000000000000001"


def test_work_goes_step_by_step_each_with_its_event(room: Room) -> None:
    place(room.repository)
    for target in (ACCEPTED, PICKED, PACKED):
        assert room.work(first(), target).fulfilment.state is target
    assert room.types() == ["order.placed", "fulfilment.accepted", "fulfilment.picked", "fulfilment.packed"]
    assert room.header().status is OrderStatus.IN_FULFILMENT
    assert room.header().units.started == 5


def test_steps_may_be_skipped(room: Room) -> None:
    place(room.repository)
    assert room.send(first()).fulfilment.state is FulfilmentState.DISPATCHED
    assert room.header().units.started == 5


@pytest.mark.parametrize("again", [ACCEPTED, PICKED])
def test_a_repeated_step_and_one_behind_change_nothing(room: Room, again: FulfilmentState) -> None:
    place(room.repository)
    room.work(first(), PICKED)
    before = room.header()
    assert room.work(first(), again).fulfilment.state is PICKED
    assert room.header() == before


def test_work_on_an_order_that_is_not_released_is_refused(room: Room) -> None:
    place(room.repository, paid=False)
    with pytest.raises(NotAllowedNow):
        room.work(first(), ACCEPTED)
    with pytest.raises(NotAllowedNow):
        room.send(first())
    assert room.types() == ["order.placed"]


def test_work_on_an_order_on_hold_is_refused(room: Room) -> None:
    place(room.repository)
    held = room.header().model_copy(update={"holds": (HOLD,)})
    room.repository.headers[ORDER] = held
    with pytest.raises(OrderOnHold) as refused:
        room.work(first(), ACCEPTED)
    assert refused.value.facts == {"holds": ["fraud"]}
    with pytest.raises(OrderOnHold):
        room.send(first())


def test_an_order_held_from_its_placement_says_so(room: Room) -> None:
    place(room.repository, holds=(HOLD,))
    with pytest.raises(OrderOnHold):
        room.work(first(), ACCEPTED)


def test_work_on_a_cancelled_fulfilment_is_refused(room: Room) -> None:
    place(room.repository)
    key = f"fulfilment#{first()}"
    cancelled = room.repository.records[ORDER][key].model_copy(update={"state": FulfilmentState.CANCELLED})
    room.repository.records[ORDER][key] = cancelled
    with pytest.raises(NotAllowedNow):
        room.work(first(), ACCEPTED)
    with pytest.raises(NotAllowedNow):
        room.send(first())


@pytest.mark.parametrize("name", ["ful_01JDQ8Z0000000000000000000_9", "ful_nowhere_1", "nonsense", ""])
def test_an_unknown_fulfilment_is_not_found(room: Room, name: str) -> None:
    place(room.repository)
    with pytest.raises(FulfilmentNotFound):
        room.work(name, ACCEPTED)


def test_a_fulfilment_of_another_channel_is_not_found(room: Room) -> None:
    place(room.repository, channel="shop")
    with pytest.raises(FulfilmentNotFound):
        room.send(first(), visible=lambda header: header.channel == "web")
    assert room.types() == ["order.placed"]


def test_a_dispatch_lowers_on_hand_and_reserved_together_and_is_in_the_ledger(room: Room) -> None:
    place(room.repository)
    assert room.counter("TEE") == (10, 3)
    room.send(first())
    assert room.counter("TEE") == (7, 0)
    assert room.counter("MUG") == (8, 0)
    (movement,) = room.repository.movements.values()
    assert [(entry.sku, entry.on_hand, entry.reserved) for entry in movement.entries] == [
        ("MUG", -2, -2),
        ("TEE", -3, -3),
    ]
    assert movement.order_id == ORDER
    assert movement.actor == "wms"


def test_a_dispatch_of_everything_ships_the_order(room: Room) -> None:
    place(room.repository)
    room.send(first())
    event = room.repository.events[ORDER][-1].read()
    assert (event["type"], event["implies"]) == ("shipment.dispatched", [])
    assert event["data"]["tracking_numbers"] == ["GEN1"]
    assert room.header().status is OrderStatus.SHIPPED
    assert "silence" in room.header().deadlines
    assert verify_chain(room.repository.events[ORDER], room.header().seq, room.header().head_hash) == []


def test_the_first_of_two_dispatches_ships_the_order_in_part(room: Room) -> None:
    place(room.repository, TWO_NODES)
    room.send(first(number=1), "GEN1")
    assert room.header().status is OrderStatus.PARTIALLY_SHIPPED
    assert room.repository.events[ORDER][-1].read()["implies"] == []
    sent = room.send(first(number=2), "GEN2")
    assert room.header().status is OrderStatus.SHIPPED
    assert sent.shipments[0].shipment_id == "shp_01JDQ8Z0000000000000000000_2"


def test_the_same_dispatch_again_answers_the_same_and_writes_nothing(room: Room) -> None:
    place(room.repository)
    sent = room.send(first())
    again = room.send(first())
    assert (again.fulfilment, again.shipments) == (sent.fulfilment, sent.shipments)
    assert room.types() == ["order.placed", "shipment.dispatched"]
    assert room.counter("TEE") == (7, 0)


def test_a_second_dispatch_with_another_number_is_refused(room: Room) -> None:
    place(room.repository)
    room.send(first())
    with pytest.raises(NotAllowedNow) as refused:
        room.send(first(), "GEN2")
    assert refused.value.facts["tracking_numbers"] == ["GEN1"]


def test_a_second_dispatch_with_another_carrier_is_refused(room: Room) -> None:
    place(room.repository)
    room.send(first())
    with pytest.raises(NotAllowedNow):
        dispatch_fulfilment(room.desk, room.store, Dispatch(first(), "other", "wms", "GEN1"), lambda _: True)


def test_the_same_dispatch_sent_twice_at_once_is_made_once_and_both_are_answered(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(room.repository)
    commit, answers = room.repository.commit, []

    def overtaken(mine: Commit) -> None:
        monkeypatch.setattr(room.repository, "commit", commit)
        answers.append(room.send(first()))
        commit(mine)

    monkeypatch.setattr(room.repository, "commit", overtaken)
    answers.append(room.send(first()))
    assert answers[0] == answers[1]
    assert room.types() == ["order.placed", "shipment.dispatched"]
    assert room.counter("TEE") == (7, 0)


def test_a_number_of_another_order_is_taken(room: Room) -> None:
    place(room.repository)
    place(room.repository, order_id=OTHER)
    room.send(first())
    with pytest.raises(TrackingNumberTaken) as refused:
        room.send(first(OTHER))
    assert refused.value.pointer == "/tracking_number"
    assert room.types(OTHER) == ["order.placed"]
    assert room.counter("TEE") == (7, 3)


def test_parcels_that_hold_exactly_the_units_are_taken(room: Room) -> None:
    place(room.repository)
    parcels = (PackedParcel("B", (("1", 2),)), PackedParcel("A", (("1", 1), ("2", 2))))
    sent = room.send(first(), None, parcels)
    held = {p.tracking_number: [(x.sku, x.quantity) for x in p.lines] for p in sent.shipments[0].parcels}
    assert held == {"B": [("TEE", 2)], "A": [("TEE", 1), ("MUG", 2)]}
    assert room.send(first(), None, parcels[::-1]).shipments == sent.shipments


@pytest.mark.parametrize(
    ("parcels", "code", "pointer"),
    [
        ([("A", [("1", 3)])], Code.INVALID_QUANTITY, "/parcels"),
        ([("A", [("1", 3), ("2", 3)])], Code.INVALID_QUANTITY, "/parcels/0/lines/1/quantity"),
        ([("A", [("1", 3)]), ("B", [("1", 1), ("2", 2)])], Code.INVALID_QUANTITY, "/parcels/1/lines/0/quantity"),
        ([("A", [("9", 1)])], Code.INVALID_REQUEST, "/parcels/0/lines/0/line_id"),
        ([("A", [("1", 3)]), ("A", [("2", 2)])], Code.INVALID_REQUEST, "/parcels/1/tracking_number"),
        ([(str(n), [("1", 1)]) for n in range(96)], Code.INVALID_REQUEST, "/parcels"),
    ],
)
def test_parcels_that_do_not_hold_exactly_the_units_are_refused(
    room: Room, parcels: list[tuple[str, list[tuple[str, int]]]], code: Code, pointer: str
) -> None:
    place(room.repository)
    told = tuple(PackedParcel(number, tuple(lines)) for number, lines in parcels)
    with pytest.raises(ParcelsWrong) as refused:
        room.send(first(), None, told)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert room.types() == ["order.placed"]


def test_units_that_a_count_did_not_find_cannot_be_dispatched(room: Room) -> None:
    place(room.repository)
    counter = room.repository.counters["TEE", "WH-1", "0"]
    room.repository.counters["TEE", "WH-1", "0"] = type(counter)("TEE", "WH-1", on_hand=1, reserved=3)
    with pytest.raises(StockNotThere) as refused:
        room.send(first())
    assert refused.value.facts == {"short": [{"sku": "TEE", "node": "WH-1", "there": 1}]}
    assert room.types() == ["order.placed"]
