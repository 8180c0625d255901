"""Looks at the tables with its own eyes: what must hold whatever happened. Uses none of the product's decisions."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer

from ordo.orders.dictionaries import DICTIONARIES
from tests.support.audit_backlog import backlog_findings
from tests.support.audit_complaints import complaint_findings
from tests.support.audit_coupons import coupon_findings, first_order_findings
from tests.support.audit_lots import lot_findings
from tests.support.audit_reservations import Reserved, reservation_findings
from tests.support.metering import backend

Item = dict[str, Any]
_RESERVING = {"planned", "waiting", "open", "accepted", "picked", "packed"}
_STARTED = {"accepted", "picked", "packed", "dispatched"}


@dataclass
class Ledger:
    """The tables, sorted by what is in them."""

    orders: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    complaints: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    claims: dict[str, Item] = field(default_factory=dict)
    waiting: list[Item] = field(default_factory=list)
    parts_taken: list[Item] = field(default_factory=list)
    """What large orders have taken before their commit."""
    jobs_of_moves: list[Item] = field(default_factory=list)
    """What commits of large orders have left to be moved."""
    of_large_orders: list[Item] = field(default_factory=list)
    """What of them the watcher has to look after: these jobs, and takings that are not committed."""
    loads: dict[str, int] = field(default_factory=dict)
    """Open units by node, of nodes that are counted."""
    counters: dict[tuple[str, str], Item] = field(default_factory=dict)
    """By SKU and node, all buckets together."""
    buckets: dict[tuple[str, str], dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    movements: list[Item] = field(default_factory=list)
    queues: dict[tuple[str, str], list[Item]] = field(default_factory=lambda: defaultdict(list))
    """Who waits, by SKU and node, in order; the queue's job is in `jobs`."""
    jobs: dict[tuple[str, str], Item] = field(default_factory=dict)
    presold: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    coupons: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    """By code, then by sort key: the document and its counters."""
    reserved: Reserved = field(default_factory=Reserved)
    """Reservations before orders."""
    lots: list[Item] = field(default_factory=list)
    stock_events: list[str] = field(default_factory=list)
    """Their types."""

    def header(self, order_id: str) -> Item:
        """The order's header."""
        return self.orders[order_id]["order"]

    def parts(self, order_id: str, kind: str) -> list[Item]:
        """Records of a kind (`fulfilment`, `shipment`, `payment`, `change`, `event`), by sort key."""
        return [item for sk, item in sorted(self.orders[order_id].items()) if sk.startswith(f"{kind}#")]

    def events(self, order_id: str) -> list[dict[str, Any]]:
        """The timeline's events."""
        return [json.loads(item["body"]) for item in self.parts(order_id, "event")]

    def types(self, order_id: str) -> list[str]:
        """Types of the timeline's events."""
        return [event["type"] for event in self.events(order_id)]


def items(table: str) -> list[Item]:
    """Every item of a table, as plain values."""
    read = TypeDeserializer()
    rows = [item for part in backend().tables[table].items.values() for item in part.values()]
    return [{n: plain(read.deserialize(v)) for n, v in row.to_json()["Attributes"].items()} for row in rows]


def ledger(items: Callable[[str], list[Item]] = items) -> Ledger:
    """Everything, read from the tables as they are now; `items` reads one, by its logical id."""
    found = Ledger()
    for item in items("OrdersTable"):
        pk, sk = item["pk"], item["sk"]
        if pk.startswith("ord_"):
            found.orders[pk][sk] = item
        elif pk.startswith("cmp_"):
            found.complaints[pk][sk] = item
        elif sk == "claim":
            found.claims[pk] = item
        elif pk.startswith("carrier#"):
            found.waiting.append(item)
    for item in items("SupplyTable"):
        found.reserved.sort(item)
        if item["sk"] == "counter":
            _, sku, node, bucket = item["pk"].split("#")
            found.buckets[sku, node][bucket] = item
            found.counters[sku, node] = _together(found.counters.get((sku, node)), item)
        elif item["pk"].startswith("taking#"):
            found.parts_taken += [item] if item["sk"].startswith("part#") else []
            found.of_large_orders += [item] if item.get("state") in ("pending", "released") else []
        elif item["pk"].startswith("moves#"):
            found.jobs_of_moves.append(item)
            found.of_large_orders.append(item)
        elif item["pk"].startswith("lots#"):
            found.lots.append(item)
        elif item["pk"].startswith("stockevent#") and item["sk"].startswith("event#"):
            found.stock_events.append(json.loads(item["body"])["type"])
        elif item["sk"] == "load":
            found.loads[item["pk"].removeprefix("load#")] = item["open_units"]
        elif item["pk"].startswith("backlog#"):
            _, sku, node = item["pk"].split("#")
            if item["sk"] == "job":
                found.jobs[sku, node] = item
            else:
                found.queues[sku, node].append(item)
        elif item["pk"].startswith("presale#"):
            found.presold[item["pk"].split("#")[1]] = item["sold"]
        elif item["pk"].startswith("ledger#") or (item["pk"].startswith("movement#") and item["schema"] == 1):
            found.movements.append(item)  # those of schema 1 have no ledger rows
    for item in items("CatalogTable"):
        if item["pk"].startswith("coupon#"):
            found.coupons[item["pk"].removeprefix("coupon#")][item["sk"]] = item
    for item in items("CustomersTable"):
        if item["pk"].startswith("contact#"):
            found.contacts[item["pk"].removeprefix("contact#")].add(item["sk"])
    return found


