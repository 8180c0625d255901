"""Settings of a SKU at a node in the API: fields that are not given stay as they are."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from ordo.inventory.layout import ENDED, MAX_BUCKETS, Fence
from ordo.inventory.schemas import MAX_UNITS, Id
from ordo.inventory.settings import StockSettings
from ordo.kernel.frozen import Model

Level = Annotated[int, Field(strict=True, ge=1, le=MAX_UNITS)]


class FenceText(Model):
    """What is kept for a channel: so many units, set aside now; or a share in percent, now and of each receipt."""

    model_config = ConfigDict(extra="forbid")

    quantity: Level | None = None
    share_percent: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.quantity is None) == (self.share_percent is None):
            raise ValueError("give a quantity or a share_percent, not both")
        return self

    def to_fence(self) -> Fence:
        """As the counter keeps it."""
        return Fence(self.quantity, self.share_percent)


class StockSettingsRequest(Model):
    """Below `reorder_point` available units the node buys again, up to `reorder_to`; both null: it never does.

    Orders of a hot SKU spread over `buckets` counters. `fences` are what is kept for channels, by channel: all of them.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reorder_point": 10, "reorder_to": 40}})

    reorder_point: Level | None = None
    reorder_to: Level | None = None
    buckets: Annotated[int, Field(strict=True, ge=1, le=MAX_BUCKETS)] | None = None
    fences: Annotated[dict[Id, FenceText], Field(max_length=20)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.reorder_point is None) != (self.reorder_to is None):
            raise ValueError("reorder_point and reorder_to are given together, or both null")
        shares = sum(fence.share_percent or 0 for fence in (self.fences or {}).values())
        if shares > 100:
            raise ValueError("the shares of all fences are at most 100 percent together")
        if self.reorder_point is not None and self.reorder_to is not None and self.reorder_to < self.reorder_point:
            raise ValueError("reorder_to is not below reorder_point")
        return self

    def to_settings(self) -> StockSettings:
        """As the counter keeps them."""
        return StockSettings(self.reorder_point, self.reorder_to)

    @property
    def sets_layout(self) -> bool:
        """Whether buckets or fences are named."""
        return self.buckets is not None or self.fences is not None

    def kept(self) -> dict[str, Fence] | None:
        """The fences as the counter keeps them; None: as they are."""
        return None if self.fences is None else {name: fence.to_fence() for name, fence in self.fences.items()}

    @property
    def sets_reorder(self) -> bool:
        """Whether the reorder levels are named at all."""
        return bool(self.model_fields_set & {"reorder_point", "reorder_to"})


class StockSettingsResponse(Model):
    """The settings as they are now."""

    sku: str
    node_id: str
    reorder_point: int | None
    reorder_to: int | None
    buckets: int
    fences: dict[str, FenceText]

    @staticmethod
    def of(sku: str, node: str, settings: StockSettings) -> StockSettingsResponse:
        """The answer's form."""
        return StockSettingsResponse(
            sku=sku,
            node_id=node,
            reorder_point=settings.reorder_point,
            reorder_to=settings.reorder_to,
            buckets=settings.layout.buckets,
            fences={
                channel: FenceText(quantity=fence.quantity, share_percent=fence.share)
                for channel, fence in settings.layout.fences.items()
                if fence != ENDED
            },
        )
