"""Stock of large orders in the Supply table: taken in parts before their commit, and moved after it."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.inventory.errors import StockExhausted
from ordo.inventory.model import StockMove
from ordo.inventory.taking_writes import (
    HEADER_SK,
    JOB_SK,
    PART_FROM,
    PART_TO,
    header_gone,
    header_put,
    next_moves,
    part_back,
    part_writes,
    read_job,
    released,
    taking_pk,
)
from ordo.inventory.takings import Part, Taking, TakingEnded
from ordo.inventory.writes import COUNTER_SK, counter_pk, exhausted
from ordo.kernel.canonical import sha256_hex
from ordo.runtime.dynamo import Conflict, TransactionRefused, batch_get, get_item, query_all, transact, write
from ordo.runtime.retry import with_jitter

BUDGET_S = 2.0
"""So long one part is tried again while it meets others."""


class DynamoTakings:
    """`Takings` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def take(self, taking: Taking) -> None:
        """The header by itself, then a transaction for each part."""
        try:
            with_jitter(lambda: write(header_put(self._table, taking)), on=(Conflict,), budget_s=BUDGET_S)
        except TransactionRefused as refused:
            if (refused.failed.get(0) or {}).get("state") != "pending":
                raise TakingEnded() from refused
        for part in taking.parts:
            with_jitter(lambda one=part: self._take(taking, one), on=(Conflict,), budget_s=BUDGET_S)  # type: ignore[misc]

    def require_there(self, moves: Sequence[StockMove]) -> None:
        """Raise `StockExhausted` when a counter does not have what is to leave it: afterwards nobody can refuse it."""
        leaving = {counter_pk(*move.key): move for move in moves if move.on_hand < 0}
        if not leaving:
            return
        keys = [(self._table, pk, COUNTER_SK) for pk in leaving]
        items = {item["pk"]: item for item in with_jitter(lambda: batch_get(keys, consistent=True), on=(Conflict,))}
        for pk, move in leaving.items():
            short = exhausted(move, items.get(pk))
            if short is not None:
                raise short

    def _take(self, taking: Taking, part: Part) -> None:
        token = sha256_hex(f"{taking.taking_id}#{part.number}")[:36]
        try:
            transact(part_writes(self._table, taking, part), token)
        except TransactionRefused as refused:
            if 0 in refused.failed:
                raise TakingEnded() from refused
            if 1 not in refused.failed:  # else it was taken before
                raise self._short(refused, part) from refused

    @staticmethod
    def _short(refused: TransactionRefused, part: Part) -> Exception:
        for place, move in enumerate(part.moves, start=2):
            short = exhausted(move, refused.failed[place]) if place in refused.failed else None
            if short is not None:
                return short
        return Conflict("the counters changed under the write")

    def give_back(self, taking_id: str, at: str) -> bool:
        """The header by itself, a transaction for each part, then the header goes."""
        try:
            with_jitter(lambda: write(released(self._table, taking_id)), on=(Conflict,), budget_s=BUDGET_S)
        except TransactionRefused as refused:
            return (refused.failed.get(0) or {}).get("state") != "committed"
        pk = taking_pk(taking_id)
        for item in query_all(self._table, pk, sk_from=PART_FROM, sk_to=PART_TO, consistent=True):
            writes = part_back(self._table, pk, item)
            try:
                with_jitter(lambda some=writes: transact(some), on=(Conflict,), budget_s=BUDGET_S)  # type: ignore[misc]
            except TransactionRefused as refused:
                if 0 not in refused.failed:
                    raise
        try:
            with_jitter(lambda: write(header_gone(self._table, taking_id)), on=(Conflict,), budget_s=BUDGET_S)
        except TransactionRefused:
            return True
        return True

    def settle_due(self, pk: str) -> None:
        """A taking that is due is given back; one that has ended otherwise is left alone."""
        taking_id = pk.removeprefix("taking#")
        if get_item(self._table, pk, HEADER_SK, consistent=True) is not None:
            self.give_back(taking_id, "")


class DynamoPendingMoves:
    """Making moves that commits have left. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def make(self, pk: str) -> None:
        """All that are left; others may make them at the same time, each is made once.

        Raises `StockExhausted` when a counter does not have what leaves it: somebody must count, and it is tried again.
        """
        while True:
            item = get_item(self._table, pk, JOB_SK, consistent=True)
            if item is None:
                return
            pending, done = read_job(item)
            writes = next_moves(self._table, pending, done)
            try:
                with_jitter(lambda some=writes: transact(some), on=(Conflict,), budget_s=BUDGET_S)  # type: ignore[misc]
            except TransactionRefused as refused:
                if 0 not in refused.failed:
                    raise _why(refused, pending.moves[done:]) from refused


def _why(refused: TransactionRefused, moves: tuple[StockMove, ...]) -> Exception:
    for place, item in sorted(refused.failed.items()):
        short: StockExhausted | None = exhausted(moves[place - 1], item) if place <= len(moves) else None
        if short is not None:
            return short
    return refused