def audit(found: Ledger | None = None) -> list[str]:
    """What is wrong, one finding a line; nothing when all is well."""
    found = found or ledger()
    findings = [*_counters(found), *_loads(found), *backlog_findings(found), *_claims(found)]
    findings += [*coupon_findings(found), *first_order_findings(found), *lot_findings(found)]
    findings += reservation_findings(found.reserved, found.orders)
    findings += complaint_findings(found.complaints, found.orders)
    for order_id in sorted(found.orders):
        if "order" not in found.orders[order_id]:
            findings.append(f"{order_id}: items without a header")
            continue
        checks = (_timeline, _status, _money, _waits, _belongings)
        findings += [f"{order_id}: {finding}" for check in checks for finding in check(found, order_id)]
    return findings


def _together(counter: Item | None, bucket: Item) -> Item:
    """A counter with another bucket of it added; what else the main bucket says stays."""
    if counter is None:
        return bucket
    sums = {name: counter.get(name, 0) + bucket.get(name, 0) for name in ("on_hand", "reserved", "safety", "available")}
    return {**bucket, **counter, **sums}


def _counters(found: Ledger) -> Iterable[str]:
    reserved = found.reserved.held()
    dispatched: Counter[tuple[str, str]] = Counter()
    for order_id in found.orders:
        for each in found.parts(order_id, "fulfilment"):
            target = reserved if each["state"] in _RESERVING else dispatched if each["state"] == "dispatched" else None
            for line in unpack(each["lines"]) if target is not None else ():
                target[line["sku"], each["node_id"]] += line["quantity"]  # type: ignore[index]  # not None here
    for item in found.parts_taken:
        for sku, node, _, _, units, *_ in unpack(item["moves"]):
            reserved[sku, node] += units
    for item in found.jobs_of_moves:
        for sku, node, _, gone, units, *_ in unpack(item["moves"])[int(item["done"]) :]:
            reserved[sku, node] -= units
            dispatched[sku, node] += gone
    booked: Counter[tuple[str, str]] = Counter()
    left: Counter[tuple[str, str]] = Counter()
    for movement in found.movements:
        for entry in movement["entries"]:
            booked[entry["sku"], entry["node"]] += entry["on_hand_delta"]
            if movement["kind"] == "dispatch":
                left[entry["sku"], entry["node"]] -= entry["on_hand_delta"]
    for key in set(found.counters) | set(reserved) | set(dispatched):
        counter = found.counters.get(key, {})
        on_hand, held = counter.get("on_hand", 0), counter.get("reserved", 0)
        if held != reserved[key]:
            yield f"{key}: {held} reserved, live orders and reservations need {reserved[key]}"
        if on_hand != booked[key]:
            yield f"{key}: {on_hand} on hand, the ledger has {booked[key]}"
        if left[key] != dispatched[key]:
            yield f"{key}: the ledger dispatched {left[key]}, the orders {dispatched[key]}"
        for name, each in found.buckets.get(key, {}).items():
            if min(each.get("on_hand", 0), each.get("reserved", 0)) < 0:
                yield f"{key}: bucket {name} is below nothing"
        if counter.get("available", 0) != on_hand - held - counter.get("safety", 0):
            yield f"{key}: available {counter.get('available')} does not fit"


