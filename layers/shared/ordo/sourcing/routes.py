"""Routes of a reservation once it is there: read, extend, give back."""

from __future__ import annotations

from typing import Any

from ordo.inventory.reservation_service import ReservationDesk
from ordo.runtime.http import HttpApi, keyed, no_content, require_scope
from ordo.sourcing.reservation_schemas import ExtensionRequest, ReservationView

RESERVATION = "/v1/reservations/<reservation_id>"
TAGS = ["stock"]


def serve_reservations(app: HttpApi, desk: ReservationDesk) -> None:
    """Add `GET` and `DELETE` of one reservation, and its extension."""

    @app.get(RESERVATION, responses=keyed(404), tags=TAGS)
    def read_reservation(reservation_id: str) -> ReservationView:
        """The reservation as it is now."""
        caller = require_scope(app, "stock:reserve")
        return ReservationView.of(desk.find(reservation_id, caller.may_use), desk.clock())

    @app.post(f"{RESERVATION}/extension", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def extend_reservation(reservation_id: str, request: ExtensionRequest) -> ReservationView:
        """Hold it for so many minutes from now, as far as the channel allows; one that has ended is not revived."""
        caller = require_scope(app, "stock:reserve")
        extended = desk.extend(reservation_id, request.minutes, caller.may_use)
        return ReservationView.of(extended, desk.clock())

    @app.delete(RESERVATION, status_code=204, responses=keyed(404, 409, good=204), tags=TAGS)
    def release_reservation(reservation_id: str) -> Any:
        """Give its stock back; again changes nothing. One that is an order's own is not given back by itself."""
        desk.give_back(reservation_id, require_scope(app, "stock:reserve").may_use)
        return no_content()
