"""What fulfilments take of their nodes' time, and give back. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.capacity.model import LoadMove
from ordo.shipments.model import Fulfilment


def begun(fulfilments: Iterable[Fulfilment], limits: dict[str, int]) -> tuple[LoadMove, ...]:
    """Work that nodes get, within their `limits` (by node) where they have any; only of nodes that are counted."""
    return tuple(
        LoadMove(each.node_id, each.units, limits.get(each.node_id)) for each in fulfilments if each.work_counted
    )


def ended(fulfilments: Iterable[Fulfilment]) -> tuple[LoadMove, ...]:
    """Work that nodes no longer have: it is done, or it was taken from them."""
    return tuple(LoadMove(each.node_id, -each.units) for each in fulfilments if each.work_counted)
