"""A damage that a customer reports after the delivery: which units, with which photos, and whose it is by the records.

As with a proof nothing personal is in the record: the words of the customer are kept with the order's contact, and the
record has a salted hash of them.
"""

from __future__ import annotations

from typing import Any

from ordo.kernel.frozen import Frozen
from ordo.shipments.liability import Verdict
from ordo.shipments.model import LineQuantity
from ordo.shipments.proof_model import KeptFile


class Assessed(Frozen):
    """Whose the damage of a line in one parcel is, by the channel's table as it was; `row` None: no row fits."""

    line_id: str
    part: int | None = None
    shipment_id: str
    tracking_number: str
    verdict: Verdict
    row: str | None = None
    facts: dict[str, Any]


class DamageReport(Frozen):
    """One report. `lines` are the units that are damaged in all, as the customer says; `incident_ids` are their
    cases, one for each parcel that had some of them.
    """

    report_id: str
    order_id: str
    reported_at: str
    lines: tuple[LineQuantity, ...]
    files: tuple[KeptFile, ...] = ()
    assessments: tuple[Assessed, ...]
    incident_ids: tuple[str, ...]
    personal_hash: str | None = None
    """Of what the customer wrote; None when nothing."""

    def told(self) -> dict[str, Any]:
        """What the timeline says of it: everything, since nothing of it is personal."""
        return self.model_dump(mode="json", exclude={"order_id"}, exclude_none=True)


def report_id(order_id: str, number: int) -> str:
    """`rpt_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"rpt_{order_id.removeprefix('ord_')}_{number}"


def words_slot(report: str) -> str:
    """Where, beside the order's contact, the customer's words are kept."""
    return f"report#{report}"
