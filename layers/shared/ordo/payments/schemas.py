"""Payment reports as the API takes and answers them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from ordo.kernel.frozen import Closed, Model
from ordo.orders.amounts import BalanceView, MoneyView, balance_view
from ordo.orders.model import OrderHeader, OrderStatus
from ordo.payments.model import PaymentKind, PaymentStatus
from ordo.payments.service import PaymentReport, Recorded

MAX_AMOUNT = 10**13
"""Minor units; above what 500 lines of the dearest goods come to."""


class ReportedAmount(Closed):
    """Minor units of the order's currency."""

    amount: Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class PaymentRequest(Closed):
    """What the payment provider said. `reference` is the provider's own, one for each thing that it did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "captured",
                    "amount": {"amount": 25000, "currency": "CNY"},
                    "provider": "alipay",
                    "reference": "2026112222001",
                }
            ]
        }
    )

    kind: PaymentKind
    amount: ReportedAmount
    provider: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
    reference: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
    of: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")] | None = Field(
        default=None, description="Of a refund or void: the reference of the payment that it is of."
    )
    instruction_id: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="The movement that it carries out; none: the oldest one of this kind and provider."
    )

    def to_report(self) -> PaymentReport:
        """The command."""
        return PaymentReport(
            self.kind,
            self.amount.amount,
            self.amount.currency,
            self.provider,
            self.reference,
            of=self.of,
            instruction_id=self.instruction_id,
        )


class PaymentView(Model):
    """A report as recorded, and the order's money after it. `version` is the order's."""

    payment_id: str
    order_id: str
    kind: PaymentKind
    amount: MoneyView
    provider: str
    reference: str
    reported_at: str
    status: OrderStatus
    payment_status: PaymentStatus
    version: int
    balance: BalanceView

    @staticmethod
    def of(recorded: Recorded) -> PaymentView:
        """The answer."""
        payment, header = recorded.payment, recorded.header
        return PaymentView(
            **payment.model_dump(exclude={"amount"}),
            amount=MoneyView(amount=payment.amount, currency=header.currency),
            **_standing(header),
        )


def _standing(header: OrderHeader) -> dict[str, object]:
    return {
        "status": header.status,
        "payment_status": header.payment_status,
        "version": header.version,
        "balance": balance_view(header),
    }
