"""The routes of a node's work, for the function that serves them."""

from __future__ import annotations

from typing import Annotated

from ordo.orders.desk import OrderDesk
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.runtime.http import Body, HttpApi, Query, keyed, require_scope
from ordo.shipments.answer_schemas import PickRequest, RejectRequest
from ordo.shipments.model import FulfilmentState
from ordo.shipments.picking import LotReader, Pick
from ordo.shipments.schemas import WorkList, WorkQuery, WorkView
from ordo.shipments.service import answer_fulfilment, work_fulfilment
from ordo.shipments.work import Visible
from ordo.shipments.worklist import work_page

TAGS = ["fulfilments"]
STEPS = {
    "accept": (FulfilmentState.ACCEPTED, "The node will do it"),
    "pack": (FulfilmentState.PACKED, "Everything is in its parcels"),
}


WHOLE = PickRequest()
"""Everything was picked."""


def serve_list(app: HttpApi, table: str) -> None:
    """Serve the list of a node's work. `table` is the Orders table."""

    @app.get("/v1/fulfilments", responses=keyed(400, 422), tags=TAGS)
    def list_fulfilments(query: Annotated[WorkQuery, Query()]) -> WorkList:
        """A node's work in one state, the oldest first."""
        return work_page(table, query, require_scope(app, "fulfilments:work").channels)


def serve_work(app: HttpApi, desk: OrderDesk, elsewhere: ElsewhereSearch, lots: LotReader) -> None:
    """Serve accept, pick, pack and reject."""
    for action, (target, summary) in STEPS.items():
        _serve(app, desk, lots, action, target, summary)
    _serve_pick(app, desk, elsewhere, lots)
    _serve_reject(app, desk, elsewhere, lots)


def _serve(app: HttpApi, desk: OrderDesk, lots: LotReader, action: str, target: FulfilmentState, summary: str) -> None:
    def work(fulfilment_id: str) -> WorkView:
        """Steps go forward only and may be skipped; the same again changes nothing."""
        return WorkView.done(work_fulfilment(desk, fulfilment_id, target, *worker(app), Pick(lots)))

    work.__name__ = action
    app.post(f"/v1/fulfilments/<fulfilment_id>/{action}", responses=keyed(404, 409), tags=TAGS, summary=summary)(work)


def _serve_pick(app: HttpApi, desk: OrderDesk, elsewhere: ElsewhereSearch, lots: LotReader) -> None:
    @app.post("/v1/fulfilments/<fulfilment_id>/pick", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def pick(fulfilment_id: str, request: Annotated[PickRequest, Body()] = WHOLE) -> WorkView:
        """Everything is taken from its shelves; or all but what is `short`, which is sourced again at once.

        Units that nobody gives are an incident of the order. Without a body everything was picked. Of SKUs that are
        kept by lot, those that expire first are picked, or those that the node names.
        """
        actor, visible = worker(app)
        reply, how = request.to_command(fulfilment_id, actor), Pick(lots, request.units())
        if reply is None:
            return WorkView.done(work_fulfilment(desk, fulfilment_id, FulfilmentState.PICKED, actor, visible, how))
        return WorkView.done(answer_fulfilment(desk, elsewhere, reply, visible, how))


def _serve_reject(app: HttpApi, desk: OrderDesk, elsewhere: ElsewhereSearch, lots: LotReader) -> None:
    @app.post("/v1/fulfilments/<fulfilment_id>/reject", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def reject(fulfilment_id: str, request: RejectRequest) -> WorkView:
        """The node gives nothing of it: its units are sourced again at once, or are an incident of the order."""
        actor, visible = worker(app)
        reply = request.to_command(fulfilment_id, actor)
        return WorkView.done(answer_fulfilment(desk, elsewhere, reply, visible, Pick(lots)))


def worker(app: HttpApi) -> tuple[str, Visible]:
    """Who works, and which orders they may see; raises `missing_scope`."""
    caller = require_scope(app, "fulfilments:work")
    return caller.client_id, lambda header: caller.may_use(header.channel)
