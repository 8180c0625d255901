"""Coupons as data: codes that let a promotion apply. What the promotion does to a cart is `pricing`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ordo.catalog.errors import CouponLimitBelowUsed, InvalidDocument
from ordo.catalog.periods import moment_in
from ordo.catalog.uses import CouponTake, CouponUses, UsedUp, buckets_for, limit_change, spread


class CouponState(StrEnum):
    """Whether a code can be used."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code that lets a promotion apply; valid from `valid_from` up to, but not including, `valid_to`.

    Bound to `customer_id`, or open. `total_limit` and `per_customer_limit` None: no limit. `buckets` is in how many
    parts the total is counted. `give_back`: cancelling the order gives the use back.
    """

    code: str
    promotion_id: str
    state: CouponState = CouponState.ACTIVE
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = 1
    customer_id: str | None = None
    total_limit: int | None = None
    per_customer_limit: int | None = None
    give_back: bool = True
    buckets: int = 0

    @staticmethod
    def of(code: str, body: Mapping[str, Any], version: int) -> Coupon:
        """Read a stored coupon."""
        zone = body.get("time_zone")
        return Coupon(
            code=code,
            promotion_id=body["promotion_id"],
            state=CouponState(body.get("state", "active")),
            valid_from=moment_in(body.get("valid_from"), zone),
            valid_to=moment_in(body.get("valid_to"), zone),
            version=version,
            customer_id=body.get("customer_id"),
            total_limit=body.get("total_limit"),
            per_customer_limit=body.get("per_customer_limit"),
            give_back=bool(body.get("give_back", True)),
            buckets=int(body.get("buckets", 0)),
        )

    @property
    def is_counted(self) -> bool:
        """Whether its uses are limited, and so counted."""
        return self.total_limit is not None or self.per_customer_limit is not None

    def unusable(self, customer_id: str | None, now: datetime) -> str | None:
        """Why nobody, or not this customer, can use it now: disabled, not_started, ended, customer_missing (it needs a
        customer id in the order), not_this_customer. How often it was used is not asked here.
        """
        if self.state is not CouponState.ACTIVE:
            return "disabled"
        if self.valid_from is not None and now < self.valid_from:
            return "not_started"
        if self.valid_to is not None and now >= self.valid_to:
            return "ended"
        if customer_id is None:
            return "customer_missing" if self.customer_id or self.per_customer_limit is not None else None
        return "not_this_customer" if self.customer_id not in (None, customer_id) else None

    def used_up(self, uses: CouponUses) -> UsedUp | None:
        """Which limit is reached, as far as `uses` says; the customer's own is told first."""
        if self.per_customer_limit is not None and (uses.used or 0) >= self.per_customer_limit:
            return "customer"
        return "total" if self.total_limit is not None and uses.left is not None and uses.left < 1 else None


def takes_of(
    coupons_used: Iterable[str], coupons: Mapping[str, Coupon], customer_id: str | None
) -> tuple[CouponTake, ...]:
    """The uses that an order takes of the codes whose promotion applied; nothing for a code without limits.

    Raises `ValueError` for a code with a limit per customer and no customer: pricing has refused that (`unusable`).
    """
    takes = []
    for coupon in (coupons[code] for code in coupons_used):
        if coupon.per_customer_limit is not None and customer_id is None:
            raise ValueError("a use that is counted for each customer needs one")
        if coupon.is_counted:
            limit = coupon.per_customer_limit
            takes.append(CouponTake(coupon.code, coupon.promotion_id, coupon.buckets, limit, coupon.give_back))
    return tuple(takes)


def stored_body(before: Mapping[str, Any] | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """A coupon's document as it is stored: with what is Ordo's own, which no PUT changes.

    That is `buckets`, decided when the code is made, and `batch_id` of one that was made with others. Raises
    `InvalidDocument` when a code without a total limit would get one or the other way round: of the one nobody knows
    how often it was used, of the other orders may still give uses back.
    """
    own = {name: value for name, value in body.items() if name not in ("buckets", "batch_id")}
    limit = own.get("total_limit")
    if before is not None and (before.get("total_limit") is None) is not (limit is None):
        raise InvalidDocument(
            "Whether a code has a total limit never changes: change the limit, or make another code.",
            pointer="/total_limit",
        )
    if limit is not None:
        own["buckets"] = before["buckets"] if before is not None else buckets_for(limit)
    if before is not None and "batch_id" in before:
        own["batch_id"] = before["batch_id"]
    return own


def bucket_changes(
    before: Mapping[str, Any] | None, body: Mapping[str, Any], left: Mapping[int, int]
) -> dict[int, int]:
    """What the stored `body` changes in the buckets, of which `left` was read; nothing without a total limit.

    Raises `CouponLimitBelowUsed`.
    """
    limit = body.get("total_limit")
    if limit is None:
        return {}
    if before is None:
        return spread(limit, body["buckets"])
    all_left = {bucket: left.get(bucket, 0) for bucket in range(body["buckets"])}
    changes = limit_change(before["total_limit"], limit, all_left)
    if changes is None:
        raise CouponLimitBelowUsed(used=before["total_limit"] - sum(all_left.values()), limit=limit)
    return changes
