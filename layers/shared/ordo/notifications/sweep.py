"""What the stream lost (a record expired, a dead letter) is published from the table: `published_seq` against `seq`."""

from __future__ import annotations

from collections.abc import Iterable

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


def sweep_orders(publisher: Publisher, order_ids: Iterable[str], before: str = "~") -> int:
    """`sweep` for each order; gives how many events were published."""
    return sum(sweep(publisher, order_id, before) for order_id in order_ids)


def redrive(publisher: Publisher, reference: dict[str, object]) -> int | None:
    """Publish again what a dead letter of publish_events names; gives how many events, None for a foreign letter.

    A foreign letter is the stream's own (a batch that was given up, by shard and sequence numbers): for it sweep the
    open orders (`sweep_orders`), which finds what that batch held.
    """
    order_id, seq = reference.get("order_id"), reference.get("seq")
    if not isinstance(order_id, str) or not isinstance(seq, int):
        return None
    publisher.fill(order_id, seq - 1, seq)
    return 1 + sweep(publisher, order_id)
