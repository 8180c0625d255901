"""Outbox, lanes and endpoints in DynamoDB.

Events are read here as the plain items that the orders write, so that the two functions behind the bus start without
loading the whole domain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from ordo.kernel.canonical import sha256_hex
from ordo.kernel.clock import Clock, from_iso, system_clock, to_iso
from ordo.notifications.events import TimelineEvent, is_complaint, is_stock, stock_subject
from ordo.notifications.model import Endpoint, Lane
from ordo.notifications.ports import Settled, StaleEndpoint, StaleLane
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused, Update
from ordo.runtime.packing import pack, unpack

SCHEMA = 1
KEEP_S = 30
BATCH = 100
"""Headers in one read."""
RECEIPTS_KEPT = timedelta(days=15)
"""A day longer than a dead letter of the stream, which a redrive compares with them."""
_SHARDS = 8
_LANE, _ENDPOINTS = "lane#", "endpoints"
_OPEN = ("placed", "working", "shipped", "complaint")
"""The groups of the status index (`ordo.orders.layout.status_group`), and open complaints."""


class DynamoOutbox:
    """Timelines in the Orders table, and beside them the receipts: `published#<day>` / `<when>#<digest>`.

    Stock events are in the `supply` table; their receipts are with the others.
    """

    def __init__(self, table: str, clock: Clock = system_clock, supply: str = "") -> None:
        self._table = table
        self._clock = clock
        self._supply = supply

    def events(self, order_id: str, after_seq: int, limit: int) -> list[TimelineEvent]:
        table = self._supply if is_stock(order_id) else self._table
        page = dynamo.query(
            table, order_id, sk_from=f"event#{after_seq + 1:06d}", sk_to="event#~", consistent=True, limit=limit
        )
        return [event_of_item(item) for item in page.items]

    def settle(self, events: Sequence[TimelineEvent]) -> None:
        now = self._clock()
        moment = to_iso(now)
        packed = pack([[event.order_id, event.seq] for event in events])
        item = {
            "pk": receipts_pk(moment),
            "sk": f"{moment}#{sha256_hex(packed)[:16]}",
            "schema": SCHEMA,
            "events": packed,
            "expires_at": int((now + RECEIPTS_KEPT).timestamp()),
        }
        dynamo.write(Put(self._table, item))

    def settled(self, since: str) -> Settled:
        found: Settled = {}
        day, now = from_iso(since), self._clock()
        while (pk := receipts_pk(to_iso(day))) <= receipts_pk(to_iso(now)):
            for item in dynamo.query_all(self._table, pk, sk_from=since, sk_to="~", consistent=True):
                for order_id, seq in read_receipt(item):
                    found.setdefault(order_id, set()).add(seq)
            day += timedelta(days=1)
        return found

    def receipts(self, since: str) -> Iterator[tuple[str, list[str]]]:
        """When events were published from `since` on, in order, and of which subjects; page after page."""
        day, now = from_iso(since), self._clock()
        while (pk := receipts_pk(to_iso(day))) <= receipts_pk(to_iso(now)):
            start: dict[str, Any] | None = None
            while True:
                page = dynamo.query(self._table, pk, sk_from=since, sk_to="~", consistent=True, start=start)
                for item in page.items:
                    yield item["sk"].partition("#")[0], list(dict(read_receipt(item)))
                start = page.next_key
                if start is None:
                    break
            day += timedelta(days=1)

    def changed(self, since: str, settled: Settled) -> Iterator[tuple[str, int]]:
        seen: set[str] = set()
        ids = chain(self._open_orders(), self._required(), settled)
        while chunk := list(islice(ids, BATCH)):
            keys = [self._head(subject) for subject in chunk if subject not in seen]
            seen.update(chunk)
            for item in dynamo.batch_get(keys):
                if item.get("changed_at", since) >= since:
                    yield item["pk"], int(item["seq"])

    def _head(self, subject: str) -> tuple[str, str, str]:
        """The item that knows the last event of a subject, and when it was."""
        if is_stock(subject):
            return self._supply, subject, "head"
        return self._table, subject, "complaint" if is_complaint(subject) else "order"

    def _required(self) -> Iterator[str]:
        """SKUs at nodes with an open purchase requirement (`ordo.inventory.shortage_repository`)."""
        for item in dynamo.query_all(self._supply, "requirements") if self._supply else ():
            node_id, _, sku = item["sk"].partition("#")
            yield stock_subject(sku, node_id)

    def _open_orders(self) -> Iterator[str]:
        """And complaints: from the sparse index, each shard of each group in turn."""
        for status_key in (f"{group}#{shard}" for group in _OPEN for shard in range(_SHARDS)):
            start: dict[str, Any] | None = None
            while True:
                page = dynamo.query(self._table, status_key, index="by_status", pk_name="status_key", start=start)
                yield from (item["pk"] for item in page.items)
                start = page.next_key
                if start is None:
                    break


def receipts_pk(moment: str) -> str:
    """Where receipts of that day are; the partitions' names sort as the days do."""
    return f"published#{moment[:10]}"


def read_receipt(item: dict[str, Any]) -> list[tuple[str, int]]:
    """The events that a receipt names, as order id and number."""
    return [(order_id, seq) for order_id, seq in unpack(item["events"])]


