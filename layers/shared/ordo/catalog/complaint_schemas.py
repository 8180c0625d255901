"""A channel's policy for complaints, and departments, as the API takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from ordo.catalog.complaint_terms import USUAL_DEPARTMENT, Severity
from ordo.catalog.errors import Finding
from ordo.catalog.fields import AmountMap, Document, Id, NameText, Strict, contradictions, not_blank
from ordo.catalog.model import ProductKind, State
from ordo.catalog.node_schemas import NodeHoursText

Word = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(not_blank)]
Words = Annotated[list[Word], Field(max_length=200)]
Names = Annotated[list[Id], Field(max_length=50)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=129_600)]


class RepeatsText(Strict):
    """At least `count` other complaints of the customer within `days`."""

    count: Annotated[int, Field(strict=True, ge=1, le=100)]
    days: Annotated[int, Field(strict=True, ge=1, le=365)]


class SeverityRuleText(Strict):
    """Raises a complaint to `severity` when all that it names holds. A word in letters stands by itself (`burn*`: what
    begins so), one in Chinese anywhere; upper and lower case are the same.
    """

    rule_id: Id
    severity: Severity
    words: Words = Field(default_factory=list)
    amount: AmountMap | None = None
    segments: Names = Field(default_factory=list)
    repeats: RepeatsText | None = None
    categories: Names = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not (self.words or self.amount or self.segments or self.repeats or self.categories):
            raise ValueError("a rule names at least one condition")
        return self


class RouteRuleText(Strict):
    """Whose work complaints are that fit in all that is named. The first rule that fits counts."""

    rule_id: Id
    department: Id
    owner: Id | None = None
    categories: Names = Field(default_factory=list)
    words: Words = Field(default_factory=list)
    nodes: Names = Field(default_factory=list)
    product_kinds: list[ProductKind] = Field(default_factory=list, max_length=10)
    severity_from: Severity | None = None


class ComplaintsText(Strict):
    """What makes complaints severe, whose they are, and what comes after (docs/complaints.md)."""

    severity: list[SeverityRuleText] = Field(default_factory=list, max_length=50)
    routes: list[RouteRuleText] = Field(default_factory=list, max_length=50)
    department: Annotated[Id, Field(description="Whose are those that no route takes.")] = USUAL_DEPARTMENT
    reopen_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 14
    satisfaction_hours: Annotated[int, Field(strict=True, ge=0, le=720, description="0: nobody is asked.")] = 24
    coupon_promotion: Annotated[
        Id | None, Field(description="The promotion that coupons of apology are of; it requires a coupon.")
    ] = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = [*self._repeated("severity"), *self._repeated("routes")]
        if found:
            raise contradictions(found)
        return self

    def _repeated(self, part: str) -> Iterator[Finding]:
        seen: set[str] = set()
        for place, rule in enumerate(getattr(self, part)):
            if rule.rule_id in seen:
                yield (part, place, "rule_id"), "another rule has this id"
            seen.add(rule.rule_id)


class StageText(Strict):
    """Who gets it when the deadline before has passed, and for how many working minutes."""

    owner: Id
    minutes: Minutes


class SlaText(Strict):
    """Working minutes in which a complaint is to be solved; what is left out is as usual."""

    low: Minutes | None = None
    normal: Minutes | None = None
    high: Minutes | None = None
    critical: Minutes | None = None


class DepartmentContactText(Strict):
    """How a department is reached inside the house; no customer sees it."""

    email: Annotated[str, Field(max_length=254)] | None = None
    phone: Annotated[str, Field(max_length=32)] | None = None


class DepartmentDocument(Document):
    """Who solves complaints. `people` are references to staff, the first of whom answers for the department; minutes
    are counted in its `hours` (none: at all times).
    """

    id_field = "department_id"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "name": {"en": "Housekeeping", "zh": "客房部"},
                "people": ["hk-lead", "hk-ana"],
                "contact": {"phone": "8021"},
                "hours": {"time_zone": "Asia/Shanghai", "weekly": {"mon": ["07:00-23:00"], "tue": ["07:00-23:00"]}},
                "sla_minutes": {"normal": 60, "critical": 15},
                "escalation": [{"owner": "duty-manager", "minutes": 30}, {"owner": "general-manager", "minutes": 120}],
            }
        },
    )

    department_id: Id | None = None
    name: NameText
    state: State = State.ACTIVE
    people: Names = Field(default_factory=list)
    contact: DepartmentContactText | None = None
    hours: NodeHoursText | None = None
    sla_minutes: SlaText | None = None
    escalation: Annotated[list[StageText], Field(max_length=5)] | None = None
