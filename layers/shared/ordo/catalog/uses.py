"""How often a coupon was used: the rules of its counters, apart from where they are kept.

A code with a total limit has it in buckets, `left` in each: what is left and what was taken make the limit at any
time. A code with a limit for each customer has a counter `used` for each that used it. Any other code has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ordo.kernel.canonical import sha256_hex

USES_PER_BUCKET, MAX_BUCKETS = 10, 16

UsedUp = Literal["total", "customer"]
"""Which limit is reached: the one of all uses, or the one of this customer's."""


@dataclass(frozen=True, slots=True)
class CouponTake:
    """One use that a placement takes. `buckets` 0: no total limit; `customer_limit` None: none for each customer.

    `give_back` is the coupon's policy at placement: whether cancelling the order gives the use back.
    """

    code: str
    promotion_id: str
    buckets: int = 0
    customer_limit: int | None = None
    give_back: bool = True

    @property
    def counters(self) -> int:
        """How many counters the take writes."""
        return (self.buckets > 0) + (self.customer_limit is not None)


@dataclass(frozen=True, slots=True)
class CouponMove:
    """One use taken, or given back. `bucket` None: no total limit; `customer_id` None: not counted for the customer.

    `customer_limit` matters for a use that is taken: the customer must have fewer before.
    """

    code: str
    bucket: int | None = None
    customer_id: str | None = None
    customer_limit: int = 0
    given_back: bool = False


@dataclass(frozen=True, slots=True)
class CouponUses:
    """`left` of all uses (None: no total limit), and how many the customer `used` (None: not counted, or not known)."""

    left: int | None = None
    used: int | None = None


def coupon_code(text: str) -> str:
    """The one spelling of a coupon code: no outer spaces, upper case."""
    return text.strip().upper()


def buckets_for(limit: int) -> int:
    """How many buckets a new code of this limit gets, for ever: one for each ten uses, at least 1, at most 16.

    One item takes some tens of transactions a second, so a code that many want at once needs several; a use may hide in
    any of them, so a code of few uses has one.
    """
    return max(1, min(limit // USES_PER_BUCKET, MAX_BUCKETS))


def spread(uses: int, buckets: int) -> dict[int, int]:
    """Uses by bucket, as evenly as they go, the first ones getting what is over."""
    each, over = divmod(uses, buckets)
    return {bucket: each + (bucket < over) for bucket in range(buckets)}


def limit_change(before: int, after: int, left: Mapping[int, int]) -> dict[int, int] | None:
    """What a new limit adds to each bucket (negative: takes from it), none of them 0.

    None when more than `after` uses were taken already. `left` is by bucket, of every bucket.
    """
    if after >= before:
        added = spread(after - before, len(left))
        return {bucket: uses for bucket, uses in added.items() if uses}
    need = before - after
    if need > sum(left.values()):
        return None
    even, taken = spread(sum(left.values()) - need, len(left)), {}
    for bucket in sorted(left):
        taken[bucket] = min(max(0, left[bucket] - even[bucket]), need)
        need -= taken[bucket]
    return {bucket: -uses for bucket, uses in taken.items() if uses}


def first_bucket(order_id: str, code: str, buckets: int) -> int:
    """The bucket that an order tries first: evenly spread over orders, and the same whenever it is asked."""
    return int(sha256_hex(f"{code}#{order_id}")[:8], 16) % buckets


def bucket_with_uses(order_id: str, code: str, left: Mapping[int, int]) -> int | None:
    """The first bucket with a use, looking from the order's own on; None when every one is empty."""
    buckets = sorted(left)
    own = first_bucket(order_id, code, len(buckets)) if buckets else 0
    return next((bucket for bucket in (*buckets[own:], *buckets[:own]) if left[bucket] > 0), None)


@dataclass
class UseCounters:
    """The counters in memory: the twin of those in the Catalog table. Whoever shares it holds a lock of his own."""

    left: dict[tuple[str, int], int] = field(default_factory=dict)
    used: dict[tuple[str, str], int] = field(default_factory=dict)

    def left_of(self, code: str) -> dict[int, int]:
        """What is left, by bucket; empty of a code that has no total limit."""
        return {bucket: left for (known, bucket), left in sorted(self.left.items()) if known == code}

    def change_limit(self, code: str, changes: Mapping[int, int]) -> None:
        """Add to the buckets, which begin at 0."""
        for bucket, uses in changes.items():
            self.left[code, bucket] = self.left.get((code, bucket), 0) + uses

    def used_up(self, moves: Iterable[CouponMove]) -> dict[str, UsedUp]:
        """By code, why it cannot be taken now; a customer's own limit is told first."""
        found: dict[str, UsedUp] = {}
        for move in moves:
            if move.given_back:
                continue
            if move.bucket is not None and self.left.get((move.code, move.bucket), 0) < 1:
                found[move.code] = "total"
            if move.customer_id and self.used.get((move.code, move.customer_id), 0) >= move.customer_limit:
                found[move.code] = "customer"
        return found

    def make(self, moves: Iterable[CouponMove]) -> None:
        """Take and give back; nothing may be `used_up`."""
        for move in moves:
            uses = -1 if move.given_back else 1
            if move.bucket is not None:
                self.left[move.code, move.bucket] = self.left.get((move.code, move.bucket), 0) - uses
            if move.customer_id:
                key = move.code, move.customer_id
                self.used[key] = self.used.get(key, 0) + uses
