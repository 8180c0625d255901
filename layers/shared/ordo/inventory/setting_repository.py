"""Settings of a SKU at a node in the Supply table."""

from __future__ import annotations

from typing import Any

from ordo.inventory.layout import PLAIN, Layout
from ordo.inventory.settings import StockSettings
from ordo.inventory.writes import COUNTER_SCHEMA, COUNTER_SK, counter_pk, summary_put
from ordo.runtime.dynamo import Conflict, Update, Write, get_item, transact
from ordo.runtime.retry import with_jitter


class DynamoStockSettings:
    """On main counters; writing them makes the counter if there is none, with nothing on hand."""

    def __init__(self, table: str) -> None:
        self._table = table

    def get(self, sku: str, node: str) -> StockSettings:
        """The settings as they are now."""
        item = get_item(self._table, counter_pk(sku, node), COUNTER_SK, consistent=True) or {}
        return StockSettings(item.get("reorder_point"), item.get("reorder_to"), Layout.of(item) or PLAIN)

    def put(self, sku: str, node: str, settings: StockSettings) -> None:
        """Write the reorder levels; the counts stay as they are."""
        update = self._update(sku, node, settings)
        writes: list[Write] = [update, summary_put(self._table, sku, node)]
        with_jitter(lambda: transact(writes), on=(Conflict,))

    def _update(self, sku: str, node: str, settings: StockSettings) -> Update:
        expression = "ADD on_hand :zero, reserved :zero, safety :zero, available :zero"
        expression += " SET #sku = :sku, #node = :node, #schema = :schema"
        values: dict[str, Any] = {":zero": 0, ":sku": sku, ":node": node, ":schema": COUNTER_SCHEMA}
        if settings.reorder_point is None:
            expression += " REMOVE reorder_point, reorder_to"
        else:
            expression += ", reorder_point = :point, reorder_to = :to"
            values |= {":point": settings.reorder_point, ":to": settings.reorder_to}
        names = {"#sku": "sku", "#node": "node", "#schema": "schema"}
        return Update(self._table, counter_pk(sku, node), COUNTER_SK, expression, None, names, values)
