"""Complaints in DynamoDB: header and events in the Orders table, what is personal in the Customers table.

`cmp_…` / `complaint` is the header, `event#000001` its events, published as an order's are. `<order>` /
`complaint#cmp_…` leads from an order to its complaints, and sorts outside of what a decision about the order reads. In
the Customers table `complaint#cmp_…` has a slot for each text. Sparse indexes: `by_node` (`@<owner>#complaint`, open
ones by deadline), `by_status` (`complaint#<shard>`, all that are open), `by_standing`
(`complaint#<department>#<state>`, by opening), `by_customer` (`complaint#<customer>`), `by_deadline`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ordo.complaints.decision import Apart, Commit
from ordo.complaints.errors import ComplaintNotFound, StaleComplaint
from ordo.complaints.model import SCHEMA, Complaint
from ordo.complaints.ports import ComplaintPage
from ordo.kernel.canonical import sha256_hex
from ordo.kernel.shards import SHARDS, shard_of
from ordo.orders.decision import Claim, ClaimKind
from ordo.orders.errors import ClaimTaken
from ordo.orders.layout import CLAIM_SK, claim_pk, deadline_keys, event_item, event_sk, read_event
from ordo.orders.timeline import StoredEvent
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused, Write
from ordo.runtime.packing import pack, unpack

HEADER_SK, KIND = "complaint", "complaint"
PACKED = ("judged", "routed", "said", "earlier")
"""What grows; nothing looks into it where it is stored."""
LONGEST_ID = 64


class DynamoComplaintRepository:
    """The `ComplaintRepository` of production."""

    def __init__(self, orders_table: str, customers_table: str = "") -> None:
        self._orders, self._customers = orders_table, customers_table

    def load(self, complaint_id: str) -> Complaint:
        item = None
        if len(complaint_id) <= LONGEST_ID:
            item = dynamo.get_item(self._orders, complaint_id, HEADER_SK, consistent=True)
        if item is None:
            raise ComplaintNotFound(complaint_id[:LONGEST_ID])
        return read_header(item)

    def commit(self, commit: Commit) -> None:
        header, decision = commit.header, commit.decision
        guard = (
            ("seq = :seq", {":seq": commit.expected_seq}) if commit.expected_seq else ("attribute_not_exists(pk)", {})
        )
        writes: list[Write] = [
            Put(self._orders, header_item(header), guard[0], values=guard[1]),
            Put(self._orders, event_item(header.complaint_id, commit.event)),
        ]
        if decision.claim is not None:
            writes.append(self._claim(decision.claim))
        if not commit.expected_seq and header.order_id:
            writes.append(Put(self._orders, _link(header)))
        writes += [self._apart(header.complaint_id, each) for each in decision.apart]
        try:
            dynamo.transact(writes, sha256_hex(f"{header.complaint_id}#{commit.event.hash}")[:36])
        except TransactionRefused as refused:
            if 2 in refused.failed and decision.claim is not None:
                raise ClaimTaken("idem", refused.failed[2] or {}) from None
            raise StaleComplaint from None

    def accept(self, complaint_id: str, claim: Claim, said: Mapping[str, Any]) -> None:
        writes = [self._claim(claim), self._apart(complaint_id, Apart("text", said))]
        try:
            dynamo.transact(writes, sha256_hex(f"accept#{complaint_id}")[:36])
        except TransactionRefused as refused:
            raise ClaimTaken("idem", refused.failed[0] or {}) from None

    def discard(self, complaint_id: str) -> None:
        dynamo.write(Delete(self._customers, apart_pk(complaint_id), "text"))

    def claim(self, kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        return dynamo.get_item(self._orders, claim_pk(Claim(kind, parts, {}), ""), CLAIM_SK, consistent=True)

    def apart(self, complaint_id: str) -> dict[str, dict[str, Any]]:
        if len(complaint_id) > LONGEST_ID:
            return {}
        items = dynamo.query_all(self._customers, apart_pk(complaint_id), consistent=True)
        return {item["sk"]: unpack(item["content"]) for item in items}

    def earlier(self, customer: str, since: str) -> list[str]:
        page = dynamo.query(
            self._orders,
            f"{KIND}#{customer}",
            index="by_customer",
            pk_name="customer_id",
            sk_name="placed_key",
            sk_from=since,
            sk_to="~",
            forward=False,
            limit=100,
        )
        return [str(item["placed_key"]).partition("#")[0] for item in page.items]

    def timeline(self, complaint_id: str, after_seq: int = 0) -> list[StoredEvent]:
        bounds: dict[str, Any] = {"sk_from": event_sk(after_seq + 1), "sk_to": "event#~", "consistent": True}
        return [read_event(item) for item in dynamo.query_all(self._orders, complaint_id, **bounds)]

    def open_ones(self) -> Iterator[str]:
        """All that are open, as far as the index knows."""
        for shard in range(SHARDS):
            key = f"{KIND}#{shard}"
            yield from (
                item["pk"] for item in dynamo.query_all(self._orders, key, index="by_status", pk_name="status_key")
            )

    def of_owner(self, owner: str, limit: int, start: dict[str, Any] | None) -> ComplaintPage:
        page = dynamo.query(
            self._orders, owner_key(owner), index="by_node", pk_name="node_key", limit=limit, start=start
        )
        found = self._headers(page.items)
        return ComplaintPage([each for each in found if each.is_open and each.owner == owner], page.next_key)

    def of_department(self, department: str, state: str, limit: int, start: dict[str, Any] | None) -> ComplaintPage:
        key = department_key(department, state)
        page = dynamo.query(
            self._orders, key, index="by_standing", pk_name="standing_key", forward=False, limit=limit, start=start
        )
        found = self._headers(page.items)
        rows = [each for each in found if each.state == state and each.department == department]
        return ComplaintPage(rows, page.next_key)

    def of_order(self, order_id: str) -> list[Complaint]:
        if len(order_id) > LONGEST_ID:
            return []
        items = dynamo.query_all(self._orders, order_id, sk_from=f"{KIND}#", sk_to=f"{KIND}#~", consistent=True)
        return self._headers([{"pk": item["sk"].partition("#")[2]} for item in items])

    def _headers(self, rows: list[dict[str, Any]]) -> list[Complaint]:
        """As they are now, in the order of the rows: indexes may be behind."""
        items = dynamo.batch_get([(self._orders, row["pk"], HEADER_SK) for row in rows], consistent=True)
        found = {item["pk"]: read_header(item) for item in items}
        return [found[row["pk"]] for row in rows if row["pk"] in found]

    def _claim(self, claim: Claim) -> Put:
        item = {"pk": claim_pk(claim, ""), "sk": CLAIM_SK, "schema": SCHEMA, **claim.facts}
        return Put(self._orders, item, "attribute_not_exists(pk)")

    def _apart(self, complaint_id: str, each: Apart) -> Write:
        if each.content is None:
            return Delete(self._customers, apart_pk(complaint_id), each.slot)
        content = pack(dict(each.content))
        item = {"pk": apart_pk(complaint_id), "sk": each.slot, "schema": SCHEMA, "content": content}
        return Put(self._customers, item)


def header_item(header: Complaint) -> dict[str, Any]:
    """The header with the keys of the indexes that it is listed in."""
    fields = header.model_dump(mode="json", exclude_none=True, exclude={"deadline_at"})
    fields |= {name: pack(fields[name]) for name in PACKED}
    item = {
        **fields,
        "pk": header.complaint_id,
        "sk": HEADER_SK,
        "schema": SCHEMA,
        "placed_key": f"{header.opened_at}#{header.complaint_id}",
        "standing_key": department_key(header.department, header.state),
        **deadline_keys(header.complaint_id, header.deadline_at, KIND),
    }
    if header.customer:
        item["customer_id"] = f"{KIND}#{header.customer}"
    if header.is_open:
        item["status_key"] = f"{KIND}#{shard_of(header.complaint_id)}"
        item |= {"node_key": owner_key(header.owner), "node_sort": f"{header.deadline}#{header.complaint_id}"}
    return item


def read_header(item: Mapping[str, Any]) -> Complaint:
    """A header from its item."""
    return Complaint.model_validate({**item, **{name: unpack(item[name]) for name in PACKED}})


def owner_key(owner: str) -> str:
    """Where an owner's open complaints stand in the index. No node is called so: its id has no `@`."""
    return f"@{owner}#{KIND}"


def department_key(department: str, state: str) -> str:
    """Where those of a department in a state stand in the index; no standing of an order is called so."""
    return f"{KIND}#{department}#{state}"


def apart_pk(complaint_id: str) -> str:
    """Partition of what is personal, in the Customers table."""
    return f"{KIND}#{complaint_id}"


def _link(header: Complaint) -> dict[str, Any]:
    return {"pk": header.order_id, "sk": f"{KIND}#{header.complaint_id}", "schema": SCHEMA}
