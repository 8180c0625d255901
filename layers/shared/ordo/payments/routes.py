"""The routes of payments: reports, tenders, instructions, providers' webhooks, and store credit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ordo.catalog.fields import PathId
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, CurrencyMismatch, OrdoError
from ordo.kernel.frozen import Model
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import OrderState, order_of
from ordo.orders.schemas import body_hash
from ordo.orders.service import visible_order
from ordo.orders.wiring import acting
from ordo.payments.collecting import remitted
from ordo.payments.credit_schemas import CreditGrantRequest, CreditQuery, CreditView, EntryView, GrantedView
from ordo.payments.credit_service import CreditService
from ordo.payments.intake import PaymentIntake
from ordo.payments.schemas import PaymentView
from ordo.payments.tendering import asked_by_hand, tendered
from ordo.payments.views import InstructionView, OrderPaymentsView, RemittanceRequest, TendersRequest
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import HttpApi, Path, Query, answer, keyed, problems, require_scope, sent_bytes

TAGS, CREDIT_TAGS = ["payments"], ["credits"]
REPORTS = keyed(400, 404, 409, 413, 422, good=201) | answer(200, PaymentView, "The same report again")
WEBHOOKS = "/v1/payments/"
"""Below this what was sent reaches the code as it is: it is signed."""


class HeardView(Model):
    """What became of a webhook. `nothing`: it is about no order's money."""

    outcome: str


def serve_payments(app: HttpApi, desk: OrderDesk, intake: PaymentIntake, credit: CreditService) -> None:
    """Serve all of them; `POST /v1/orders/{id}/payments` is the function's own."""
    _serve_tenders(app, desk)
    _serve_webhooks(app, intake)
    _serve_credits(app, credit)


def _serve_tenders(app: HttpApi, desk: OrderDesk) -> None:
    """Serve what is known of an order's money, how it is paid, and movements that are asked for again."""

    @app.get("/v1/orders/<order_id>/payments", responses=keyed(404), tags=TAGS)
    def read_payments(order_id: str) -> OrderPaymentsView:
        """Everything of an order's money: tenders, schedule, movements and reports."""
        caller = require_scope(app, "payments:read")
        state = visible_order(desk.repository, order_id, lambda header: caller.may_use(header.channel))
        return OrderPaymentsView.of(state, desk.moment())

    @app.post("/v1/orders/<order_id>/tenders", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def give_tenders(order_id: str, request: TendersRequest, idempotency_key: KeyHeader) -> OrderPaymentsView:
        """Say how what is still to be paid is paid; what Ordo charges itself is charged at once."""
        caller = require_scope(app, "payments:write")
        key = CommandKey.of(caller.client_id, idempotency_key, "tenders", order_id, body_hash(request))
        plain = [each.plain() for each in request.tenders]
        by = acting(caller, "client")

        def command() -> None:
            desk.change(
                order_id,
                lambda state, now: tendered(state, now, plain, (key.claim(),)),
                expected_version=request.version,
                **by,
            )

        once(desk.repository, key, command, lambda _held: None)
        return OrderPaymentsView.of(visible_order(desk.repository, order_id, by["visible"]), desk.moment())

    @app.post("/v1/shipments/<shipment_id>/remittance", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
    def record_remittance(shipment_id: str, request: RemittanceRequest) -> OrderPaymentsView:
        """The carrier has handed on what it collected at the door. The same again changes nothing."""
        by, order_id = acting(require_scope(app, "payments:write"), "client"), order_of(shipment_id)

        def decide(state: OrderState, now: datetime) -> Decision | NoChange:
            if request.amount.currency != state.header.currency:
                raise CurrencyMismatch(state.header.currency, request.amount.currency, "/amount/currency")
            return remitted(state, now, shipment_id, request.amount.amount, desk.policies)

        desk.change(order_id, decide, **by)
        return OrderPaymentsView.of(visible_order(desk.repository, order_id, by["visible"]), desk.moment())

    @app.post("/v1/payment-instructions/<instruction_id>/retry", responses=keyed(404, 409), tags=TAGS)
    def retry(instruction_id: str) -> InstructionView:
        """Have a movement that failed asked for again, at once; one that is under way stays as it is."""
        by = acting(require_scope(app, "payments:write"), "staff")
        order_id = order_of(instruction_id)
        desk.change(order_id, lambda state, now: asked_by_hand(state, now, instruction_id), **by)
        state = visible_order(desk.repository, order_id, by["visible"])
        return InstructionView.of_record(state.instructions[instruction_id], state.header.currency)


def _serve_webhooks(app: HttpApi, intake: PaymentIntake) -> None:
    """Serve `POST /v1/payments/{provider}/events`, which its signature authorises."""

    @app.post(
        "/v1/payments/<provider>/events",
        responses=problems(400, 401, 404, 409, 413, 422)
        | answer(200, HeardView, "Recorded, known already, or nothing"),
        tags=TAGS,
    )
    def hear(provider: str) -> HeardView:
        """Take what a payment provider tells. The same again changes nothing."""
        headers = {name.lower(): value for name, value in app.current_event.headers.items()}
        return HeardView(outcome=intake.hear(provider, sent_bytes(app), headers.get("stripe-signature", "")))


def _serve_credits(app: HttpApi, service: CreditService) -> None:
    """Serve the ledger of store credit."""

    @app.post(
        "/v1/customers/<customer_id>/credits",
        status_code=201,
        responses=keyed(400, 409, 413, 422, good=201),
        tags=CREDIT_TAGS,
    )
    def grant_credit(
        customer_id: Annotated[PathId, Path()], request: CreditGrantRequest, idempotency_key: KeyHeader
    ) -> GrantedView:
        """Give a customer store credit; the same key and body give the same booking again."""
        caller = require_scope(app, "credits:write")
        expires_at = to_iso(request.expires_at) if request.expires_at else None
        _require_ahead(expires_at, service.moment())
        entry = service.grant(
            customer_id,
            request.amount.currency,
            request.amount.amount,
            key=f"{caller.client_id}#{idempotency_key}"[:180],
            expires_at=expires_at,
            reason=request.reason,
        )
        same = (request.amount.amount, expires_at, request.reason)
        if (entry.amount, entry.takes[0].expires_at, entry.reason) != same:
            raise OrdoError("This Idempotency-Key belongs to another request.", code=Code.IDEMPOTENCY_KEY_REUSED)
        return GrantedView(customer_id=customer_id, entry=EntryView.of(entry, request.amount.currency))

    @app.get("/v1/customers/<customer_id>/credits", responses=keyed(422), tags=CREDIT_TAGS)
    def read_credits(customer_id: Annotated[PathId, Path()], query: Annotated[CreditQuery, Query()]) -> CreditView:
        """What a customer can spend in a currency, of which grants, and the bookings."""
        require_scope(app, "credits:read")
        account = service.store.load(customer_id, query.currency)
        page = service.store.entries(account.customer_id, query.currency, query.limit, query.before)
        return CreditView.of(account, page, service.moment())


def _require_ahead(expires_at: str | None, moment: str) -> None:
    if expires_at is not None and expires_at <= moment:
        raise OrdoError("This time is over.", pointer="/expires_at")
