"""Parts of an order that wait for goods: what they take and give back, and how one gets its units. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ordo.inventory.backlog import Look, Presale, QueueChange, Waiting, fill, give_up, may_fill, wait_for
from ordo.inventory.model import StockMove, release, reserve
from ordo.kernel.clock import to_iso
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderState
from ordo.shipments.model import Fulfilment, FulfilmentState, Wait

Caps = Mapping[str, int | None]
"""By fulfilment id: how many units may wait at its node, or of a pre-order be sold, at most."""


def wait_of(told: Mapping[str, Any]) -> Wait:
    """What a planned part that waits (`sourcing.model.PlannedWait`) becomes."""
    return Wait(
        promise=told["ready_by"],
        not_before=told.get("not_before"),
        presale=told["kind"] == "pre_order",
        supplied=told.get("supplied", 0),
    )


def taken(fulfilments: Iterable[Fulfilment], caps: Caps) -> tuple[StockMove, ...]:
    """The moves that take the units of new parts: those that are there, and those that are waited for."""
    found: list[StockMove] = []
    for each in fulfilments:
        for take in each.takes():
            if each.state is not FulfilmentState.WAITING:
                found.append(reserve(take.sku, each.node_id, take.quantity, take.bucket))
            else:
                cap = None if each.wait and each.wait.presale else caps.get(each.fulfilment_id)
                found.append(wait_for(take.sku, each.node_id, take.quantity, cap))
    return tuple(found)


def joining(fulfilments: Iterable[Fulfilment]) -> tuple[QueueChange, ...]:
    """New parts that wait join their queues."""
    return tuple(
        QueueChange(entry_of(each), joins=True) for each in fulfilments if each.state is FulfilmentState.WAITING
    )


def presold(fulfilments: Iterable[Fulfilment], caps: Caps) -> tuple[Presale, ...]:
    """What new parts count as sold before a launch; of each SKU once."""
    found: dict[str, Presale] = {}
    for each in fulfilments:
        if each.wait is not None and each.wait.presale:
            sku, cap = each.takes()[0].sku, caps.get(each.fulfilment_id)
            units = each.units + (found[sku].units if sku in found else 0)
            found[sku] = Presale(sku, units, cap)
    return tuple(found.values())


def given_back(fulfilments: Iterable[Fulfilment]) -> tuple[StockMove, ...]:
    """The moves that give back what parts take which end now."""
    return tuple(
        give_up(take.sku, each.node_id, take.quantity)
        if each.state is FulfilmentState.WAITING
        else release(take.sku, each.node_id, take.quantity, take.bucket)
        for each in fulfilments
        for take in each.takes()
    )


def leaving(fulfilments: Iterable[Fulfilment]) -> tuple[QueueChange, ...]:
    """Parts that wait and end leave their queues."""
    return tuple(
        QueueChange(entry_of(each), joins=False) for each in fulfilments if each.state is FulfilmentState.WAITING
    )


def unsold(fulfilments: Iterable[Fulfilment]) -> tuple[Presale, ...]:
    """What parts that end no longer count as sold before a launch."""
    return tuple(Presale(each.sku, -each.units) for each in presold(fulfilments, {}))


def entry_of(fulfilment: Fulfilment) -> Waiting:
    """The entry of a part in its queue."""
    if fulfilment.wait is None:
        raise ValueError("the part does not wait")
    (take,) = fulfilment.takes()
    return Waiting(
        sku=take.sku,
        node=fulfilment.node_id,
        promise=fulfilment.wait.promise,
        order_id=fulfilment.order_id,
        number=int(fulfilment.fulfilment_id.rpartition("_")[2]),
        fulfilment_id=fulfilment.fulfilment_id,
        units=take.quantity,
        not_before=fulfilment.wait.not_before,
        supplied=fulfilment.wait.supplied,
    )


def decide_filled(state: OrderState, now: datetime, look: Look, fulfilment_id: str) -> Decision | NoChange:
    """The first of a queue gets its units, if they are there: its part may be worked on once the order is released.

    `look` is read after the state; the commit's guards find out when either has changed since. A part that is not the
    first any more, or does not wait any more, is left as it is.
    """
    head, moment = look.head, to_iso(now)
    part = state.fulfilments.get(fulfilment_id)
    if head is None or head.fulfilment_id != fulfilment_id or not may_fill(look, moment):
        return NoChange()
    if part is None or part.state is not FulfilmentState.WAITING:
        return NoChange()
    ready = FulfilmentState.OPEN if state.header.released_at else FulfilmentState.PLANNED
    return Decision(
        "fulfilment.filled",
        state.header.model_copy(update={"filled_at": moment}),
        {
            "fulfilment_id": fulfilment_id,
            "node_id": part.node_id,
            "sku": head.sku,
            "units": head.units,
            "promised_at": head.promise,
        },
        records=(part.model_copy(update={"state": ready, "changed_at": moment}),),
        stock=(fill(look),),
        queue=(QueueChange(head, joins=False),),
    )
