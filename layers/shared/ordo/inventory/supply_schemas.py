"""Dated supply in the API."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from ordo.catalog.availability_schemas import Day
from ordo.inventory.schemas import MAX_UNITS, Id
from ordo.inventory.supply import Supply, SupplyKind
from ordo.inventory.supplying import SupplyRepository
from ordo.kernel.frozen import Model
from ordo.runtime import cursors

MAX_PAGE = 100
_EXAMPLE: JsonDict = {
    "sku": "TEE-WHITE-M",
    "node_id": "hz",
    "kind": "purchase_order",
    "quantity": 40,
    "due_on": "2026-12-01",
    "reference": "PO 4711",
}


class SupplyRequest(Model):
    """Units of a SKU that are due at a node on a day. `from_node_id` is given for a transfer, and only for one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    sku: Id
    node_id: Id
    kind: Literal["purchase_order", "transfer"] = "purchase_order"
    quantity: Annotated[int, Field(strict=True, ge=1, le=MAX_UNITS)]
    due_on: Day
    reference: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    from_node_id: Id | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "transfer") != (self.from_node_id is not None):
            raise ValueError("from_node_id is given for a transfer, and only for one")
        if self.from_node_id == self.node_id:
            raise ValueError("a transfer comes from another node")
        return self

    def nodes(self) -> dict[str, str]:
        """The nodes it names, by their pointers."""
        named = {"/node_id": self.node_id, "/from_node_id": self.from_node_id}
        return {pointer: node for pointer, node in named.items() if node is not None}

    def to_supply(self, supply_id: str) -> Supply:
        """What is ordered."""
        return Supply(
            supply_id=supply_id,
            sku=self.sku,
            node=self.node_id,
            kind=SupplyKind(self.kind),
            quantity=self.quantity,
            due_on=self.due_on,
            reference=self.reference,
            from_node=self.from_node_id,
        )


class SupplyResponse(Model):
    """A supply as it is now; `due` units of it are still to come."""

    supply_id: str
    sku: str
    node_id: str
    kind: str
    quantity: int
    received: int
    due: int
    due_on: str
    state: str
    reference: str | None
    from_node_id: str | None
    created_at: str
    changed_at: str

    @staticmethod
    def of(supply: Supply) -> SupplyResponse:
        """The answer's form."""
        return SupplyResponse(
            supply_id=supply.supply_id,
            sku=supply.sku,
            node_id=supply.node,
            kind=supply.kind.value,
            quantity=supply.quantity,
            received=supply.received,
            due=supply.due,
            due_on=supply.due_on,
            state=supply.state.value,
            reference=supply.reference,
            from_node_id=supply.from_node,
            created_at=supply.created_at,
            changed_at=supply.changed_at,
        )


class SupplyQuery(Model):
    """What is due of a SKU, at one node or at all."""

    sku: Id
    node: Id | None = None
    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(default=None, max_length=cursors.MAX_CHARACTERS)


class SupplyList(Model):
    """One page of open supply, by day; without `next_cursor` it was the last."""

    supply: list[SupplyResponse]
    next_cursor: str | None


def supply_page(repository: SupplyRepository, query: SupplyQuery) -> SupplyList:
    """One page of what is due. Raises `invalid_cursor`."""
    filters = {"list": "supply", "sku": query.sku, "node": query.node}
    after = cursors.decode(filters, query.cursor)["after"] if query.cursor else None
    found, following = repository.listed(query.sku, query.node, after, query.limit)
    cursor = cursors.encode(filters, {"after": following}) if following else None
    return SupplyList(supply=[SupplyResponse.of(each) for each in found], next_cursor=cursor)
