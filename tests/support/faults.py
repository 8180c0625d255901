"""What goes wrong on the wire: a request does not arrive, an answer is lost, a process dies, writers conflict."""

from __future__ import annotations

import base64
import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.dynamodb.models.dynamo_type import DynamoType

from tests.support.lambdas import Killed
from tests.support.metering import backend
from tests.support.quick_moto import copy_items
from tests.support.wire import Answer, Call, Fault, LostOnTheWay

When = Literal["before", "after"]
Mode = Literal["refused", "lost", "killed_before", "killed_after"]
MODES: tuple[Mode, ...] = ("refused", "lost", "killed_before", "killed_after")


@dataclass
class Break:
    """Breaks call number `number`, counted from when it was armed.

    refused: the request does not arrive. lost: it is done, but the answer does not arrive. killed_*: the process dies
    there, so that no `except` of it runs. `tries` says how many of the SDK's own tries fail, from the first on (None:
    all of them, and of a step of the state machine also all that it starts again).
    """

    number: int
    mode: Mode
    tries: int | None = None
    hit: Call | None = None

    def before(self, call: Call) -> Answer | None:
        if self._is_meant(call) and self.mode in {"refused", "killed_before"}:
            self._strike(call, "before")
        return None

    def after(self, call: Call) -> None:
        if self._is_meant(call) and self.mode in {"lost", "killed_after"}:
            self._strike(call, "after")

    def _is_meant(self, call: Call) -> bool:
        if call.number != self.number:
            again = self.hit is not None and self.hit.is_workflow and self.tries is None
            if not (again and self.hit and call.is_workflow and call.function == self.hit.function):
                return False
        return self.tries is None or call.attempts <= self.tries

    def _strike(self, call: Call, when: When) -> None:
        self.hit = self.hit or call
        if self.mode.startswith("killed"):
            raise Killed(f"{call.service}.{call.operation}")
        if call.is_workflow:
            raise LostOnTheWay(self.mode)
        error = ConnectTimeoutError if when == "before" else ReadTimeoutError
        raise error(endpoint_url=f"https://{call.service}")


@dataclass
class Conflicts:
    """Makes a share of a function's transactions conflict with another writer, as DynamoDB says it. Seeded."""

    share: float
    seed: int = 0
    function: str = "commit_order"
    made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def before(self, call: Call) -> Answer | None:
        if call.operation != "TransactWriteItems" or call.function != self.function:
            return None
        with self._lock:
            if self._random.random() >= self.share:
                return None
            self.made += 1
            place = self._random.randrange(len(call.request["TransactItems"]))
        return conflict(len(call.request["TransactItems"]), place)

    def after(self, call: Call) -> None:
        return None


def conflict(writes: int, place: int) -> Answer:
    """DynamoDB's answer when write number `place` met another transaction."""
    reasons = [{"Code": "None"} for _ in range(writes)]
    reasons[place] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    codes = ", ".join(reason["Code"] for reason in reasons)
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        "CancellationReasons": reasons,
    }
    return 400, {}, json.dumps(body)


@dataclass
class Barrier:
    """Holds back each thread's first commit until all that are still on their way to it have arrived."""

    parties: int
    then: Conflicts

    def __post_init__(self) -> None:
        self._condition = threading.Condition()
        self._open = False
        self._arrived = 0
        self._passed: set[int] = set()

    def before(self, call: Call) -> Answer | None:
        if call.is_workflow and call.function == "commit_order":
            self._wait()
        return self.then.before(call)

    def after(self, call: Call) -> None:
        return None

    def leave(self) -> None:
        """A party that will not come any more."""
        with self._condition:
            if threading.get_ident() not in self._passed:
                self.parties -= 1
            self._check()

    def _wait(self) -> None:
        with self._condition:
            if threading.get_ident() in self._passed:
                return
            self._passed.add(threading.get_ident())
            self._arrived += 1
            self._check()
            if not self._condition.wait_for(lambda: self._open, timeout=120):
                raise TimeoutError("the barrier did not fill")

    def _check(self) -> None:
        if self._arrived >= self.parties:
            self._open = True
            self._condition.notify_all()


@dataclass
class Meanwhile:
    """When a handler is about to write (it has read, and decided), something else happens first, all of it."""

    what: Callable[[], object]
    operation: str = "TransactWriteItems"
    happened: bool = False

    def before(self, call: Call) -> Answer | None:
        if call.operation == self.operation and not self.happened:
            self.happened = True
            other = threading.Thread(target=self.what)
            other.start()
            other.join()
        return None

    def after(self, call: Call) -> None:
        return None


@dataclass
class Both:
    """Two faults at once."""

    one: Fault
    other: Fault

    def before(self, call: Call) -> Answer | None:
        return self.one.before(call) or self.other.before(call)

    def after(self, call: Call) -> None:
        self.one.after(call)
        self.other.after(call)


class StaleReads:
    """Reads that are not asked to be consistent see the tables as they were when this was made."""

    def __init__(self) -> None:
        self._then = {name: copy_items(table.items) for name, table in backend().tables.items()}
        self.answered = 0

    def before(self, call: Call) -> Answer | None:
        if call.operation == "GetItem" and not call.request.get("ConsistentRead"):
            item = self._read(call.request["TableName"], call.request["Key"])
            return self._answer({"Item": item} if item else {})
        if call.operation == "BatchGetItem" and not any(
            wanted.get("ConsistentRead") for wanted in call.request["RequestItems"].values()
        ):
            found = {
                table: [item for key in wanted["Keys"] if (item := self._read(table, key))]
                for table, wanted in call.request["RequestItems"].items()
            }
            return self._answer({"Responses": found, "UnprocessedKeys": {}})
        return None

    def after(self, call: Call) -> None:
        return None

    def _read(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        item = self._then[table].get(DynamoType(key["pk"]), {}).get(DynamoType(key["sk"]))
        attributes: dict[str, Any] | None = item.to_json()["Attributes"] if item is not None else None
        return attributes

    def _answer(self, body: dict[str, Any]) -> Answer:
        self.answered += 1
        return 200, {}, json.dumps(body, default=lambda binary: base64.b64encode(binary).decode())


@dataclass
class StaleIndex:
    """Queries of an index are answered as they were the first time, whatever was written since."""

    index: str
    seen: dict[str, Answer] = field(default_factory=dict)
    repeated: int = 0

    def before(self, call: Call) -> Answer | None:
        answer = self.seen.get(_query_key(call)) if call.request.get("IndexName") == self.index else None
        self.repeated += answer is not None
        return answer

    def after(self, call: Call) -> None:
        if call.request.get("IndexName") == self.index and call.response is not None:
            self.seen.setdefault(_query_key(call), (200, {}, json.dumps(call.response)))


def _query_key(call: Call) -> str:
    return f"{call.request.get('TableName')} {call.request.get('ExpressionAttributeValues', {}).get(':pk')}"
