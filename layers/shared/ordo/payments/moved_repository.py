"""Reading what orders recorded as moved on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ordo.payments.moved_items import moved_pk
from ordo.payments.reconciling import Row
from ordo.runtime import dynamo


class DynamoMovedRows:
    """The `MovedRows` of production."""

    def __init__(self, orders_table: str) -> None:
        self._table = orders_table

    def on(self, provider: str, day: date) -> Iterator[Row]:
        for item in dynamo.query_all(self._table, moved_pk(provider, day)):
            kind, _, reference = item["sk"].partition("#")
            yield Row(item["order_id"], kind, reference, item["amount"], item["currency"])
