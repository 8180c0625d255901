"""Units are taken out of an order's live work where it costs least, and everything that they held goes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ordo.capacity.model import LoadMove
from ordo.inventory.model import StockMove
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.incident import Incident
from ordo.orders.model import OrderState
from ordo.orders.trimming import Trimmed, live_units, trim
from ordo.shipments.model import BucketUnits, Fulfilment, FulfilmentState, LineQuantity, LotUnits, Wait
from tests.support.orders import NOON, ORDER, shop

PROMISE = "2026-03-09T12:00:00.000Z"


def state_of(*works: Fulfilment, incidents: tuple[Incident, ...] = ()) -> OrderState:
    """A placed order whose work is as given."""
    placed = shop().place()
    begun = sum(each.units for each in works if each.state in ("accepted", "picked", "packed"))
    units = placed.header.units.model_copy(update={"started": begun})
    return replace(
        placed,
        header=placed.header.model_copy(
            update={"units": units, "open_incidents": {each.incident_id: PROMISE for each in incidents}}
        ),
        fulfilments={each.fulfilment_id: each for each in works},
        incidents={each.incident_id: each for each in incidents},
    )


def work(
    number: int, state: FulfilmentState, *lines: tuple[str, str, int], node: str = "hz", **more: Any
) -> Fulfilment:
    return Fulfilment(
        fulfilment_id=f"ful_{ORDER.removeprefix('ord_')}_{number}",
        order_id=ORDER,
        node_id=node,
        state=state,
        lines=tuple(LineQuantity(line_id=line, sku=sku, quantity=units) for line, sku, units in lines),
        created_at=PROMISE,
        changed_at=PROMISE,
        **more,
    )


def states(trimmed: Trimmed) -> dict[str, tuple[str, int]]:
    """By number: state and units."""
    return {
        each.fulfilment_id.rpartition("_")[2]: (str(each.state), each.units)
        for each in trimmed.state.fulfilments.values()
    }


def net(moves: tuple[StockMove, ...]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Reserved and backordered by counter."""
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for move in moves:
        reserved, waiting = found.get(move.key, (0, 0))
        found[move.key] = (reserved + move.reserved, waiting + move.backordered)
    return found


def test_what_is_not_begun_goes_first_and_the_last_work_of_a_state_first() -> None:
    before = state_of(
        work(1, FulfilmentState.ACCEPTED, ("1", "TEE", 2)),
        work(2, FulfilmentState.OPEN, ("1", "TEE", 2)),
        work(3, FulfilmentState.OPEN, ("1", "TEE", 1), node="sh"),
    )
    found = trim(before, {"1": 4}, NOON)
    assert states(found) == {"1": ("accepted", 1), "2": ("cancelled", 2), "3": ("cancelled", 1)}
    assert net(found.stock) == {("TEE", "hz", "0"): (-3, 0), ("TEE", "sh", "0"): (-1, 0)}
    assert found.returned == (("TEE", "hz", 3), ("TEE", "sh", 1))
    assert (found.ended, found.lessened) == (
        (work(2, FulfilmentState.OPEN).fulfilment_id, work(3, FulfilmentState.OPEN).fulfilment_id),
        (work(1, FulfilmentState.OPEN).fulfilment_id,),
    )
    units = found.state.header.units
    assert (units.cancelled, units.started, found.had_begun) == (4, 1, True)


def test_picked_units_are_taken_out_only_where_it_is_allowed_and_go_back_to_their_lots() -> None:
    lots = (
        LotUnits(sku="MILK", lot="a", expires_on="2026-04-01", quantity=2),
        LotUnits(sku="MILK", lot="b", expires_on="2026-05-01", quantity=1),
    )
    before = state_of(work(1, FulfilmentState.PACKED, ("1", "MILK", 3), lots=lots))
    with pytest.raises(NotAllowedNow) as refused:
        trim(before, {"1": 1}, NOON)
    assert refused.value.facts["lines"] == [{"line_id": "1", "wanted": 1, "possible": 0, "packed": 3}]
    found = trim(before, {"1": 2}, NOON, picked=True)
    (after,) = found.state.fulfilments.values()
    assert (after.state, after.units) == (FulfilmentState.PICKED, 1)
    assert [(each.lot, each.quantity) for each in after.lots] == [("a", 1)]
    assert {(each.lot, each.units) for each in found.lots} == {("a", 1), ("b", 1)}


