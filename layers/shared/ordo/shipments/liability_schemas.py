"""Questions about liability, and their answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from ordo.kernel.frozen import Closed, Model
from ordo.orders.schemas import Id
from ordo.shipments.damage import Case, Report
from ordo.shipments.liability import Row, Verdict, judge


class LiabilityQuery(Closed):
    """Which damage: of which line (of a bundle's line, which `part`), reported when (now, if not said).

    `lot_returns`: how many other units of the same lot have come back; without it no row that asks for it fits.
    """

    line_id: Id
    part: Annotated[int, Field(ge=0, lt=100)] | None = None
    reported_at: AwareDatetime | None = None
    lot_returns: Annotated[int, Field(ge=0, le=1_000_000)] | None = None

    def to_report(self, now: datetime) -> Report:
        """The report."""
        return Report(self.line_id, self.reported_at or now, self.part, self.lot_returns)


class AssessmentView(Model):
    """The verdict for units in one parcel: `row` of the table that gave it, why in words by language, and the facts.

    `used` are the facts that the row asks for, `facts` all that is known.
    """

    shipment_id: str
    tracking_number: str
    lots: list[str]
    verdict: Verdict
    row: str | None
    reason: dict[str, str]
    used: dict[str, Any]
    facts: dict[str, Any]


class LiabilityView(Model):
    """Who answers for a damage, for each parcel that held units of the line."""

    order_id: str
    line_id: str
    part: int | None
    assessments: list[AssessmentView]

    @staticmethod
    def of(order_id: str, query: LiabilityQuery, found: Iterable[Case], table: tuple[Row, ...]) -> LiabilityView:
        """The answer, by this table."""
        assessments = [_assessed(case, table) for case in found]
        return LiabilityView(order_id=order_id, line_id=query.line_id, part=query.part, assessments=assessments)


def _assessed(case: Case, table: tuple[Row, ...]) -> AssessmentView:
    found = judge(case.facts, table)
    return AssessmentView(
        shipment_id=case.shipment.shipment_id,
        tracking_number=case.parcel.tracking_number,
        lots=[each.lot for each in case.lots],
        verdict=found.verdict,
        row=found.row_id,
        reason=dict(found.reason),
        used=dict(found.used),
        facts=case.facts.to_dict(),
    )
