"""What goes wrong on the wire during the day."""

from __future__ import annotations

from tests.support.shop import (
    must,
)
from tests.support.wire import Answer as WireAnswer
from tests.support.wire import Call, NoFault
from tests.support.world import World


class NoCommit(NoFault):
    """DynamoDB takes no transaction of one function, or only the first ones."""

    def __init__(self, function: str, after: int = 0) -> None:
        self.function, self.left = function, after

    def before(self, call: Call) -> WireAnswer | None:
        if call.function == self.function and call.operation in {"TransactWriteItems", "PutItem"}:
            self.left -= 1
            if self.left >= 0:
                return None
            raise ConnectionError("out of reach")
        return None


class SoldMeanwhile(NoFault):
    """Just before the first transaction of a function's commit a unit of the last product breaks."""

    def __init__(self, world: World, sku: str, function: str = "commit_order") -> None:
        self.world, self.sku, self.function, self.done = world, sku, function, False

    def before(self, call: Call) -> WireAnswer | None:
        if call.function == self.function and call.operation == "TransactWriteItems" and not self.done:
            self.done = True
            name = f"m-broken-{self.function}"
            broken = {"movement_id": name, "kind": "damage", "sku": self.sku, "node_id": "hangzhou"}
            must(self.world.call("POST", "/v1/stock/movements", {**broken, "quantity": 1, "reason": "test"}))
        return None


class CommitUnheard(NoFault):
    """The answer of the first commit of a placement is lost, however often it is asked for."""

    def __init__(self) -> None:
        self.first: Call | None = None

    def after(self, call: Call) -> None:
        if call.function == "commit_order" and call.operation == "TransactWriteItems":
            self.first = self.first or call
            if call is self.first:
                raise ConnectionError("lost on the way back")


class NoMail(NoFault):
    """SES is busy."""

    def before(self, call: Call) -> WireAnswer | None:
        if call.service == "sesv2":
            return 429, {"x-amzn-errortype": "TooManyRequestsException"}, "{}"
        return None
