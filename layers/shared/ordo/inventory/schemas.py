"""Stock in the API: movements in, movements and counters out."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from ordo.inventory.bundles import BundleLevels
from ordo.inventory.layout import FENCE, is_general
from ordo.inventory.model import StockCounter
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind, RecordMovement
from ordo.kernel.clock import to_iso
from ordo.kernel.frozen import Model

MAX_UNITS = 10_000_000
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=64)]
Kind = Literal["receive", "adjust", "count", "damage", "transfer", "safety", "return"]
_MAY_BE_ZERO = ("count", "safety")
_EXAMPLE: JsonDict = {
    "movement_id": "po-4711-1",
    "kind": "receive",
    "sku": "TEE-WHITE-M",
    "node_id": "hz",
    "quantity": 40,
    "reason": "Purchase order 4711",
}


class MovementRequest(Model):
    """One movement. `movement_id` is the caller's: the same id with the same body is recorded once.

    `quantity` is units received, returned, damaged or transferred; for `adjust` the difference found (may be
    negative); for `count` what is on hand; for `safety` what to keep back from now on.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    movement_id: Id
    kind: Kind
    sku: Id
    node_id: Id
    quantity: Annotated[int, Field(strict=True, ge=-MAX_UNITS, le=MAX_UNITS)]
    to_node_id: Id | None = None
    order_id: Id | None = Field(default=None, description="The order that a `return` comes from, if there is one.")
    supply_id: Id | None = Field(default=None, description="The dated supply that units of a `receive` are of.")
    reason: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind != "adjust" and self.quantity < (0 if self.kind in _MAY_BE_ZERO else 1):
            raise ValueError(f"the quantity of a {self.kind} is positive")
        if self.kind == "adjust" and self.quantity == 0:
            raise ValueError("an adjustment by nothing is none; use count")
        if (self.kind == "transfer") != (self.to_node_id is not None):
            raise ValueError("to_node_id is given for a transfer, and only for one")
        if self.order_id is not None and self.kind != "return":
            raise ValueError("order_id is given for a return, and only for one")
        if self.supply_id is not None and self.kind != "receive":
            raise ValueError("supply_id is given for a receive, and only for one")
        if self.to_node_id == self.node_id:
            raise ValueError("a transfer goes to another node")
        return self

    def nodes(self) -> dict[str, str]:
        """The nodes it names, by their pointers."""
        named = {"/node_id": self.node_id, "/to_node_id": self.to_node_id}
        return {pointer: node for pointer, node in named.items() if node is not None}

    def to_command(self, actor: str) -> RecordMovement:
        """The command, by this client."""
        return RecordMovement(
            movement_id=self.movement_id,
            kind=MovementKind(self.kind),
            sku=self.sku,
            node=self.node_id,
            quantity=self.quantity,
            reason=self.reason,
            actor=actor,
            to_node=self.to_node_id,
            order_id=self.order_id,
            supply_id=self.supply_id,
        )


class EntryResponse(Model):
    """How one counter changed."""

    sku: str
    node_id: str
    on_hand_delta: int
    reserved_delta: int
    safety_delta: int

    @staticmethod
    def of(entry: LedgerEntry) -> EntryResponse:
        """The answer's form of a ledger entry."""
        return EntryResponse(
            sku=entry.sku,
            node_id=entry.node,
            on_hand_delta=entry.on_hand,
            reserved_delta=entry.reserved,
            safety_delta=entry.safety,
        )


class MovementResponse(Model):
    """The movement as the ledger keeps it; a repeated request gets the first one's row."""

    movement_id: str
    kind: str
    reason: str
    actor: str
    occurred_at: str
    entries: list[EntryResponse]

    @staticmethod
    def of(movement: Movement) -> MovementResponse:
        """The answer's form of a ledger row."""
        return MovementResponse(
            movement_id=movement.movement_id,
            kind=movement.kind.value,
            reason=movement.reason,
            actor=movement.actor,
            occurred_at=to_iso(movement.occurred_at),
            entries=[EntryResponse.of(entry) for entry in movement.entries],
        )


class CounterResponse(Model):
    """What one node has: `available` is on_hand - reserved - safety, negative when a correction found too little."""

    node_id: str
    on_hand: int
    reserved: int
    safety: int
    available: int
    backordered: int = Field(default=0, description="Of what is reserved, units that orders wait for")
    kept: dict[str, int] = Field(default_factory=dict, description="Of what is available, units kept by channel")

    @staticmethod
    def of(node: str, shelf: list[StockCounter]) -> CounterResponse:
        """All buckets of a node together."""
        return CounterResponse(
            node_id=node,
            on_hand=sum(counter.on_hand for counter in shelf),
            reserved=sum(counter.reserved for counter in shelf),
            safety=sum(counter.safety for counter in shelf),
            available=sum(counter.available for counter in shelf),
            backordered=sum(counter.backordered for counter in shelf),
            kept={
                counter.bucket.removeprefix(FENCE): counter.available
                for counter in shelf
                if not is_general(counter.bucket) and counter.available
            },
        )


class BundlePartResponse(Model):
    """A SKU of which each bundle takes `quantity`; `available` is over all nodes."""

    sku: str
    quantity: int
    available: int


class BundleNodeResponse(Model):
    """How many whole bundles a node could give by itself."""

    node_id: str
    available: int


class BundleResponse(Model):
    """Of what a bundle's stock is made."""

    parts: list[BundlePartResponse]
    nodes: list[BundleNodeResponse]


class StockResponse(Model):
    """What every node has of a SKU that ever had it, active or not.

    A bundle has no stock of its own: `available` is how many could be sold of the stock of its parts over all nodes
    together, since the parts of one may come from different nodes; what single nodes could give is in `bundle`.
    """

    sku: str
    available: int
    nodes: list[CounterResponse]
    bundle: BundleResponse | None = None

    @staticmethod
    def of(sku: str, counters: list[StockCounter]) -> StockResponse:
        """The answer's form of counters; its `available` counts only nodes with something to sell."""
        by_node: dict[str, list[StockCounter]] = {}
        for counter in counters:
            by_node.setdefault(counter.node, []).append(counter)
        nodes = [CounterResponse.of(node, shelf) for node, shelf in by_node.items()]
        return StockResponse(sku=sku, available=sum(max(0, node.available) for node in nodes), nodes=nodes)

    @staticmethod
    def of_bundle(sku: str, levels: BundleLevels) -> StockResponse:
        """The answer for a bundle."""
        parts = [BundlePartResponse(sku=e.sku, quantity=e.quantity, available=e.available) for e in levels.parts]
        nodes = [BundleNodeResponse(node_id=node, available=units) for node, units in levels.nodes.items()]
        bundle = BundleResponse(parts=parts, nodes=nodes)
        return StockResponse(sku=sku, available=levels.available, nodes=[], bundle=bundle)
