"""What a fulfilment keeps and gives back when some of its units end: lines, buckets, lots. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.shipments.model import BucketUnits, Fulfilment, LineQuantity, LotUnits


def less(lines: Iterable[LineQuantity], given_up: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """The lines without the units that end."""
    gone: dict[str, int] = {}
    for line in given_up:
        gone[line.key] = gone.get(line.key, 0) + line.quantity
    left = ((line, line.quantity - gone.get(line.key, 0)) for line in lines)
    return tuple(line.model_copy(update={"quantity": units}) for line, units in left if units > 0)


def given_up_takes(fulfilment: Fulfilment, given_up: Iterable[LineQuantity]) -> list[BucketUnits]:
    """From which buckets the given-up units were taken: of the last ones first."""
    units = _by_sku(given_up)
    found = []
    for take in reversed(fulfilment.takes()):
        part = min(take.quantity, units.get(take.sku, 0))
        if part:
            units[take.sku] -= part
            found.append(take.model_copy(update={"quantity": part}))
    return found[::-1]


def kept_buckets(fulfilment: Fulfilment, given_up: Iterable[LineQuantity]) -> tuple[BucketUnits, ...]:
    """Where the units are taken that stay; nothing where all are of the main bucket."""
    gone = {(take.sku, take.bucket): take.quantity for take in given_up_takes(fulfilment, given_up)}
    left = ((take, take.quantity - gone.get((take.sku, take.bucket), 0)) for take in fulfilment.buckets)
    return tuple(take.model_copy(update={"quantity": units}) for take, units in left if units)


def given_up_lots(fulfilment: Fulfilment, given_up: Iterable[LineQuantity]) -> tuple[LotUnits, ...]:
    """The lots that picked units go back to: of those that expire last first, so that the oldest are still sent."""
    units = _by_sku(given_up)
    found = []
    for lot in sorted(fulfilment.lots, key=lambda each: (each.expires_on or "~", each.lot), reverse=True):
        part = min(lot.quantity, units.get(lot.sku, 0))
        if part:
            units[lot.sku] -= part
            found.append(lot.model_copy(update={"quantity": part}))
    return tuple(found)


def kept_lots(fulfilment: Fulfilment, given_up: Iterable[LineQuantity]) -> tuple[LotUnits, ...]:
    """The lots that the units that stay were picked from."""
    gone = {(lot.sku, lot.lot, lot.expires_on): lot.quantity for lot in given_up_lots(fulfilment, given_up)}
    left = ((lot, lot.quantity - gone.get((lot.sku, lot.lot, lot.expires_on), 0)) for lot in fulfilment.lots)
    return tuple(lot.model_copy(update={"quantity": units}) for lot, units in left if units)


def _by_sku(lines: Iterable[LineQuantity]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return units
