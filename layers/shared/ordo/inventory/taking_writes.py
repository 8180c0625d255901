"""The DynamoDB writes of large orders' stock, as values.

`pk = taking#<id>`: `sk = taking` is the header (state, order, keys of the index), `sk = part#0001` the moves of a part
that was taken. `pk = moves#<order>#<seq>`, `sk = job` are moves that an order's commit left to be made; `done` of them
were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ordo.inventory.ledger_writes import ledger_puts
from ordo.inventory.lot_writes import lot_updates
from ordo.inventory.lots import LotMove
from ordo.inventory.movements import Movement
from ordo.inventory.reservations import later
from ordo.inventory.takings import (
    MOVED_AT_ONCE,
    Part,
    PendingMoves,
    Taking,
    move_of,
    move_to_list,
    row_of,
    undone,
)
from ordo.inventory.writes import stock_update
from ordo.kernel.shards import shard_of
from ordo.runtime.dynamo import Delete, Put, Update, Write
from ordo.runtime.packing import pack, unpack

SCHEMA = 1
HEADER_SK, JOB_SK = "taking", "job"
PART_FROM, PART_TO = "part#", "part#~"
KEPT_DAYS = 30
MINE, NAMES = "#state = :pending AND #of = :of", {"#state": "state", "#of": "of"}
"""That a taking is pending, and still that of the same try."""
TAKING, MOVES = "taking", "moves"
"""Kinds in the index of deadlines."""


def taking_pk(taking_id: str) -> str:
    """Partition of a taking."""
    return f"taking#{taking_id}"


def moves_pk(order_id: str, seq: int) -> str:
    """Partition of the moves that the order's event of this number left."""
    return f"moves#{order_id}#{seq:06d}"


def header_put(table: str, taking: Taking) -> Put:
    """A new header, pending."""
    pk = taking_pk(taking.taking_id)
    item = {
        "pk": pk,
        "sk": HEADER_SK,
        "schema": SCHEMA,
        "state": "pending",
        "of": taking.of,
        "order_id": taking.order_id,
        "deadline_shard": f"due#{shard_of(pk)}",
        "deadline_at": taking.until,
        "kind": TAKING,
    }
    return Put(table, item, "attribute_not_exists(pk)")


def part_writes(table: str, taking: Taking, part: Part) -> list[Write]:
    """The header under its condition, the part if it is not there, then its counters."""
    pk = taking_pk(taking.taking_id)
    values = {":pending": "pending", ":part": part.number, ":of": taking.of}
    header = Update(table, pk, HEADER_SK, "SET part = :part", MINE, NAMES, values)
    item = {"pk": pk, "sk": part_sk(part.number), "schema": SCHEMA, "moves": _packed(part.moves)}
    taken = Put(table, item, "attribute_not_exists(pk)")
    return [header, taken, *(stock_update(table, move) for move in part.moves)]


def part_sk(number: int) -> str:
    """Sorts as numbers do."""
    return f"part#{number:04d}"


def committed(table: str, taking: Taking) -> list[Write]:
    """The order has its stock: in its own commit, the header first. Each part must be there as it was taken."""
    pk = taking_pk(taking.taking_id)
    values: dict[str, Any] = {":pending": "pending", ":committed": "committed", ":of": taking.of}
    values[":gone"] = later(taking.until, KEPT_DAYS)
    expression = "SET #state = :committed, gone_after = :gone REMOVE deadline_shard, deadline_at, due_tries, parked"
    header = Update(table, pk, HEADER_SK, expression, MINE, NAMES, values)
    return [header, *(_part_gone(table, pk, part_sk(part.number), _packed(part.moves)) for part in taking.parts)]


def released(table: str, taking_id: str) -> Update:
    """Nobody commits it any more; it stays due until its parts are given back."""
    values = {":pending": "pending", ":released": "released"}
    return Update(
        table,
        taking_pk(taking_id),
        HEADER_SK,
        "SET #state = :released",
        "#state = :pending OR #state = :released",
        {"#state": "state"},
        values,
    )


