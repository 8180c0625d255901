"""DynamoDB in dictionaries: what the product's repositories need of a client, and quick.

Stricter than moto: a transaction sent again under its token is answered and not repeated, as DynamoDB does it; two
writes of one item in a transaction, more than a hundred, and empty keys are refused. Histories that are played on it
are played on moto too, in smaller numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ordo.runtime import clients, secrets
from ordo.runtime.values import deserialize, serialize
from tests.support.blueprint import blueprint
from tests.support.expressions import Item, Scope, condition, update

MOST_WRITES = 100
KEY = ("pk", "sk")


class QuickTables:
    """The client, and its tables."""

    def __init__(self) -> None:
        self.changes = 0
        """Grows with each write."""
        self.conflicts = 0
        """So many transactions meet others yet."""
        self._tables: dict[str, dict[str, dict[str, Item]]] = {}
        self._tokens: dict[str, Any] = {}
        self._indexes = {
            (table["TableName"], index["IndexName"]): [key["AttributeName"] for key in index["KeySchema"]]
            for table in blueprint().tables
            for index in table.get("GlobalSecondaryIndexes", ())
        }
        self.clear()

    def clear(self) -> None:
        """Empty tables."""
        self._tables = {table["TableName"]: {} for table in blueprint().tables}
        self._tokens.clear()
        self.changes, self.conflicts = self.changes + 1, 0

    def items(self, table: str) -> list[Item]:
        """Every item, as plain values."""
        return [item for part in self._tables[table].values() for item in part.values()]

    # ------------------------------------------------------------------ reads
    def get_item(self, TableName: str, Key: Any, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        """As DynamoDB's."""
        item = self._find(TableName, *_key(Key))
        return {"Item": _typed(item)} if item is not None else {}

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        """As DynamoDB's."""
        found = {
            table: [_typed(item) for key in asked["Keys"] if (item := self._find(table, *_key(key))) is not None]
            for table, asked in RequestItems.items()
        }
        return {"Responses": found}

    def query(self, **asked: Any) -> dict[str, Any]:
        """As DynamoDB's; an index shows all attributes."""
        table, index = asked["TableName"], asked.get("IndexName")
        pk, sk = self._indexes[table, index] if index else KEY
        values = _plain(asked["ExpressionAttributeValues"])
        if index:
            there = [item for item in self.items(table) if pk in item and sk in item]
        else:
            there = list(self._tables[table].get(values[":pk"], {}).values())
        holds, names = condition(asked["KeyConditionExpression"]), asked["ExpressionAttributeNames"]
        there = [item for item in there if holds(Scope(item, names, values))]

        def place(item: Item) -> tuple[Any, ...]:
            return item[sk], item["pk"], item["sk"]

        forward = asked.get("ScanIndexForward", True)
        there.sort(key=place, reverse=not forward)
        if asked.get("ExclusiveStartKey"):
            start = place(_plain(asked["ExclusiveStartKey"]))
            there = [item for item in there if (place(item) > start if forward else place(item) < start)]
        limit = asked.get("Limit") or len(there)
        answer: dict[str, Any] = {"Items": [_typed(item) for item in there[:limit]]}
        if len(there) > limit:
            last = there[limit - 1]
            answer["LastEvaluatedKey"] = _typed({name: last[name] for name in {*KEY, pk, sk}})
        return answer

    def get_paginator(self, operation: str) -> QuickTables:
        """Of scans only."""
        assert operation == "scan"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """One page."""
        holds = condition(asked["FilterExpression"]) if "FilterExpression" in asked else lambda _scope: True
        names, values = asked.get("ExpressionAttributeNames", {}), _plain(asked.get("ExpressionAttributeValues", {}))
        there = self.items(asked["TableName"])
        yield {"Items": [_typed(item) for item in there if holds(Scope(item, names, values))]}

    # ------------------------------------------------------------------ writes
    def put_item(self, **asked: Any) -> None:
        """As DynamoDB's."""
        self._alone("Put", asked)

    def update_item(self, **asked: Any) -> None:
        """As DynamoDB's."""
        self._alone("Update", asked)

    def delete_item(self, **asked: Any) -> None:
        """As DynamoDB's."""
        self._alone("Delete", asked)

    def transact_write_items(self, TransactItems: list[dict[str, Any]], ClientRequestToken: str = "") -> None:  # noqa: N803
        """All or nothing."""
        writes = [(kind, asked) for each in TransactItems for kind, asked in each.items()]
        keys = [(asked["TableName"], *_key(asked.get("Key") or asked["Item"])) for _, asked in writes]
        assert len(set(keys)) == len(keys), "DynamoDB refuses two writes of one item in a transaction"
        assert 0 < len(writes) <= MOST_WRITES, f"{len(writes)} writes in a transaction"
        if ClientRequestToken in self._tokens:
            if self._tokens[ClientRequestToken] != TransactItems:
                raise _error("IdempotentParameterMismatchException")
            return
        failed = [not self._holds(asked) for _, asked in writes]
        if any(failed):
            reasons = [self._reason(asked) if bad else {} for (_, asked), bad in zip(writes, failed, strict=True)]
            raise _error("TransactionCanceledException", CancellationReasons=reasons)
        if self.conflicts:
            self.conflicts -= 1
            raise _error("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])
        for kind, asked in writes:
            self._make(kind, asked)
        if ClientRequestToken:
            self._tokens[ClientRequestToken] = TransactItems

    def _alone(self, kind: str, asked: dict[str, Any]) -> None:
        if not self._holds(asked):
            raise _error("ConditionalCheckFailedException", **self._reason(asked))
        self._make(kind, asked)

    def _holds(self, asked: Mapping[str, Any]) -> bool:
        text = asked.get("ConditionExpression")
        return text is None or condition(text)(self._scope(asked))

    def _scope(self, asked: Mapping[str, Any]) -> Scope:
        item = self._find(asked["TableName"], *_key(asked.get("Key") or asked["Item"])) or {}
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        return Scope(item, names, _plain(values))

    def _reason(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        item = self._find(asked["TableName"], *_key(asked.get("Key") or asked["Item"]))
        shown = {"Item": _typed(item)} if item is not None else {}
        return {"Code": "ConditionalCheckFailed", **shown}

    def _make(self, kind: str, asked: Mapping[str, Any]) -> None:
        if kind == "ConditionCheck":
            return
        self.changes += 1
        pk, sk = _key(asked.get("Key") or asked["Item"])
        part = self._tables[asked["TableName"]].setdefault(pk, {})
        if kind == "Delete":
            part.pop(sk, None)
        elif kind == "Put":
            part[sk] = _plain(asked["Item"])
        else:
            scope = self._scope(asked)
            after = {"pk": pk, "sk": sk, **scope.item}
            update(asked["UpdateExpression"])(scope, after)
            part[sk] = after

    def _find(self, table: str, pk: str, sk: str) -> Item | None:
        return self._tables[table].get(pk, {}).get(sk)


class _Secret:
    """Stands in for Secrets Manager."""

    @staticmethod
    def get_secret_value(**_asked: Any) -> dict[str, Any]:
        return {"SecretString": '{"key": "' + "example" * 9 + '"}'}


class _Session:
    def __init__(self, tables: QuickTables) -> None:
        self._clients: Mapping[str, Any] = {"dynamodb": tables, "secretsmanager": _Secret()}

    def create_client(self, service: str, **_options: Any) -> Any:
        return self._clients[service]


@contextmanager
def quick_tables() -> Iterator[QuickTables]:
    """The product's clients are these tables."""
    tables = QuickTables()
    clients.forget()
    secrets.forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_ID", "ordo")
        patch.setattr(clients, "session", lambda: _Session(tables))
        yield tables
    clients.forget()
    secrets.forget()


def _key(key: Mapping[str, Any]) -> tuple[str, str]:
    pk, sk = key["pk"]["S"], key["sk"]["S"]
    assert min(len(pk), len(sk)) > 0, "DynamoDB refuses empty keys"
    return pk, sk


def _plain(attributes: Mapping[str, Any]) -> Item:
    return {name: deserialize(value) for name, value in attributes.items()}


def _typed(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: serialize(value) for name, value in item.items()}


def _error(code: str, **more: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, **more}
    return ClientError(answer, "DynamoDB")
