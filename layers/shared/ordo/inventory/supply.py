"""Dated supply: what is on its way to a node, when, and how much of it has come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ordo.inventory.errors import SupplyRefused


class SupplyKind(StrEnum):
    """Where it comes from."""

    PURCHASE_ORDER = "purchase_order"
    TRANSFER = "transfer"


class SupplyState(StrEnum):
    """Whether more of it is due. It ends once."""

    OPEN = "open"
    RECEIVED = "received"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Supply:
    """A purchase order or transfer of one SKU to one node, in units. Days are ISO dates, times ISO texts.

    `version` counts its writes; `from_node` is given for a transfer.
    """

    supply_id: str
    sku: str
    node: str
    kind: SupplyKind
    quantity: int
    due_on: str
    reference: str | None = None
    from_node: str | None = None
    received: int = 0
    state: SupplyState = SupplyState.OPEN
    version: int = 0
    created_at: str = ""
    changed_at: str = ""

    @property
    def due(self) -> int:
        """Units that are still to come."""
        return max(0, self.quantity - self.received) if self.state is SupplyState.OPEN else 0

    @property
    def place(self) -> str:
        """Where it stands among the open supply of its SKU: by day, then by node."""
        return f"{self.due_on}#{self.node}#{self.supply_id}"

    def says(self, other: Supply) -> bool:
        """Whether both order the same: what a PUT can change is equal."""
        return _asked(self) == _asked(other)

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "supply_id": self.supply_id,
            "sku": self.sku,
            "node": self.node,
            "kind": self.kind.value,
            "quantity": self.quantity,
            "due_on": self.due_on,
            "reference": self.reference,
            "from_node": self.from_node,
            "received": self.received,
            "state": self.state.value,
            "version": self.version,
            "created_at": self.created_at,
            "changed_at": self.changed_at,
        }

    @staticmethod
    def from_dict(stored: Mapping[str, Any]) -> Supply:
        """Read the stored form."""
        return Supply(
            supply_id=stored["supply_id"],
            sku=stored["sku"],
            node=stored["node"],
            kind=SupplyKind(stored["kind"]),
            quantity=stored["quantity"],
            due_on=stored["due_on"],
            reference=stored.get("reference"),
            from_node=stored.get("from_node"),
            received=stored["received"],
            state=SupplyState(stored["state"]),
            version=stored["version"],
            created_at=stored["created_at"],
            changed_at=stored["changed_at"],
        )


@dataclass(frozen=True, slots=True)
class SupplyChange:
    """A supply in place of the one that was read (None: there was none)."""

    before: Supply | None
    after: Supply


def ordered(before: Supply | None, wanted: Supply, at: str) -> SupplyChange | None:
    """Order it, or change what was ordered; None when nothing would change.

    Raises `SupplyRefused` when it has ended, is of another SKU or node, or when more has come than it would have.
    """
    if before is None:
        return SupplyChange(None, replace(wanted, version=1, created_at=at, changed_at=at))
    if before.says(wanted):
        return None
    _require_open(before, "")
    for pointer, was, now in (("/sku", before.sku, wanted.sku), ("/node_id", before.node, wanted.node)):
        if was != now:
            raise SupplyRefused(f"The supply is for {was}; cancel it and order anew.", pointer=pointer)
    if wanted.quantity < before.received:
        facts = {"received": before.received}
        raise SupplyRefused(f"{before.received} units of it have come.", pointer="/quantity", facts=facts)
    state = SupplyState.RECEIVED if wanted.quantity == before.received else SupplyState.OPEN
    after = replace(wanted, received=before.received, state=state, created_at=before.created_at)
    return SupplyChange(before, _written(after, before, at))


def cancelled(before: Supply, at: str) -> SupplyChange | None:
    """Nothing more of it comes; again changes nothing. Raises `SupplyRefused` when all of it has come."""
    if before.state is SupplyState.CANCELLED:
        return None
    _require_open(before, "")
    return SupplyChange(before, _written(replace(before, state=SupplyState.CANCELLED), before, at))


def received(before: Supply, sku: str, node: str, units: int, at: str) -> SupplyChange:
    """Units of it came in; more than was ordered ends it too. Raises `SupplyRefused` for goods that are not of it."""
    _require_open(before, "/supply_id")
    if (sku, node) != (before.sku, before.node):
        facts = {"sku": before.sku, "node_id": before.node}
        raise SupplyRefused("The supply is of another SKU or for another node.", pointer="/supply_id", facts=facts)
    total = before.received + units
    state = SupplyState.RECEIVED if total >= before.quantity else SupplyState.OPEN
    return SupplyChange(before, _written(replace(before, received=total, state=state), before, at))


@dataclass(frozen=True, slots=True)
class Due:
    """Units of a SKU that come to a node on a day and that nobody waits for yet."""

    node: str
    due_on: str
    units: int

    def to_dict(self) -> dict[str, Any]:
        """The form in a refusal's facts."""
        return {"node_id": self.node, "due_on": self.due_on, "quantity": self.units}


def unclaimed(supply: Iterable[Supply], owed: Mapping[str, int]) -> list[Due]:
    """What is due by day, then node, without what nodes owe already (`owed`, units by node): the first goes to those.

    All of one SKU; what comes to a node on one day is one entry.
    """
    left = dict(owed)
    found: dict[tuple[str, str], int] = {}
    for each in sorted(supply, key=lambda one: one.place):
        taken = min(left.get(each.node, 0), each.due)
        left[each.node] = left.get(each.node, 0) - taken
        if each.due > taken:
            key = each.due_on, each.node
            found[key] = found.get(key, 0) + each.due - taken
    return [Due(node, day, units) for (day, node), units in sorted(found.items())]


def _require_open(supply: Supply, pointer: str) -> None:
    if supply.state is not SupplyState.OPEN:
        facts = {"state": supply.state.value}
        raise SupplyRefused(f"The supply is {supply.state.value}.", pointer=pointer, facts=facts)


def _written(after: Supply, before: Supply, at: str) -> Supply:
    return replace(after, version=before.version + 1, changed_at=at)


def _asked(supply: Supply) -> tuple[Any, ...]:
    return supply.sku, supply.node, supply.kind, supply.quantity, supply.due_on, supply.reference, supply.from_node
