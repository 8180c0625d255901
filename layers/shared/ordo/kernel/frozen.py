"""The base of stored values."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A stored value: never changed in place; unknown attributes of newer writers are dropped when read."""

    model_config = ConfigDict(frozen=True, extra="ignore")
