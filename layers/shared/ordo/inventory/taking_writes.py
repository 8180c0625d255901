"""The DynamoDB writes of large orders' stock, as values.

`pk = taking#<id>`: `sk = taking` is the header (state, order, keys of the index), `sk = part#0001` the moves of a part
that was taken. `pk = moves#<order>#<seq>`, `sk = job` are moves that an order's commit left to be made; `done` of them
were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ordo.inventory.ledger_writes import ledger_puts
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
        "order_id": taking.order_id,
        "deadline_shard": f"due#{shard_of(pk)}",
        "deadline_at": taking.until,
        "kind": TAKING,
    }
    return Put(table, item, "attribute_not_exists(pk)")


def part_writes(table: str, taking: Taking, part: Part) -> list[Write]:
    """The header under its condition, the part if it is not there, then its counters."""
    pk = taking_pk(taking.taking_id)
    pending = {":pending": "pending", ":part": part.number}
    header = Update(table, pk, HEADER_SK, "SET part = :part", "#state = :pending", {"#state": "state"}, pending)
    item = {"pk": pk, "sk": part_sk(part.number), "schema": SCHEMA, "moves": _packed(part.moves)}
    taken = Put(table, item, "attribute_not_exists(pk)")
    return [header, taken, *(stock_update(table, move) for move in part.moves)]


def part_sk(number: int) -> str:
    """Sorts as numbers do."""
    return f"part#{number:04d}"


def committed(table: str, taking: Taking) -> list[Write]:
    """The order has its stock: in its own commit, the header first."""
    pk, names = taking_pk(taking.taking_id), {"#state": "state"}
    values: dict[str, Any] = {":pending": "pending", ":committed": "committed", ":gone": later(taking.until, KEPT_DAYS)}
    expression = "SET #state = :committed, gone_after = :gone REMOVE deadline_shard, deadline_at, due_tries, parked"
    header = Update(table, pk, HEADER_SK, expression, "#state = :pending", names, values)
    return [header, *(Delete(table, pk, part_sk(part.number)) for part in taking.parts)]


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
    """A part goes, with what it took."""
    moves = undone(_unpacked(item["moves"]))
    return [Delete(table, pk, item["sk"], "attribute_exists(pk)"), *(stock_update(table, move) for move in moves)]


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
    return PendingMoves(item["order_id"], item["seq"], _unpacked(item["moves"]), movement), int(item["done"])


def read_moves(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """The moves of a part or a job."""
    return _unpacked(item["moves"])


def next_moves(table: str, pending: PendingMoves, done: int) -> list[Write]:
    """Some more of the moves, once: the job first, under the count that was read, and gone with the last of them."""
    pk, some = moves_pk(pending.order_id, pending.seq), pending.moves[done : done + MOVED_AT_ONCE]
    values: dict[str, Any] = {":done": done}
    if done + len(some) >= len(pending.moves):
        job: Write = Delete(table, pk, JOB_SK, "done = :done", values=values)
    else:
        values |= {":more": done + len(some)}
        job = Update(table, pk, JOB_SK, "SET done = :more", "done = :done", values=values)
    row = row_of(pending, done, some)
    rows = ledger_puts(table, row) if row is not None else []
    return [job, *(stock_update(table, move) for move in some), *rows]


def _packed(moves: Sequence[Any]) -> bytes:
    return pack([move_to_list(move) for move in moves])


def _unpacked(packed: Any) -> tuple[Any, ...]:
    return tuple(map(move_of, unpack(packed)))
