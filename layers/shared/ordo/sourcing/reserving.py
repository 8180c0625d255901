"""Holding a cart's stock before its order: where an order of the same cart would take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.reservation_terms import ReservationTerms
from ordo.inventory.demand import Wanted
from ordo.inventory.errors import ReservationLimit, ReservationsNotOffered, StockExhausted
from ordo.inventory.margins import MarginsSeen
from ordo.inventory.model import MAIN
from ordo.inventory.relief import Relief
from ordo.inventory.reservations import (
    MAX_HELD,
    MAX_LINES,
    MAX_SKUS,
    HeldUnits,
    KeyTaken,
    QuotaShort,
    Reservation,
    ReservationStore,
    times,
)
from ordo.inventory.spread import ByBucket, takes
from ordo.kernel.clock import Clock
from ordo.kernel.errors import Busy, Code, OrdoError
from ordo.kernel.ids import Ids
from ordo.orders.schemas import LineRequest, body_hash
from ordo.sourcing.model import Plan
from ordo.sourcing.promises import Snapshots, demand_in
from ordo.sourcing.reservation_schemas import ReservationRequest
from ordo.sourcing.service import Loads, Nodes, SourcingService, Stock

TRIES = 8
"""How often it is planned again when others take what was planned with."""


class Catalog(Snapshots, Nodes, Protocol):
    """What is asked of the catalogue."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for, with what the catalogue says of it."""

    request: ReservationRequest
    client_id: str
    key: str
    sent: str
    channel: ChannelPolicy
    terms: ReservationTerms
    demand: Sequence[Wanted]

    def made(self, reservation_id: str, held: tuple[HeldUnits, ...], now: datetime) -> Reservation:
        """The reservation that begins now."""
        start, end, latest = times(now, self.request.minutes, self.terms)
        return Reservation(
            reservation_id=reservation_id,
            channel=self.request.channel,
            client_id=self.client_id,
            customer_id=self.request.customer_id,
            session_id=self.request.session_id,
            created_at=start,
            expires_at=end,
            latest_at=latest,
            lines=tuple(map(_kept, self.request.lines)),
            held=held,
            key=self.key,
            body_hash=self.sent,
        )


@dataclass(frozen=True, slots=True)
class Reserving:
    """`stock` reads counters, `store` takes from them."""

    catalog: Catalog
    stock: Stock
    store: ReservationStore
    relief: Relief
    clock: Clock
    ids: Ids
    loads: Loads | None = None

    def reserve(self, request: ReservationRequest, client_id: str, key: str) -> Reservation:
        """The reservation of this key: a new one, or what it is by now when the key was used with the same body.

        Raises `idempotency_key_reused`, `ReservationsNotOffered`, `ReservationLimit`, `OutOfStock`, `NoNode`,
        `too_many_lines`, `Busy`, and what an order's lines are refused with.
        """
        sent = body_hash(request)
        try:
            return self._reserve(self._asked(request, client_id, key, sent))
        except KeyTaken as taken:
            return self._known(taken, sent)
        except OrdoError:
            held = self.store.by_key(client_id, key)
            if held is None:
                raise
            return self._known(held, sent)

    def _known(self, taken: KeyTaken, sent: str) -> Reservation:
        facts = {"reservation_id": taken.reservation_id}
        if taken.body_hash != sent:
            detail = "This Idempotency-Key belongs to another request."
            raise OrdoError(detail, code=Code.IDEMPOTENCY_KEY_REUSED, facts=facts)
        found = self.store.find(taken.reservation_id)
        if found is None:
            raise OrdoError("Its reservation ended long ago.", code=Code.RESERVATION_ENDED, facts=facts)
        return found

    def _reserve(self, asked: _Asked) -> Reservation:
        relieved, reservation_id, limit = False, self.ids("res", self.clock()), asked.terms.max_units_per_customer
        for attempt in range(TRIES):
            held = self._planned(reservation_id, asked, consistent=attempt > 0)
            reservation = asked.made(reservation_id, held, self.clock())
            try:
                self.store.take(reservation, limit)
            except StockExhausted:
                continue  # others took it since it was planned
            except QuotaShort as short:
                if relieved:
                    raise _limit(asked, reservation, short) from short
                relieved = True
                for (
                    each
                ) in short.reservations:  # those that have expired hold nothing, though nobody gave them back yet
                    self.relief.expire(each)
                continue
            return reservation
        raise Busy()

    def _asked(self, request: ReservationRequest, client_id: str, key: str, sent: str) -> _Asked:
        """Checked as an order's lines are."""
        skus = [line.sku for line in request.lines]
        snapshot = self.catalog.load_snapshot(request.channel, skus, (), self.clock())
        channel = snapshot.selling_channel(request.channel)
        if channel.reservations is None:
            raise ReservationsNotOffered(request.channel)
        demand = list(demand_in(request.lines, snapshot))
        _require_few(request.lines, demand)
        return _Asked(request, client_id, key, sent, channel, channel.reservations, demand)

    def _planned(self, reservation_id: str, asked: _Asked, *, consistent: bool) -> tuple[HeldUnits, ...]:
        """The counters that an order of the cart would take from now."""
        request, channel, now = asked.request, asked.channel, self.clock()
        seen = MarginsSeen(self.stock)
        sourcing = SourcingService(self.catalog, seen, self.loads, relief=self.relief)
        found = sourcing.seen(asked.demand, request.channel, now, consistent=consistent, terms=channel.sourcing)
        plan = sourcing.plan(
            asked.demand,
            request.channel,
            request.ship_to.model_dump(exclude_none=True) if request.ship_to else None,
            found.stock,
            now,
            max_fulfilments=channel.max_fulfilments,
            terms=channel.sourcing,
            open_units=found.open_units,
            kept=found.kept,
        )
        shelves = seen.by_bucket(request.channel, others=found.kept is not None) or {}
        held = _held(reservation_id, request.channel, plan, shelves)
        if len(held) > MAX_HELD:
            raise _too_many("The cart is taken from too many places at once", counters=len(held), limit=MAX_HELD)
        return held


