"""The routes of complaints, for the function that serves them."""

from __future__ import annotations

from typing import Annotated, Any

from ordo.complaints.deciding import TEXT_SLOT
from ordo.complaints.errors import ComplaintNotFound
from ordo.complaints.model import Complaint
from ordo.complaints.ports import Remedies
from ordo.complaints.resolving import ResolveComplaint, resolve
from ordo.complaints.schemas import ComplainRequest, ComplaintQuery, MessageRequest, ReopeningRequest, ResolutionRequest
from ordo.complaints.service import ComplaintDesk
from ordo.complaints.speaking import reopen, say
from ordo.complaints.taking import Send, accept
from ordo.complaints.views import AcceptedView, ComplaintList, ComplaintSummary, ComplaintView
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotFound
from ordo.orders.errors import OrderNotFound
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor, order_of
from ordo.orders.ports import OrderRepository
from ordo.orders.schemas import body_hash
from ordo.orders.wiring import acting
from ordo.runtime import cursors
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import Caller, HttpApi, Query, keyed, no_content, require_scope

PATH, TAGS = "/v1/complaints", ["complaints"]
ONE = f"{PATH}/<complaint_id>"
READ, WRITE, HANDLE = "complaints:read", "complaints:write", "complaints:handle"
_CHANGES = (400, 404, 409, 413, 422)


def serve_taking(app: HttpApi, desk: ComplaintDesk, orders: OrderRepository, send: Send) -> None:
    """Serve what customers, shops and staff say: complaints and what is said after."""

    @app.post(PATH, status_code=202, responses=keyed(400, 404, 413, 422, good=202), tags=TAGS)
    def complain(request: ComplainRequest, idempotency_key: KeyHeader) -> AcceptedView:
        """Complain. It is accepted at once and opened a moment later; the same key always answers with the same one."""
        caller = require_scope(app, WRITE)
        order_id = request.order_id or (order_of(request.incident_id) if request.incident_id else None)
        channel, customer = _whose(request, order_id, caller, orders)
        actor = acting(caller, {"customer": "customer", "storefront": "client"}.get(request.source, "staff"))["actor"]  # type: ignore[arg-type]
        command = request.to_command(desk.new_id("cmp"), channel, order_id, customer, actor)
        key = CommandKey.of(caller.client_id, idempotency_key, "complaint", order_id or channel, body_hash(request))
        return AcceptedView(complaint_id=accept(desk, command, key, send))

    @app.post(f"{ONE}/messages", status_code=201, responses=keyed(*_CHANGES, good=201), tags=TAGS)
    def add_message(complaint_id: str, request: MessageRequest, idempotency_key: KeyHeader) -> ComplaintView:
        """Say something: what a customer adds is judged too; staff answers the customer, or leaves a note."""
        caller = require_scope(app, WRITE if request.role == "customer" else HANDLE)
        actor = acting(caller, "customer" if request.role == "customer" else "staff")["actor"]
        key = CommandKey.of(caller.client_id, idempotency_key, "complaint_message", complaint_id, body_hash(request))
        header, _ = say(
            desk,
            complaint_id,
            request.role,
            request.text,
            key,
            actor=actor,
            visible=caller.may_use,
            version=request.version,
        )
        return _view(desk, header)


def serve_reading(app: HttpApi, desk: ComplaintDesk) -> None:
    """Serve one complaint, and those of an owner, a department or an order."""

    @app.get(PATH, responses=keyed(400, 422), tags=TAGS)
    def list_complaints(query: Annotated[ComplaintQuery, Query()]) -> ComplaintList:
        """Open ones of an owner, the earliest deadline first; those of a department in a state, the newest first; all
        of an order.
        """
        channels = require_scope(app, READ).channels
        filters = {**query.model_dump(exclude={"cursor", "limit"}), "complaints": sorted(channels)}
        start = cursors.decode(filters, query.cursor) if query.cursor else None
        rows, following = _page(desk, query, start)
        shown = [ComplaintSummary.of(each) for each in rows if "*" in channels or each.channel in channels]
        return ComplaintList(complaints=shown, next_cursor=cursors.encode(filters, following) if following else None)

    @app.get(ONE, responses=keyed(404), tags=TAGS)
    def read(complaint_id: str) -> ComplaintView:
        """A complaint with all that was said, why it is as severe as it is and whose, and how it was solved."""
        caller = require_scope(app, READ)
        try:
            return _view(desk, desk.read(complaint_id, caller.may_use))
        except ComplaintNotFound:
            said = desk.repository.apart(complaint_id).get(TEXT_SLOT)
            if said is None or not caller.may_use(str(said["intake"]["channel"])):
                raise
            return ComplaintView.received(said)


