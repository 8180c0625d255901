"""The bases of every model.

Their validators are built when first used: a function imports many models and uses few, and a model inside another
needs no validator of its own.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A request, an answer, or what travels between steps. What does not fit is not repeated: it may be personal."""

    model_config = ConfigDict(defer_build=True, hide_input_in_errors=True)


class Closed(Model):
    """A request body: fields that are not named are refused, so that a typing mistake is never swallowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Frozen(Model):
    """A stored value: never changed in place; unknown attributes of newer writers are dropped when read."""

    model_config = ConfigDict(frozen=True, extra="ignore")
