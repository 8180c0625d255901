"""Incidents as the API takes decisions about them, and lists them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.kernel.frozen import Closed, Model
from ordo.orders.command_schemas import Reason, Version
from ordo.orders.incident_views import IncidentView
from ordo.orders.schemas import Id
from ordo.runtime.cursors import MAX_CHARACTERS
from ordo.shipments.resolving import WAIT_HOURS, Decided, Resolve


class ResolveRequest(Closed):
    """What was decided: one of the incident's proposals, or how it ended, or that it waits once for `hours` more.

    `reship` sends its units again, free of charge; `refund` makes due what they cost; `keep` leaves a parcel that
    turned up with the customer, `intercept` ends what was to replace it. `contact_customer`, `claim` and `return` (of a
    parcel that turned up) are kept as done and do not end it. `dismiss` needs a reason.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"resolution": "reship"}, {"resolution": "dismiss", "reason": "The carrier has found it"}]
        }
    )

    resolution: Decided
    reason: Reason | None = None
    hours: Annotated[int | None, Field(strict=True, ge=1, le=336, description="How long it waits")] = None
    version: Version | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.resolution == "dismiss" and self.reason is None:
            raise PydanticCustomError("invalid_request", "To dismiss an incident needs a reason")
        if self.hours is not None and self.resolution != "wait":
            raise PydanticCustomError("invalid_request", "Only a wait takes hours")
        return self

    def to_command(self, incident_id: str, change_id: str) -> Resolve:
        """The command."""
        hours = WAIT_HOURS if self.hours is None else self.hours
        return Resolve(incident_id, self.resolution, change_id, self.reason, hours, self.version)


class IncidentQuery(Closed):
    """Open incidents of one owner."""

    owner: Id
    limit: int = Field(default=20, ge=1, le=50)
    cursor: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)] | None = None


class IncidentList(Model):
    """A page, the earliest deadline first; send `next_cursor` back with the same owner for the next one."""

    incidents: list[IncidentView]
    next_cursor: str | None = None
