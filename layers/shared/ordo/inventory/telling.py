"""What a placement tells purchasing when it is done, from its own function; most placements load none of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ordo.inventory.margins import Margins, crossed

if TYPE_CHECKING:
    from ordo.inventory.backlog import QueueChange
    from ordo.inventory.backlog_repository import DynamoBacklog
    from ordo.inventory.model import StockCounter

BUDGET_S = 0.3
"""The order's answer waits no longer than this for others who write the same requirement."""


def tell_low(table: str, margins: Margins | None, plan: Mapping[str, Any] | None) -> None:
    """Where a committed order brought stock below its reorder point, as far as its plan's margins know."""
    places = crossed(margins, _taken(plan)) if plan else []
    if places:
        from ordo.inventory.refusals import look_at
        from ordo.runtime.observability import logger

        look_at(
            _shortages(table), places, lambda place, error: logger.warning("not told low", extra=_why(place, error))
        )


def tell_short(table: str, lines: Any, client_id: str, key: str) -> None:
    """The lines of a refusal for want of stock; the same key again counts once."""
    from ordo.inventory.refusals import note_refusal
    from ordo.kernel.canonical import sha256_hex
    from ordo.runtime.observability import logger

    ref = sha256_hex(f"{client_id}#{key}")[:32]
    note_refusal(
        _shortages(table), lines, ref, lambda sku, error: logger.warning("not told short", extra=_why(sku, error))
    )


def tell_waiting(table: str, plan: Mapping[str, Any] | None, order_id: str) -> None:
    """What a committed order waits for, as its plan says."""
    for part in (plan or {}).get("fulfilments", ()):
        waits = part.get("backorder")
        if waits:
            units = sum(line["quantity"] for line in part["lines"])
            sku, node = part["lines"][0]["sku"], part["node_id"]
            if not (waits.get("not_before") and waits.get("supplied", 0) >= units):  # it only waits for its launch
                _told(table, sku, node, order_id, (units, waits["due_at"], waits.get("supplied", 0)))


def tell_queue(table: str, changes: Iterable[QueueChange]) -> None:
    """Parts that wait for something else now, or for nothing any more, without having got it."""
    for change in changes:
        entry = change.entry
        if change.joins and entry.not_before and entry.supplied >= entry.units:
            continue
        wants = (entry.units, entry.promise, entry.supplied) if change.joins else None
        _told(table, entry.sku, entry.node, entry.order_id, wants)


def _told(table: str, sku: str, node: str, order_id: str, wants: tuple[int, str, int] | None) -> None:
    from ordo.runtime.observability import logger

    try:
        if wants is None:
            _shortages(table).withdrawn(sku, node, order_id=order_id)
        else:
            units, needed_by, supplied = wants
            _shortages(table).backordered(sku, node, units, needed_by, order_id=order_id, supplied=supplied)
    except Exception as error:  # noqa: BLE001  the order is written, whatever happens here
        logger.warning("not told waiting", extra=_why(f"{sku} at {node}", error))


def shelves_in(table: str, skus: Sequence[str], nodes: Sequence[str]) -> list[StockCounter]:
    """Every counter of these SKUs at these nodes, read consistently; loaded only where a bucket was short."""
    from ordo.inventory.repository import DynamoStockRepository
    from ordo.inventory.service import StockService
    from ordo.kernel.clock import system_clock

    return StockService(DynamoStockRepository(table), system_clock).counters(skus, nodes, consistent=True)


def backlog_in(table: str) -> DynamoBacklog:
    """The queues of those who wait."""
    from ordo.inventory.backlog_repository import DynamoBacklog

    return DynamoBacklog(table)


def bring_together(table: str, places: Iterable[tuple[str, str]]) -> None:
    """Arrange SKUs of which an order had to collect its units from several buckets: little is left in each.

    The order is placed already; what fails here is done by the next order that must collect.
    """
    for sku, node in places:
        from ordo.inventory.arranging import Arranging
        from ordo.inventory.repository import DynamoStockRepository
        from ordo.kernel.clock import system_clock
        from ordo.kernel.errors import OrdoError
        from ordo.kernel.ids import new_id
        from ordo.runtime.observability import logger

        try:
            Arranging(DynamoStockRepository(table), system_clock, new_id).arrange(sku, node, actor="ordo")
        except OrdoError as error:
            logger.warning("not brought together", extra=_why(f"{sku} at {node}", error))


def _shortages(table: str) -> Any:
    from ordo.inventory.shortage_repository import DynamoShortages
    from ordo.inventory.shortages import Shortages
    from ordo.kernel.clock import system_clock
    from ordo.kernel.ids import new_id

    return Shortages(DynamoShortages(table, BUDGET_S), system_clock, new_id)


def _why(place: str, error: Exception) -> dict[str, str]:
    return {"place": place, "why": type(error).__name__}


def _taken(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for part in plan["fulfilments"]:
        for line in part["lines"]:
            yield line["sku"], part["node_id"], line["quantity"]
