"""Reservations in memory, for tests with many examples: the same contract as DynamoDB's, behind one lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from threading import RLock

from ordo.inventory.model import StockCounter, StockKey, apply_all
from ordo.inventory.reservations import KeyTaken, Pending, QuotaShort, Reservation, ReservationState


class InMemoryReservations:
    """A `ReservationStore` on counters that others may share, as long as they hold `lock` when they change them."""

    def __init__(self, counters: dict[StockKey, StockCounter], lock: RLock | None = None) -> None:
        self.lock = lock or RLock()
        self.counters = counters
        self.by_id: dict[str, Reservation] = {}
        self.quotas: dict[tuple[str, str], int] = {}
        """Units by holder and SKU."""
        self._keys: dict[tuple[str, str], KeyTaken] = {}

    def take(self, reservation: Reservation, limit: int) -> None:
        """See `ReservationStore`."""
        with self.lock:
            taken = self._keys.get((reservation.client_id, reservation.key))
            if taken is not None:
                raise KeyTaken(taken.reservation_id, taken.body_hash)
            units = reservation.pending.by_sku()
            for sku, wanted in units.items():
                held = self.quotas.get((reservation.holder, sku), 0)
                if held > limit - wanted:
                    raise QuotaShort(sku, held, self._of(reservation.holder, sku))
            self.counters.update(apply_all(self.counters, reservation.pending.takes()))
            self._count(reservation.holder, units)
            self.by_id[reservation.reservation_id] = reservation
            self._keys[reservation.client_id, reservation.key] = KeyTaken(
                reservation.reservation_id, reservation.body_hash
            )

    def find(self, reservation_id: str) -> Reservation | None:
        """See `ReservationStore`."""
        with self.lock:
            return self.by_id.get(reservation_id)

    def by_key(self, client_id: str, key: str) -> KeyTaken | None:
        """See `ReservationStore`."""
        return self._keys.get((client_id, key))

    def release(self, pending: Pending, at: str) -> bool:
        """See `ReservationStore`."""
        with self.lock:
            if not self.is_pending(pending):
                return False
            self.counters.update(apply_all(self.counters, pending.gives_back()))
            self.end(pending, ReservationState.RELEASED, at)
            return True

    def extend(self, pending: Pending, until: str) -> bool:
        """See `ReservationStore`."""
        with self.lock:
            if not self.is_pending(pending):
                return False
            before = self.by_id[pending.reservation_id]
            self.by_id[pending.reservation_id] = replace(before, expires_at=until)
            return True

    def expired(self, keys: Iterable[StockKey], until: str) -> list[str]:
        """See `ReservationStore`."""
        wanted = set(keys)
        with self.lock:
            return [
                each.reservation_id
                for each in sorted(self.by_id.values(), key=lambda one: (one.expires_at, one.reservation_id))
                if each.state is ReservationState.PENDING
                and each.expires_at <= until
                and any(units.key in wanted for units in each.held)
            ]

    def is_pending(self, pending: Pending) -> bool:
        """Whether who read it so may end it."""
        present = self.by_id.get(pending.reservation_id)
        return (
            present is not None
            and present.state is ReservationState.PENDING
            and (present.expires_at == pending.expires_at)
        )

    def end(self, pending: Pending, state: ReservationState, at: str, order_id: str | None = None) -> None:
        """End a pending one, counters apart; for an order's commit too, which holds the lock."""
        before = self.by_id[pending.reservation_id]
        self.by_id[pending.reservation_id] = replace(before, state=state, ended_at=at, order_id=order_id)
        self._count(pending.holder, {sku: -units for sku, units in pending.by_sku().items()})

    def _of(self, holder: str, sku: str) -> tuple[str, ...]:
        mine = (each for each in self.by_id.values() if each.holder == holder and sku in each.pending.by_sku())
        return tuple(sorted(each.reservation_id for each in mine if each.state is ReservationState.PENDING))

    def _count(self, holder: str, units: dict[str, int]) -> None:
        for sku, more in units.items():
            self.quotas[holder, sku] = self.quotas.get((holder, sku), 0) + more
