"""How a channel takes complaints: what makes one severe, which department gets it, and what comes after: its policy.

Rules are data. Each has conditions that must all hold (one that is not named always does); nothing here decides about
one complaint, which is done by `ordo.complaints.judging`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["low", "normal", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "normal", "high", "critical")
"""In order."""
USUAL_DEPARTMENT = "customer_service"


@dataclass(frozen=True, slots=True)
class Repeats:
    """At least `count` other complaints of the customer within the last `days`."""

    count: int
    days: int


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """Raises a complaint to `severity` when any of `words` is in its text, its order is worth at least `amount` (minor
    units by currency), its customer is in one of `segments` or has complained before, its category is one of these.
    """

    rule_id: str
    severity: Severity
    words: tuple[str, ...] = ()
    amount: Mapping[str, int] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    repeats: Repeats | None = None
    categories: tuple[str, ...] = ()

    @staticmethod
    def of(body: Mapping[str, Any]) -> SeverityRule:
        """Read one of a stored channel."""
        repeats = body.get("repeats")
        return SeverityRule(
            rule_id=body["rule_id"],
            severity=body["severity"],
            words=tuple(body.get("words") or ()),
            amount=body.get("amount") or {},
            segments=tuple(body.get("segments") or ()),
            repeats=Repeats(int(repeats["count"]), int(repeats["days"])) if repeats else None,
            categories=tuple(body.get("categories") or ()),
        )


@dataclass(frozen=True, slots=True)
class RouteRule:
    """Complaints of these categories, with any of these words, about these nodes or kinds of products, of at least this
    severity, are the department's, and there `owner`'s if one is named. The first rule that fits counts.
    """

    rule_id: str
    department: str
    owner: str | None = None
    categories: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    product_kinds: tuple[str, ...] = ()
    severity_from: Severity | None = None

    @staticmethod
    def of(body: Mapping[str, Any]) -> RouteRule:
        """Read one of a stored channel."""
        return RouteRule(
            rule_id=body["rule_id"],
            department=body["department"],
            owner=body.get("owner"),
            categories=tuple(body.get("categories") or ()),
            words=tuple(body.get("words") or ()),
            nodes=tuple(body.get("nodes") or ()),
            product_kinds=tuple(body.get("product_kinds") or ()),
            severity_from=body.get("severity_from"),
        )


@dataclass(frozen=True, slots=True)
class ComplaintTerms:
    """The policy of one channel. `satisfaction_hours` after its solution the customer is asked (0: never);
    `coupon_promotion` is what coupons of apology are of (None: none are given).
    """

    severity: tuple[SeverityRule, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    department: str = USUAL_DEPARTMENT
    reopen_days: int = 14
    satisfaction_hours: int = 24
    coupon_promotion: str | None = None

    @property
    def repeat_days(self) -> int:
        """How far back earlier complaints matter to any rule."""
        return max((rule.repeats.days for rule in self.severity if rule.repeats), default=0)

    @staticmethod
    def of(body: Mapping[str, Any] | None) -> ComplaintTerms:
        """Read the `complaints` of a stored channel; `{}` are the usual terms."""
        told = body or {}
        return ComplaintTerms(
            severity=tuple(map(SeverityRule.of, told.get("severity") or ())),
            routes=tuple(map(RouteRule.of, told.get("routes") or ())),
            department=told.get("department", USUAL_DEPARTMENT),
            reopen_days=int(told.get("reopen_days", 14)),
            satisfaction_hours=int(told.get("satisfaction_hours", 24)),
            coupon_promotion=told.get("coupon_promotion"),
        )