def test_what_has_left_is_never_touched_and_the_refusal_names_its_parcels() -> None:
    before = state_of(
        work(1, FulfilmentState.DISPATCHED, ("1", "TEE", 2)), work(2, FulfilmentState.OPEN, ("1", "TEE", 1))
    )
    assert live_units(before) == {"1": 1}
    with pytest.raises(NotAllowedNow) as refused:
        trim(before, {"1": 2}, NOON, picked=True)
    assert refused.value.facts["lines"] == [{"line_id": "1", "wanted": 2, "possible": 1, "dispatched": 2}]
    assert refused.value.facts["fulfilments"] == {work(1, FulfilmentState.OPEN).fulfilment_id: "dispatched"}


def test_units_go_back_to_the_buckets_that_they_came_from() -> None:
    buckets = (BucketUnits(sku="TEE", bucket="0", quantity=2), BucketUnits(sku="TEE", bucket="3", quantity=3))
    before = state_of(work(1, FulfilmentState.OPEN, ("1", "TEE", 5), buckets=buckets, work_counted=True))
    found = trim(before, {"1": 4}, NOON)
    assert net(found.stock) == {("TEE", "hz", "0"): (-1, 0), ("TEE", "hz", "3"): (-3, 0)}
    (after,) = found.state.fulfilments.values()
    assert after.takes() == (BucketUnits(sku="TEE", bucket="0", quantity=1),)
    assert found.loads == (LoadMove("hz", -4),)


def test_a_part_that_waits_goes_on_waiting_with_fewer_units_at_its_place_in_the_queue() -> None:
    wait = Wait(promise=PROMISE, presale=True, supplied=3)
    before = state_of(
        work(1, FulfilmentState.PLANNED, ("2", "MUG", 1)), work(2, FulfilmentState.WAITING, ("1", "TEE", 3), wait=wait)
    )
    found = trim(before, {"1": 2}, NOON)
    assert states(found) == {"1": ("planned", 1), "2": ("cancelled", 3), "3": ("waiting", 1)}
    assert net(found.stock) == {("TEE", "hz", "0"): (-2, -2)}
    left, joined = found.queue
    assert (left.joins, left.entry.units, joined.joins, joined.entry.units) == (False, 3, True, 1)
    assert (joined.entry.promise, joined.entry.supplied) == (left.entry.promise, 1)
    assert [(each.sku, each.units) for each in found.presales] == [("TEE", -2)]
    assert found.returned == ()


def test_units_that_no_node_gives_are_taken_out_of_their_incident_first() -> None:
    incident = Incident(
        incident_id="inc_1",
        order_id=ORDER,
        kind="short",
        state="open",
        owner="operations",
        reason="missing",
        opened_at=PROMISE,
        changed_at=PROMISE,
        deadline=PROMISE,
        lines=(LineQuantity(line_id="1", sku="TEE", quantity=2),),
    )
    before = state_of(work(1, FulfilmentState.OPEN, ("1", "TEE", 1)), incidents=(incident,))
    part = trim(before, {"1": 1}, NOON)
    assert (part.state.incidents["inc_1"].units, part.stock, part.resolved) == (1, (), ())
    all_of_it = trim(before, {"1": 3}, NOON)
    assert (all_of_it.state.incidents["inc_1"].resolution, all_of_it.resolved) == ("cancelled", ("inc_1",))
    assert all_of_it.state.header.open_incidents == {}
    assert net(all_of_it.stock) == {("TEE", "hz", "0"): (-1, 0)}


def test_parts_of_bundles_are_taken_by_their_own_keys() -> None:
    lines = (
        LineQuantity(line_id="1", sku="CUP", quantity=4, part=0),
        LineQuantity(line_id="1", sku="TRAY", quantity=2, part=1),
    )
    whole = work(1, FulfilmentState.OPEN).model_copy(update={"lines": lines})
    found = trim(state_of(whole), {"1#0": 2, "1#1": 1}, NOON)
    assert [(each.key, each.quantity) for each in found.cut] == [("1#0", 2), ("1#1", 1)]
    assert net(found.stock) == {("CUP", "hz", "0"): (-2, 0), ("TRAY", "hz", "0"): (-1, 0)}
