"""The routes of a node's work, for the function that serves them."""

from __future__ import annotations

from ordo.orders.desk import OrderDesk
from ordo.runtime.http import HttpApi, keyed, require_scope
from ordo.shipments.model import FulfilmentState
from ordo.shipments.schemas import WorkView
from ordo.shipments.service import Visible, work_fulfilment

TAGS = ["fulfilments"]
STEPS = {
    "accept": (FulfilmentState.ACCEPTED, "The node will do it"),
    "pick": (FulfilmentState.PICKED, "Everything is taken from its shelves"),
    "pack": (FulfilmentState.PACKED, "Everything is in its parcels"),
}


def serve_work(app: HttpApi, desk: OrderDesk) -> None:
    """Serve accept, pick and pack."""
    for action, (target, summary) in STEPS.items():
        _serve(app, desk, action, target, summary)


def _serve(app: HttpApi, desk: OrderDesk, action: str, target: FulfilmentState, summary: str) -> None:
    def work(fulfilment_id: str) -> WorkView:
        """Steps go forward only and may be skipped; the same again changes nothing."""
        return WorkView.done(work_fulfilment(desk, fulfilment_id, target, *worker(app)))

    work.__name__ = action
    app.post(f"/v1/fulfilments/<fulfilment_id>/{action}", responses=keyed(404, 409), tags=TAGS, summary=summary)(work)


def worker(app: HttpApi) -> tuple[str, Visible]:
    """Who works, and which orders they may see; raises `missing_scope`."""
    caller = require_scope(app, "fulfilments:work")
    return caller.client_id, lambda header: caller.may_use(header.channel)
