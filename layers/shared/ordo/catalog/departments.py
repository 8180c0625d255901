"""A department: who solves complaints there, when it works, how soon, and who gets what it does not solve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ordo.catalog.complaint_terms import SEVERITIES, Severity
from ordo.catalog.hours import WorkingHours

USUAL_MINUTES: Mapping[Severity, int] = {"low": 2880, "normal": 1440, "high": 240, "critical": 60}


@dataclass(frozen=True, slots=True)
class Stage:
    """When the deadline before has passed it is `owner`'s, to be solved within so many working `minutes` more."""

    owner: str
    minutes: int


MANAGER = (Stage("manager", 480),)


@dataclass(frozen=True, slots=True)
class Department:
    """`people` are references, the first answers for it; `minutes` to solve a complaint in are those of its hours.

    Without `hours` it works at all times.
    """

    department_id: str
    people: tuple[str, ...] = ()
    hours: WorkingHours | None = None
    minutes: Mapping[Severity, int] = field(default_factory=lambda: USUAL_MINUTES)
    escalation: tuple[Stage, ...] = MANAGER

    @property
    def owner(self) -> str:
        """Whose work is what is nobody's by name: the first of its people, else its own."""
        return self.people[0] if self.people else self.department_id

    @staticmethod
    def of(department_id: str, body: Mapping[str, Any]) -> Department:
        """Read a stored document; `{}` is a department that nobody has described."""
        told = body.get("sla_minutes") or {}
        steps = body.get("escalation")
        return Department(
            department_id=department_id,
            people=tuple(body.get("people") or ()),
            hours=WorkingHours.of(body["hours"]) if body.get("hours") else None,
            minutes={severity: int(told.get(severity, USUAL_MINUTES[severity])) for severity in SEVERITIES},
            escalation=MANAGER
            if steps is None
            else tuple(Stage(each["owner"], int(each["minutes"])) for each in steps),
        )

    def due(self, since: datetime, minutes: int) -> datetime:
        """When so many of its working minutes have gone by; of one that is closed for months, minutes of any clock."""
        found = self.hours.after(since, timedelta(minutes=minutes)) if self.hours else None
        return found or since + timedelta(minutes=minutes)
