"""What may be done with a reservation once it is there: read, extend, give back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ordo.inventory.errors import ReservationEnded, ReservationNotFound
from ordo.inventory.reservations import Reservation, ReservationState, ReservationStore
from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Busy

TRIES = 8
"""How often it is read again when others change it at the same moment."""

Visible = Callable[[str], bool]
"""Whether the caller's key is bound to a channel."""


@dataclass(frozen=True, slots=True)
class ReservationDesk:
    """Reservations of other channels are as if they did not exist (`ReservationNotFound`)."""

    store: ReservationStore
    clock: Clock

    def find(self, reservation_id: str, visible: Visible) -> Reservation:
        """The reservation as it is now."""
        found = self.store.find(reservation_id)
        if found is None or not visible(found.channel):
            raise ReservationNotFound(reservation_id)
        return found

    def extend(self, reservation_id: str, minutes: int, visible: Visible) -> Reservation:
        """Let it last until so many minutes from now, as far as it may; raises `ReservationEnded`, once expired."""
        for _ in range(TRIES):
            found, now = self.find(reservation_id, visible), self.clock()
            if found.shown(now) != "pending":
                raise ReservationEnded(found.shown(now), found.order_id)
            after = found.extended(minutes, now)
            if after.expires_at == found.expires_at or self.store.extend(found.pending, after.expires_at):
                return after
        raise Busy()

    def give_back(self, reservation_id: str, visible: Visible) -> None:
        """Release it; again changes nothing. Raises `ReservationEnded` when it is an order's own."""
        for _ in range(TRIES):
            found = self.find(reservation_id, visible)
            if found.state is ReservationState.COMMITTED:
                raise ReservationEnded(found.state.value, found.order_id)
            if found.state is ReservationState.RELEASED:
                return
            if self.store.release(found.pending, to_iso(self.clock())):
                return
        raise Busy()
