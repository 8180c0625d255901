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


class UnknownShippingMethod(OrdoError):
    """The channel has no such shipping method, or it does not ship the order there; `facts.offered` do."""

    code = Code.UNKNOWN_SHIPPING_METHOD
