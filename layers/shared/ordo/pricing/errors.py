"""What cannot be priced."""

from __future__ import annotations

from ordo.kernel.errors import Code, OrdoError


class UnknownSku(OrdoError):
    """No product has this SKU."""

    code = Code.UNKNOWN_SKU


class NotForSale(OrdoError):
    """The product is inactive, or has no price in this channel and currency."""

    code = Code.NOT_FOR_SALE


class InvalidCoupon(OrdoError):
    """The code is unknown, disabled or out of its time, or its promotion cannot be used here: `facts.reason`."""

    code = Code.INVALID_COUPON


class GiftOutOfStock(OrdoError):
    """A gift is out of stock, and its promotion says that there is no order without it."""

    code = Code.OUT_OF_STOCK

    def __init__(self, promotion_id: str, sku: str) -> None:
        super().__init__(
            f"The gift {sku} of {promotion_id} is out of stock.", facts={"promotion_id": promotion_id, "sku": sku}
        )


class DiscountNotAllowed(OrdoError):
    """Staff may not take that much off here; `facts.limit_percent` is the most."""

    code = Code.DISCOUNT_NOT_ALLOWED


class UnknownShippingMethod(OrdoError):
    """The channel has no such shipping method, or it does not ship the order there; `facts.offered` tell which do."""

    code = Code.UNKNOWN_SHIPPING_METHOD


class TooMuchToPrice(OrdoError):
    """Promotions would have to look at too many different units: `facts.limit` says how many (`pricing.budget`)."""

    code = Code.TOO_MANY_LINES

    def __init__(self, limit: int) -> None:
        super().__init__(
            "So many promotions meet so many lines and units that they take too long to price; buy them in parts.",
            pointer="/lines",
            facts={"limit": limit},
        )


class UnknownLine(OrdoError):
    """The order has no such line."""

    code = Code.UNKNOWN_LINE

    def __init__(self, line_id: str, pointer: str) -> None:
        super().__init__(f"The order has no line {line_id!r}.", pointer=pointer, facts={"line_id": line_id})


class UnknownPart(OrdoError):
    """The line is no bundle, or has no part at this place."""

    code = Code.UNKNOWN_LINE

    def __init__(self, line_id: str, part: int, pointer: str) -> None:
        facts = {"line_id": line_id, "part": part}
        super().__init__(f"Line {line_id!r} has no part {part}.", pointer=pointer, facts=facts)


class RefundExceedsPaid(OrdoError):
    """More is asked back than is with the customer, or than can still be refunded."""

    code = Code.REFUND_EXCEEDS_PAID


class PartialReturnForbidden(OrdoError):
    """A promotion of the order says that all it looked at comes back together; `facts.promotion_id` names it."""

    code = Code.PARTIAL_RETURN_FORBIDDEN

    def __init__(self, promotion_id: str, lines: list[str]) -> None:
        super().__init__(
            f"By the promotion {promotion_id} these lines come back together or not at all.",
            pointer="/lines",
            facts={"promotion_id": promotion_id, "lines": lines},
        )
