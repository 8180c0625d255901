"""Open work of nodes in memory; an in-memory order repository may share `by_node` and commit to it."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.capacity.model import LoadMove, require_room


class InMemoryLoads:
    """`ordo.sourcing.service.Loads` in a dictionary."""

    def __init__(self) -> None:
        self.by_node: dict[str, int] = {}

    def open_units(self, nodes: Iterable[str], *, consistent: bool = False) -> dict[str, int]:
        """Units that each of these nodes has to do."""
        return {node: self.by_node.get(node, 0) for node in nodes}


def check(by_node: dict[str, int], moves: Iterable[LoadMove]) -> None:
    """Raise `NodeFull` for the first move that has no room."""
    for move in moves:
        require_room(move, by_node.get(move.node, 0))


def make(by_node: dict[str, int], moves: Iterable[LoadMove]) -> None:
    """Make moves that were checked."""
    for move in moves:
        by_node[move.node] = by_node.get(move.node, 0) + move.units
