"""Reservations in the Supply table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ordo.inventory.model import StockKey
from ordo.inventory.reservation_writes import (
    CLAIM_SK,
    ENTRY,
    HEADER_SK,
    end_writes,
    entry_puts,
    entry_sk,
    extend_writes,
    header_pk,
    header_put,
    in_quota,
    key_pk,
    key_put,
    quota_takes,
    read_header,
)
from ordo.inventory.reservations import KeyTaken, Pending, QuotaShort, Reservation, ReservationState
from ordo.inventory.writes import counter_pk, exhausted, stock_update
from ordo.kernel.canonical import sha256_hex
from ordo.runtime.dynamo import Conflict, TransactionRefused, Write, get_item, query, transact
from ordo.runtime.retry import with_jitter

LONGEST_ID = 64
BUDGET_S = 2.0
"""So long a transaction that meets others is tried again: who waits for it is a step of 5 seconds, or the watcher."""
PAGE = 25
"""Expired entries that are looked at beside one counter at once."""


class DynamoReservations:
    """`ReservationStore` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def take(self, reservation: Reservation, limit: int) -> None:
        """One transaction: header, key, quotas, counters, entries."""
        moves, skus = reservation.pending.takes(), list(reservation.pending.by_sku())
        writes: list[Write] = [header_put(self._table, reservation), key_put(self._table, reservation)]
        writes += quota_takes(self._table, reservation, limit)
        writes += [stock_update(self._table, move) for move in moves]
        writes += entry_puts(self._table, reservation.pending)

        def explain(refused: TransactionRefused) -> Exception:
            held = refused.failed.get(1)
            if held is not None:
                return KeyTaken(held["reservation_id"], held["body_hash"])
            for place, sku in enumerate(skus, start=2):
                if place in refused.failed:
                    return QuotaShort(sku, *in_quota(refused.failed[place]))
            for place, move in enumerate(moves, start=2 + len(skus)):
                short = exhausted(move, refused.failed[place]) if place in refused.failed else None
                if short is not None:
                    return short
            return Conflict("the counters changed under the write")

        def attempt() -> None:
            try:
                transact(writes, token)
            except TransactionRefused as refused:
                raise explain(refused) from refused

        token = sha256_hex(f"{reservation.reservation_id}#{reservation.created_at}#{reservation.held}")[:36]
        with_jitter(attempt, on=(Conflict,), budget_s=BUDGET_S)

    def find(self, reservation_id: str) -> Reservation | None:
        """One consistent read; longer ids are none of ours."""
        if len(reservation_id) > LONGEST_ID:
            return None
        item = get_item(self._table, header_pk(reservation_id), HEADER_SK, consistent=True)
        return read_header(item) if item else None

    def by_key(self, client_id: str, key: str) -> KeyTaken | None:
        """One consistent read."""
        item = get_item(self._table, key_pk(client_id, key), CLAIM_SK, consistent=True)
        return KeyTaken(item["reservation_id"], item["body_hash"]) if item else None

    def release(self, pending: Pending, at: str) -> bool:
        """One transaction: the header under its condition, entries, quotas, counters."""
        writes = end_writes(self._table, pending, ReservationState.RELEASED, at)
        return self._ended([*writes, *(stock_update(self._table, move) for move in pending.gives_back())])

    def extend(self, pending: Pending, until: str) -> bool:
        """One transaction: the header under its condition, and the entries."""
        return self._ended(extend_writes(self._table, pending, replace(pending, expires_at=until)))

    def expired(self, keys: Iterable[StockKey], until: str) -> list[str]:
        """One query for each counter."""
        found: dict[str, None] = {}
        for key in keys:
            last = entry_sk(until, "~")
            page = query(self._table, counter_pk(*key), sk_from=ENTRY, sk_to=last, consistent=True, limit=PAGE)
            found.update(dict.fromkeys(item["sk"].rpartition("#")[2] for item in page.items))
        return list(found)

    @staticmethod
    def _ended(writes: Sequence[Write]) -> bool:
        """Whether the header, the first write, was as it was read; anything else that fails is broken, and raised."""
        try:
            with_jitter(lambda: transact(writes), on=(Conflict,), budget_s=BUDGET_S)
        except TransactionRefused as refused:
            if 0 not in refused.failed:
                raise
            return False
        return True