def serve_deciding(app: HttpApi, desk: ComplaintDesk, remedies: Remedies) -> None:
    """Serve what is decided about complaints, and that what is personal of one is erased."""

    @app.post(f"{ONE}/resolution", responses=keyed(*_CHANGES), tags=TAGS)
    def decide(complaint_id: str, request: ResolutionRequest, idempotency_key: KeyHeader) -> ComplaintView:
        """Make it good: what an outcome needs is done by a change of the order or a coupon, and then it is solved."""
        caller = require_scope(app, HANDLE)
        actor = acting(caller, "staff")["actor"]
        header = desk.read(complaint_id, caller.may_use)
        promotion = desk.policies.terms(header.channel).coupon_promotion
        remedy = request.to_remedy(desk.new_id("rem"), actor, to_iso(desk.now()), promotion)
        key = CommandKey.of(caller.client_id, idempotency_key, "resolution", complaint_id, body_hash(request))
        command = ResolveComplaint(complaint_id, remedy, request.version)
        return _view(desk, resolve(desk, remedies, command, key, caller.may_use))

    @app.post(f"{ONE}/reopening", responses=keyed(*_CHANGES), tags=TAGS)
    def open_again(complaint_id: str, request: ReopeningRequest, idempotency_key: KeyHeader) -> ComplaintView:
        """It was not good after all: the next of its chain gets it, within the channel's days."""
        caller = require_scope(app, WRITE if request.role == "customer" else HANDLE)
        actor: Actor = acting(caller, request.role)["actor"]
        key = CommandKey.of(caller.client_id, idempotency_key, "reopening", complaint_id, body_hash(request))
        header = reopen(
            desk,
            complaint_id,
            request.role,
            request.text,
            key,
            actor=actor,
            visible=caller.may_use,
            version=request.version,
        )
        return _view(desk, header)

    @app.delete(f"{ONE}/personal-data", status_code=204, responses=keyed(404, good=204), tags=TAGS)
    def forget(complaint_id: str) -> Any:
        """Erase all that was said and whoever said it; that it was there, and how it was solved, stays."""
        caller = require_scope(app, HANDLE)
        desk.forget(complaint_id, actor=acting(caller, "staff")["actor"], visible=caller.may_use)
        return no_content()


def _view(desk: ComplaintDesk, header: Complaint) -> ComplaintView:
    return ComplaintView.now(header, desk.repository.apart(header.complaint_id))


def _whose(
    request: ComplainRequest, order_id: str | None, caller: Caller, orders: OrderRepository
) -> tuple[str, str | None]:
    """Channel and customer: of the order, if there is one; raises `NotFound` for orders and incidents that are not."""
    if order_id is None:
        caller.require_channel(request.channel or "")
        return request.channel or "", request.customer_id
    state = orders.load(order_id)
    if not caller.may_use(state.header.channel):
        raise OrderNotFound(order_id)
    if request.incident_id is not None and request.incident_id not in state.incidents:
        raise NotFound(f"There is no incident {request.incident_id}.")
    return state.header.channel, state.header.customer_id or request.customer_id


def _page(
    desk: ComplaintDesk, query: ComplaintQuery, start: dict[str, Any] | None
) -> tuple[list[Complaint], dict[str, Any] | None]:
    if query.order_id is not None:
        return desk.repository.of_order(query.order_id), None
    if query.owner is not None:
        page = desk.repository.of_owner(query.owner, query.limit, start)
    else:
        page = desk.repository.of_department(query.department or "", query.state, query.limit, start)
    return page.rows, page.next_key
