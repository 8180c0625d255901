"""GET /sign/{token} and what the page sends: a courier has a parcel signed for, by signed link."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.orders.wiring import order_desk
from ordo.runtime.files import FileBucket
from ordo.runtime.http import handle, http_api
from ordo.runtime.settings import load_settings
from ordo.shipments.proof_service import ProofDesk
from ordo.signing.routes import answer_page, serve_page
from ordo.signing.wiring import signing_service


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    customers_table: str
    catalog_table: str
    link_secret_id: str
    files_bucket: str


settings = load_settings(Settings)
app = http_api()
desk = order_desk(channels=DynamoCatalogRepository(settings.catalog_table))
signing = signing_service(ProofDesk(desk, FileBucket(settings.files_bucket)), settings.link_secret_id)

serve_page(app, signing)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    if event["httpMethod"] == "GET":
        return answer_page(event, signing)
    return handle(app, event, context)
