"""Waiting carrier events and a node's work list in DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.orders.due_repository import PARKED
from ordo.orders.layout import HEADER_SK, deadline_keys, read_header, record_of
from ordo.orders.model import OrderHeader
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused, Update, Write
from ordo.runtime.packing import pack, unpack
from ordo.runtime.secrets import lookup_hash
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.model import Fulfilment, FulfilmentState
from ordo.shipments.waiting import KIND, WaitingEvent

SCHEMA = 1


class DynamoWaitingStore:
    """The `WaitingStore` of production, in the Orders table: `carrier#<carrier>#<number's hash>`, `waiting#<identity>`.

    The sort key does not begin with `event#`, so that the stream's filter keeps these items from the publisher.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    def put(self, waiting: WaitingEvent) -> None:
        number = waiting.event.tracking_number
        item = {
            "pk": waiting_pk(waiting.carrier, number),
            "sk": f"waiting#{waiting.event.identity}",
            "schema": SCHEMA,
            "carrier": waiting.carrier,
            "event": pack(waiting.event.model_dump(mode="json")),
            "tries": waiting.tries,
            **deadline_keys(waiting.event.identity, waiting.due_at, KIND),
        }
        self._unless_refused(Put(self._table, item, "attribute_not_exists(pk)"))

    def get(self, pk: str, sk: str) -> WaitingEvent | None:
        item = dynamo.get_item(self._table, pk, sk, consistent=True)
        return _waiting_of(item) if item else None

    def put_off(self, pk: str, sk: str, before: WaitingEvent, after: WaitingEvent) -> None:
        self._unless_refused(_due(self._table, pk, sk, before, after))

    def remove(self, pk: str, sk: str) -> None:
        dynamo.write(Delete(self._table, pk, sk))

    def make_due(self, carrier: str, tracking_number: str, now: datetime) -> int:
        items = dynamo.query_all(self._table, waiting_pk(carrier, tracking_number))
        for item in items:
            keys = deadline_keys(item["sk"].removeprefix("waiting#"), to_iso(now), KIND)
            values = {":shard": keys["deadline_shard"], ":at": keys["deadline_at"]}
            self._unless_refused(
                Update(
                    self._table,
                    item["pk"],
                    item["sk"],
                    "SET deadline_shard = :shard, deadline_at = :at REMOVE parked, due_tries",
                    "attribute_exists(pk)",
                    values=values,
                )
            )
        return len(items)

    @staticmethod
    def _unless_refused(write: Write) -> None:
        try:
            dynamo.write(write)
        except TransactionRefused:
            return


def waiting_pk(carrier: str, tracking_number: str) -> str:
    """Partition of the events that wait for a number."""
    return f"carrier#{carrier}#{lookup_hash('tracking', carrier, tracking_number)}"


def _waiting_of(item: dict[str, Any]) -> WaitingEvent:
    event = CarrierEvent.model_validate(unpack(item["event"]))
    due_at = None if item["deadline_shard"] == PARKED else item["deadline_at"]
    return WaitingEvent(item["carrier"], event, item["tries"], due_at)


def _due(table: str, pk: str, sk: str, before: WaitingEvent, after: WaitingEvent) -> Update:
    """The write of a new due time, if it is still due as before; a parked event goes where `redrive` finds it."""
    values: dict[str, Any] = {":tries": after.tries}
    if before.due_at is None:
        condition, values[":parked"] = "deadline_shard = :parked", PARKED
    else:
        condition, values[":due"] = "deadline_at = :due", before.due_at
    if after.due_at is None:
        expression, values[":parked"] = "SET tries = :tries, deadline_shard = :parked, parked = deadline_at", PARKED
    else:
        expression, values[":at"] = "SET tries = :tries, deadline_at = :at", after.due_at
    return Update(table, pk, sk, expression, condition, values=values)


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Fulfilments with the headers of their orders, and the key to go on from."""

    rows: list[tuple[Fulfilment, OrderHeader]]
    next_key: dict[str, Any] | None


def list_work(table: str, node_id: str, state: FulfilmentState, limit: int, start: dict[str, Any] | None) -> WorkPage:
    """One page of a node's work in one state, the oldest first, as it is now (`limit` at most 50).

    The index may be behind: what has left the state meanwhile is left out, so a page may be shorter than its limit.
    """
    page = dynamo.query(table, f"{node_id}#{state}", index="by_node", pk_name="node_key", limit=limit, start=start)
    keys = [(table, row["pk"], row["sk"]) for row in page.items] + [(table, row["pk"], HEADER_SK) for row in page.items]
    found = {(item["pk"], item["sk"]): item for item in dynamo.batch_get(keys)}
    rows = []
    for row in page.items:
        item, header = found.get((row["pk"], row["sk"])), found.get((row["pk"], HEADER_SK))
        fulfilment = record_of(item) if item else None
        if isinstance(fulfilment, Fulfilment) and header and fulfilment.state is state:
            rows.append((fulfilment, read_header(header)))
    return WorkPage(rows, page.next_key)
