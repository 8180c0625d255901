"""What the stream lost (a record expired, a dead letter) is published from the table: `published_seq` against `seq`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ordo.notifications.publisher import Publisher


def sweep(publisher: Publisher, order_id: str, before: str = "~") -> int:
    """Publish what an order has and the bus was not given; gives how many events that were.

    `before` leaves younger events to the stream, which is about to bring them. Raises `PublishingFailed`.
    """
    outbox = publisher.outbox
    head, published = outbox.head(order_id), outbox.published(order_id)
    last = publisher.fill(order_id, published, head, before)
    if last > published:
        outbox.advance(order_id, published, last)
    return last - published


def sweep_orders(
    publisher: Publisher, order_ids: Iterable[str], before: str = "~", go_on: Callable[[], bool] = lambda: True
) -> int:
    """`sweep` for each order until `go_on` says no; gives how many events were published."""
    found = 0
    for order_id in order_ids:
        if not go_on():
            break
        found += sweep(publisher, order_id, before)
    return found
