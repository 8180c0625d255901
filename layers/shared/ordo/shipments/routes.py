"""The routes of a node's work, for the function that serves them."""

from __future__ import annotations

from ordo.orders.desk import OrderDesk
from ordo.runtime.http import HttpApi, keyed, require_scope
from ordo.shipments.model import FulfilmentState
from ordo.shipments.picking import LotReader, Pick
from ordo.shipments.schemas import PickRequest, WorkView
from ordo.shipments.service import Visible, work_fulfilment

TAGS = ["fulfilments"]
STEPS = {
    "accept": (FulfilmentState.ACCEPTED, "The node will do it"),
    "pack": (FulfilmentState.PACKED, "Everything is in its parcels"),
}


def serve_work(app: HttpApi, desk: OrderDesk, lots: LotReader) -> None:
    """Serve accept, pick and pack."""
    for action, (target, summary) in STEPS.items():
        _serve(app, desk, lots, action, target, summary)

    @app.post(
        "/v1/fulfilments/<fulfilment_id>/pick",
        responses=keyed(400, 404, 409, 413, 422),
        tags=TAGS,
        summary="Everything is taken from its shelves",
    )
    def pick(fulfilment_id: str, request: PickRequest | None = None) -> WorkView:
        """Steps go forward only and may be skipped; the same again changes nothing.

        Of SKUs that are kept by lot, those that expire first are picked, or those that the node names in the body.
        """
        named = request.units() if request else ()
        target = FulfilmentState.PICKED
        return WorkView.done(work_fulfilment(desk, fulfilment_id, target, *worker(app), Pick(lots, named)))


def _serve(app: HttpApi, desk: OrderDesk, lots: LotReader, action: str, target: FulfilmentState, summary: str) -> None:
    def work(fulfilment_id: str) -> WorkView:
        """Steps go forward only and may be skipped; the same again changes nothing."""
        return WorkView.done(work_fulfilment(desk, fulfilment_id, target, *worker(app), Pick(lots)))

    work.__name__ = action
    app.post(f"/v1/fulfilments/<fulfilment_id>/{action}", responses=keyed(404, 409), tags=TAGS, summary=summary)(work)


def worker(app: HttpApi) -> tuple[str, Visible]:
    """Who works, and which orders they may see; raises `missing_scope`."""
    caller = require_scope(app, "fulfilments:work")
    return caller.client_id, lambda header: caller.may_use(header.channel)
