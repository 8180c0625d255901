"""Coupons as data: codes that let a promotion apply. What the promotion does to a cart is `pricing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ordo.kernel.clock import from_iso


class CouponState(StrEnum):
    """Whether a code can be used."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code that lets a promotion apply; valid from `valid_from` up to, but not including, `valid_to`."""

    code: str
    promotion_id: str
    state: CouponState = CouponState.ACTIVE
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = field(default=1)

    @staticmethod
    def of(code: str, body: Mapping[str, Any], version: int) -> Coupon:
        """Read a stored coupon."""
        return Coupon(
            code=code,
            promotion_id=body["promotion_id"],
            state=CouponState(body.get("state", "active")),
            valid_from=_moment(body.get("valid_from")),
            valid_to=_moment(body.get("valid_to")),
            version=version,
        )


def coupon_code(text: str) -> str:
    """The one spelling of a coupon code: no outer spaces, upper case."""
    return text.strip().upper()


def _moment(text: str | None) -> datetime | None:
    return from_iso(text) if text else None
