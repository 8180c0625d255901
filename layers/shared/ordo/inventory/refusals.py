"""What a refusal for want of stock, or an order's commit, tells purchasing: best effort, never changing the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ordo.inventory.shortages import Shortages

Failed = Callable[[str, Exception], None]
"""Hears what could not be told: the nightly run makes up for reorder points, the next refusal for refusals."""


def note_refusal(shortages: Shortages, lines: Iterable[Mapping[str, Any]], ref: str, failed: Failed) -> None:
    """The short lines of a refusal (`ordo.inventory.demand.ShortLine`); a repeat under the same `ref` counts once."""
    short: dict[str, int] = {}
    for line in lines:
        missing = line["requested"] - max(0, line["available"])
        short[line["sku"]] = short.get(line["sku"], 0) + missing
    for sku, units in sorted(short.items()):
        try:
            shortages.refused(sku, units, ref=ref)
        except Exception as error:  # noqa: BLE001  the refusal is the answer, whatever happens here
            failed(sku, error)


def look_at(shortages: Shortages, places: Iterable[tuple[str, str]], failed: Failed) -> None:
    """Look at each (sku, node) that may have fallen below its reorder point."""
    for sku, node in places:
        try:
            shortages.look(sku, node)
        except Exception as error:  # noqa: BLE001  the order is placed, whatever happens here
            failed(f"{sku} at {node}", error)