def _loads(found: Ledger) -> Iterable[str]:
    work: Counter[str] = Counter()
    for order_id in found.orders:
        for each in found.parts(order_id, "fulfilment"):
            if each["state"] in _RESERVING and each.get("work_counted"):
                work[each["node_id"]] += _units(each)
    for node in set(work) | set(found.loads):
        if work[node] != found.loads.get(node, 0):
            yield f"{node}: {found.loads.get(node, 0)} units of work, live orders have {work[node]}"


def _claims(found: Ledger) -> Iterable[str]:
    owners: Counter[str] = Counter()
    for pk, claim in found.claims.items():
        if "complaint_id" not in claim and claim["order_id"] not in {**found.orders, **found.complaints}:
            yield f"{pk} names {claim['order_id']}, which does not exist"
        if pk.startswith("idem#") and claim["order_id"] in found.orders and _is_placement(claim):
            owners[claim["order_id"]] += 1
    for order_id in found.orders:
        if owners[order_id] != 1:
            yield f"{order_id} is named by {owners[order_id]} idempotency records"
    for order_id in set(found.contacts) - set(found.orders):
        yield f"contact of {order_id}, which does not exist"


def _is_placement(claim: Item) -> bool:
    """The record of a placement names its order and body; those of commands on an order say more."""
    return set(claim) == {"pk", "sk", "schema", "order_id", "body_hash"}


def _timeline(found: Ledger, order_id: str) -> Iterable[str]:
    previous = "0" * 64
    stored = found.parts(order_id, "event")
    for number, item in enumerate(stored, start=1):
        body = json.loads(item["body"])
        if item["sk"] != f"event#{number:06d}" or body["seq"] != number:
            yield f"event {number} is {item['sk']} with seq {body['seq']}"
        if hashlib.sha256(item["body"].encode()).hexdigest() != item["hash"] or body["prev_hash"] != previous:
            yield f"event {number} breaks the chain"
        previous = item["hash"]
    header = found.header(order_id)
    if (header["seq"], header["head_hash"]) != (len(stored), previous):
        yield f"the header is at {header['seq']}, the timeline has {len(stored)} events"
    twice = [name for name, times in Counter(_facts(found.events(order_id))).items() if times > 1]
    yield from (f"twice in the timeline: {name}" for name in twice)


def _facts(events: Iterable[dict[str, Any]]) -> Iterable[str]:
    """What may happen once only."""
    for event in events:
        data = event["data"]
        if event["type"] in {"order.placed", "order.completed"}:
            yield event["type"]
        for name in ("payment_id", "event"):
            if name in data:
                yield f"{event['type']} {data[name]}"
        if event["type"] == "shipment.dispatched":
            yield f"dispatched {data['fulfilment_id']}"
        if "change_id" in data:
            yield f"{event['type']} {data['change_id']}"


def _status(found: Ledger, order_id: str) -> Iterable[str]:
    header, fulfilments = found.header(order_id), found.parts(order_id, "fulfilment")
    units = {state: sum(_units(each) for each in fulfilments if each["state"] in state) for state in _GROUPS}
    incidents = found.parts(order_id, "incident")
    unsourced = sum(_units(each) for each in incidents if each["state"] == "open" and each["kind"] == "short")
    given_up = sum(_units(each) for each in incidents if (each["kind"], each.get("resolution")) in _FOR_GOOD)
    given_up += sum(_units(each) for each in incidents if "refund" in each)
    given_up += sum(
        line["quantity"] for event in found.events(order_id) for line in event["data"].get("lines_ended", ())
    )
    shipped = [parcel for each in found.parts(order_id, "shipment") for parcel in unpack(each["parcels"])]
    came = [each for each in shipped if each["status"] == "delivered"]
    delivered = sum(line["quantity"] for each in came for line in each["lines"])
    delivered -= sum(line["quantity"] for each in came for name in _NOT for line in each.get(name, ()))
    lost = sum(line["quantity"] for each in shipped for line in each.get("written_off", ()))
    expected = oracle(
        live=units[_LIVE] + unsourced - lost,
        started=units[_BEGUN] - lost,
        dispatched=units[_SENT] - lost,
        delivered=delivered,
        released=any(each["state"] not in {"planned", "waiting", "cancelled"} for each in fulfilments),
        # What is sent again, or in exchange, lets an order that was completed go on.
        completed="order.completed" in found.types(order_id) and header.get("completed_at") is not None,
    )
    wanted = header["units"]["total"]
    by_incident = header.get("cancel_reason") in ("refused", "incident")
    owed = units[_LIVE] + unsourced - lost
    if (header["status"] != "cancelled" or by_incident) and owed + given_up != wanted:
        yield f"{wanted} units were ordered, {owed} are owed by nodes and incidents, {given_up} are given up"
    if header["units"].get("lost", 0) != lost:
        yield f"{header['units'].get('lost', 0)} units are lost, the parcels say {lost}"
    if header["status"] != expected:
        yield f"status {header['status']}, its parts say {expected}"
    last = found.events(order_id)[-1] if found.parts(order_id, "event") else {"status": None}
    if last["status"] != header["status"]:
        yield f"the last event says {last['status']}, the header {header['status']}"


