"""What notifications need of the world; production, memory and tests implement it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from ordo.notifications.events import Message, TimelineEvent
from ordo.notifications.model import Endpoint, Lane, Outcome


class StaleLane(Exception):
    """The lane was written by another worker since it was read."""


class StaleEndpoint(Exception):
    """The endpoint was written by another caller since it was read."""


class Timeline(Protocol):
    """The orders' events, read consistently."""

    def events(self, order_id: str, after_seq: int, limit: int) -> list[TimelineEvent]:
        """At most `limit` events after `after_seq`, in order."""


Settled = dict[str, set[int]]
"""By order, the numbers of events that were handed to the bus or set aside."""


class Outbox(Timeline, Protocol):
    """The timeline with receipts: which events were handed to the bus."""

    def settle(self, events: Sequence[TimelineEvent]) -> None:
        """Keep one receipt for these events. Raises `Conflict` when throttled."""

    def settled(self, since: str) -> Settled:
        """What the receipts written since then name; they are kept for two weeks."""

    def changed(self, since: str, settled: Settled) -> Iterator[tuple[str, int]]:
        """Orders with an event since then, as `(order_id, last event number)`: open ones, and any that is in `settled`.

        There may be more; a closed order without any receipt since then is missing.
        """


Bus = Callable[[Sequence[dict[str, Any]]], list[str | None]]
"""Takes at most ten entries; gives an error code or None for each. Raises `BusUnavailable` when the call failed."""

Park = Callable[[dict[str, Any]], None]
"""Puts what cannot be published aside, by reference."""

Listeners = Callable[[], Sequence[Endpoint]]
"""Every webhook endpoint, active or not, as it is now."""

Send = Callable[[Endpoint, Message], Outcome]
"""One attempt to deliver a message to an endpoint; never raises for what the other side does."""


class LaneStore(Protocol):
    """Delivery lanes, each written under its version."""

    def get(self, endpoint_id: str, order_id: str) -> Lane | None:
        """The lane as it is now."""

    def put(self, lane: Lane) -> Lane:
        """Write a lane over the version it was read at (0: it must not exist); gives it with its new version.

        Raises `StaleLane`.
        """

    def delete(self, lane: Lane) -> None:
        """Remove a lane whose endpoint is gone."""

    def lanes(self, endpoint_id: str, after: str | None = None) -> tuple[list[Lane], str | None]:
        """One page of an endpoint's lanes after an order id, and where to go on."""


class EndpointStore(Protocol):
    """Webhook endpoints. Reads may be seconds old where the delivery does them."""

    def all(self, since: str = "") -> list[Endpoint]:
        """Every endpoint, at most 30 s old, and never as of a time before `since`."""

    def get(self, endpoint_id: str) -> Endpoint | None:
        """One endpoint as it is now."""

    def put(self, endpoint: Endpoint) -> Endpoint:
        """Write an endpoint over the revision it was read at (0: it must not exist). Raises `StaleEndpoint`."""

    def delete(self, endpoint_id: str) -> bool:
        """Remove it; False when there was none."""

    def count_failure(self, endpoint_id: str, now: str) -> None:
        """One more failure in a row, the first of them at `now`."""

    def count_success(self, endpoint_id: str) -> None:
        """The row of failures is over."""

    def disable(self, endpoint_id: str, reason: str) -> bool:
        """Switch it off; True for the one caller that did it."""
