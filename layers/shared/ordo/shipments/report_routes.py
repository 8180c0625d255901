"""The customer's reports of damage, for staff that solves them."""

from __future__ import annotations

from typing import Any

from ordo.kernel.frozen import Model
from ordo.orders.service import visible_order
from ordo.runtime.http import HttpApi, keyed, require_scope
from ordo.shipments.evidence import kept_key
from ordo.shipments.proof_routes import TAGS
from ordo.shipments.proof_views import FileView
from ordo.shipments.report_model import DamageReport
from ordo.shipments.report_service import ReportDesk


class DamageReportView(Model):
    """A report as it was made. `assessments` say whose it is, by the channel's table and the records as they were then.

    `note`, what the customer wrote, and the addresses of photos are there for keys with the scope `customers:read`.
    """

    report_id: str
    order_id: str
    reported_at: str
    lines: list[dict[str, Any]]
    files: list[FileView]
    assessments: list[dict[str, Any]]
    incident_ids: list[str]
    personal_hash: str | None
    note: str | None = None


class DamageReportList(Model):
    """All of an order, the oldest first."""

    order_id: str
    damage_reports: list[DamageReportView]


def serve_reports(app: HttpApi, reports: ReportDesk) -> None:
    """Serve what customers reported."""

    @app.get("/v1/orders/<order_id>/damage-reports", responses=keyed(404), tags=TAGS)
    def read_damage_reports(order_id: str) -> DamageReportList:
        """Damage that the customer reported on the tracking page; photos and words for keys that may see them."""
        caller = require_scope(app, "orders:read")
        repository = reports.proofs.desk.repository
        state = visible_order(repository, order_id, lambda header: caller.may_use(header.channel))
        personal = "customers:read" in caller.scopes
        found = sorted(state.reports.values(), key=lambda each: int(each.report_id.rpartition("_")[2]))
        return DamageReportList(order_id=order_id, damage_reports=[_view(reports, each, personal) for each in found])


def _view(reports: ReportDesk, report: DamageReport, personal: bool) -> DamageReportView:
    def link(sha256: str) -> str | None:
        return reports.proofs.files.link(kept_key(report.order_id, sha256)) if personal else None

    files = [FileView(**each.told(), url=link(each.sha256)) for each in report.files]
    fields = report.model_dump(mode="json", exclude={"files"})
    return DamageReportView(**fields, files=files, note=reports.words(report) if personal else None)
