"""Records every AWS call that handlers make, with what DynamoDB would bill for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tools.metering.dynamo import Attributes, Index, item_size, read_units, write_units

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


@dataclass
class Call:
    """One API call as a handler made it. `function` is who made it; sizes are bytes of what was sent."""

    function: str
    service: str
    operation: str
    params: Mapping[str, Any] = field(repr=False)
    read_units: float = 0.0
    write_units: int = 0
    index_units: int = 0
    failed: bool = False


class Meter:
    """Hooks into a boto3 session. `raw` is a DynamoDB client of another session, to look at items unrecorded."""

    def __init__(self, session: Any, raw: Any, indexes: Mapping[str, Sequence[Index]]) -> None:
        self.calls: list[Call] = []
        self.function = "-"
        self._raw = raw
        self._indexes = indexes
        self._pending: tuple[Call, dict[tuple[str, str, str], Attributes | None]] | None = None
        session.events.register("before-parameter-build.*.*", self._before)
        session.events.register("after-call.*.*", self._after)

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Calls made inside are the function's."""
        outer, self.function = self.function, function
        try:
            yield
        finally:
            self.function = outer

    def take(self) -> list[Call]:
        """The calls since the last time."""
        taken, self.calls = self.calls, []
        return taken

    def _before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        call = Call(self.function, model.service_model.service_name, model.name, params)
        self.calls.append(call)
        touched = _touched(call) if call.service == "dynamodb" and call.operation in WRITES else []
        self._pending = (call, {key: self._look(*key) for key in touched})

    def _after(self, http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if self._pending is None or self._pending[0].operation != model.name:
            return
        (call, before), self._pending = self._pending, None
        call.failed = http_response.status_code >= 400
        if call.service != "dynamodb":
            return
        if call.operation in WRITES:
            self._bill_writes(call, before)
        else:
            call.read_units = _reads(call, parsed)

    def _bill_writes(self, call: Call, before: dict[tuple[str, str, str], Attributes | None]) -> None:
        transactional = call.operation == "TransactWriteItems"
        for (table, pk, sk), old in before.items():
            new = self._look(table, pk, sk)
            units, index_units = write_units(old, new, self._indexes.get(table, ()), transactional=transactional)
            call.write_units += units
            call.index_units += index_units

    def _look(self, table: str, pk: str, sk: str) -> Attributes | None:
        answer = self._raw.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True)
        found: Attributes | None = answer.get("Item")
        return found


def _touched(call: Call) -> list[tuple[str, str, str]]:
    if call.operation != "TransactWriteItems":
        return [_key(call.params)]
    return [_key(body) for write in call.params["TransactItems"] for body in write.values()]


def _key(body: Mapping[str, Any]) -> tuple[str, str, str]:
    key = body.get("Key") or body["Item"]
    return body["TableName"], _text(key["pk"]), _text(key["sk"])


def _text(value: Any) -> str:
    return str(value["S"]) if isinstance(value, Mapping) else str(value)


def _reads(call: Call, parsed: Mapping[str, Any]) -> float:
    if call.operation == "Query":
        sizes = [item_size(item) for item in parsed.get("Items", ())]
        return read_units(sizes, consistent=bool(call.params.get("ConsistentRead")), together=True)
    if call.operation == "GetItem":
        sizes = [item_size(parsed["Item"])] if "Item" in parsed else [0]
        return read_units(sizes, consistent=bool(call.params.get("ConsistentRead")), together=False)
    if call.operation == "BatchGetItem":
        return sum(
            _batch(asked, parsed.get("Responses", {}).get(table, ()))
            for table, asked in call.params["RequestItems"].items()
        )
    return 0.0


def _batch(asked: Mapping[str, Any], found: Sequence[Attributes]) -> float:
    absent = len(asked["Keys"]) - len(found)
    sizes = [item_size(item) for item in found] + [0] * absent
    return read_units(sizes, consistent=bool(asked.get("ConsistentRead")), together=False)
