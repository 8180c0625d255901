"""Looks at the tables before and after a call, and says what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import DynamoType

from tests.support.blueprint import ACCOUNT, REGION, blueprint
from tests.support.units import Units, index_units, item_bytes, read_units, write_units

if TYPE_CHECKING:
    from tests.support.wire import Call

Key = tuple[str, str, str]
Item = dict[str, Any] | None


def backend() -> Any:
    """moto's DynamoDB."""
    return get_backend("dynamodb")[ACCOUNT][REGION]


def stored(table: str, pk: str, sk: str) -> Item:
    """An item as it is stored, in typed JSON."""
    item = backend().tables[table].items.get(DynamoType({"S": pk}), {}).get(DynamoType({"S": sk}))
    attributes: Item = item.to_json()["Attributes"] if item is not None else None
    return attributes


class Images:
    """The items that a call names, and what reading or writing them costs."""

    def of(self, call: Call) -> dict[Key, Item]:
        """What is stored under each key that the call names."""
        if call.service != "dynamodb":
            return {}
        return {key: stored(*key) for key in _keys(call)}

    def units(self, call: Call, before: dict[Key, Item]) -> Units:
        """Units of the call, which has just been made; a refused write costs as one."""
        if call.service != "dynamodb":
            return Units()
        if call.operation in {"GetItem", "BatchGetItem"}:
            return _sum(
                Units(rru=read_units(item_bytes(item), consistent=_consistent(call, key[0])))
                for key, item in before.items()
            )
        if call.operation == "Query":
            size = sum(item_bytes(item) for item in (call.response or {}).get("Items", ()))
            return Units(rru=read_units(size, consistent=bool(call.request.get("ConsistentRead"))))
        transactional = call.operation == "TransactWriteItems"
        call.written = {key: _written(key, item, stored(*key), transactional) for key, item in before.items()}
        return _sum(call.written.values())


def _written(key: Key, before: Item, after: Item, transactional: bool) -> Units:
    indexes = next(each for each in blueprint().tables if each["TableName"] == key[0]).get("GlobalSecondaryIndexes", [])
    return Units(
        wru=write_units(before, after, transactional=transactional), index_wru=index_units(indexes, before, after)
    )


def _keys(call: Call) -> list[Key]:
    request = call.request
    if call.operation == "BatchGetItem":
        return [_key(table, key) for table, wanted in request["RequestItems"].items() for key in wanted["Keys"]]
    if call.operation == "TransactWriteItems":
        writes = [next(iter(write.values())) for write in request["TransactItems"]]
        return [_key(write["TableName"], write.get("Key") or write["Item"]) for write in writes]
    if call.operation in {"GetItem", "PutItem", "UpdateItem", "DeleteItem"}:
        return [_key(request["TableName"], request.get("Key") or request["Item"])]
    return []


def _key(table: str, key: dict[str, Any]) -> Key:
    return table, key["pk"]["S"], key["sk"]["S"]


def _consistent(call: Call, table: str) -> bool:
    wanted = call.request["RequestItems"][table] if call.operation == "BatchGetItem" else call.request
    return bool(wanted.get("ConsistentRead"))


def _sum(units: Any) -> Units:
    total = Units()
    for each in units:
        total += each
    return total
