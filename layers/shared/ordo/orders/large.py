"""Commits that are too large for one transaction: which of their moves go before it, and which after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from ordo.inventory.lots import merge_lots
from ordo.inventory.taking_repository import DynamoPendingMoves
from ordo.inventory.taking_writes import committed, job_put, moves_pk
from ordo.inventory.takings import TAKING_S, PendingMoves, Taking, only_ends, only_takes, request_id, taking_of
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.decision import Commit
from ordo.runtime.dynamo import Write

RETRY = timedelta(minutes=1)
"""When the watcher makes moves that the process which left them did not make."""


@dataclass(frozen=True, slots=True)
class Large:
    """`commit` is what one transaction does of it, with `taking` taken before and `pending` made after it."""

    commit: Commit
    taking: Taking | None
    pending: PendingMoves | None
    at: str

    def writes(self, table: str) -> list[Write]:
        """What its transaction writes besides, in the Supply table."""
        writes: list[Write] = committed(table, self.taking) if self.taking is not None else []
        if self.pending is not None:
            writes.append(job_put(table, self.pending, to_iso(from_iso(self.at) + RETRY)))
        return writes


def large_of(commit: Commit) -> Large:
    """What only gives back or leaves goes after, lots too; lots that are lowered stay, for their conditions.

    The same commit always comes to the same taking: a try again goes on where the last one ended. A placement's is its
    request's; what takes later in an order's life has one for each event, since one that is committed stays so.
    """
    header, stock = commit.header, commit.stock
    takes = [move for move in stock if only_takes(move)]
    ends = tuple(move for move in stock if only_ends(move))
    at = str(header.changed_at)
    until = to_iso(from_iso(at) + timedelta(seconds=TAKING_S))
    keys = (claim.parts for claim in commit.decision.claims if claim.kind == "idem")
    taking_id = next((request_id(*parts) for parts in keys), f"{header.order_id}#{header.seq:06d}")
    taking = taking_of(taking_id, commit.event.hash, header.order_id, until, takes) if takes else None
    movement, lots = commit.decision.movement, merge_lots(commit.decision.lots)
    back = tuple(move for move in lots if move.units > 0)
    pending = PendingMoves(header.order_id, header.seq, ends, movement, back) if ends or back else None
    rest = tuple(move for move in stock if not (only_takes(move) or only_ends(move)))
    decision = replace(commit.decision, lots=tuple(move for move in lots if move.units < 0))
    if pending is not None:
        decision = replace(decision, movement=None)
    return Large(replace(commit, stock=rest, decision=decision), taking, pending, at)


def make_now(table: str, pending: PendingMoves) -> None:
    """Make the moves at once. The order is written: what fails here the watcher makes."""
    try:
        DynamoPendingMoves(table).make(moves_pk(pending.order_id, pending.seq))
    except Exception as error:  # noqa: BLE001  whatever it is, it is due for the watcher
        from ordo.runtime.observability import logger

        logger.warning("moves are left", extra={"order_id": pending.order_id, "why": type(error).__name__})
