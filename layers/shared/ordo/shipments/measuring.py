"""What a merchant's own deliveries say of carriers: gathered nightly, kept for ninety days. Pure but for the ports.

A run looks at the orders that changed since the last one (the outbox's receipts name them, ADR 14), takes the parcels
whose delivery was told in that time, keeps their tallies by carrier under the time's beginning, and makes the figures
anew from all that is kept. A run that broke off is done again from the same time and overwrites what it had kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from ordo.catalog.hours import DAYS
from ordo.catalog.transit_terms import MINUTES_OF_A_DAY, lanes_of
from ordo.kernel.canonical import sha256_hex
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.frozen import Frozen
from ordo.orders.model import OrderState
from ordo.shipments.model import Parcel, Shipment, TrackingStatus
from ordo.shipments.patience import rests_of
from ordo.shipments.quiet import gaps_of
from ordo.shipments.rests import Rests
from ordo.shipments.tracking import delivery_time
from ordo.shipments.transit import ALL, Figures, Passage, Tally, gap_of, passage_of, together

KEPT = timedelta(days=90)
RECEIPTS_KEPT, LOOKED_BACK = timedelta(days=15), timedelta(days=14)
"""How far back a first run looks, and one after a longer pause than receipts are kept: a day less, for its repeats."""
SETTLED = timedelta(hours=1)
"""A run leaves out the last hour: what happened then may have no receipt yet."""
TOLD_LATE = timedelta(days=3)
"""A delivery of longer ago is not looked for: a finished order changes once more when it is completed."""
MAX_ORDERS = 10_000
"""Orders that one run reads: of more a fair part, chosen by the hash of their ids."""
FOR_ORDERS, FOR_FIGURES = 45.0, 15.0
"""Seconds that are kept back."""
LONGEST = 90 * MINUTES_OF_A_DAY
HOUR = timedelta(hours=1)

Receipt = tuple[str, list[str]]
"""When events were published, and of which orders."""
Head = tuple[str, str | None, int]
"""Order id, when all of it had come, and how many units have."""


class Samples(Frozen):
    """Tallies of one carrier's deliveries that were told from `since` on, until `until`.

    `passages` in minutes by the most exact lane and weekday (`hz>CN/浙江省`, 0: Monday), `gaps` in hours by status.
    """

    carrier: str
    since: str
    until: str
    passages: dict[str, dict[int, dict[int, int]]] = {}
    gaps: dict[TrackingStatus, dict[int, int]] = {}


class Measured(Frozen):
    """How far the last run came, and of which carriers something is kept."""

    until: str | None = None
    carriers: tuple[str, ...] = ()


class TransitStore(Protocol):
    """Where tallies and figures are kept; every write may be repeated."""

    def last(self) -> Measured:
        """What the last whole run left."""

    def keep_samples(self, samples: Samples) -> None:
        """Put them in place of those of the same carrier and beginning."""

    def samples(self, carrier: str) -> list[Samples]:
        """All that is kept of a carrier, the oldest first."""

    def forget_samples(self, carrier: str, since: str) -> None:
        """Remove those of this beginning; nothing happens when they are gone."""

    def keep_figures(self, figures: Figures) -> None:
        """Put them in place of the carrier's former ones."""

    def finish(self, measured: Measured) -> None:
        """The run is whole."""


class Deliveries(Protocol):
    """Where a run finds what was delivered."""

    def receipts(self, since: str) -> Iterator[Receipt]:
        """Receipts of events published from `since` on, in order of time."""

    def heads(self, order_ids: Iterable[str]) -> Iterator[Head]:
        """Those of the orders, in any order."""

    def load(self, order_id: str) -> OrderState:
        """One order."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did. Not `finished`: the time ran out, and the next one goes on at `until`."""

    until: str
    orders: int
    parcels: int
    carriers: int
    finished: bool


