"""Task tokens of executions that wait, beside what their case belongs to."""

from __future__ import annotations

from ordo.casework.waiting import Waiting
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused

SCHEMA = 1


class DynamoTokenStore:
    """The `TokenStore` of production. `table` is the Orders table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def put(self, waiting: Waiting) -> bool:
        item = {
            "pk": waiting.subject,
            "sk": _sort(waiting.case_id),
            "schema": SCHEMA,
            "run": waiting.run,
            "execution": waiting.execution,
            "token": waiting.token,
            "kept_at": waiting.kept_at,
        }
        condition = "attribute_not_exists(pk) OR #run <= :run"
        try:
            dynamo.write(Put(self._table, item, condition, names={"#run": "run"}, values={":run": waiting.run}))
        except TransactionRefused:
            return False
        return True

    def get(self, subject: str, case_id: str) -> Waiting | None:
        item = dynamo.get_item(self._table, subject, _sort(case_id), consistent=True)
        if item is None:
            return None
        kept_at = item.get("kept_at", "")
        return Waiting(subject, case_id, int(item["run"]), item["execution"], item["token"], kept_at)

    def remove(self, waiting: Waiting) -> None:
        gone = Delete(
            self._table,
            waiting.subject,
            _sort(waiting.case_id),
            "#token = :token",
            names={"#token": "token"},
            values={":token": waiting.token},
        )
        try:
            dynamo.write(gone)
        except TransactionRefused:
            return


def _sort(case_id: str) -> str:
    """Outside of what is read for a decision."""
    return f"token#{case_id}"
