"""The Orders table's items (design section 5): keys, index attributes, and what is packed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordo.kernel.shards import shard_of
from ordo.orders.contacts import FoundBy
from ordo.orders.decision import Claim
from ordo.orders.model import SCHEMA, OrderHeader, OrderStatus, Record
from ordo.orders.records import index_keys, is_record, kind_of, packed_field, read_record, sort_key
from ordo.orders.timeline import StoredEvent
from ordo.runtime.packing import pack, unpack

HEADER_SCHEMA = 2
"""In 1 there were no postings: a cancelled order cost nothing, and its header did not say so."""
HEADER_SK, CLAIM_SK = "order", "claim"
STATE_FROM, STATE_TO = "fulfilment#", "shipment#~"
"""Sort keys between which everything lies that a decision needs; events, changes and the decision lie outside."""
AT_SEQ, RECORDS_AT = "at_seq", "records_at"
"""On a record the order's `seq` when it was written, on the header the sum of these: so a torn read shows."""


_GROUPS = {
    OrderStatus.PLACED: "placed",
    OrderStatus.RELEASED: "working",
    OrderStatus.IN_FULFILMENT: "working",
    OrderStatus.PARTIALLY_SHIPPED: "working",
    OrderStatus.SHIPPED: "shipped",
    OrderStatus.DELIVERED: "shipped",
}


def status_group(status: OrderStatus) -> str:
    """Where an open order stands in `by_status`. Moving an entry costs two writes, so it moves only between groups;
    who lists one status leaves out the others of its group when reading the headers.
    """
    return _GROUPS[status]


def deadline_keys(subject: str, deadline_at: str | None, kind: str) -> dict[str, Any]:
    """Attributes of the sparse index `by_deadline` for any item; none when nothing is due."""
    if deadline_at is None:
        return {}
    return {"deadline_shard": f"due#{shard_of(subject)}", "deadline_at": deadline_at, "kind": kind}


def header_item(header: OrderHeader) -> dict[str, Any]:
    """The hot header: one packed-free map, with the keys of the indexes it is listed in."""
    fields = header.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    fields.pop("deadline_at", None)
    placed_key = f"{header.placed_at}#{header.order_id}"
    item = {
        **fields,
        "pk": header.order_id,
        "sk": HEADER_SK,
        "schema": HEADER_SCHEMA,
        "total": header.totals.total,
        "placed_key": placed_key,
        **deadline_keys(header.order_id, header.deadline_at, "order"),
    }
    if header.is_open:
        item["status_key"] = f"{status_group(header.status)}#{shard_of(header.order_id)}"
        if header.standing != "on_time":
            item["standing_key"] = f"{header.standing}#{shard_of(header.order_id)}"
    return item


def read_header(item: dict[str, Any]) -> OrderHeader:
    """A header from its item, of this or an older schema."""
    if item.get("schema", 1) < HEADER_SCHEMA and item["status"] == OrderStatus.CANCELLED:
        item = {**item, "funds": {**item["funds"], "booked": -item["totals"]["total"]}}
    return OrderHeader.model_validate(item)


def event_sk(seq: int) -> str:
    """`event#000042`: sorts as numbers do, up to a million events."""
    return f"event#{seq:06d}"


def event_item(order_id: str, event: StoredEvent) -> dict[str, Any]:
    """One event of the timeline."""
    return {"pk": order_id, "sk": event_sk(event.seq), "schema": SCHEMA, "body": event.body, "hash": event.hash}


def read_event(item: dict[str, Any]) -> StoredEvent:
    """An event from its item."""
    return StoredEvent(int(item["sk"].removeprefix("event#")), item["body"], item["hash"])


def records_at(written_at: Mapping[str, int]) -> int:
    """What the header keeps of its records, changes apart: they are read by themselves."""
    return sum(seq for sort, seq in written_at.items() if in_state(sort))


def in_state(sort: str) -> bool:
    """Whether a sort key is among those that are read for a decision."""
    return STATE_FROM <= sort <= STATE_TO


def is_whole(items: Iterable[dict[str, Any]]) -> bool:
    """Whether records and header were read as one commit left them.

    DynamoDB applies a transaction item by item, and a query may come in between: it is read committed, no snapshot.
    A record older than its header makes the sum too small. (A record newer than its header makes it too large; the
    commit's guard finds that too.)
    """
    items = list(items)
    kept = next((item.get(RECORDS_AT) for item in items if item["sk"] == HEADER_SK), None)
    return kept is None or kept == sum(item.get(AT_SEQ, 0) for item in items if is_record(item["sk"]))


def record_item(order_id: str, record: Record) -> dict[str, Any]:
    """A fulfilment, shipment, payment or change."""
    kind = kind_of(record)
    fields = record.model_dump(mode="json", exclude_none=True)
    packed = packed_field(kind)
    if packed in fields:
        fields[packed] = pack(fields[packed])
    return {**fields, **index_keys(record), "pk": order_id, "sk": sort_key(record), "schema": SCHEMA}


def record_of(item: dict[str, Any]) -> Record:
    """A record from its item."""
    kind = item["sk"].partition("#")[0]
    packed = packed_field(kind)
    fields = {**item, packed: unpack(item[packed])} if packed in item else item
    return read_record(kind, fields)


def claim_pk(claim: Claim, hashed: str) -> str:
    """Partition of a claim; `hashed` is the keyed hash of its parts (not used by idempotency keys and customers)."""
    if claim.kind == "idem":
        return "idem#" + "#".join(claim.parts)
    if claim.kind == "first_order":
        return "first_order#" + "#".join(claim.parts)
    prefix = f"lookup#{claim.kind}#"
    return f"{prefix}{claim.parts[0]}#{hashed}" if claim.kind == "external" else prefix + hashed


def contact_pk(order_id: str) -> str:
    """Partition of the order's personal data in the Customers table; it sorts as order ids do."""
    return f"contact#{order_id}"


def order_of_contact(item: dict[str, Any]) -> str:
    """The order whose contact an index entry is."""
    return str(item["pk"]).removeprefix("contact#")


def contact_item(order_id: str, slot: str, contact: dict[str, Any], keys: Mapping[FoundBy, str]) -> dict[str, Any]:
    """Personal data with the keys of the indexes it is found in, `keys` being keyed hashes.

    Packed, since a location has floats, which DynamoDB's numbers do not take.
    """
    item = {"pk": contact_pk(order_id), "sk": slot, "schema": SCHEMA, "order_id": order_id, "contact": pack(contact)}
    return item | {f"{kind}_key": hashed for kind, hashed in keys.items()}
