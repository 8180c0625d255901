"""Promotions and coupons as data. What they do to a cart is `pricing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ordo.catalog.model import Name
from ordo.kernel.clock import from_iso
from ordo.kernel.percent import Percent, percent


class PromotionState(StrEnum):
    """Only active promotions are considered."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class PercentRounding(StrEnum):
    """Where a percentage is rounded to whole minor units."""

    LINE = "line"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class PercentReward:
    """`percent` off what is left of the matching lines."""

    percent: Percent
    rounding: PercentRounding = PercentRounding.LINE


@dataclass(frozen=True, slots=True)
class FixedReward:
    """One amount off the matching lines together, per currency in minor units."""

    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ThresholdReward:
    """满减: an amount off once the matching lines reach a threshold (inclusive, after earlier promotions).

    With `per_every` the amount is given again for each full threshold (每满100减10).
    """

    thresholds: Mapping[str, int]
    amounts: Mapping[str, int]
    per_every: bool = False


Reward = PercentReward | FixedReward | ThresholdReward


@dataclass(frozen=True, slots=True)
class Promotion:
    """A rule that takes money off. Higher `priority` goes first, then the id in order of text.

    `skus` empty means every line; `channels` empty means every channel. Valid from `valid_from` up to, but not
    including, `valid_to`. An exclusive promotion that gives something is the only one that does.
    """

    promotion_id: str
    version: int
    name: Name
    reward: Reward
    state: PromotionState = PromotionState.ACTIVE
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    channels: frozenset[str] = frozenset()
    requires_coupon: bool = False
    skus: frozenset[str] = frozenset()
    priority: int = 0
    exclusive: bool = False

    @staticmethod
    def of(promotion_id: str, body: Mapping[str, Any], version: int) -> Promotion:
        """Read a stored promotion."""
        return Promotion(
            promotion_id=promotion_id,
            version=version,
            name=dict(body["name"]),
            reward=_reward(body["reward"]),
            state=PromotionState(body.get("state", "active")),
            valid_from=_moment(body.get("valid_from")),
            valid_to=_moment(body.get("valid_to")),
            channels=frozenset(body.get("channels", ())),
            requires_coupon=bool(body.get("requires_coupon", False)),
            skus=frozenset((body.get("scope") or {}).get("skus") or ()),
            priority=int(body.get("priority", 0)),
            exclusive=bool(body.get("exclusive", False)),
        )

    def covers(self, *skus: str) -> bool:
        """Whether a line with one of these SKUs (as ordered, as kept in stock) is in the promotion's scope."""
        return not self.skus or not self.skus.isdisjoint(skus)


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


def _reward(body: Mapping[str, Any]) -> Reward:
    kind = body["type"]
    if kind == "percent":
        return PercentReward(percent(body["percent"]), PercentRounding(body.get("rounding", "line")))
    if kind == "fixed":
        return FixedReward(body["amounts"])
    if kind == "threshold":
        return ThresholdReward(body["thresholds"], body["amounts"], bool(body.get("per_every", False)))
    raise ValueError(f"unknown reward {kind!r}")


def _moment(text: str | None) -> datetime | None:
    return from_iso(text) if text else None