@dataclass(slots=True)
class _Tallies:
    passages: dict[str, dict[int, Counter[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    gaps: dict[TrackingStatus, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def samples(self, carrier: str, since: str, until: str) -> Samples:
        passages = {lane: {day: dict(each) for day, each in days.items()} for lane, days in self.passages.items()}
        gaps = {status: dict(each) for status, each in self.gaps.items()}
        return Samples(carrier=carrier, since=since, until=until, passages=passages, gaps=gaps)


def usual_rests(carrier: str) -> Rests:
    """When a carrier rests of which nothing is said."""
    return rests_of(carrier, None)


def measure(
    store: TransitStore,
    found: Deliveries,
    now: datetime,
    left_s: Callable[[], float],
    rests: Callable[[str], Rests] = usual_rests,
) -> Run:
    """One run with so many seconds left; raises what storage raises, and is then done again from the same time.
    `rests` of a carrier are asked for once.

    Receipts are read until `FOR_ORDERS` is left, then orders until `FOR_FIGURES` is: what was not read of these is left
    out, and since they come in order of their hashes, what was read is still a fair part.
    """
    last = store.last()
    since = last.until if last.until and last.until >= to_iso(now - RECEIPTS_KEPT) else to_iso(now - LOOKED_BACK)
    if since != last.until:  # kept before anything else, so that a run that breaks off is done again from there
        store.finish(last.model_copy(update={"until": since}))
    ids, until, finished = _changed(found.receipts(since), to_iso(now - SETTLED), lambda: left_s() > FOR_ORDERS)
    by_carrier: dict[str, _Tallies] = defaultdict(_Tallies)
    resting = cache(rests)
    orders = parcels = 0
    for order_id in _delivered(found.heads(ids), since):
        if left_s() <= FOR_FIGURES:
            break
        orders += 1
        for shipment, parcel, state in _told_between(found.load(order_id), since, until):
            parcels += 1
            _count(by_carrier[shipment.carrier], shipment, parcel, state, resting(shipment.carrier))
    for carrier, tallies in sorted(by_carrier.items()):
        store.keep_samples(tallies.samples(carrier, since, until))
    carriers = tuple(sorted({*last.carriers, *by_carrier}))
    left = tuple(carrier for carrier in carriers if _refresh(store, carrier, now))
    store.finish(Measured(until=max(until, since), carriers=left))
    return Run(until, orders, parcels, len(carriers), finished)


def _changed(receipts: Iterable[Receipt], until: str, has_time: Callable[[], bool]) -> tuple[list[str], str, bool]:
    """A fair part of the orders in receipts, until when these were read, and whether that is all."""
    ids: dict[str, None] = {}
    for written_at, subjects in receipts:
        if written_at >= until:
            break
        if not has_time():
            return _fair(ids), written_at, False
        ids.update(dict.fromkeys(each for each in subjects if each.startswith("ord_")))
    return _fair(ids), until, True


def _fair(ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=sha256_hex)


def _delivered(heads: Iterable[Head], since: str) -> Iterator[str]:
    """Orders of which something may have come lately, at most so many as a run reads."""
    oldest, read = to_iso(from_iso(since) - TOLD_LATE), 0
    for order_id, delivered_at, units in heads:
        if units and (delivered_at is None or delivered_at >= oldest):
            read += 1
            if read > MAX_ORDERS:
                return
            yield order_id


def _told_between(state: OrderState, since: str, until: str) -> Iterator[tuple[Shipment, Parcel, OrderState]]:
    """Parcels whose delivery was told from `since` on: each is of exactly one run."""
    for shipment in state.shipments.values():
        for parcel in shipment.parcels:
            told = [each.received_at for each in parcel.history if each.status is TrackingStatus.DELIVERED]
            if parcel.status is TrackingStatus.DELIVERED and told and since <= min(told) < until:
                yield shipment, parcel, state


def _count(tallies: _Tallies, shipment: Shipment, parcel: Parcel, state: OrderState, rests: Rests) -> None:
    came = delivery_time(parcel.history)
    fulfilment = state.fulfilments.get(shipment.fulfilment_id)
    if came and fulfilment and shipment.weekday is not None:
        minutes = round((from_iso(came) - from_iso(shipment.dispatched_at)).total_seconds() / 60)
        if 0 < minutes <= LONGEST:  # a carrier's wrong clock says nothing of the way
            lane = next(iter(lanes_of(fulfilment.node_id, state.header.destination)))
            tallies.passages[lane][shipment.weekday][minutes] += 1
    for status, hours in gaps_in(shipment, parcel, rests):
        tallies.gaps[status][hours] += 1


def gaps_in(shipment: Shipment, parcel: Parcel, rests: Rests) -> Iterator[tuple[TrackingStatus, int]]:
    """Waits for news in hours of the carrier's work, rounded up, as `quiet.gaps_of` tells them."""
    for status, wait in gaps_of(parcel.history, from_iso(shipment.dispatched_at), rests):
        yield status, -(-wait // HOUR)


def _refresh(store: TransitStore, carrier: str, now: datetime) -> bool:
    """Make the carrier's figures of what is not too old, and forget the rest; whether anything of it is left."""
    oldest = to_iso(now - KEPT)
    kept: list[Samples] = []
    for each in store.samples(carrier):
        if each.until < oldest:
            store.forget_samples(carrier, each.since)
        else:
            kept.append(each)
    store.keep_figures(figures_of(carrier, kept, now))
    return bool(kept)


def figures_of(carrier: str, kept: Iterable[Samples], now: datetime) -> Figures:
    """What the tallies say together: of each lane and of every less exact one that it is in, by weekday and of all."""
    kept = list(kept)
    lanes: dict[str, dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    gaps: dict[TrackingStatus, list[Tally]] = defaultdict(list)
    for samples in kept:
        for leaf, days in samples.passages.items():
            for lane in _wider(leaf):
                for weekday, tally in days.items():
                    lanes[lane][DAYS[weekday]].append(tally)
                    lanes[lane][ALL].append(tally)
        for status, tally in samples.gaps.items():
            gaps[status].append(tally)
    return Figures(
        carrier=carrier,
        measured_at=to_iso(now),
        since=min((each.since for each in kept), default=to_iso(now)),
        lanes={lane: _passages(days) for lane, days in sorted(lanes.items())},
        gaps={status: gap_of(together(each)) for status, each in gaps.items()},
    )


def _passages(days: Mapping[str, Iterable[Tally]]) -> dict[str, Passage]:
    return {day: passage_of(together(each)) for day, each in days.items()}


def _wider(leaf: str) -> Iterator[str]:
    """The lane and those that it is in, but not every way of the carrier: countries have nothing in common."""
    node, _, place = leaf.partition(">")
    destination = None if place == "*" else place
    return (lane for lane in lanes_of(node, destination) if not lane.endswith(">*"))
