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
