"""What a customer says is wrong without sending anything back: refunded by the price rules, or sent (again). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.aftersales.books import moved
from ordo.aftersales.model import Return, quantities
from ordo.aftersales.settling import with_payout
from ordo.inventory.errors import OutOfStock
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.accounts import Accounts, postings_of
from ordo.orders.backorders import taken
from ordo.orders.cancellation import limits_of, new_fulfilments
from ordo.orders.change_kinds import Means
from ordo.orders.decision import Decision
from ordo.orders.elsewhere import Found
from ordo.orders.giving_back import request_for
from ordo.orders.incident import added, less
from ordo.orders.model import OrderState
from ordo.orders.node_work import begun
from ordo.orders.posting import with_postings
from ordo.orders.write_off import Books
from ordo.pricing.refund_model import ShippingRefund
from ordo.shipments.arrival import arrived
from ordo.shipments.model import FulfilmentState, LineQuantity, Parcel, Shipment


@dataclass(frozen=True, slots=True)
class Remedies:
    """What decisions about returns ask: what changes of the order ask."""

    means: Means

    @property
    def accounts(self) -> Accounts:
        """Refunds of the order."""
        return self.means.accounts

    def elsewhere(self, state: OrderState, now: datetime, lines: Sequence[LineQuantity]) -> Found:
        """Where units can be had; raises `NotAllowedNow` where none are."""
        if self.means.elsewhere is None:
            raise NotAllowedNow("Goods cannot be sent here.")
        return self.means.elsewhere(state, now, lines)


def claim_settled(state: OrderState, found: Return, remedies: Remedies, now: datetime, reason: str | None) -> Decision:
    """The claim is right: its units are refunded, or sent again free of charge.

    Raises `OutOfStock` when not all of it can be sent, and what refunds refuse.
    """
    return (
        _resent(state, found, remedies, now, reason) if found.reship else _refunded(state, found, remedies, now, reason)
    )


def _refunded(state: OrderState, found: Return, remedies: Remedies, now: datetime, reason: str | None) -> Decision:
    booked = remedies.accounts.of(state).preview(request_for(quantities(found.lines), ShippingRefund.BY_RULE))
    postings = postings_of(state, "claim", booked, now, source=found.return_id)
    settled = found.now("settled", now, ending="kept", refunded=booked.payout)
    header, after = with_payout(state.header, with_postings(state.header, postings), settled)
    return moved(
        "return.approved",
        header,
        after,
        *postings,
        reason=reason,
        implies=("return.settled",),
        refund={"amount": booked.payout, "currency": state.header.currency},
    )


def _resent(state: OrderState, found: Return, remedies: Remedies, now: datetime, reason: str | None) -> Decision:
    """The units are owed again: they are written off the progress of the order, and new work begins."""
    if state.header.holds:
        kinds = sorted({hold.kind for hold in state.header.holds})
        raise NotAllowedNow("The order is on hold.", facts={"holds": kinds})
    lines = quantities(found.lines)
    had = remedies.elsewhere(state, now, lines)
    later = [line for part in had.parts if part.wait for line in part.lines]
    if had.unsourced or later:
        lacking = (*had.unsourced, *later)
        raise OutOfStock([{**each.model_dump(exclude_none=True), "requested": each.quantity} for each in lacking])
    new = new_fulfilments(state, had.parts, to_iso(now), FulfilmentState.OPEN, replaces=found.return_id)
    after = found.now("settled", now, ending="kept")
    books = owed_again(state, lines, now)
    decision = moved(
        "return.approved",
        books.header.model_copy(
            update={
                "filled_at": to_iso(now),  # its node has its time to ship from now on
                "ready_by": max(filter(None, (state.header.ready_by, had.ready_by)), default=None),
                "resourced": state.header.resourced + 1,
            }
        ),
        after,
        *books.records,
        *new,
        reason=reason,
        implies=("return.settled",),
        sourced=[{"fulfilment_id": each.fulfilment_id, "node_id": each.node_id, "units": each.units} for each in new],
    )
    return replace(decision, stock=tuple(taken(new, {})), loads=begun(new, limits_of(had.parts)), plan=had.plan)


def owed_again(state: OrderState, lines: Sequence[LineQuantity], now: datetime) -> Books:
    """The units leave the progress of the order, and what replaces them goes through it anew; an order that was
    completed goes on.
    """
    left = {line.key: line for line in added((), lines)}
    changed: dict[str, Shipment] = {}
    for shipment in state.shipments.values():
        parcels = []
        for parcel in shipment.parcels:
            gone = _gone(parcel, left)
            parcels.append(
                parcel.model_copy(update={"written_off": added(parcel.written_off, gone)}) if gone else parcel
            )
            left = {line.key: line for line in less(tuple(left.values()), gone)}
        if tuple(parcels) != shipment.parcels:
            changed[shipment.shipment_id] = shipment.model_copy(update={"parcels": tuple(parcels)})
    if left:
        facts = {"lines": sorted(left)}
        raise NotAllowedNow("These units were sent again, or refunded, already.", facts=facts)
    units, had = sum(line.quantity for line in lines), state.header.units
    again = had.model_copy(
        update={"started": had.started - units, "dispatched": had.dispatched - units, "lost": had.lost + units}
    )
    header = state.header.model_copy(update={"units": again, "completed_at": None})
    shipments = {**state.shipments, **changed}
    return Books(arrived(header, shipments.values(), now), tuple(changed.values()))


def _gone(parcel: Parcel, left: Mapping[str, LineQuantity]) -> tuple[LineQuantity, ...]:
    """What of the units this parcel had, as far as it still counts."""
    return tuple(
        line.model_copy(update={"quantity": min(line.quantity, left[line.key].quantity)})
        for line in parcel.counted
        if line.key in left
    )
