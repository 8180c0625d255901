"""An incident is ended by staff's word: what was refused or damaged is back, settled, or was nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from ordo.kernel.clock import to_iso
from ordo.orders.decision import Decision
from ordo.orders.giving_back import owed_no_more
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.write_off import Books, parcel_of, without, write_off

Settling = Literal["returned", "settled", "unfounded", "dismiss", "keep"]
"""Decisions that end an incident and move nothing but the order's own books."""
REFUSED = "refused"
"""Why an order is cancelled of which everything was refused at the door."""

ENDS: Mapping[str, tuple[Settling, ...]] = {
    "refused": ("returned", "settled", "dismiss"),
    "damaged": ("returned", "settled", "unfounded", "dismiss"),
    "returned_to_sender": ("settled", "dismiss"),
    "turned_up": ("keep", "returned", "dismiss"),
    "payment": ("settled", "dismiss"),
}
"""How staff may end an incident by their word, by its kind; every other kind they may dismiss."""
_TOLD: Mapping[Settling, Literal["dismissed", "kept"]] = {"dismiss": "dismissed", "keep": "kept"}
_OWED_NO_MORE = {
    "short": ("dismiss",),
    "refused": ("returned", "settled"),
    "returned_to_sender": ("settled",),
}
"""Ends after which the units are no longer part of the order: nobody has them, or the customer does not want them."""


def ends_of(kind: str) -> tuple[Settling, ...]:
    """How an incident of this kind may be ended by staff's word."""
    return ENDS.get(kind, ("dismiss",))


def settlement(state: OrderState, incident: Incident, how: Settling, now: datetime, reason: str | None) -> Decision:
    """End the incident; units that the customer does not get for good are no longer part of the order."""
    after = incident.ended(_TOLD.get(how) or how, now)  # type: ignore[arg-type]  # what is not told otherwise is as said
    books = _books(state, incident, how, now)
    return Decision(
        "incident.resolved",
        without(books.header, (after,)),
        {**after.told(), "resolution": after.resolution},
        reason=reason,
        records=(*books.records, after),
    )


def _books(state: OrderState, incident: Incident, how: Settling, now: datetime) -> Books:
    if how not in _OWED_NO_MORE.get(incident.kind, ()):
        return Books(state.header)
    books = write_off(state, incident, now) if parcel_of(state, incident) else Books(state.header)
    header = owed_no_more(books.header, incident.units, books.shipments(state), now)
    if incident.kind != "refused" or header.cancelled_at is None:
        return Books(header, books.records)
    return Books(_refused(header, now), books.records)


def _refused(header: OrderHeader, now: datetime) -> OrderHeader:
    return header.model_copy(update={"cancelled_at": to_iso(now), "cancel_reason": REFUSED})
