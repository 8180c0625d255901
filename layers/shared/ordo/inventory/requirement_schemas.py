"""Purchase requirements in the API."""

from __future__ import annotations

from pydantic import Field

from ordo.inventory.requirements import Requirement
from ordo.inventory.schemas import Id
from ordo.inventory.shortages import ShortageRepository
from ordo.kernel.frozen import Model
from ordo.runtime import cursors

MAX_PAGE = 100


class RequirementQuery(Model):
    """Open requirements, of one node or of all."""

    node: Id | None = None
    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(default=None, max_length=cursors.MAX_CHARACTERS)


class CauseResponse(Model):
    """Why units are wanted: `reorder`, `order:<id>` or `day:<date>`."""

    cause: str
    units: int
    needed_by: str | None


class RequirementResponse(Model):
    """What is still to be bought of a SKU for a node, and why."""

    requirement_id: str
    sku: str
    node_id: str
    quantity: int
    covered: int
    needed_by: str | None
    opened_at: str
    changed_at: str
    reasons: list[CauseResponse]

    @staticmethod
    def of(requirement: Requirement) -> RequirementResponse:
        """The answer's form."""
        return RequirementResponse(
            requirement_id=requirement.requirement_id,
            sku=requirement.sku,
            node_id=requirement.node,
            quantity=requirement.quantity,
            covered=sum(cover.units for cover in requirement.covers),
            needed_by=requirement.needed_by,
            opened_at=requirement.opened_at,
            changed_at=requirement.changed_at,
            reasons=[
                CauseResponse(cause=cause.name, units=cause.units, needed_by=cause.needed_by)
                for cause in requirement.causes
            ],
        )


class RequirementList(Model):
    """One page, by node and SKU; without `next_cursor` it was the last."""

    requirements: list[RequirementResponse]
    next_cursor: str | None


def requirement_page(repository: ShortageRepository, query: RequirementQuery) -> RequirementList:
    """One page of open requirements. Raises `invalid_cursor`."""
    filters = {"list": "requirements", "node": query.node}
    after = cursors.decode(filters, query.cursor)["after"] if query.cursor else None
    found, following = repository.listed(query.node, after, query.limit)
    cursor = cursors.encode(filters, {"after": following}) if following else None
    return RequirementList(requirements=[RequirementResponse.of(each) for each in found], next_cursor=cursor)
