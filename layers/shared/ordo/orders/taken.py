"""What an order takes of the limits of its coupons and customer, gives back when cancelled, and takes again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ordo.catalog.uses import CouponMove, CouponTake, first_bucket
from ordo.orders.decision import Claim
from ordo.orders.model import OrderHeader, TakenCoupon

Buckets = Mapping[str, int]
"""From which bucket a code's use is taken, where it is not the order's own first choice."""


def taken_coupons(order_id: str, takes: Iterable[CouponTake], buckets: Buckets) -> tuple[TakenCoupon, ...]:
    """What the header keeps of each take."""
    return tuple(
        TakenCoupon(
            code=take.code,
            bucket=buckets.get(take.code, first_bucket(order_id, take.code, take.buckets)) if take.buckets else None,
            customer_limit=take.customer_limit,
            give_back=take.give_back,
        )
        for take in takes
    )


def uses_taken(header: OrderHeader) -> tuple[CouponMove, ...]:
    """The moves that take all that the header says."""
    return tuple(_move(header, taken) for taken in header.coupons)


def uses_given_back(header: OrderHeader) -> tuple[CouponMove, ...]:
    """The moves that give back what a cancelled order does not keep."""
    return tuple(_move(header, taken, given_back=True) for taken in header.coupons if taken.give_back)


def codes_given_back(header: OrderHeader) -> dict[str, list[str]]:
    """Those codes as a fact of a cancellation; nothing of an order without such coupons."""
    codes = [taken.code for taken in header.coupons if taken.give_back]
    return {"coupons_given_back": codes} if codes else {}


def taken_again(header: OrderHeader, buckets: Buckets) -> tuple[OrderHeader, tuple[CouponMove, ...]]:
    """The header of a cancelled order that comes back, and the moves that take again what it gave back."""
    coupons = tuple(
        taken.model_copy(update={"bucket": buckets.get(taken.code, taken.bucket)}) if taken.give_back else taken
        for taken in header.coupons
    )
    again = header.model_copy(update={"coupons": coupons})
    return again, tuple(_move(again, taken) for taken in coupons if taken.give_back)


def counters(header: OrderHeader) -> int:
    """How many counters its coupons have."""
    return sum((each.bucket is not None) + (each.customer_limit is not None) for each in header.coupons)


def first_order_claim(customer_id: str, order_id: str) -> Claim:
    """That this is the customer's first order: a customer has one at a time."""
    return Claim("first_order", (customer_id,), {"order_id": order_id})


def first_order_claims(header: OrderHeader) -> tuple[Claim, ...]:
    """The claim that the order has, if it has it."""
    if not header.first_order or header.customer_id is None:
        return ()
    return (first_order_claim(header.customer_id, header.order_id),)


def _move(header: OrderHeader, taken: TakenCoupon, *, given_back: bool = False) -> CouponMove:
    if taken.customer_limit is None:
        return CouponMove(taken.code, taken.bucket, given_back=given_back)
    return CouponMove(taken.code, taken.bucket, header.customer_id, taken.customer_limit, given_back)
