"""Every night: do ledger, counters and live reservations agree?"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.inventory.books import DynamoBooks
from ordo.inventory.verification import verify
from ordo.orders.reserving import reserved_units
from ordo.runtime.observability import count, logger
from ordo.runtime.settings import load_settings

RESERVE_MS = 20_000
"""For reading again what differed."""


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    supply_table: str


settings = load_settings(Settings)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry. `{"after": [sku, node]}` goes on where a run ended that had no time left."""
    books = DynamoBooks(settings.supply_table, partial(reserved_units, settings.orders_table))
    after = event.get("after")
    left_ms = context.get_remaining_time_in_millis
    found = verify(books, lambda: left_ms() > RESERVE_MS, (after[0], after[1]) if after else None)
    if found.differences:
        count("StockDiffers", len(found.differences))
        logger.error("stock differs", extra={"differences": [each.to_dict() for each in found.differences[:100]]})
    if not found.finished:
        logger.error("the verification ran out of time", extra={"after": list(found.after or ())})
    return found.to_dict()