def event_of_item(item: dict[str, Any]) -> TimelineEvent:
    """An event of the timeline from its table item or stream image; raises `KeyError` or `ValueError` for others."""
    return TimelineEvent(item["pk"], int(item["sk"].removeprefix("event#")), item.get("body", ""))


class DynamoLaneStore:
    """Lanes in the Orders table: `lane#<endpoint_id>` / `<order_id>`, listed in `by_deadline` while they wait."""

    def __init__(self, table: str) -> None:
        self._table = table

    def get(self, endpoint_id: str, order_id: str) -> Lane | None:
        item = dynamo.get_item(self._table, _LANE + endpoint_id, order_id, consistent=True)
        return _lane(item) if item else None

    def put(self, lane: Lane) -> Lane:
        new = replace(lane, version=lane.version + 1)
        item = {name: value for name, value in asdict(new).items() if value is not None}
        item |= {"pk": _LANE + lane.endpoint_id, "sk": lane.order_id, "schema": SCHEMA}
        if new.deadline_at:
            item |= {"deadline_shard": f"due#{int(sha256_hex(lane.order_id)[:8], 16) % _SHARDS}", "kind": "lane"}
        try:
            dynamo.write(Put(self._table, item, *_guard("version", lane.version)))
        except TransactionRefused:
            raise StaleLane from None
        return new

    def delete(self, lane: Lane) -> None:
        dynamo.write(Delete(self._table, _LANE + lane.endpoint_id, lane.order_id))

    def lanes(self, endpoint_id: str, after: str | None = None) -> tuple[list[Lane], str | None]:
        start = {"pk": _LANE + endpoint_id, "sk": after} if after else None
        page = dynamo.query(self._table, _LANE + endpoint_id, start=start, consistent=True)
        return [_lane(item) for item in page.items], page.next_key["sk"] if page.next_key else None


def _lane(item: dict[str, Any]) -> Lane:
    return Lane(**{name: item[name] for name in Lane.__slots__ if name in item})


def _guard(name: str, expected: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Condition, names and values of a write over the version that was read; 0: there must be nothing."""
    if not expected:
        return "attribute_not_exists(pk)", {}, {}
    return "#guard = :guard", {"#guard": name}, {":guard": expected}


class DynamoEndpointStore:
    """Webhook endpoints in the Catalog table."""

    def __init__(self, table: str, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock
        self._kept: tuple[float, str, list[Endpoint]] | None = None
        self._lock = threading.Lock()

    def all(self, since: str = "") -> list[Endpoint]:
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > KEEP_S or self._kept[1] <= since:
                read_at = to_iso(self._clock())
                items = dynamo.query_all(self._table, _ENDPOINTS, consistent=True)
                self._kept = (time.monotonic(), read_at, [_endpoint(item) for item in items])
            return self._kept[2]

    def get(self, endpoint_id: str) -> Endpoint | None:
        item = dynamo.get_item(self._table, _ENDPOINTS, endpoint_id, consistent=True)
        return _endpoint(item) if item else None

    def put(self, endpoint: Endpoint) -> Endpoint:
        new = replace(endpoint, revision=endpoint.revision + 1)
        item = {**asdict(new), "event_types": list(new.event_types), "channels": list(new.channels)}
        item |= {"pk": _ENDPOINTS, "sk": endpoint.endpoint_id, "schema": SCHEMA}
        try:
            dynamo.write(Put(self._table, item, *_guard("revision", endpoint.revision)))
        except TransactionRefused:
            raise StaleEndpoint from None
        return new

    def delete(self, endpoint_id: str) -> bool:
        try:
            dynamo.write(Delete(self._table, _ENDPOINTS, endpoint_id, "attribute_exists(pk)"))
        except TransactionRefused:
            return False
        return True

    def count_failure(self, endpoint_id: str, now: str) -> None:
        self._update(
            endpoint_id,
            "SET failures = if_not_exists(failures, :none) + :one, failing_since = if_not_exists(failing_since, :now)",
            "attribute_exists(pk)",
            {":none": 0, ":one": 1, ":now": now},
        )

    def count_success(self, endpoint_id: str) -> None:
        self._update(endpoint_id, "SET failures = :none REMOVE failing_since", "attribute_exists(pk)", {":none": 0})

    def disable(self, endpoint_id: str, reason: str) -> bool:
        return self._update(
            endpoint_id,
            "SET #state = :disabled, disabled_reason = :reason, revision = revision + :one",
            "#state = :active",
            {":disabled": "disabled", ":active": "active", ":reason": reason, ":one": 1},
            {"#state": "state"},
        )

    def _update(
        self,
        endpoint_id: str,
        expression: str,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str] | None = None,
    ) -> bool:
        try:
            dynamo.write(Update(self._table, _ENDPOINTS, endpoint_id, expression, condition, names or {}, values))
        except TransactionRefused:
            return False
        with self._lock:
            self._kept = None
        return True


def _endpoint(item: dict[str, Any]) -> Endpoint:
    fields = {name: item[name] for name in Endpoint.__slots__ if name in item}
    fields |= {"event_types": tuple(item["event_types"]), "channels": tuple(item["channels"])}
    return Endpoint(**fields)
