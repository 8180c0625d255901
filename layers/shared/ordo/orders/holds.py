"""Holds: coded stops of an order that someone must release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow, NotFound
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor, Hold, HoldKind, OrderHeader, OrderState
from ordo.orders.ports import OrderRepository

MAX_HOLDS = 20


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """The command. The caller mints `hold_id`."""

    hold_id: str
    kind: HoldKind
    reason: str


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """A hold as placed, and the order's version by it."""

    hold: Hold
    version: int


def place_hold(
    desk: OrderDesk,
    order_id: str,
    command: PlaceHold,
    key: CommandKey,
    *,
    actor: Actor,
    version: int | None = None,
    visible: Callable[[OrderHeader], bool] | None = None,
) -> HoldPlaced:
    """Stop the order; the same key gives the first answer again, even when the hold was released since."""

    def command_once() -> HoldPlaced:
        changed = desk.change(
            order_id,
            lambda state, now: decide_hold(state, now, command, key),
            actor=actor,
            expected_version=version,
            visible=visible,
        )
        return HoldPlaced(
            next(hold for hold in changed.header.holds if hold.hold_id == command.hold_id), changed.header.seq
        )

    return once(desk.repository, key, command_once, _first_answer)


def release_hold(
    desk: OrderDesk,
    order_id: str,
    hold_id: str,
    *,
    actor: Actor,
    reason: str | None = None,
    visible: Callable[[OrderHeader], bool] | None = None,
) -> Changed:
    """Let the order go on; releasing it again changes nothing. Raises `NotFound` for a hold that never was."""
    changed = desk.change(
        order_id, lambda state, now: decide_release(state, now, hold_id, reason), actor=actor, visible=visible
    )
    if changed.event is None and not was_released(desk.repository, order_id, hold_id):
        raise NotFound(f"Order {order_id} has no hold {hold_id}.")
    return changed


def decide_hold(state: OrderState, now: datetime, command: PlaceHold, key: CommandKey) -> Decision:
    """Add the hold; a try whose answer was lost meets its own claim. Closed orders are not held."""
    header = state.header
    if not header.is_open:
        raise NotAllowedNow(f"The order is {header.status}: there is nothing to hold.", facts={"status": header.status})
    if len(header.holds) >= MAX_HOLDS:
        raise NotAllowedNow(f"The order has {MAX_HOLDS} holds already.", facts={"limit": MAX_HOLDS})
    hold = Hold(hold_id=command.hold_id, kind=command.kind, reason=command.reason, placed_at=to_iso(now))
    return Decision(
        "order.held",
        header.model_copy(update={"holds": (*header.holds, hold)}),
        {"hold_id": hold.hold_id, "kind": hold.kind},
        reason=hold.reason,
        claims=(key.claim(hold=hold.model_dump(), version=header.seq + 1),),
    )


def decide_release(state: OrderState, now: datetime, hold_id: str, reason: str | None = None) -> Decision | NoChange:
    """Take the hold away; the commit releases the order when it was the last thing that stopped it."""
    header = state.header
    held = next((hold for hold in header.holds if hold.hold_id == hold_id), None)
    if held is None:
        return NoChange()
    left = tuple(hold for hold in header.holds if hold is not held)
    data = {"hold_id": hold_id, "kind": held.kind}
    return Decision("order.hold_released", header.model_copy(update={"holds": left}), data, reason=reason)


def was_released(repository: OrderRepository, order_id: str, hold_id: str) -> bool:
    """Whether the timeline says that the order once had this hold. Read only when a release finds nothing."""
    return any(hold_id in _released_by(event.read()) for event in repository.timeline(order_id))


def _released_by(event: dict[str, Any]) -> list[str]:
    if event["type"] == "order.hold_released":
        return [event["data"]["hold_id"]]
    released: list[str] = event["data"].get("holds_released", [])
    return released


def _first_answer(held: dict[str, Any]) -> HoldPlaced:
    return HoldPlaced(Hold.model_validate(held["hold"]), held["version"])
