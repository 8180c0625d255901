"""What the orders context needs of its storage; DynamoDB and memory implement it and pass the same contract suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ordo.orders.decision import ClaimKind, Commit
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.timeline import StoredEvent


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Rows of a listing (index attributes only) and the key to go on from."""

    rows: list[dict[str, Any]]
    next_key: dict[str, Any] | None


class OrderRepository(Protocol):
    """Orders by id. Reads are consistent; the one write is `commit`."""

    def load(self, order_id: str, change_id: str | None = None) -> OrderState:
        """The order for a decision, with one change if named; raises `OrderNotFound`."""

    def commit(self, commit: Commit) -> None:
        """Write all of a commit or nothing.

        Raises `StaleVersion` when the order is not at `expected_seq`, `ClaimTaken`, `ReservationGone`, `CouponShort`,
        `StockShort`, or `Conflict` when only others were quicker. A commit whose answer was lost and that is sent again
        succeeds.
        """

    def abandon(self, commit: Commit) -> None:
        """Give back what a commit has taken before it, when it is not tried again: nothing of one that is written."""

    def rearm(self, header: OrderHeader, deadline_at: str | None) -> None:
        """Move only the order's entry in the deadline index; raises `StaleVersion` when the order has moved on."""

    def claim(self, kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        """What the holder of a claim stored, or None."""

    def uses_left(self, code: str) -> dict[int, int]:
        """How many uses each bucket of a coupon has now; empty when it has no total limit."""

    def timeline(self, order_id: str, after_seq: int = 0, limit: int | None = None) -> list[StoredEvent]:
        """Events after `after_seq`, in order."""

    def trace(self, order_id: str) -> dict[str, Any] | None:
        """The stored decision: price trace, plan and promise."""

    def later_plans(self, order_id: str) -> dict[int, dict[str, Any]]:
        """Sourcing plans made after placement, by the number of their event."""

    def contact(self, order_id: str, slot: str = "contact") -> dict[str, Any] | None:
        """Personal data of the order, or None when it was erased."""
