"""Routes of the catalogue beside those of single documents (`catalog.resources`)."""

from __future__ import annotations

from typing import NamedTuple

from ordo.catalog.bulk import codes_of, make_coupons
from ordo.catalog.coupon_schemas import CouponsAnswer, CouponsRequest
from ordo.catalog.documents import CatalogRepository
from ordo.catalog.fields import PathId
from ordo.catalog.schemas import PlacesAnswer, PlacesRequest
from ordo.catalog.service import put_places
from ordo.kernel.clock import Clock
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, keyed, require_scope
from ordo.runtime.secrets import purpose_key


class CouponSettings(NamedTuple):
    """What the routes need of the environment: codes are made with the stack's secret."""

    secret_id: str


def serve_places(app: HttpApi, catalog: CatalogRepository, clock: Clock) -> None:
    """Serve the bulk load of places; it needs `catalog:write`."""

    @app.put("/v1/places", responses=keyed(400, 413, 422))
    def load_places(request: PlacesRequest) -> PlacesAnswer:
        """Write many places at once."""
        require_scope(app, "catalog:write")
        return PlacesAnswer(written=put_places(catalog, request.model_dump(mode="json")["places"], clock()))


def serve_coupons(app: HttpApi, catalog: CatalogRepository, clock: Clock) -> None:
    """Serve the making of many coupons at once; it needs `catalog:write`."""

    @app.post("/v1/promotions/<promotion_id>/coupons", status_code=201, responses=keyed(400, 404, 413, 422, good=201))
    def make_many(promotion_id: PathId, request: CouponsRequest, idempotency_key: KeyHeader) -> CouponsAnswer:
        """Make up to 1,000 coupons of a promotion; the same key and body always answer with the same codes."""
        caller = require_scope(app, "catalog:write")
        command = request.to_command(promotion_id, caller.client_id, idempotency_key)
        codes = make_coupons(catalog, command, codes_of(command, purpose_key("coupon")), clock())
        return CouponsAnswer(promotion_id=promotion_id, batch_id=command.batch_id, codes=codes)
