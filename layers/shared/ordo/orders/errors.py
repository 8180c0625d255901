"""What can go wrong between deciding on an order and writing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ordo.catalog.uses import UsedUp
from ordo.kernel.errors import Code, NotFound, OrdoError


class OrderNotFound(NotFound):
    """No such order, or not one of the caller's channels: both look the same."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}.")


class VersionConflict(OrdoError):
    """The caller decided on a version that is no longer the present one."""

    code = Code.VERSION_CONFLICT

    def __init__(self, expected: int, actual: int, differs: Iterable[str] = ()) -> None:
        """`differs`: what of a preview would come out otherwise now."""
        told = {"differs": list(differs)} if differs else {}
        super().__init__(
            f"The order is at version {actual}, not {expected}.",
            pointer="/version",
            facts={"expected": expected, "version": actual, **told},
        )


class OrderOnHold(OrdoError):
    """Someone must release a hold first."""

    code = Code.ORDER_ON_HOLD


class StaleVersion(Exception):
    """Another commit moved the order between reading and writing; read again and decide again."""


@dataclass
class ClaimTaken(Exception):
    """Something that may exist once exists already: which claim, and what its holder stored."""

    kind: str
    held: dict[str, Any]

    def __str__(self) -> str:
        """The kind; what is held stays out of logs."""
        return f"a claim of kind {self.kind} is taken"


class ReservationGone(Exception):
    """The reservation that the commit would have ended is no longer pending as it was read: the world has changed."""


@dataclass
class CouponShort(Exception):
    """Coupons of which the commit found no use where it would take one, by code: in the bucket, or of the customer."""

    limits: dict[str, UsedUp]


@dataclass
class NodeShort(Exception):
    """All buckets of a SKU at a node together have less than the plan takes there."""

    sku: str
    node: str


@dataclass
class StockShort(Exception):
    """Counters that had too little at the commit: `(sku, node, bucket)` to the units that were available."""

    available: dict[tuple[str, str, str], int]
