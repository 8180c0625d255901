"""Work that a node has open, in units of goods: what its load and its free capacity are made of. Pure.

Counted only of nodes whose terms ask for it (`catalog.node_terms.NodeTerms.counts_work`), since the counter is one item
that every order of the node writes (docs/adr/0030-work-of-nodes.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadMove:
    """Units of work that a node gets (positive) or is done with (negative), in an order's commit.

    `limit` is how many units may be open there at most, where the order's policy holds it to that.
    """

    node: str
    units: int
    limit: int | None = None

    @property
    def room(self) -> int | None:
        """How many units may be open before the move; None: any number."""
        return None if self.limit is None or self.units <= 0 else self.limit - self.units


@dataclass
class NodeFull(Exception):
    """A node has less room than the plan gives it: others were quicker. `open_units` is what it has to do now."""

    node: str
    open_units: int


def merge_loads(moves: Iterable[LoadMove]) -> tuple[LoadMove, ...]:
    """One move for each node, by node, none empty: a transaction may touch an item only once."""
    units: dict[str, int] = {}
    limits: dict[str, int] = {}
    for move in moves:
        units[move.node] = units.get(move.node, 0) + move.units
        if move.limit is not None:
            limits[move.node] = min(move.limit, limits.get(move.node, move.limit))
    return tuple(LoadMove(node, units[node], limits.get(node)) for node in sorted(units) if units[node])


def require_room(move: LoadMove, open_units: int) -> None:
    """Raise `NodeFull` when the move would give the node more than its limit."""
    if move.room is not None and open_units > move.room:
        raise NodeFull(move.node, open_units)
