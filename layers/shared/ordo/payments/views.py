"""How an order is paid and what of it has moved, as the API gives it."""

from __future__ import annotations

from pydantic import Field

from ordo.kernel.frozen import Closed, Model
from ordo.orders.amounts import BalanceView, MoneyView, balance_view, money
from ordo.orders.model import OrderHeader, OrderState
from ordo.payments.cash import collected
from ordo.payments.instruction import PaymentInstruction
from ordo.payments.ledger import taken
from ordo.payments.model import PaymentStatus
from ordo.payments.paying import at_the_door, due_by, shares
from ordo.payments.schemas import ReportedAmount
from ordo.payments.tender_schemas import Tenders


class TendersRequest(Closed):
    """How what is still to be paid is paid from now on."""

    tenders: Tenders = Field(min_length=1)
    version: int | None = Field(default=None, description="The order's version that it was decided on; 409 when stale.")


class RemittanceRequest(Closed):
    """What a carrier has handed on of the cash that it collected with a shipment."""

    amount: ReportedAmount


class TenderView(Model):
    """A tender: what it is to pay, and what it has."""

    tender_id: str
    provider: str
    share: MoneyView
    authorised: MoneyView = Field(description="set aside and not taken yet")
    captured: MoneyView
    refunded: MoneyView
    capture: str
    charged_here: bool = Field(description="whether Ordo takes the money by itself")


class SchedulePartView(Model):
    """A part of the price."""

    due: str
    due_at: str | None
    amount: MoneyView | None = Field(description="null: the rest")


class InstructionView(Model):
    """A movement that was asked for. `state`: requested, sent (the provider will say later), unknown (asked again),
    done, failed (tried again at `due_at`, or somebody's work without it), dropped (not wanted any more).
    """

    instruction_id: str
    movement: str
    state: str
    amount: MoneyView
    settled: MoneyView
    tender_id: str
    provider: str
    of: str | None
    reference: str | None
    requested_at: str
    changed_at: str
    due_at: str | None
    attempts: int
    round: int
    error: str | None

    @staticmethod
    def of_record(each: PaymentInstruction, currency: str) -> InstructionView:
        """The answer."""
        told = each.model_dump(mode="json", include=set(InstructionView.model_fields) - {"amount", "settled"})
        return InstructionView(**told, amount=money(each.amount, currency), settled=money(each.settled, currency))


class ReportView(Model):
    """A provider's report."""

    payment_id: str
    kind: str
    amount: MoneyView
    provider: str
    reference: str
    reported_at: str
    tender_id: str | None
    of: str | None
    instruction_id: str | None


class CashView(Model):
    """Cash on delivery of one shipment. `remitted`: what its carrier has handed on of it."""

    shipment_id: str
    collect: MoneyView = Field(description="to be collected at the door")
    collected: MoneyView
    remitted: MoneyView | None = Field(description="null: nothing yet")


class OrderPaymentsView(Model):
    """All about an order's money. `due_now` is what should have been paid by now, `at_the_door` what is collected when
    the goods are handed over.
    """

    order_id: str
    version: int
    payment_status: PaymentStatus
    balance: BalanceView
    due_now: MoneyView
    at_the_door: MoneyView
    cash: list[CashView]
    tenders: list[TenderView]
    schedule: list[SchedulePartView]
    instructions: list[InstructionView]
    payments: list[ReportView]

    @staticmethod
    def of(state: OrderState, moment: str, header: OrderHeader | None = None) -> OrderPaymentsView:
        """The answer, at a moment."""
        header = header or state.header
        currency, paying = header.currency, header.paying
        return OrderPaymentsView(
            order_id=header.order_id,
            version=header.version,
            payment_status=header.payment_status,
            balance=balance_view(header),
            due_now=money(due_by(paying, header.owed, moment), currency),
            at_the_door=money(at_the_door(paying, header.owed), currency),
            cash=[
                CashView(
                    shipment_id=each.shipment_id,
                    collect=money(each.collect, currency),
                    collected=money(collected(state, each.shipment_id), currency),
                    remitted=None if each.remitted is None else money(each.remitted, currency),
                )
                for each in state.shipments.values()
                if each.collect is not None
            ],
            tenders=_tenders(state, header),
            schedule=[
                SchedulePartView(
                    due=each.due,
                    due_at=each.due_at,
                    amount=None if each.amount is None else money(each.amount, currency),
                )
                for each in paying.parts
            ],
            instructions=[
                InstructionView.of_record(each, currency)
                for each in sorted(state.instructions.values(), key=lambda one: (one.requested_at, one.instruction_id))
            ],
            payments=[
                ReportView(
                    **each.model_dump(mode="json", exclude={"amount", "order_id"}), amount=money(each.amount, currency)
                )
                for each in sorted(state.payments.values(), key=lambda one: (one.reported_at, one.payment_id))
            ],
        )


def _tenders(state: OrderState, header: OrderHeader) -> list[TenderView]:
    entries = taken(state.payments, state.instructions, header.paying.tenders)
    parts, currency = shares(header.paying.tenders, header.owed), header.currency
    found = []
    for each in header.paying.tenders:
        mine = [entry for entry in entries if entry.tender_id == each.tender_id]
        found.append(
            TenderView(
                tender_id=each.tender_id,
                provider=each.provider,
                share=money(parts.get(each.tender_id, 0), currency),
                authorised=money(sum(entry.promised for entry in mine), currency),
                captured=money(sum(entry.captured for entry in mine), currency),
                refunded=money(sum(entry.refunded for entry in mine), currency),
                capture=each.capture,
                charged_here=each.charged_here,
            )
        )
    return found
