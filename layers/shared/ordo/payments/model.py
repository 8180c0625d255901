"""Reports of what a payment provider did, and where an order's money stands."""

from __future__ import annotations

from enum import StrEnum

from ordo.kernel.frozen import Frozen


class PaymentKind(StrEnum):
    """What the provider reports."""

    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUNDED = "refunded"
    VOIDED = "voided"  # an authorisation has ended, captured or not
    REFUND_FAILED = "refund_failed"  # a refund that was reported came back


class PaymentStatus(StrEnum):
    """Where an order's money stands (design section 2)."""

    UNPAID = "unpaid"
    AUTHORISED = "authorised"
    PART_PAID = "part_paid"
    PAID = "paid"
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    PAYABLE_LATER = "payable_later"


class Payment(Frozen):
    """One report, kept once for each (provider, reference, kind). Amounts in minor units of the order's currency."""

    payment_id: str
    order_id: str
    kind: PaymentKind
    amount: int
    provider: str
    reference: str
    reported_at: str
    tender_id: str | None = None
    of: str | None = None
    """Of a refund or void, and of a refund that came back: the provider's reference of what it is of."""
    instruction_id: str | None = None
    """The instruction that it carries out."""


class Funds(Frozen):
    """Sums of the reports, in minor units. `last_failed`: the latest report was a failure.

    `booked` is what the order costs more than at placement (usually negative): the sum of its postings. `refund_due` is
    what is kept above what it costs now, as of its last posting. `void_authorised`: what was authorised by the time
    that all of the money had been refunded. It pays for nothing more.
    """

    authorised: int = 0
    captured: int = 0
    refunded: int = 0
    last_failed: bool = False
    payable_later: bool = False
    refund_due: int = 0
    booked: int = 0
    void_authorised: int = 0
    promised: int = 0
    """What is authorised and neither captured nor let go, as of the last report."""

    @property
    def kept(self) -> int:
        """What the merchant has: captured less refunded."""
        return self.captured - self.refunded

    @property
    def given_back(self) -> bool:
        """Whether all that was captured was refunded."""
        return 0 < self.captured <= self.refunded

    def covers(self, owed: int) -> bool:
        """Whether the order may be released: paid, authorised in full, or payable later."""
        if self.payable_later:
            return True
        authorised = 0 if self.given_back else self.authorised - self.void_authorised
        return authorised >= owed or (self.kept + self.promised >= owed and not self.given_back)


def payment_status(funds: Funds, total: int) -> PaymentStatus:
    """The one table of payment states; `total` is the order's, in minor units.

    An authorisation is a status of its own only while nothing is captured; a refund shows as soon as one is booked.
    """
    if funds.refunded > 0:
        return PaymentStatus.REFUNDED if funds.refunded >= funds.captured else PaymentStatus.PART_REFUNDED
    if funds.captured >= total:
        return PaymentStatus.PAID
    if funds.captured > 0:
        return PaymentStatus.PART_PAID
    if funds.last_failed and funds.authorised == 0:
        return PaymentStatus.FAILED
    if funds.authorised >= total:
        return PaymentStatus.AUTHORISED
    return PaymentStatus.PAYABLE_LATER if funds.payable_later else PaymentStatus.UNPAID
