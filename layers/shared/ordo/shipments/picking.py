"""Which lots a fulfilment's units are picked from: first expired first, or those that the node says it took. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ordo.inventory.errors import LotLack, LotsShort
from ordo.inventory.lots import Lot, LotMove, expiry_of, expiry_told, first_expired_first
from ordo.inventory.model import StockMove
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.shipments.model import Fulfilment, LotUnits

MOST_LOTS = 80
"""Lots that one commit may lower beside all else that it writes. What gives back, or leaves, may be made after it."""
MOST_BESIDE = 90
"""Lots and tracking numbers of one dispatch, which are in its commit however large it is."""


class TooManyLots(OrdoError):
    """One commit cannot take from so many lots; nothing was written."""

    code = Code.TOO_MANY_LOTS

    def __init__(self, lots: int, do: str) -> None:
        detail = f"These units are in {lots} lots, and one commit takes from {MOST_LOTS} at most: {do}."
        super().__init__(detail, facts={"lots": lots, "most": MOST_LOTS})


class LotReader(Protocol):
    """Reads lots, consistently: it is asked again for each try of a decision."""

    def __call__(self, node: str, skus: Sequence[str], *, every: bool = False) -> Mapping[str, Sequence[Lot]]:
        """Lots that may be picked now (`every`: those that are over too), of those of the SKUs that the node keeps by
        lot.
        """
        ...


def without_lots(node: str, skus: Sequence[str], *, every: bool = False) -> Mapping[str, Sequence[Lot]]:
    """A `LotReader` where nothing is kept by lot."""
    return {}


@dataclass(frozen=True, slots=True)
class Pick:
    """How units are picked: where lots are read, and those that the node names, by SKU (else first expired first)."""

    read: LotReader = without_lots
    named: tuple[LotUnits, ...] = ()


UNLOTTED = Pick()


def picked(fulfilment: Fulfilment, pick: Pick) -> tuple[Fulfilment, tuple[LotMove, ...]]:
    """The fulfilment with the lots of all its units that are kept by lot, and what those lots lose by it.

    What was picked before stays as it was. Raises `LotsShort`, naming every SKU that lacks units, and `TooManyLots`,
    and refuses named lots that are not of its units.
    """
    wanted = _wanted(fulfilment)
    known = {units.sku for units in fulfilment.lots}
    open_skus = sorted(wanted.keys() - known)
    at = pick.read(fulfilment.node_id, open_skus) if open_skus else {}
    _require_fitting(fulfilment, pick.named, at)
    moves: list[LotMove] = []
    lacks: list[LotLack] = []
    for sku in sorted(at):
        named = [units for units in pick.named if units.sku == sku]
        taken, missing = _named(named, at[sku]) if named else first_expired_first(at[sku], wanted[sku])
        moves += taken
        if missing:
            lacks.append(LotLack(sku, fulfilment.node_id, wanted[sku], wanted[sku] - missing))
    if lacks:
        raise LotsShort(*lacks, pointer="/lots" if pick.named else None)
    require_few(moves)
    lots = (*fulfilment.lots, *(lot_units(move) for move in moves))
    return fulfilment.model_copy(update={"lots": lots}), tuple(moves)


def require_same(fulfilment: Fulfilment, named: tuple[LotUnits, ...]) -> None:
    """Raise `NotAllowedNow` when a repeated pick names other lots than those that were picked."""
    told = {units.sku for units in named}
    if {units for units in fulfilment.lots if units.sku in told} != set(named):
        raise NotAllowedNow("It was picked from other lots.", facts={"lots": lots_told(fulfilment.lots)})


def lots_told(lots: Iterable[LotUnits]) -> list[dict[str, Any]]:
    """As events and answers tell them."""
    return [units.model_dump(mode="json") for units in lots]


def told_if_any(lots: Iterable[LotUnits]) -> dict[str, Any]:
    """`{"lots": …}` for an event's data; nothing without lots."""
    told = lots_told(lots)
    return {"lots": told} if told else {}


def lots_left(fulfilments: Iterable[Fulfilment]) -> tuple[LotMove, ...]:
    """The lots of fulfilments as a ledger row of their dispatch tells them."""
    return tuple(_move(each, units, -units.quantity) for each in fulfilments for units in each.lots)


def lots_back(fulfilments: Iterable[Fulfilment]) -> tuple[LotMove, ...]:
    """Moves that put what fulfilments have picked back to its lots."""
    return tuple(_move(each, units, units.quantity) for each in fulfilments for units in each.lots)


def require_few(moves: Sequence[LotMove]) -> None:
    """Raise `TooManyLots` when one commit cannot lower all of these lots."""
    lowered = len({move.key for move in moves if move.units < 0})
    if lowered > MOST_LOTS:
        raise TooManyLots(lowered, "pick fewer units (`short`), or name fewer lots")


def require_one_commit(lots: Sequence[LotMove], numbers: int) -> None:
    """Raise `TooManyLots` when a dispatch that picks would write too much at once; picked before, it never does."""
    if lots and len(lots) + numbers > MOST_BESIDE:
        raise TooManyLots(len(lots), "with so many parcels pick first, then dispatch")


def guarded(moves: Iterable[StockMove], by_lot: Container[str]) -> tuple[StockMove, ...]:
    """Moves of units that leave the stock, those of SKUs other than `by_lot` only while they are not kept by lot."""
    return tuple(replace(move, without_lots=move.sku not in by_lot) for move in moves)


def _wanted(fulfilment: Fulfilment) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for take in fulfilment.takes():
        wanted[take.sku] = wanted.get(take.sku, 0) + take.quantity
    return wanted


def _require_fitting(fulfilment: Fulfilment, named: tuple[LotUnits, ...], at: Mapping[str, Sequence[Lot]]) -> None:
    for place, units in enumerate(named):
        if units.sku not in at:
            raise OrdoError(f"No units of {units.sku} are to be picked by lot here.", pointer=f"/lots/{place}/sku")
    wanted = _wanted(fulfilment)
    for sku in sorted({units.sku for units in named}):
        quantity = sum(each.quantity for each in named if each.sku == sku)
        if quantity != wanted[sku]:
            detail = f"{quantity} units of {sku} are named, {wanted[sku]} are to be picked."
            raise OrdoError(detail, pointer="/lots", facts={"sku": sku, "wanted": wanted[sku], "named": quantity})


def _named(named: Iterable[LotUnits], lots: Iterable[Lot]) -> tuple[list[LotMove], int]:
    there = {(lot.lot, lot.expires_on): lot for lot in lots}
    moves: list[LotMove] = []
    missing = 0
    for units in named:
        lot = there.get((units.lot, expiry_of(units.expires_on)))
        has = lot.units if lot else 0
        missing += max(0, units.quantity - has)
        if lot:
            moves.append(LotMove(lot.sku, lot.node, lot.lot, lot.expires_on, -units.quantity))
    return moves, missing


def lot_units(move: LotMove) -> LotUnits:
    """What a move takes from its lot."""
    return LotUnits(sku=move.sku, lot=move.lot, expires_on=expiry_told(move.expires_on), quantity=-move.units)


def _move(fulfilment: Fulfilment, units: LotUnits, change: int) -> LotMove:
    return LotMove(units.sku, fulfilment.node_id, units.lot, expiry_of(units.expires_on), change)