def oracle(*, live: int, started: int, dispatched: int, delivered: int, released: bool, completed: bool) -> str:
    """The status of an order from its parts, in units; from design section 2, apart from the product's table."""
    if live == 0:
        return "cancelled"
    if completed:
        return "completed"
    if dispatched == live:
        return "delivered" if delivered == live else "shipped"
    if dispatched:
        return "partially_shipped"
    if started:
        return "in_fulfilment"
    return "released" if released else "placed"


_FOR_GOOD = {("refused", "returned"), ("refused", "settled"), ("returned_to_sender", "settled"), ("short", "dismissed")}
"""How incidents end whose units are no part of the order any more; those that were refunded are none either."""
_NOT = ("refused", "written_off")
_LIVE = frozenset(_RESERVING | {"dispatched"})
_BEGUN = frozenset(_STARTED)
_SENT = frozenset({"dispatched"})
_GROUPS = (_LIVE, _BEGUN, _SENT)


def _units(fulfilment: Item) -> int:
    return sum(int(line["quantity"]) for line in unpack(fulfilment["lines"]))


def _money(found: Ledger, order_id: str) -> Iterable[str]:
    payments = found.parts(order_id, "payment")
    funds = found.header(order_id)["funds"]
    for kind in ("authorised", "captured", "refunded"):
        total = sum(each["amount"] for each in payments if each["kind"] == kind)
        if funds.get(kind, 0) != total:
            yield f"{funds.get(kind, 0)} {kind}, its payments say {total}"
    booked = sum(each["amount"] for each in found.parts(order_id, "posting"))
    if funds.get("booked", 0) != booked:
        yield f"{funds.get('booked', 0)} booked, its postings say {booked}"


_UNDER_WAY = {"requested", "sent", "unknown", "failed"}
"""Money that is to move still, also of an order that has ended."""


def _waits(found: Ledger, order_id: str) -> Iterable[str]:
    header = found.header(order_id)
    is_open = header["status"] not in {"completed", "cancelled"}
    moving = any(each["state"] in _UNDER_WAY for each in found.parts(order_id, "instruction"))
    if (is_open or moving or "open_claims" in header) != ("deadline_at" in header):
        yield f"{header['status']} with deadline {header.get('deadline_at')}"
    if is_open != ("status_key" in header):
        yield f"{header['status']}, listed under {header.get('status_key')}"


def _belongings(found: Ledger, order_id: str) -> Iterable[str]:
    if "contact" not in found.contacts[order_id]:
        yield "no contact"
    first = found.orders[order_id].get("lines#0001", {})
    if not first or ("placed" not in first and "decision" not in found.orders[order_id]):
        yield "no lines or no decision"
    claimed = {claim.get("shipment_id") for claim in found.claims.values()}
    for shipment in found.parts(order_id, "shipment"):
        if shipment["shipment_id"] not in claimed:
            yield f"{shipment['shipment_id']} cannot be found by its number"


def unpack(packed: bytes) -> Any:
    """Packed JSON; zlib asks for the preset dictionary only where one was used."""
    return json.loads(zlib.decompressobj(zdict=DICTIONARIES[1]).decompress(packed))


def plain(value: Any) -> Any:
    """A value as boto3 reads it, without its own types."""
    if isinstance(value, Binary):
        return bytes(value.value)  # type: ignore[attr-defined]  # the stubs leave it out
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return int(value) if hasattr(value, "to_integral_value") and value == int(value) else value
