"""What fulfilments take of stock and of their nodes' time, and give back. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.capacity.model import LoadMove
from ordo.inventory.model import StockMove, merge, release, reserve
from ordo.shipments.model import Fulfilment


def taken(fulfilments: Iterable[Fulfilment]) -> list[StockMove]:
    """Moves that reserve all their units, one for each counter."""
    return merge(
        reserve(take.sku, each.node_id, take.quantity, take.bucket) for each in fulfilments for take in each.takes()
    )


def given_back(fulfilments: Iterable[Fulfilment]) -> list[StockMove]:
    """Moves that end all their reservations, one for each counter."""
    return merge(
        release(take.sku, each.node_id, take.quantity, take.bucket) for each in fulfilments for take in each.takes()
    )


def begun(fulfilments: Iterable[Fulfilment], limits: dict[str, int]) -> tuple[LoadMove, ...]:
    """Work that nodes get, within their `limits` (by node) where they have any; only of nodes that are counted."""
    return tuple(
        LoadMove(each.node_id, each.units, limits.get(each.node_id)) for each in fulfilments if each.work_counted
    )


def ended(fulfilments: Iterable[Fulfilment]) -> tuple[LoadMove, ...]:
    """Work that nodes no longer have: it is done, or it was taken from them."""
    return tuple(LoadMove(each.node_id, -each.units) for each in fulfilments if each.work_counted)
