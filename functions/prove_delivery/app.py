"""What proves a delivery: uploads, proofs, packing photos, couriers' links; whose damage it is; and carrier claims."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import system_clock
from ordo.orders.wiring import order_desk
from ordo.runtime.files import FileBucket
from ordo.runtime.http import handle, http_api
from ordo.runtime.settings import load_settings
from ordo.shipments.claim_routes import serve_claim_answers, serve_claims
from ordo.shipments.claiming import ClaimDesk
from ordo.shipments.proof_routes import serve_liability, serve_packing, serve_proofs
from ordo.shipments.proof_service import ProofDesk
from ordo.shipments.report_routes import serve_reports
from ordo.shipments.report_service import ReportDesk
from ordo.signing.routes import serve_links
from ordo.signing.wiring import signing_service


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    customers_table: str
    catalog_table: str
    secret_id: str
    link_secret_id: str
    files_bucket: str


settings = load_settings(Settings)
app = http_api()
catalog = DynamoCatalogRepository(settings.catalog_table)
desk = order_desk(channels=catalog)
proofs, claims = ProofDesk(desk, FileBucket(settings.files_bucket)), ClaimDesk(desk, catalog)

serve_proofs(app, proofs)
serve_packing(app, proofs)
serve_links(app, signing_service(proofs, settings.link_secret_id))
serve_liability(app, proofs, catalog, system_clock)
serve_reports(app, ReportDesk(proofs, catalog))
serve_claims(app, claims)
serve_claim_answers(app, claims)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
