"""What a promise is asked with, and what it answers. Nothing in it is personal but where the order would go."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from ordo.kernel.frozen import Closed, Model
from ordo.orders.schemas import Country, GeoPoint, Id, Lines, Text


class PromiseAddress(Closed):
    """Where it would go. Without `location` the centroid of postal code or city is used, if it is known."""

    country: Country
    region: Text | None = None
    city: Text | None = None
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    location: GeoPoint | None = None


class PromiseRequest(Closed):
    """A cart and where it would go; what is asked here is what an order of the same cart would be planned by."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "web",
                    "ship_to": {"country": "CN", "city": "杭州市"},
                    "lines": [{"line_id": "1", "sku": "TEE-WHITE", "quantity": 3, "options": {"size": "M"}}],
                }
            ]
        }
    )

    channel: Id
    ship_to: PromiseAddress | None = None
    lines: Lines


class PromisedView(Model):
    """When the order would be ready and delivered, and why then."""

    ready_by: str
    deliver_by: str
    reason: str


class DueView(Model):
    """Units that come to a node on a day, beyond those that orders wait for already."""

    node_id: str
    due_on: str
    quantity: int


class ShortView(Model):
    """A line of which nodes that serve the channel have too little; `available` is what is left for it. Of a bundle's
    line it is the part at this place in it, with that part's SKU and units.

    `more_due` are the next days on which more of it comes.
    """

    line_id: str
    sku: str
    requested: int
    available: int
    more_due: list[DueView] = Field(default_factory=list)
    part: int | None = None


class PromiseView(Model):
    """The plan that an order of this cart would have now.

    `planned`: with `plan` and `promise`. `short`: `lines` say of what there is too little. `no_node`: `reason` is the
    constraint without which there would be a plan, and `candidates` say of each node what keeps it out.
    """

    outcome: Literal["planned", "short", "no_node"]
    promise: PromisedView | None = None
    plan: dict[str, Any] | None = Field(default=None, description="Fulfilments, every candidate node, and why.")
    lines: list[ShortView] = Field(default_factory=list)
    reason: str | None = None
    candidates: list[dict[str, Any]] = Field(default_factory=list)
    asked_at: str
