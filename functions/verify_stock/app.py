"""Every night: do ledger, counters and live reservations agree, and is anything below its reorder point?"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.inventory.books import DynamoBooks
from ordo.inventory.nightly import looking
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import Shortages
from ordo.inventory.verification import verify
from ordo.inventory.wiring import lot_expiry
from ordo.kernel.clock import system_clock
from ordo.kernel.ids import new_id
from ordo.orders.reserving import picked_units, reserved_units
from ordo.runtime.observability import count, logger
from ordo.runtime.settings import load_settings

RESERVE_MS = 20_000
"""For reading again what differed."""


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    supply_table: str
    catalog_table: str


settings = load_settings(Settings)
shortages = Shortages(DynamoShortages(settings.supply_table), system_clock, new_id)
expiry = lot_expiry(settings.supply_table, settings.catalog_table, shortages)


def not_looked_at(where: str, error: Exception) -> None:
    """What fails at one SKU and node."""
    logger.error("not looked at", extra={"place": where, "why": type(error).__name__})


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry. `{"after": [sku, node]}` goes on where a run ended that had no time left."""
    orders = settings.orders_table
    books = DynamoBooks(settings.supply_table, partial(reserved_units, orders), partial(picked_units, orders))
    look = looking(shortages, expiry, books.kept_by_lot, not_looked_at)
    after = event.get("after")
    left_ms = context.get_remaining_time_in_millis
    found = verify(books, lambda: left_ms() > RESERVE_MS, (after[0], after[1]) if after else None, look)
    if found.differences:
        count("StockDiffers", len(found.differences))
        logger.error("stock differs", extra={"differences": [each.to_dict() for each in found.differences[:100]]})
    if not found.finished:
        logger.error("the verification ran out of time", extra={"after": list(found.after or ())})
    return found.to_dict()
