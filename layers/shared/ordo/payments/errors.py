"""What payments refuse."""

from __future__ import annotations

from ordo.kernel.errors import Code, NotAllowedNow, OrdoError


class PaymentReused(OrdoError):
    """The provider's reference was reported for this order before, with another amount."""

    code = Code.PAYMENT_REUSED

    def __init__(self, payment_id: str, recorded: int, reported: int) -> None:
        super().__init__(
            "This reference was reported with another amount.",
            pointer="/amount/amount",
            facts={"payment_id": payment_id, "recorded": recorded, "reported": reported},
        )


class NothingToUndo(NotAllowedNow):
    """What is reported as let go or come back was never reported as set aside or given back."""

    def __init__(self, kind: str, known: int, amount: int) -> None:
        super().__init__(
            f"{amount} cannot be {kind}: {known} is known.",
            pointer="/amount/amount",
            facts={"known": known, "amount": amount},
        )


class PaymentRequired(OrdoError):
    """A part of the price that is due before the goods leave is not paid; `left` in minor units."""

    code = Code.PAYMENT_REQUIRED

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} of the price is to be paid before the goods leave.", facts={"left": left})


class RefundAboveCaptured(NotAllowedNow):
    """Nobody can give back more than was captured."""

    def __init__(self, captured: int, refunded: int, amount: int) -> None:
        super().__init__(
            f"{amount} cannot be refunded: {captured} was captured and {refunded} given back already.",
            pointer="/amount/amount",
            facts={"captured": captured, "refunded": refunded, "amount": amount},
        )
