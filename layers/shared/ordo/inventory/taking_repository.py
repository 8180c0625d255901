"""Stock of large orders in the Supply table: taken in parts before their commit, and moved after it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ordo.inventory.errors import StockExhausted
from ordo.inventory.lot_writes import read_lots
from ordo.inventory.lots import unnamed_first
from ordo.inventory.model import StockMove
from ordo.inventory.taking_writes import (
    HEADER_SK,
    JOB_SK,
    PART_FROM,
    PART_TO,
    header_gone,
    header_put,
    next_by_lot,
    next_moves,
    part_back,
    part_writes,
    read_job,
    released,
    taking_pk,
)
from ordo.inventory.takings import Part, PendingMoves, Taking, TakingEnded
from ordo.inventory.writes import COUNTER_SK, counter_pk, exhausted
from ordo.runtime.dynamo import Conflict, TransactionRefused, Write, batch_get, get_item, query_all, transact, write
from ordo.runtime.retry import with_jitter

BUDGET_S = 2.0
"""So long one part is tried again while it meets others."""


class DynamoTakings:
    """`Takings` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def take(self, taking: Taking) -> None:
        """The header by itself, then a transaction for each part."""
        if not self._begun(taking):
            self.give_back(taking.taking_id, "")
            if not self._begun(taking):
                raise TakingEnded()
        for part in taking.parts:
            with_jitter(partial(self._take, taking, part), on=(Conflict,), budget_s=BUDGET_S)

    def _begun(self, taking: Taking) -> bool:
        """Whether the header is there, pending and of this try; raises `TakingEnded` when the request has its stock."""
        try:
            with_jitter(lambda: write(header_put(self._table, taking)), on=(Conflict,), budget_s=BUDGET_S)
        except TransactionRefused as refused:
            there = refused.failed.get(0) or {}
            if there.get("state") == "committed":
                raise TakingEnded() from refused
            return (there.get("state"), there.get("of")) == ("pending", taking.of)
        return True

    def give_back_earlier(self, taking_id: str) -> bool:
        """Whether an earlier try of the same request had taken something, which is given back now."""
        header = get_item(self._table, taking_pk(taking_id), HEADER_SK, consistent=True)
        return header is not None and header["state"] != "committed" and self.give_back(taking_id, "")

    def require_there(self, moves: Sequence[StockMove]) -> None:
        """Raise `StockExhausted` when a counter does not have what is to leave it (afterwards nobody can refuse), and
        `Conflict` when it has become kept by lot: the lots are to be chosen.
        """
        leaving = {counter_pk(*move.key): move for move in moves if move.on_hand < 0}
        if not leaving:
            return
        keys = [(self._table, pk, COUNTER_SK) for pk in leaving]
        items = {item["pk"]: item for item in with_jitter(lambda: batch_get(keys, consistent=True), on=(Conflict,))}
        for pk, move in leaving.items():
            short = exhausted(move, items.get(pk))
            if short is not None:
                raise short
            if move.without_lots and items[pk].get("by_lot"):
                raise Conflict("lots have begun under the write")

    def _take(self, taking: Taking, part: Part) -> None:
        """Without a token of its own: what was given back meanwhile is taken again, and not only answered."""
        try:
            transact(part_writes(self._table, taking, part))
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
                with_jitter(partial(transact, writes), on=(Conflict,), budget_s=BUDGET_S)
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

        Raises `StockExhausted` (or `LotsShort`) when a counter does not have what leaves it: somebody must count, and
        it is tried again.
        """
        while True:
            item = get_item(self._table, pk, JOB_SK, consistent=True)
            if item is None:
                return
            pending, done = read_job(item)
            try:
                self._make(pending, done)
            except TransactionRefused as refused:
                if 0 not in refused.failed:
                    raise _why(refused, pending.moves[done:]) from refused

    def _make(self, pending: PendingMoves, done: int) -> None:
        """Some more. Of a SKU that has become kept by lot since the commit, units leave the lots too: they were on hand
        when lots began, so they are in the lot without a name; other lots have what others have taken of it.
        """
        try:
            self._transact(next_moves(self._table, pending, done))
        except TransactionRefused as refused:
            later = _begun(refused, pending.moves[done:])
            if 0 in refused.failed or later is None:
                raise
            if later:
                self._transact(next_moves(self._table, pending, done, later))
                return
            move = pending.moves[done]
            lots = unnamed_first(read_lots(self._table, move.sku, move.node), move.sku, move.node, -move.on_hand)
            self._transact(next_by_lot(self._table, pending, done, lots))

    @staticmethod
    def _transact(writes: Sequence[Write]) -> None:
        with_jitter(lambda: transact(writes), on=(Conflict,), budget_s=BUDGET_S)


def _begun(refused: TransactionRefused, moves: tuple[StockMove, ...]) -> int | None:
    """The place of the first refused move whose SKU has become kept by lot."""
    found = (
        place - 1
        for place, item in sorted(refused.failed.items())
        if 0 < place <= len(moves) and moves[place - 1].without_lots and (item or {}).get("by_lot")
    )
    return next(found, None)


def _why(refused: TransactionRefused, moves: tuple[StockMove, ...]) -> Exception:
    for place, item in sorted(refused.failed.items()):
        short: StockExhausted | None = exhausted(moves[place - 1], item) if place <= len(moves) else None
        if short is not None:
            return short
    return refused
