"""Changes of an order: proposed with a preview, then applied exactly as previewed, or dropped (ADR 45)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ordo.capacity.model import NodeFull
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Busy, NotAllowedNow, NotFound
from ordo.orders.change_decisions import decision_of
from ordo.orders.change_kinds import Contact, Means, worked_out
from ordo.orders.decision import ContactWrite, Decision, NoChange
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.errors import NodeShort, StockShort, VersionConflict
from ordo.orders.incident import Incident
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, ChangeKind, ChangeState, OrderChange, OrderHeader, OrderState, Record, Requester
from ordo.orders.preview import differences, preview_of, reship_preview
from ordo.orders.reship import require_reshippable, reshipment

Visible = Callable[[OrderHeader], bool]


@dataclass(frozen=True, slots=True)
class ProposeChange:
    """The command. `asked` is what its kind needs (`ordo.orders.command_schemas` has the forms), by reference only.

    `contact` is what an address or delivery change puts in place: `ship_to`, and maybe `name` and `phone`.
    """

    change_id: str
    kind: ChangeKind
    requested_by: Requester
    reason: str
    contact: Contact | None = None
    incident_id: str | None = None
    """What a reship is to solve."""
    asked: dict[str, Any] = field(default_factory=dict)


def propose_change(
    desk: OrderDesk,
    order_id: str,
    command: ProposeChange,
    key: CommandKey,
    means: Means,
    *,
    actor: Actor,
    version: int | None = None,
    visible: Visible | None = None,
) -> OrderChange:
    """Keep the change with its preview; the same key gives the first answer again, whatever came of it since."""

    def command_once() -> OrderChange:
        changed = desk.change(
            order_id,
            lambda state, now: decide_proposal(state, now, command, actor, key, means),
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
    means: Means,
    *,
    actor: Actor,
    visible: Visible | None = None,
) -> tuple[OrderChange, OrderHeader]:
    """Book the change exactly as previewed, or raise `VersionConflict`; applying it again changes nothing.

    Raises also `OutOfStock` where goods are gone, and `Busy` when others take them every time.
    """

    def once_more() -> Changed:
        return desk.change(
            order_id,
            lambda state, now: decide_apply(state, now, change_id, means),
            actor=actor,
            change_id=change_id,
            visible=visible,
        )

    changed = _quickly(once_more)
    return _written(changed.decision) if changed.decision else _change(changed.state, change_id), changed.header


def carry_out_change(
    desk: OrderDesk,
    order_id: str,
    command: ProposeChange,
    means: Means,
    *,
    actor: Actor,
    key: CommandKey | None = None,
    beside: Callable[[OrderState, datetime], tuple[Record, ...]] | None = None,
    visible: Visible | None = None,
) -> tuple[OrderChange, OrderHeader]:
    """Propose and apply in one commit, for other contexts; with a `key` it happens once, however often it is called.

    `beside` are records of the order that are written with it. Raises what proposing and applying do.
    """

    def decide(state: OrderState, now: datetime) -> Decision:
        change = _proposed(state, now, command, actor)
        decision, after = _decided(state, now, change, means, command.contact, None)
        more = beside(state, now) if beside else ()
        claims = (key.claim(change_id=change.change_id),) if key else ()
        applied = after.model_copy(update={"state": ChangeState.APPLIED})
        return replace(decision, records=(*decision.records, *more, applied), claims=(*decision.claims, *claims))

    def command_once() -> tuple[OrderChange, OrderHeader]:
        changed = _quickly(lambda: desk.change(order_id, decide, actor=actor, visible=visible))
        return _written(changed.decision), changed.header

    def again(held: dict[str, Any]) -> tuple[OrderChange, OrderHeader]:
        state = desk.repository.load(order_id, held["change_id"])
        return _change(state, held["change_id"]), state.header

    return once(desk.repository, key, command_once, again) if key else command_once()


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
    state: OrderState, now: datetime, command: ProposeChange, actor: Actor, key: CommandKey, means: Means
) -> Decision:
    """Keep a proposal with what it would do; raises `NotAllowedNow` when the order's state forbids it.

    A try whose answer was lost meets its own claim.
    """
    change = _proposed(state, now, command, actor)
    _, previewed = _decided(state, now, change, means, command.contact, None)
    slot = f"change#{command.change_id}"
    return Decision(
        "change.proposed",
        state.header,
        {"change_id": change.change_id, "kind": change.kind, "requested_by": command.requested_by},
        reason=command.reason,
        records=(previewed,),
        claims=(key.claim(change_id=change.change_id),),
        contacts=(ContactWrite(slot, command.contact),) if command.contact else (),
    )


def decide_apply(state: OrderState, now: datetime, change_id: str, means: Means) -> Decision | NoChange:
    """Do what was previewed. When the order moved on so that the same preview would not come out now, refuse.

    Personal data is read after the state; the commit's guard finds out when another change came between.
    """
    change = _change(state, change_id)
    if change.state is ChangeState.APPLIED:
        return NoChange()
    if change.state is ChangeState.DROPPED:
        raise NotAllowedNow("The change was dropped.", facts={"state": change.state})
    proposed = None
    if change.kind in ("address", "delivery"):
        proposed = means.contact(state.header.order_id, f"change#{change_id}")
        if proposed is None and (change.kind == "address" or change.asked.get("address")):
            raise NotAllowedNow("The proposed address was erased; propose it again.")
    decision, now_previewed = _decided(state, now, change, means, proposed, change.preview.get("promise"))
    differs = differences(change.preview, now_previewed.preview)
    if differs:
        raise VersionConflict(change.based_on, state.header.version, differs)
    applied = change.model_copy(update={"state": ChangeState.APPLIED})
    return replace(decision, records=(*decision.records, applied))


def decide_drop(state: OrderState, _now: datetime, change_id: str) -> Decision | NoChange:
    """Drop a proposal; one that was applied cannot be dropped."""
    change = _change(state, change_id)
    if change.state is ChangeState.DROPPED:
        return NoChange()
    if change.state is ChangeState.APPLIED:
        raise NotAllowedNow("The change was applied.", facts={"state": change.state})
    dropped = change.model_copy(update={"state": ChangeState.DROPPED})
    erased = (ContactWrite(f"change#{change_id}", None),) if change.kind in ("address", "delivery") else ()
    data = {"change_id": change_id, "kind": change.kind}
    return Decision("change.dropped", state.header, data, records=(dropped,), contacts=erased)


def _proposed(state: OrderState, now: datetime, command: ProposeChange, actor: Actor) -> OrderChange:
    """The change as it is asked; its preview comes of working it out."""
    address = {"address": sorted(command.contact)} if command.contact else {}
    return OrderChange(
        change_id=command.change_id,
        order_id=state.header.order_id,
        kind=command.kind,
        state=ChangeState.PROPOSED,
        requested_by=actor.model_copy(update={"type": command.requested_by}),
        reason=command.reason,
        based_on=state.header.seq + 1,
        preview={},
        created_at=to_iso(now),
        incident_id=command.incident_id,
        asked={**command.asked, **address},
    )


def _decided(
    state: OrderState,
    now: datetime,
    change: OrderChange,
    means: Means,
    proposed: Contact | None,
    said: Mapping[str, str] | None,
) -> tuple[Decision, OrderChange]:
    """What doing it now writes, and the change with the preview of just that."""
    if change.kind == "reship":
        return _reshipped(state, now, change, means)
    draft = worked_out(state, now, change, means, proposed, said=said)
    previewed = change.model_copy(update={"preview": preview_of(draft)})
    contact = means.contact(state.header.order_id, "contact") if proposed or draft.texts_of else None
    return decision_of(draft, previewed, proposed, contact), previewed


def _reshipped(state: OrderState, now: datetime, change: OrderChange, means: Means) -> tuple[Decision, OrderChange]:
    """The nodes are asked each time: what they give must be what was previewed."""
    incident = _incident(state, change.incident_id)
    require_reshippable(state, incident)
    if means.elsewhere is None:
        raise NotAllowedNow("Nothing can be sent again here.")
    found = means.elsewhere(state, now, incident.lines)
    previewed = change.model_copy(update={"preview": reship_preview(state, incident, found)})
    data = {"change_id": change.change_id, "requested_by": change.requested_by.type}
    return reshipment(state, incident, found, now, data=data, reason=change.reason), previewed


def _incident(state: OrderState, incident_id: str | None) -> Incident:
    if incident_id is None or incident_id not in state.incidents:
        raise NotFound(f"Order {state.header.order_id} has no incident {incident_id}.")
    return state.incidents[incident_id]


TRIES = 4
"""How often goods are planned again when others take the stock first."""


def _quickly(change: Callable[[], Changed]) -> Changed:
    for _ in range(TRIES):
        with suppress(NodeShort, NodeFull, StockShort):
            return change()
    raise Busy()


def _change(state: OrderState, change_id: str) -> OrderChange:
    if state.change is None:
        raise NotFound(f"Order {state.header.order_id} has no change {change_id}.")
    return state.change


def _written(decision: Decision | None) -> OrderChange:
    return next(record for record in (decision.records if decision else ()) if isinstance(record, OrderChange))


def _as_proposed(desk: OrderDesk, order_id: str, change_id: str) -> OrderChange:
    change = _change(desk.repository.load(order_id, change_id), change_id)
    return change.model_copy(update={"state": ChangeState.PROPOSED})
