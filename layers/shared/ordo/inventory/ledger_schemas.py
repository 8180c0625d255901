"""The ledger in the API: one page of a SKU's rows at a node, the oldest first."""

from __future__ import annotations

from pydantic import Field

from ordo.inventory.ledger import Ledger, LedgerRow
from ordo.inventory.schemas import Id, LotChange
from ordo.kernel.frozen import Model
from ordo.runtime import cursors

MAX_PAGE = 100


class LedgerQuery(Model):
    """Whose ledger: both are needed, since a ledger is kept for each SKU and node."""

    sku: Id
    node: Id
    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(default=None, max_length=cursors.MAX_CHARACTERS)


class LedgerRowResponse(Model):
    """How one movement changed the counter. Deltas are units; `order_id` is there for dispatches and returns."""

    movement_id: str
    kind: str
    reason: str
    actor: str
    occurred_at: str
    order_id: str | None
    bucket: str
    on_hand_delta: int
    reserved_delta: int
    safety_delta: int
    lots: list[LotChange] = Field(default_factory=list, description="Of a dispatch those that left")

    @staticmethod
    def of(row: LedgerRow) -> LedgerRowResponse:
        """The answer's form of a row."""
        return LedgerRowResponse(
            movement_id=row.movement_id,
            kind=row.kind,
            reason=row.reason,
            actor=row.actor,
            occurred_at=row.occurred_at,
            order_id=row.order_id,
            bucket=row.bucket,
            on_hand_delta=row.on_hand,
            reserved_delta=row.reserved,
            safety_delta=row.safety,
            lots=[LotChange.of(move) for move in row.lots],
        )


class LedgerList(Model):
    """One page; without `next_cursor` it was the last."""

    movements: list[LedgerRowResponse]
    next_cursor: str | None


def ledger_page(ledger: Ledger, query: LedgerQuery) -> LedgerList:
    """One page of a ledger. Raises `invalid_cursor`."""
    filters = {"ledger": "rows", "sku": query.sku, "node": query.node}
    after = cursors.decode(filters, query.cursor)["after"] if query.cursor else None
    rows = ledger.rows(query.sku, query.node, after, query.limit + 1)
    shown = rows[: query.limit]
    following = cursors.encode(filters, {"after": shown[-1].place}) if len(rows) > query.limit else None
    return LedgerList(movements=[LedgerRowResponse.of(row) for row in shown], next_cursor=following)
