"""Task tokens of executions that wait, beside the order whose incident they carry."""

from __future__ import annotations

from ordo.orders.model import SCHEMA, order_of
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused
from ordo.shipments.carrying import Waiting


class DynamoTokenStore:
    """The `TokenStore` of production. `table` is the Orders table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def put(self, waiting: Waiting) -> bool:
        item = {
            "pk": order_of(waiting.incident_id),
            "sk": _sort(waiting.incident_id),
            "schema": SCHEMA,
            "run": waiting.run,
            "execution": waiting.execution,
            "token": waiting.token,
        }
        condition = "attribute_not_exists(pk) OR #run <= :run"
        try:
            dynamo.write(Put(self._table, item, condition, names={"#run": "run"}, values={":run": waiting.run}))
        except TransactionRefused:
            return False
        return True

    def get(self, incident_id: str) -> Waiting | None:
        item = dynamo.get_item(self._table, order_of(incident_id), _sort(incident_id), consistent=True)
        return Waiting(incident_id, int(item["run"]), item["execution"], item["token"]) if item else None

    def remove(self, waiting: Waiting) -> None:
        gone = Delete(
            self._table,
            order_of(waiting.incident_id),
            _sort(waiting.incident_id),
            "#token = :token",
            names={"#token": "token"},
            values={":token": waiting.token},
        )
        try:
            dynamo.write(gone)
        except TransactionRefused:
            return


def _sort(incident_id: str) -> str:
    """Outside of what is read for a decision."""
    return f"token#{incident_id}"
