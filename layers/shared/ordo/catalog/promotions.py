"""Promotions as data. What they do to a cart is `pricing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ordo.catalog.model import Name
from ordo.catalog.periods import moment_in
from ordo.catalog.rewards import Reward
from ordo.catalog.selections import EVERYTHING, Condition, Judged, Measure, Region, Selection
from ordo.catalog.stored_rewards import reward_of


class PromotionState(StrEnum):
    """Only active promotions are considered."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class OnReturn(StrEnum):
    """What a promotion says when part of what earned it comes back."""

    KEEP = "keep"
    """The units that stay keep their shares; those that come back are refunded what they cost."""
    CLAW_BACK = "claw_back"
    """The units that stay are priced by what they still earn; the difference lowers the refund."""
    FORBID_PARTIAL = "forbid_partial"
    """All that the promotion looked at comes back together, or nothing of it."""


class Shortfall(StrEnum):
    """What becomes of a claw-back that is larger than the refund."""

    CARRY = "carry"
    """Later refunds of the order are lower."""
    CHARGE = "charge"
    """The customer is asked for it."""


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """What a return costs; `shortfall` is for `claw_back`."""

    kind: OnReturn = OnReturn.KEEP
    shortfall: Shortfall = Shortfall.CARRY

    @staticmethod
    def of(body: str | Mapping[str, Any] | None) -> ReturnPolicy:
        """Read a stored policy: its kind, or kind and shortfall."""
        if body is None or isinstance(body, str):
            return ReturnPolicy(OnReturn(body or "keep"))
        return ReturnPolicy(OnReturn(body["type"]), Shortfall(body.get("shortfall", "carry")))


@dataclass(frozen=True, slots=True)
class Promotion:
    """A rule that takes money off, or gives something. Higher `priority` goes first, then the id in order of text.

    Nothing named in `channels`, `segments` or `regions` means any. Valid from `valid_from` up to, but not including,
    `valid_to`. `scope` are the lines that are rewarded, all `conditions` must hold. An `exclusive` promotion that gives
    something is the only one that does; of one `group` only one applies. `base` says whether a percentage is of what
    earlier promotions left (compounding) or of the original price. The units of one that `consumes` are hidden from
    those after it.
    """

    promotion_id: str
    version: int
    name: Name
    reward: Reward
    state: PromotionState = PromotionState.ACTIVE
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    channels: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    regions: tuple[Region, ...] = ()
    first_order_only: bool = False
    requires_coupon: bool = False
    scope: Selection = EVERYTHING
    conditions: tuple[Condition, ...] = ()
    priority: int = 0
    exclusive: bool = False
    group: str | None = None
    base: Judged = Judged.LEFT
    consumes: bool = False
    returns: ReturnPolicy = ReturnPolicy()

    def is_for(self, channel: str) -> bool:
        """Whether it is active, and for the channel."""
        return self.state is PromotionState.ACTIVE and self.is_of_channel(channel)

    def is_of_channel(self, channel: str) -> bool:
        """Whether the channel may know of it, in whatever state; one that names no channels is for all."""
        return not self.channels or channel in self.channels

    def is_valid(self, now: datetime) -> bool:
        """Whether `now` is within its validity."""
        begun = self.valid_from is None or self.valid_from <= now
        return begun and (self.valid_to is None or now < self.valid_to)

    @staticmethod
    def of(promotion_id: str, body: Mapping[str, Any], version: int) -> Promotion:
        """Read a stored promotion."""
        zone = body.get("time_zone")
        return Promotion(
            promotion_id=promotion_id,
            version=version,
            name=dict(body["name"]),
            reward=reward_of(body["reward"]),
            state=PromotionState(body.get("state", "active")),
            valid_from=moment_in(body.get("valid_from"), zone),
            valid_to=moment_in(body.get("valid_to"), zone),
            channels=frozenset(body.get("channels", ())),
            segments=frozenset(body.get("segments", ())),
            regions=tuple(map(Region.read, body.get("regions", ()))),
            first_order_only=bool(body.get("first_order_only", False)),
            requires_coupon=bool(body.get("requires_coupon", False)),
            scope=Selection.of(body.get("scope")),
            conditions=(*map(Condition.read, body.get("conditions", ())), *_older_threshold(body["reward"])),
            priority=int(body.get("priority", 0)),
            exclusive=bool(body.get("exclusive", False)),
            group=body.get("group"),
            base=Judged(body.get("base", "left")),
            consumes=bool(body.get("consumes", False)),
            returns=ReturnPolicy.of(body.get("return_policy")),
        )


def _older_threshold(reward: Mapping[str, Any]) -> tuple[Condition, ...]:
    if reward["type"] != "threshold" or reward.get("per_every"):
        return ()
    return (Condition(Measure.SUBTOTAL, reward["thresholds"]),)
