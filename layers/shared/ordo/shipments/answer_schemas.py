"""Pydantic schemas of what a node says of its work: what it picked and of which lots, what it does not give and why."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from ordo.inventory.demand import demand_key
from ordo.inventory.schemas import ExpiryDate, LotName
from ordo.kernel.frozen import Closed
from ordo.orders.schemas import Id, Quantity
from ordo.shipments.answers import Reason, Reply
from ordo.shipments.model import LotUnits

MAX_NAMED_LOTS = 200


class NamedLot(Closed):
    """Units that the node took from one lot."""

    sku: Id
    lot: LotName = ""
    expires_on: ExpiryDate | None = None
    quantity: Quantity


Note = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"\S"),
    Field(description="No personal data: it is kept in the timeline"),
]


class RejectRequest(Closed):
    """Why a node gives nothing of its work. `missing` and `damaged`: the units are not on the shelf, so they leave its
    stock.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "no_capacity"}})

    reason: Reason
    note: Note | None = None

    def to_command(self, fulfilment_id: str, actor: str) -> Reply:
        """The command, for the client `actor`."""
        return Reply(fulfilment_id, self.reason, actor, self.note)


class ShortLine(Closed):
    """Units of one order line, or of a part of a bundle's, that the node does not give."""

    line_id: Id
    quantity: Quantity
    part: Annotated[int, Field(strict=True, ge=0, lt=100)] | None = None

    @property
    def key(self) -> str:
        """As `LineQuantity.key`."""
        return demand_key(self.line_id, self.part)


class PickRequest(Closed):
    """What was picked: everything, or everything but `short`, and then why. `lots` are those that the node took, for
    all that it picked of a SKU; of SKUs that are not named what expires first was taken. The same again changes
    nothing.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "short": [{"line_id": "1", "quantity": 1}],
                "reason": "missing",
                "lots": [{"sku": "MILK-1L", "lot": "L1", "expires_on": "2026-12-24", "quantity": 2}],
            }
        }
    )

    short: tuple[ShortLine, ...] = Field(default=(), max_length=500)
    reason: Reason | None = None
    note: Note | None = None
    lots: tuple[NamedLot, ...] = Field(default=(), max_length=MAX_NAMED_LOTS)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if bool(self.short) != (self.reason is not None):
            raise ValueError("a short pick says what is short and why; a whole one neither")
        if len({line.key for line in self.short}) != len(self.short):
            raise ValueError("a line is short once")
        named = [(each.sku, each.lot, each.expires_on) for each in self.lots]
        if len(set(named)) < len(named):
            raise ValueError("a lot is named once")
        return self

    def to_command(self, fulfilment_id: str, actor: str) -> Reply | None:
        """The command, for the client `actor`; None when everything was picked."""
        if self.reason is None:
            return None
        short = tuple((line.key, line.quantity) for line in self.short)
        return Reply(fulfilment_id, self.reason, actor, self.note, short)

    def units(self) -> tuple[LotUnits, ...]:
        """The lots as the fulfilment keeps them."""
        return tuple(LotUnits(**each.model_dump()) for each in self.lots)
