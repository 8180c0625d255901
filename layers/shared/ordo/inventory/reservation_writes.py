"""The DynamoDB writes of reservations, as values: also the seam through which an order's commit ends its reservation.

Header `pk = reservation#<id>`, `sk = reservation`. Beside each counter that it takes from `sk =
reservation#<expires_at>#<id>`, so that who is short there finds what has expired. Quota `pk = quota#<holder>#<sku>`,
`sk = quota` with the units in pending reservations, and each one's (`by#<id>`). Key `pk = idem#<client>#<key>`,
`sk = claim`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.inventory.reservations import HeldUnits, Pending, Reservation, ReservationState, later
from ordo.inventory.writes import counter_pk
from ordo.kernel.canonical import sha256_hex
from ordo.runtime.dynamo import Delete, Put, Update, Write

SCHEMA = 1
HEADER_SK, QUOTA_SK, CLAIM_SK = "reservation", "quota", "claim"
ENTRY = "reservation#"
BY = "by#"
KIND = "reservation"
"""In the index of deadlines."""
SHARDS = 8
KEPT_DAYS = 30
"""So long what has ended, and what only counts, is kept; nothing is pending for more than a day."""


def header_pk(reservation_id: str) -> str:
    """Partition of the header."""
    return f"reservation#{reservation_id}"


def key_pk(client_id: str, key: str) -> str:
    """Partition of the record of an idempotency key."""
    return f"idem#{client_id}#{key}"


def quota_pk(holder: str, sku: str) -> str:
    """Partition of what a holder has reserved of a SKU."""
    return f"quota#{holder}#{sku}"


def entry_sk(expires_at: str, reservation_id: str) -> str:
    """Sorts by when it expires."""
    return f"{ENTRY}{expires_at}#{reservation_id}"


def due_shard(pk: str) -> str:
    """Where the header stands in the index of deadlines."""
    return f"due#{int(sha256_hex(pk)[:8], 16) % SHARDS}"


def header_put(table: str, reservation: Reservation) -> Put:
    """A new header, in the index of deadlines."""
    pk = header_pk(reservation.reservation_id)
    item = {
        "pk": pk,
        "sk": HEADER_SK,
        "schema": SCHEMA,
        "state": reservation.state.value,
        "channel": reservation.channel,
        "client_id": reservation.client_id,
        "customer_id": reservation.customer_id,
        "session_id": reservation.session_id,
        "created_at": reservation.created_at,
        "expires_at": reservation.expires_at,
        "latest_at": reservation.latest_at,
        "lines": [dict(line) for line in reservation.lines],
        "held": [list(each) for each in reservation.held],
        "key": reservation.key,
        "body_hash": reservation.body_hash,
        "deadline_shard": due_shard(pk),
        "deadline_at": reservation.expires_at,
        "kind": KIND,
    }
    return Put(table, item)  # the key, which is written with it, arbitrates; ids are new


def read_header(item: Mapping[str, Any]) -> Reservation:
    """A reservation from its header."""
    return Reservation(
        reservation_id=item["pk"].removeprefix("reservation#"),
        channel=item["channel"],
        client_id=item["client_id"],
        customer_id=item.get("customer_id"),
        session_id=item.get("session_id"),
        created_at=item["created_at"],
        expires_at=item["expires_at"],
        latest_at=item["latest_at"],
        lines=tuple(item["lines"]),
        held=tuple(HeldUnits(*each) for each in item["held"]),
        key=item["key"],
        body_hash=item["body_hash"],
        state=ReservationState(item["state"]),
        order_id=item.get("order_id"),
        ended_at=item.get("ended_at"),
    )


def key_put(table: str, reservation: Reservation) -> Put:
    """That the key is this reservation's; written only if it is new."""
    item = {
        "pk": key_pk(reservation.client_id, reservation.key),
        "sk": CLAIM_SK,
        "schema": SCHEMA,
        "reservation_id": reservation.reservation_id,
        "body_hash": reservation.body_hash,
        "gone_after": later(reservation.latest_at, KEPT_DAYS),
    }
    return Put(table, item, "attribute_not_exists(pk)")


def quota_takes(table: str, reservation: Reservation, limit: int) -> list[Update]:
    """The holder's units of each SKU, only up to the limit."""
    gone_after = later(reservation.latest_at, KEPT_DAYS)
    return [
        Update(
            table,
            quota_pk(reservation.holder, sku),
            QUOTA_SK,
            "ADD held :units SET #by = :units, gone_after = :gone, #schema = :schema",
            # nothing is held as long as there is no item; more than the limit is refused even then
            "attribute_not_exists(held) OR held <= :room" if units <= limit else "held <= :room",
            {"#schema": "schema", "#by": BY + reservation.reservation_id},
            {":units": units, ":room": limit - units, ":gone": gone_after, ":schema": SCHEMA},
        )
        for sku, units in reservation.pending.by_sku().items()
    ]


def in_quota(item: Mapping[str, Any] | None) -> tuple[int, tuple[str, ...]]:
    """The units of a stored quota, and the ids of the reservations that hold them."""
    stored = item or {}
    ids = tuple(sorted(name.removeprefix(BY) for name in stored if name.startswith(BY)))
    return int(stored.get("held", 0)), ids


def entry_puts(table: str, pending: Pending) -> list[Put]:
    """The entries beside the counters."""
    sk = entry_sk(pending.expires_at, pending.reservation_id)
    return [
        Put(table, {"pk": counter_pk(*each.key), "sk": sk, "schema": SCHEMA, "units": each.units})
        for each in pending.held
    ]


def entry_deletes(table: str, pending: Pending) -> list[Delete]:
    """The entries go."""
    sk = entry_sk(pending.expires_at, pending.reservation_id)
    return [Delete(table, counter_pk(*each.key), sk) for each in pending.held]


def still_pending(pending: Pending) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The header's condition, its names and values: pending, and with this end."""
    values = {":pending": ReservationState.PENDING.value, ":seen": pending.expires_at}
    return "#state = :pending AND expires_at = :seen", {"#state": "state"}, values


def end_writes(
    table: str, pending: Pending, state: ReservationState, at: str, order_id: str | None = None
) -> list[Write]:
    """The header first, under its condition; entries go, quotas are given back. Counters are the caller's."""
    condition, names, values = still_pending(pending)
    expression = "SET #state = :state, ended_at = :at, gone_after = :gone"
    values |= {":state": state.value, ":at": at, ":gone": later(at, KEPT_DAYS)}
    if order_id is not None:
        expression, values[":order"] = f"{expression}, order_id = :order", order_id
    expression += " REMOVE deadline_shard, deadline_at, due_tries, parked"
    header = Update(table, header_pk(pending.reservation_id), HEADER_SK, expression, condition, names, values)
    quotas = [
        Update(
            table,
            quota_pk(pending.holder, sku),
            QUOTA_SK,
            "ADD held :units REMOVE #by",
            names={"#by": BY + pending.reservation_id},
            values={":units": -units},
        )
        for sku, units in pending.by_sku().items()
    ]
    return [header, *entry_deletes(table, pending), *quotas]


def extend_writes(table: str, pending: Pending, moved: Pending) -> list[Write]:
    """The header first, under its condition; the entries move with it."""
    condition, names, values = still_pending(pending)
    expression = "SET expires_at = :until, deadline_at = :until, deadline_shard = :shard"
    pk = header_pk(pending.reservation_id)
    values |= {":until": moved.expires_at, ":shard": due_shard(pk)}
    header = Update(table, pk, HEADER_SK, expression, condition, names, values)
    return [header, *entry_deletes(table, pending), *entry_puts(table, moved)]
