"""Settings of a SKU at a node in the API: fields that are not given stay as they are."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from ordo.inventory.schemas import MAX_UNITS
from ordo.inventory.settings import StockSettings
from ordo.kernel.frozen import Model

Level = Annotated[int, Field(strict=True, ge=1, le=MAX_UNITS)]


class StockSettingsRequest(Model):
    """Below `reorder_point` available units the node buys again, up to `reorder_to`; both null: it never does."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reorder_point": 10, "reorder_to": 40}})

    reorder_point: Level | None = None
    reorder_to: Level | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.reorder_point is None) != (self.reorder_to is None):
            raise ValueError("reorder_point and reorder_to are given together, or both null")
        if self.reorder_point is not None and self.reorder_to is not None and self.reorder_to < self.reorder_point:
            raise ValueError("reorder_to is not below reorder_point")
        return self

    def to_settings(self) -> StockSettings:
        """As the counter keeps them."""
        return StockSettings(self.reorder_point, self.reorder_to)

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

    @staticmethod
    def of(sku: str, node: str, settings: StockSettings) -> StockSettingsResponse:
        """The answer's form."""
        return StockSettingsResponse(
            sku=sku, node_id=node, reorder_point=settings.reorder_point, reorder_to=settings.reorder_to
        )
