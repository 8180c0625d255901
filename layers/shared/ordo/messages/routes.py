"""What customers were told of an order, as the API shows it."""

from __future__ import annotations

from ordo.kernel.frozen import Model
from ordo.messages.model import CustomerMessage
from ordo.messages.ports import MessageStore
from ordo.orders.errors import OrderNotFound
from ordo.orders.ports import OrderRepository
from ordo.runtime.http import HttpApi, keyed, require_scope


class MessageView(Model):
    """One message: what, by which way, and what came of it. `event_seq` is the event that it tells of."""

    message_id: str
    kind: str
    way: str
    state: str
    reason: str
    language: str
    event_seq: int
    attempts: int
    created_at: str
    changed_at: str
    due_at: str | None = None
    provider_id: str | None = None

    @staticmethod
    def of(message: CustomerMessage) -> MessageView:
        """The record as the API shows it."""
        names = ("reason", "language", "event_seq", "attempts", "created_at", "changed_at", "due_at", "provider_id")
        return MessageView(
            message_id=message.key.message_id,
            kind=message.key.kind,
            way=message.key.way,
            state=message.state,
            **{name: getattr(message, name) for name in names},
        )


class MessagesView(Model):
    """All of an order, in the order of their events."""

    order_id: str
    messages: list[MessageView]


def add_message_routes(app: HttpApi, orders: OrderRepository, store: MessageStore) -> None:
    """The route for keys that may read orders."""

    @app.get("/v1/orders/<order_id>/messages", responses=keyed(404), tags=["orders"])
    def read_messages(order_id: str) -> MessagesView:
        """What the customer was told of the order, by which way, and whether it went out, with the reason if not."""
        caller = require_scope(app, "orders:read")
        header = orders.load(order_id).header
        if not caller.may_use(header.channel):
            raise OrderNotFound(order_id)
        return MessagesView(order_id=order_id, messages=list(map(MessageView.of, store.of_order(order_id))))
