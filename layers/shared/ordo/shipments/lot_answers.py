"""What a node's answer does to lots: units that it does not give go back to theirs, or are gone with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ordo.inventory.errors import LotsShort
from ordo.inventory.lots import LotMove, taken_from
from ordo.kernel.errors import OrdoError
from ordo.shipments.model import ENDED, Fulfilment, LineQuantity, LotUnits
from ordo.shipments.picking import Pick, lot_units, lots_back, lots_left, picked, require_few


@dataclass(frozen=True, slots=True)
class LotAnswer:
    """`after` is the fulfilment with the lots of what it gives. `gone`: what it does not give leaves the stock, `lost`
    of it from lots; SKUs other than `by_lot` only while they are not kept by lot. `told` are the lots that were picked,
    or that a rejection puts back or loses.
    """

    after: Fulfilment
    moves: tuple[LotMove, ...]
    gone: bool
    lost: tuple[LotMove, ...]
    by_lot: frozenset[str]
    told: tuple[LotUnits, ...]


def lots_answered(
    before: Fulfilment, after: Fulfilment, given_up: Sequence[LineQuantity], pick: Pick, *, gone: bool
) -> LotAnswer:
    """The lots of an answer that leaves `after` and gives up some units, which are `gone` from the shelves or not.

    What is picked is chosen as a pick chooses it; units that are gone and that no lot was picked for are of what
    expires first, over or not. When the lots do not have these, somebody has counted before: the units are given back,
    as when counters do not have them. Raises `LotsShort`, `TooManyLots`, and refuses named lots that do not fit.
    """
    after, picks = _with_lots(after, pick)
    known = {units.sku for units in before.lots}
    lost: tuple[LotMove, ...] = ()
    kept: frozenset[str] = frozenset()
    if gone:
        try:
            lost, kept = _lost(before, [line for line in given_up if line.sku not in known], pick, picks)
        except LotsShort:
            gone = False
    ended = after.state in ENDED
    back = () if gone or not ended else lots_back([before])
    left = lots_left([before]) if gone and ended else ()
    require_few((*picks, *lost))
    told = (*before.lots, *map(lot_units, lost)) if ended else after.lots
    return LotAnswer(after, (*picks, *lost, *back), gone, (*left, *lost), kept | known, told)


def _with_lots(after: Fulfilment, pick: Pick) -> tuple[Fulfilment, tuple[LotMove, ...]]:
    if after.state not in ENDED:
        return picked(after, pick)
    if pick.named:
        raise OrdoError(f"No units of {pick.named[0].sku} are to be picked by lot here.", pointer="/lots/0/sku")
    return after.model_copy(update={"lots": ()}), ()


def _lost(
    before: Fulfilment, given_up: Iterable[LineQuantity], pick: Pick, picks: Iterable[LotMove]
) -> tuple[tuple[LotMove, ...], frozenset[str]]:
    units: dict[str, int] = {}
    for line in given_up:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    at = pick.read(before.node_id, sorted(units), every=True) if units else {}
    taken = {move.key: move.units for move in picks}
    lost: list[LotMove] = []
    for sku in sorted(at):
        left = [replace(lot, units=max(0, lot.units + taken.get(lot.key, 0))) for lot in at[sku]]
        lost += taken_from(left, sku, before.node_id, units[sku])
    return tuple(lost), frozenset(at)
