"""What a placement tells purchasing when it is done, from its own function; most placements load none of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ordo.inventory.margins import Margins, crossed

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
