"""Changes of an order: proposed with a preview, then applied exactly as previewed, or dropped (cancel, address)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ordo.capacity.model import NodeFull
from ordo.catalog.transit_terms import destination_of
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Busy, NotAllowedNow, NotFound
from ordo.orders.cancellation import CancelReason, cancellation
from ordo.orders.decision import ContactWrite, Decision, NoChange
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.errors import NodeShort, StockShort, VersionConflict
from ordo.orders.incident import Incident
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, ChangeKind, ChangeState, OrderChange, OrderHeader, OrderState, Requester
from ordo.orders.preview import preview_of, reship_preview
from ordo.orders.reship import Elsewhere, require_reshippable, reshipment

Visible = Callable[[OrderHeader], bool]
Contact = dict[str, Any]
Contacts = Callable[[str], Contact | None]
"""Reads personal data of the order by its slot: `contact` now, or `change#<id>` proposed."""


@dataclass(frozen=True, slots=True)
class ProposeChange:
    """The command. `contact` is what an address change puts in place: `ship_to`, and maybe `name` and `phone`."""

    change_id: str
    kind: ChangeKind
    requested_by: Requester
    reason: str
    contact: Contact | None = None
    incident_id: str | None = None
    """What a reship is to solve."""


def propose_change(
    desk: OrderDesk,
    order_id: str,
    command: ProposeChange,
    key: CommandKey,
    *,
    actor: Actor,
    version: int | None = None,
    visible: Visible | None = None,
    elsewhere: Elsewhere | None = None,
) -> OrderChange:
    """Keep the change with its preview; the same key gives the first answer again, whatever came of it since.

    `elsewhere` says where units of a reship can be had.
    """

    def command_once() -> OrderChange:
        changed = desk.change(
            order_id,
            lambda state, now: decide_proposal(state, now, command, actor, key, elsewhere),
            actor=actor,
            expected_version=version,
            visible=visible,
        )
        return _written(changed.decision)

    return once(desk.repository, key, command_once, lambda held: _as_proposed(desk, order_id, held["change_id"]))


def apply_change(
    desk: OrderDesk,
    order_id: str,
    change_id: str,
    *,
    actor: Actor,
    visible: Visible | None = None,
    elsewhere: Elsewhere | None = None,
) -> tuple[OrderChange, OrderHeader]:
    """Book the change exactly as previewed, or raise `VersionConflict`; applying it again changes nothing.

    Raises also `OutOfStock` for a reship whose units are gone, and `Busy` when others take them every time.
    """
    slots: Contacts = partial(desk.repository.contact, order_id)

    def once_more() -> Changed:
        return desk.change(
            order_id,
            lambda state, now: decide_apply(state, now, change_id, slots, elsewhere),
            actor=actor,
            change_id=change_id,
            visible=visible,
        )

    changed = _quickly(once_more)
    return _written(changed.decision) if changed.decision else _change(changed.state, change_id), changed.header


def drop_change(
    desk: OrderDesk, order_id: str, change_id: str, *, actor: Actor, visible: Visible | None = None
) -> None:
    """Forget the proposal, and the personal data in it; dropping it again changes nothing."""
    desk.change(
        order_id,
        lambda state, now: decide_drop(state, now, change_id),
        actor=actor,
        change_id=change_id,
        visible=visible,
    )


def decide_proposal(
    state: OrderState,
    now: datetime,
    command: ProposeChange,
    actor: Actor,
    key: CommandKey,
    elsewhere: Elsewhere | None = None,
) -> Decision:
    """Keep a proposal with what it would do; raises `NotAllowedNow` when the order's state forbids it.

    A try whose answer was lost meets its own claim.
    """
    header = state.header
    change = OrderChange(
        change_id=command.change_id,
        order_id=header.order_id,
        kind=command.kind,
        state=ChangeState.PROPOSED,
        requested_by=actor,
        reason=command.reason,
        based_on=header.seq + 1,
        preview=_preview(state, now, command.kind, command.requested_by, command.incident_id, elsewhere),
        created_at=to_iso(now),
        incident_id=command.incident_id,
    )
    slot = f"change#{command.change_id}"
    return Decision(
        "change.proposed",
        header,
        {"change_id": change.change_id, "kind": change.kind, "requested_by": command.requested_by},
        reason=command.reason,
        records=(change,),
        claims=(key.claim(change_id=change.change_id),),
        contacts=(ContactWrite(slot, command.contact),) if command.contact else (),
    )


def decide_apply(
    state: OrderState, now: datetime, change_id: str, contacts: Contacts, elsewhere: Elsewhere | None = None
) -> Decision | NoChange:
    """Do what was previewed. When the order moved on so that the same preview would not come out now, refuse.

    `contacts` is asked after the state was read; the commit's guard finds out when another change came between.
    """
    change = _change(state, change_id)
    if change.state is ChangeState.APPLIED:
        return NoChange()
    if change.state is ChangeState.DROPPED:
        raise NotAllowedNow("The change was dropped.", facts={"state": change.state})
    if change.kind == "reship":
        return _reshipped(state, now, change, elsewhere)
    if preview_of(state, change.kind, change.requested_by.type) != change.preview:
        raise VersionConflict(change.based_on, state.header.version)
    applied = change.model_copy(update={"state": ChangeState.APPLIED})
    data = {"change_id": change_id, "requested_by": change.requested_by.type}
    if change.kind == "cancel":
        code: CancelReason = "staff" if change.requested_by.type == "staff" else "customer"
        return cancellation(state, now, code=code, reason=change.reason, data=data, records=(applied,))
    return _new_address(state, applied, data, contacts)


def decide_drop(state: OrderState, _now: datetime, change_id: str) -> Decision | NoChange:
    """Drop a proposal; one that was applied cannot be dropped."""
    change = _change(state, change_id)
    if change.state is ChangeState.DROPPED:
        return NoChange()
    if change.state is ChangeState.APPLIED:
        raise NotAllowedNow("The change was applied.", facts={"state": change.state})
    dropped = change.model_copy(update={"state": ChangeState.DROPPED})
    erased = (ContactWrite(f"change#{change_id}", None),) if change.kind == "address" else ()
    data = {"change_id": change_id, "kind": change.kind}
    return Decision("change.dropped", state.header, data, records=(dropped,), contacts=erased)


def _preview(
    state: OrderState,
    now: datetime,
    kind: ChangeKind,
    requested_by: str,
    incident_id: str | None,
    elsewhere: Elsewhere | None,
) -> dict[str, Any]:
    if kind != "reship":
        return preview_of(state, kind, requested_by)
    incident = _incident(state, incident_id)
    require_reshippable(state, incident)
    return reship_preview(state, incident, _search(elsewhere)(state, now, incident.lines))


def _reshipped(state: OrderState, now: datetime, change: OrderChange, elsewhere: Elsewhere | None) -> Decision:
    """The nodes are asked again: what they give must be what was previewed."""
    incident = _incident(state, change.incident_id)
    require_reshippable(state, incident)
    found = _search(elsewhere)(state, now, incident.lines)
    if reship_preview(state, incident, found) != change.preview:
        raise VersionConflict(change.based_on, state.header.version)
    applied = change.model_copy(update={"state": ChangeState.APPLIED})
    data = {"change_id": change.change_id, "requested_by": change.requested_by.type}
    return reshipment(state, incident, found, now, data=data, reason=change.reason, records=(applied,))


def _incident(state: OrderState, incident_id: str | None) -> Incident:
    if incident_id is None or incident_id not in state.incidents:
        raise NotFound(f"Order {state.header.order_id} has no incident {incident_id}.")
    return state.incidents[incident_id]


def _search(elsewhere: Elsewhere | None) -> Elsewhere:
    if elsewhere is None:
        raise NotAllowedNow("Nothing can be sent again here.")
    return elsewhere


TRIES = 4
"""How often a reship is planned again when others take the stock first."""


def _quickly(change: Callable[[], Changed]) -> Changed:
    for _ in range(TRIES):
        with suppress(NodeShort, NodeFull, StockShort):
            return change()
    raise Busy()


def _new_address(state: OrderState, change: OrderChange, data: dict[str, Any], contacts: Contacts) -> Decision:
    slot = f"change#{change.change_id}"
    proposed = contacts(slot)
    if proposed is None:
        raise NotAllowedNow("The proposed address was erased; propose it again.")
    merged = {**(contacts("contact") or {}), **proposed}
    kept = tuple(hold for hold in state.header.holds if hold.kind != "address")
    released = [hold.hold_id for hold in state.header.holds if hold.kind == "address"]
    return Decision(
        "order.changed",
        state.header.model_copy(update={"holds": kept, **_destination(proposed)}),
        {**data, "changed": sorted(proposed), "holds_released": released},
        implies=("order.hold_released",) if released else (),
        reason=change.reason,
        records=(change,),
        contacts=(ContactWrite("contact", merged), ContactWrite(slot, None)),
    )


def _destination(proposed: Contact) -> dict[str, str | None]:
    ship_to = proposed.get("ship_to")
    return {"destination": destination_of(ship_to.get("country"), ship_to.get("region"))} if ship_to else {}


def _change(state: OrderState, change_id: str) -> OrderChange:
    if state.change is None:
        raise NotFound(f"Order {state.header.order_id} has no change {change_id}.")
    return state.change


def _written(decision: Decision | None) -> OrderChange:
    return next(record for record in (decision.records if decision else ()) if isinstance(record, OrderChange))


def _as_proposed(desk: OrderDesk, order_id: str, change_id: str) -> OrderChange:
    change = _change(desk.repository.load(order_id, change_id), change_id)
    return change.model_copy(update={"state": ChangeState.PROPOSED})