def part_back(table: str, pk: str, item: Mapping[str, Any]) -> list[Write]:
    """A part goes, with what it took; one that others have put there since stays."""
    moves = undone(_unpacked(item["moves"]))
    return [_part_gone(table, pk, item["sk"], item["moves"]), *(stock_update(table, move) for move in moves)]


def _part_gone(table: str, pk: str, sk: str, moves: bytes) -> Delete:
    """Who read it late may meet another in its place: only what took just this is given back, or committed."""
    return Delete(table, pk, sk, "moves = :moves", values={":moves": moves})


def header_gone(table: str, taking_id: str) -> Delete:
    """Everything of it was given back."""
    values = {":released": "released"}
    return Delete(table, taking_pk(taking_id), HEADER_SK, "#state = :released", {"#state": "state"}, values)


def job_put(table: str, pending: PendingMoves, due_at: str) -> Put:
    """The moves that the commit leaves, due at once for whoever makes them if this process does not."""
    pk = moves_pk(pending.order_id, pending.seq)
    item = {
        "pk": pk,
        "sk": JOB_SK,
        "schema": SCHEMA,
        "order_id": pending.order_id,
        "seq": pending.seq,
        "done": 0,
        "moves": _packed(pending.moves),
        "lots": pack([lot.to_dict() for lot in pending.lots]) if pending.lots else None,
        "movement": pack(pending.movement.to_dict()) if pending.movement is not None else None,
        "deadline_shard": f"due#{shard_of(pk)}",
        "deadline_at": due_at,
        "kind": MOVES,
    }
    return Put(table, item)


def read_job(item: Mapping[str, Any]) -> tuple[PendingMoves, int]:
    """The moves, and how many of them were made."""
    stored = unpack(item["movement"]) if item.get("movement") is not None else None
    movement = Movement.from_dict(stored) if stored is not None else None
    lots = tuple(map(LotMove.from_dict, unpack(item["lots"]) if item.get("lots") is not None else ()))
    return PendingMoves(item["order_id"], item["seq"], _unpacked(item["moves"]), movement, lots), int(item["done"])


def read_moves(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """The moves of a part or a job."""
    return _unpacked(item["moves"])


def next_moves(table: str, pending: PendingMoves, done: int, most: int = MOVED_AT_ONCE) -> list[Write]:
    """Some more of the moves, once: the job first, under the count that was read, and gone with the last of them."""
    moves, lots = pending.part(done, most)
    row = row_of(pending, done, moves)
    rows = ledger_puts(table, row) if row is not None else []
    job = _job_on(table, pending, done, len(moves) + len(lots))
    return [job, *(stock_update(table, move) for move in moves), *lot_updates(table, lots), *rows]


def next_by_lot(table: str, pending: PendingMoves, done: int, lots: Sequence[LotMove]) -> list[Write]:
    """The next move, of a SKU that has become kept by lot since: its units leave these lots too."""
    move = replace(pending.moves[done], without_lots=False)
    row = row_of(pending, done, (move,))
    rows = ledger_puts(table, replace(row, lots=tuple(lots))) if row is not None else []
    return [_job_on(table, pending, done, 1), stock_update(table, move), *lot_updates(table, lots), *rows]


def _job_on(table: str, pending: PendingMoves, done: int, more: int) -> Write:
    pk, values = moves_pk(pending.order_id, pending.seq), {":done": done}
    if done + more >= len(pending):
        return Delete(table, pk, JOB_SK, "done = :done", values=values)
    return Update(table, pk, JOB_SK, "SET done = :more", "done = :done", values=values | {":more": done + more})


def _packed(moves: Sequence[Any]) -> bytes:
    return pack([move_to_list(move) for move in moves])


def _unpacked(packed: Any) -> tuple[Any, ...]:
    return tuple(map(move_of, unpack(packed)))
