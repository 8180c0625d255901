"""The DynamoDB writes of the ledger, as values: `pk = ledger#<sku>#<node>`, `sk = <occurred_at>#<movement id>`.

Each row is a stored movement with only the entry of its counter. A movement of many entries (`WIDE`) is one row at
`pk = ledger#@<node>` instead, which whoever reads a SKU at that node reads too: no SKU begins with `@`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ordo.inventory.ledger import WIDE, changed_entries, lots_beside, place_of
from ordo.inventory.model import MAIN
from ordo.kernel.clock import to_iso
from ordo.runtime.dynamo import Put

if TYPE_CHECKING:
    from ordo.inventory.movements import LedgerEntry, Movement

LEDGER_SCHEMA = 1


def ledger_pk(sku: str, node: str) -> str:
    """Partition of the rows of a SKU at a node."""
    return f"ledger#{sku}#{node}"


def wide_pk(node: str) -> str:
    """Partition of a node's rows that are of many SKUs each."""
    return f"ledger#@{node}"


def ledger_puts(table: str, movement: Movement) -> list[Put]:
    """The rows of a movement, for the transaction that makes its moves; they need no condition of their own."""
    changed = changed_entries(movement)
    if len(changed) + len(movement.lots) > WIDE:
        nodes = sorted({entry.node for entry in changed})
        parts = [(wide_pk(node), tuple(e for e in changed if e.node == node), MAIN) for node in nodes]
    else:
        parts = [(ledger_pk(entry.sku, entry.node), (entry,), entry.bucket) for entry in changed]
    return [Put(table, _item(movement, pk, entries, bucket, changed)) for pk, entries, bucket in parts]


def _item(
    movement: Movement,
    pk: str,
    entries: tuple[LedgerEntry, ...],
    bucket: str,
    changed: tuple[LedgerEntry, ...],
) -> dict[str, object]:
    stored = replace(movement, entries=entries, lots=lots_beside(movement, entries, changed)).to_dict()
    sk = place_of(to_iso(movement.occurred_at), movement.movement_id, bucket)
    return {"pk": pk, "sk": sk, "schema": LEDGER_SCHEMA, **stored}