def _held(reservation_id: str, channel: str, plan: Plan, shelves: ByBucket) -> tuple[HeldUnits, ...]:
    """By counter; a SKU with several buckets is spread as an order that comes with this reservation will be."""
    wanted: dict[tuple[str, str], int] = {}
    for part in plan.fulfilments:
        for line in part.lines:
            wanted[line.sku, part.node_id] = wanted.get((line.sku, part.node_id), 0) + line.quantity
    found: list[HeldUnits] = []
    for (sku, node), units in sorted(wanted.items()):
        available = shelves.get(sku, {}).get(node)
        spread = {MAIN: units} if available is None else takes(reservation_id, sku, node, units, available, channel)
        if spread is None:
            raise ValueError("a plan takes no more than was seen")
        found += [HeldUnits(sku, node, bucket, taken) for bucket, taken in sorted(spread.items())]
    return tuple(found)


def _kept(line: LineRequest) -> dict[str, Any]:
    """What is kept of a line: not what its goods are made with, which may be personal."""
    return {"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity, "options": line.options}


def _require_few(lines: Sequence[LineRequest], demand: Sequence[Wanted]) -> None:
    skus = len({line.sku for line in demand})
    if skus > MAX_SKUS:
        raise _too_many("The cart has too many SKUs", skus=skus, limit=MAX_SKUS)
    if len(lines) > MAX_LINES:
        raise _too_many("The cart has too many lines", lines=len(lines), limit=MAX_LINES)


def _too_many(what: str, **facts: int) -> OrdoError:
    detail = f"{what} to be reserved before its order."
    return OrdoError(detail, code=Code.TOO_MANY_LINES, pointer="/lines", facts=facts)


def _limit(asked: _Asked, reservation: Reservation, short: QuotaShort) -> ReservationLimit:
    line_id = next(wanted.line_id for wanted in asked.demand if wanted.sku == short.sku)
    place = next(place for place, line in enumerate(asked.request.lines) if line.line_id == line_id)
    return ReservationLimit(
        short.sku,
        requested=reservation.pending.by_sku()[short.sku],
        held=short.held,
        limit=asked.terms.max_units_per_customer,
        pointer=f"/lines/{place}/quantity",
    )
