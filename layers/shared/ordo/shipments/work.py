"""A node's work on a fulfilment, as pure decisions: forward only, it may skip, a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ordo.inventory.model import StockMove, merge
from ordo.inventory.model import dispatch as leave
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.decision import Claim, Decision, NoChange
from ordo.orders.errors import OrderOnHold
from ordo.orders.model import OrderHeader, OrderState, shipment_id
from ordo.orders.node_work import ended
from ordo.payments.cash import to_collect
from ordo.payments.holding import require_paid
from ordo.shipments.errors import FulfilmentNotFound
from ordo.shipments.eta import eta_of
from ordo.shipments.model import ENDED, Fulfilment, FulfilmentState, LineQuantity, Parcel, Shipment
from ordo.shipments.parcels import PackedParcel, fill_parcels
from ordo.shipments.picking import (
    UNLOTTED,
    Pick,
    guarded,
    lots_left,
    picked,
    require_one_commit,
    require_same,
    told_if_any,
)
from ordo.shipments.transit import Lane, Roads

Decide = Callable[[OrderState, datetime], Decision | NoChange]
Visible = Callable[[OrderHeader], bool]
"""Whether the caller may see the order."""

_ORDER = {state: place for place, state in enumerate(FulfilmentState)}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What left a node: one parcel with everything, or parcels that say what they hold. `actor` is the client's id."""

    fulfilment_id: str
    carrier: str
    actor: str
    tracking_number: str | None = None
    parcels: tuple[PackedParcel, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The tracking numbers, sorted."""
        told = (parcel.tracking_number for parcel in self.parcels)
        return (self.tracking_number,) if self.tracking_number else tuple(sorted(told))


def advance(fulfilment_id: str, target: FulfilmentState, pick: Pick = UNLOTTED) -> Decide:
    """Accept, pick or pack; picking chooses lots. Raises `FulfilmentNotFound`, `NotAllowedNow`, `OrderOnHold` and
    `LotsShort`.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        fulfilment = find(state, fulfilment_id)
        if fulfilment.state not in ENDED and _ORDER[fulfilment.state] >= _ORDER[target]:
            require_same(fulfilment, pick.named)
            return NoChange()
        require_workable(state.header, fulfilment)
        picks = _ORDER[target] >= _ORDER[FulfilmentState.PICKED]
        fulfilment, lots = picked(fulfilment, pick) if picks else (fulfilment, ())
        return Decision(
            type=f"fulfilment.{target}",
            header=_started(state.header, fulfilment),
            data={
                "fulfilment_id": fulfilment_id,
                "node_id": fulfilment.node_id,
                "units": fulfilment.units,
                **(told_if_any(fulfilment.lots) if lots else {}),
            },
            records=(fulfilment.model_copy(update={"state": target, "changed_at": to_iso(now)}),),
            lots=lots,
        )

    return decide


def dispatch(command: Dispatch, pick: Pick = UNLOTTED, roads: Roads | None = None) -> Decide:
    """Send everything off: the shipment, its numbers, the stock that leaves and its ledger row, in one commit.

    What was not picked before is picked now, from the lots that expire first. Besides the refusals of `advance` raises
    `ParcelsWrong`; `PaymentRequired` while a part of the price is not paid that is due before the goods leave; and
    `NotAllowedNow` when the fulfilment was dispatched with other numbers. The same numbers again change nothing.
    `roads` says how long it usually takes; without it the promise does.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        fulfilment = find(state, command.fulfilment_id)
        if fulfilment.state is FulfilmentState.DISPATCHED:
            return _repeated(state, fulfilment, command)
        require_workable(state.header, fulfilment)
        require_paid(state.header, to_iso(now))
        fulfilment, lots = picked(fulfilment, pick)
        require_one_commit(lots, len(command.numbers))
        return replace(_dispatched(state, fulfilment, command, roads, now), lots=lots)

    return decide


def find(state: OrderState, fulfilment_id: str) -> Fulfilment:
    """The order's fulfilment of this id; raises `FulfilmentNotFound`."""
    if fulfilment_id not in state.fulfilments:
        raise FulfilmentNotFound(fulfilment_id)
    return state.fulfilments[fulfilment_id]


def require_workable(header: OrderHeader, fulfilment: Fulfilment) -> None:
    """Raise `NotAllowedNow` for work that has ended or not begun, `OrderOnHold` while the order must stand still."""
    if fulfilment.state in ENDED:
        raise NotAllowedNow(f"The fulfilment was {fulfilment.state}.", facts={"state": fulfilment.state})
    if header.holds:
        kinds = sorted({hold.kind for hold in header.holds})
        raise OrderOnHold(f"The order is on hold: {', '.join(kinds)}.", facts={"holds": kinds})
    if fulfilment.state is FulfilmentState.WAITING:
        waits = fulfilment.wait.promise if fulfilment.wait else None
        facts = {"state": fulfilment.state, "promised_at": waits}
        raise NotAllowedNow("The fulfilment waits for goods.", facts=facts)
    if fulfilment.state is FulfilmentState.PLANNED:
        raise NotAllowedNow("The order is not released yet.", facts={"state": fulfilment.state})


def _started(header: OrderHeader, fulfilment: Fulfilment) -> OrderHeader:
    first = fulfilment.units if fulfilment.state is FulfilmentState.OPEN else 0
    units = header.units.model_copy(update={"started": header.units.started + first})
    return header.model_copy(update={"units": units})


def _repeated(state: OrderState, fulfilment: Fulfilment, command: Dispatch) -> NoChange:
    sent = [state.shipments[each] for each in fulfilment.shipment_ids]
    numbers = tuple(sorted(parcel.tracking_number for shipment in sent for parcel in shipment.parcels))
    if numbers != command.numbers or any(shipment.carrier != command.carrier for shipment in sent):
        raise NotAllowedNow(
            "The fulfilment was dispatched with other tracking numbers.",
            facts={"state": fulfilment.state, "tracking_numbers": list(numbers)},
        )
    return NoChange()


def _dispatched(
    state: OrderState, fulfilment: Fulfilment, command: Dispatch, roads: Roads | None, now: datetime
) -> Decision:
    header, order_id = _started(state.header, fulfilment), state.header.order_id
    units = header.units.model_copy(update={"dispatched": header.units.dispatched + fulfilment.units})
    shipment = Shipment(
        shipment_id=shipment_id(order_id, len(state.shipments) + 1),
        order_id=order_id,
        fulfilment_id=fulfilment.fulfilment_id,
        carrier=command.carrier,
        dispatched_at=to_iso(now),
        parcels=_parcels(fulfilment, command),
        collect=to_collect(state, fulfilment.lines, last=units.dispatched >= units.total - units.cancelled),
        **_way(state, fulfilment, command, roads, now),
    )
    done = {"state": FulfilmentState.DISPATCHED, "changed_at": to_iso(now), "shipment_ids": (shipment.shipment_id,)}
    facts = {"order_id": order_id, "shipment_id": shipment.shipment_id}
    return Decision(
        type="shipment.dispatched",
        header=header.model_copy(update={"units": units, "moved_at": to_iso(now)}),
        data={
            "shipment_id": shipment.shipment_id,
            "fulfilment_id": fulfilment.fulfilment_id,
            "node_id": fulfilment.node_id,
            "carrier": command.carrier,
            "tracking_numbers": list(command.numbers),
            "units": fulfilment.units,
            "eta": eta_of(shipment, header, now).told(),
            **({} if shipment.collect is None else {"collect": shipment.collect}),
            **told_if_any(fulfilment.lots),
        },
        records=(fulfilment.model_copy(update=done), shipment),
        claims=tuple(Claim("tracking", (command.carrier, number), facts) for number in command.numbers),
        stock=_leaving(fulfilment),
        loads=ended((fulfilment,)),
        movement=_ledger_row(fulfilment, command, now),
    )


def _way(
    state: OrderState, fulfilment: Fulfilment, command: Dispatch, roads: Roads | None, now: datetime
) -> dict[str, Any]:
    """The day on the node's clocks, and how long a parcel of this way usually takes, if that is known."""
    if roads is None:
        return {}
    weekday = roads.weekday(fulfilment.node_id, now)
    lane = Lane(fulfilment.node_id, state.header.destination, weekday)
    return {"weekday": weekday, "usual": roads.ways(command.carrier, now).usual(lane)}


def _leaving(fulfilment: Fulfilment) -> tuple[StockMove, ...]:
    moves = (leave(take.sku, fulfilment.node_id, take.quantity, take.bucket) for take in fulfilment.takes())
    return guarded(moves, {units.sku for units in fulfilment.lots})


def _parcels(fulfilment: Fulfilment, command: Dispatch) -> tuple[Parcel, ...]:
    if command.tracking_number:
        lines: tuple[LineQuantity, ...] = fulfilment.lines
        return (Parcel(tracking_number=command.tracking_number, lines=lines),)
    return fill_parcels(fulfilment, command.parcels)


def _ledger_row(fulfilment: Fulfilment, command: Dispatch, now: datetime) -> Movement:
    entries = tuple(LedgerEntry.of(move) for move in merge(_leaving(fulfilment)))
    return Movement(
        # A `#` is in no id that clients choose for their own movements, so that none of them can be in the way.
        movement_id=f"dispatch#{fulfilment.fulfilment_id}",
        kind=MovementKind.DISPATCH,
        reason="dispatch",
        actor=command.actor,
        occurred_at=now,
        entries=entries,
        body_hash=sha256_hex(canonical_json([entry.to_dict() for entry in entries])),
        order_id=fulfilment.order_id,
        lots=lots_left([fulfilment]),
    )
