"""moto's DynamoDB, made quick: the same answers, without going through whole tables for each of them.

As it comes, each transaction copies all items, each query sorts every item of its table, and each answer is written
name by name over the shapes of the API: a world of some thousand items spends most of a test's time so.
"""

from __future__ import annotations

import base64
import copy
import inspect
import json
from datetime import datetime
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DDBType, DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoResult


def hasten(patch: pytest.MonkeyPatch) -> None:
    """All of it, until the patch is undone."""
    share_items(patch)
    answer_plainly(patch)
    look_where_it_is(patch)
    compare_texts(patch)


def share_items(patch: pytest.MonkeyPatch) -> None:
    """Make moto's items copy-on-write, and what it keeps to undo a transaction the partitions that this one writes.

    moto copies whole tables, once for each write of the transaction, before the first of them.
    """
    update, transact = DynamoDBBackend.update_item, DynamoDBBackend.transact_write_items
    written: dict[str, set[DynamoType]] = {}
    kept: dict[str, Table] = {}

    def update_a_copy(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **more: Any) -> Any:
        table = backend.get_table(table_name)
        pk, sk = DynamoType(key["pk"]), DynamoType(key["sk"])
        if sk in table.items.get(pk, {}):
            table.items[pk][sk] = copy.deepcopy(table.items[pk][sk])
        return update(backend, table_name, key, *args, **more)

    def transact_with_few_copies(backend: DynamoDBBackend, writes: list[dict[str, Any]]) -> None:
        written.clear()
        kept.clear()
        for write in writes:
            ((_, asked),) = write.items()
            key = (asked.get("Key") or asked["Item"])["pk"]
            written.setdefault(asked["TableName"], set()).add(DynamoType(key))
        transact(backend, writes)

    def shallow(table: Table, _memo: dict[int, Any]) -> Table:
        if table.name not in kept:
            twin = kept[table.name] = copy.copy(table)
            twin.items = copy.copy(table.items)
            for key in written[table.name] & twin.items.keys():
                twin.items[key] = copy.copy(table.items[key])
        return kept[table.name]

    patch.setattr(DynamoDBBackend, "update_item", update_a_copy)
    patch.setattr(DynamoDBBackend, "transact_write_items", transact_with_few_copies)
    patch.setattr(Table, "__deepcopy__", shallow, raising=False)


def answer_plainly(patch: pytest.MonkeyPatch) -> None:
    """Make moto's answers JSON at once: what DynamoDB answers is typed JSON already, and moto's way over the shapes of
    the API, name by name, takes as long as all that it does otherwise.
    """

    def execute(result: DynamoResult, _context: object) -> tuple[int, dict[str, Any], str]:
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(result.result, default=_plain)

    patch.setattr(DynamoResult, "execute_result", execute)


def _plain(value: bytes | datetime) -> str | float:
    return value.timestamp() if isinstance(value, datetime) else base64.b64encode(value).decode()


def look_where_it_is(patch: pytest.MonkeyPatch) -> None:
    """Make a query look at its own partition, or at the items that its index has, instead of at every item there is."""
    query = Table.query
    asked = inspect.signature(query)

    def narrowed(table: Table, *args: Any, **more: Any) -> Any:
        given = asked.bind(table, *args, **more).arguments
        twin, key = copy.copy(table), given["hash_key"]
        there: Any = {key: table.items[key]} if key in table.items else {}
        if index := given.get("index_name"):
            names = {each["AttributeName"] for each in table.get_index(index, error_if_not=True).schema}
            there = _of_index(table.items, names)
        twin.items = there
        return query(twin, *args, **more)

    patch.setattr(Table, "query", narrowed)


def _of_index(items: Any, names: set[str]) -> dict[Any, dict[Any, Any]]:
    found: dict[Any, dict[Any, Any]] = {}
    for key, partition in items.items():
        if there := {sk: item for sk, item in partition.items() if names <= item.attrs.keys()}:
            found[key] = there
    return found


def compare_texts(patch: pytest.MonkeyPatch) -> None:
    """Make values that are texts, as all keys are, known as such at once."""
    cast: Any = vars(DynamoType)["cast_value"].fget

    def value_of(value: DynamoType) -> Any:
        return value.value if value.type == DDBType.STRING else cast(value)

    patch.setattr(DynamoType, "cast_value", property(value_of))


def copy_items(items: Any) -> Any:
    """A table's items: new dictionaries, the same items."""
    twin = copy.copy(items)
    for key, partition in items.items():
        twin[key] = copy.copy(partition)
    return twin
