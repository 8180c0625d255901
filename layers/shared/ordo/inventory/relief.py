"""Who is short of stock looks for reservations that have expired beside the counters, and gives them back at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from ordo.inventory.model import StockCounter, StockKey
from ordo.inventory.reservations import HeldUnits, Pending, ReservationStore, own_counted, own_pending
from ordo.kernel.clock import Clock, to_iso

MAX_LOOKS = 100
"""Counters that are looked at for one who is short, those with the most reserved first: a query each."""


class Counters(Protocol):
    """Where counters are read."""

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """Existing counters of these SKUs at these nodes."""
        ...


Looked = Literal["nothing_reserved", "none_expired", "some_expired"]
"""What a look found. Unless nothing was reserved the counters should be read again, since others may have given back
what had expired between the reading and the look; and after `some_expired` it is worth another look.
"""


@dataclass(frozen=True, slots=True)
class Relief:
    """Releases what has expired. `spare` is a reservation that is left alone: the order's own."""

    store: ReservationStore
    clock: Clock
    spare: str | None = None

    def relieve(self, counters: Iterable[StockCounter], missing: Mapping[str, int]) -> Looked:
        """Release what has expired beside these counters, the oldest first, until the `missing` units by SKU are there.

        Raises `Busy` when what has expired could not be given back.
        """
        keys = worth_a_look(counters)
        if not keys:
            return "nothing_reserved"
        left, now = dict(missing), to_iso(self.clock())
        found = [each for each in self.store.expired(keys, now) if each != self.spare]
        for reservation_id in found:
            for each in self.expire(reservation_id):
                left[each.sku] = left.get(each.sku, 0) - each.units
            if all(units <= 0 for units in left.values()):
                break
        return "some_expired" if found else "none_expired"

    def expire(self, reservation_id: str) -> tuple[HeldUnits, ...]:
        """Release one if it has expired; what was given back by this."""
        now = self.clock()
        found = self.store.find(reservation_id)
        if found is None or not found.has_expired(now):
            return ()
        return found.held if self.store.release(found.pending, to_iso(now)) else ()


class Naming(Protocol):
    """An order in the making that may name a reservation (`ordo.orders.placement.PlacementDraft`)."""

    @property
    def client_id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def reservation_id(self) -> str | None: ...


def expire_due(relief: Relief, pk: str) -> tuple[str, ...]:
    """For the watcher: release the reservation of an entry of the deadline index, if it has expired. No metrics."""
    relief.expire(pk.removeprefix("reservation#"))
    return ()


@dataclass(frozen=True, slots=True)
class OwnCounted:
    """Reads counters for an order: what its own reservation holds is available to it."""

    stock: Counters
    own: Pending | None = None

    @staticmethod
    def of(stock: Counters, store: ReservationStore, order: Naming) -> OwnCounted:
        """For an order of its client and channel. A reservation that has ended, or is another's, is as if not named."""
        if order.reservation_id is None:
            return OwnCounted(stock)
        return OwnCounted(stock, own_pending(store.find(order.reservation_id), order.client_id, order.channel))

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """See `Counters`."""
        return own_counted(self.stock.counters(skus, nodes, consistent=consistent), self.own)

    def facts(self) -> dict[str, Any] | None:
        """What the commit must know to end it."""
        return self.own.to_dict() if self.own else None


@dataclass(slots=True)
class Foreseen:
    """For who only asks: reads counters as a taker would find them who is short. Writes nothing. For one question."""

    stock: Counters
    store: ReservationStore
    clock: Clock
    _free: dict[StockKey, int] = field(default_factory=dict)

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """See `Counters`."""
        found = self.stock.counters(skus, nodes, consistent=consistent)
        return [replace(each, reserved=each.reserved - self._free.get(each.key, 0)) for each in found]

    def relieve(self, counters: Iterable[StockCounter], missing: Mapping[str, int]) -> Looked:
        """From now on what has expired beside these counters counts as given back; one look finds all that it can."""
        now = self.clock()
        keys = worth_a_look(counters)
        self._free = {}
        for reservation_id in self.store.expired(keys, to_iso(now)):
            found = self.store.find(reservation_id)
            for each in found.held if found is not None and found.has_expired(now) else ():
                self._free[each.key] = self._free.get(each.key, 0) + each.units
        return "none_expired" if keys else "nothing_reserved"


def worth_a_look(counters: Iterable[StockCounter]) -> list[StockKey]:
    """Counters of which something is reserved, the most first."""
    reserved = sorted((each for each in counters if each.reserved > 0), key=lambda each: (-each.reserved, each.key))
    return [each.key for each in reserved[:MAX_LOOKS]]
