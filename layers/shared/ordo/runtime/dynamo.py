"""DynamoDB as Ordo uses it: plain Python values, conditional writes, and refusals that say which condition failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from ordo.kernel.errors import Conflict
from ordo.runtime.clients import client
from ordo.runtime.values import deserialize, serialize

__all__ = ["Check", "Conflict", "Delete", "Item", "Page", "Put", "TransactionRefused", "Update", "Write"]

Item = dict[str, Any]
_CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
_CONFLICT_ERRORS = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}


@dataclass
class TransactionRefused(Exception):
    """A condition failed, nothing was written. `failed[i]` is the stored item that failed write `i` (None: absent)."""

    failed: dict[int, Item | None]

    def __str__(self) -> str:
        """Which writes; never the items, which may be personal and would be logged with a traceback."""
        return f"conditions failed of writes {', '.join(map(str, sorted(self.failed)))}"


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole item; `condition` is a DynamoDB condition expression, its values in `values` (names `#x` too)."""

    table: str
    item: Item
    condition: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update:
    """Change one item by an update expression, under a condition."""

    table: str
    pk: str
    sk: str
    expression: str
    condition: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove one item, under a condition."""

    table: str
    pk: str
    sk: str
    condition: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """Only a condition on one item."""

    table: str
    pk: str
    sk: str
    condition: str
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


Write = Put | Update | Delete | Check


def to_item(attributes: Mapping[str, Any]) -> Item:
    """Plain values from DynamoDB's typed ones: whole numbers as `int`, binary as `bytes`."""
    return {name: deserialize(value) for name, value in attributes.items()}


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB's typed values; attributes that are None are left out, so that sparse indexes stay sparse."""
    return {name: serialize(value) for name, value in item.items() if value is not None}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def get_item(table: str, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
    """One item or None."""
    answer = client("dynamodb").get_item(TableName=table, Key=_key(pk, sk), ConsistentRead=consistent)
    return to_item(answer["Item"]) if "Item" in answer else None


def batch_get(keys: Sequence[tuple[str, str, str]], *, consistent: bool = False) -> list[Item]:
    """Items of `(table, pk, sk)` keys that exist, in no order; 100 keys a call; unprocessed keys are asked again.

    Raises `Conflict` when DynamoDB leaves keys unprocessed ten times in a row (throttled).
    """
    found: list[Item] = []
    for start in range(0, len(keys), 100):
        found.extend(_batch_get_100(keys[start : start + 100], consistent))
    return found


def _batch_get_100(keys: Sequence[tuple[str, str, str]], consistent: bool) -> Iterable[Item]:
    request: dict[str, Any] = {}
    for table, pk, sk in dict.fromkeys(keys):
        request.setdefault(table, {"Keys": [], "ConsistentRead": consistent})["Keys"].append(_key(pk, sk))
    for _ in range(10):
        answer = client("dynamodb").batch_get_item(RequestItems=request)
        for items in answer["Responses"].values():
            yield from map(to_item, items)
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
    raise Conflict("keys stayed unprocessed")


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one query and, when there is more, the key to go on from."""

    items: list[Item]
    next_key: Item | None = None


def query(
    table: str,
    pk: str,
    *,
    sk_from: str | None = None,
    sk_to: str | None = None,
    index: str | None = None,
    pk_name: str = "pk",
    sk_name: str = "sk",
    consistent: bool = False,
    forward: bool = True,
    limit: int | None = None,
    start: Item | None = None,
) -> Page:
    """One page of a partition, sort keys between `sk_from` and `sk_to` (both inclusive; both or neither)."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": pk_name},
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ScanIndexForward": forward,
    }
    if sk_from is not None and sk_to is not None:
        request["KeyConditionExpression"] += " AND #sk BETWEEN :from AND :to"
        request["ExpressionAttributeNames"]["#sk"] = sk_name
        request["ExpressionAttributeValues"] |= {":from": {"S": sk_from}, ":to": {"S": sk_to}}
    if index:
        request["IndexName"] = index
    elif consistent:
        request["ConsistentRead"] = True
    if limit:
        request["Limit"] = limit
    if start:
        request["ExclusiveStartKey"] = to_attributes(start)
    answer = client("dynamodb").query(**request)
    last = answer.get("LastEvaluatedKey")
    return Page([to_item(item) for item in answer["Items"]], to_item(last) if last else None)


def query_all(table: str, pk: str, **options: Any) -> list[Item]:
    """Every item of a query, page after page."""
    page = query(table, pk, **options)
    items = page.items
    while page.next_key:
        page = query(table, pk, start=page.next_key, **options)
        items.extend(page.items)
    return items


def transact(writes: Sequence[Write], token: str | None = None) -> None:
    """All of `writes` or none (at most 100). `token` makes a resend of the same writes harmless for ten minutes.

    Raises `TransactionRefused` when a condition failed (even if others conflicted), `Conflict` when only others were
    quicker.
    """
    request: dict[str, Any] = {"TransactItems": [_operation(write) for write in writes]}
    if token:
        request["ClientRequestToken"] = token
    try:
        client("dynamodb").transact_write_items(**request)
    except ClientError as error:
        raise _refusal(error) from error


def write(one: Write) -> None:
    """One write by itself: half the price of a transaction. Same errors as `transact`."""
    (kind, arguments), *_ = _operation(one).items()
    dynamodb = client("dynamodb")
    call = {"Put": dynamodb.put_item, "Update": dynamodb.update_item, "Delete": dynamodb.delete_item}[kind]
    try:
        call(**arguments)
    except ClientError as error:
        raise _refusal(error) from error


def _refusal(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        item: Any = error.response.get("Item")
        return TransactionRefused({0: to_item(item) if item else None})
    if code in _CONFLICT_ERRORS:
        return Conflict(code)
    if code != "TransactionCanceledException":
        return error
    reasons: list[Any] = error.response.get("CancellationReasons", [])
    failed = {
        place: to_item(reason["Item"]) if reason.get("Item") else None
        for place, reason in enumerate(reasons)
        if reason.get("Code") == "ConditionalCheckFailed"
    }
    if failed:
        return TransactionRefused(failed)
    if any(reason.get("Code") in _CONFLICTS for reason in reasons):
        return Conflict(",".join(sorted({str(reason.get("Code")) for reason in reasons})))
    return error


def _operation(write: Write) -> dict[str, Any]:
    body: dict[str, Any] = {"TableName": write.table}
    if isinstance(write, Put):
        kind, body["Item"] = "Put", to_attributes(write.item)
    else:
        body["Key"] = _key(write.pk, write.sk)
        kind = type(write).__name__ if not isinstance(write, Check) else "ConditionCheck"
    if isinstance(write, Update):
        body["UpdateExpression"] = write.expression
    if write.condition:
        body["ConditionExpression"] = write.condition
        body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if write.names:
        body["ExpressionAttributeNames"] = dict(write.names)
    if write.values:
        body["ExpressionAttributeValues"] = {name: serialize(value) for name, value in write.values.items()}
    return {kind: body}
