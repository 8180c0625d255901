"""A shop's till for tests of whole stacks: Stripe is a server of our own, and orders are paid through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ordo.kernel.clock import system_clock
from ordo.runtime import secrets
from tests.support.edge import SECRETS
from tests.support.shop import must, order_body, place
from tests.support.stripe_server import KEY, SECRET, StripeServer, stripe_server
from tests.support.world import World

CARD = {"provider": "stripe", "method": "pm_card", "payer": "cus_1"}
EVENTS = "/v1/payments/stripe/events"


@contextmanager
def till(world: World) -> Iterator[StripeServer]:
    """The world's payment account is with this server."""
    before = SECRETS["PaymentSecret"]
    with stripe_server(lambda: system_clock()) as server:
        SECRETS["PaymentSecret"] = {"stripe": {"key": KEY, "webhook_secrets": SECRET, "address": server.address}}
        secrets.forget()
        try:
            yield server
        finally:
            SECRETS["PaymentSecret"] = before
            secrets.forget()
    assert world is not None


def tendered(world: World, *tenders: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An order that is paid by these, as placed."""
    return place(world, order_body(tenders=list(tenders), **changes))


def money(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """All about an order's money."""
    found: dict[str, Any] = must(world.call("GET", f"/v1/orders/{order['order_id']}/payments"))
    return found


def movements(world: World, order: dict[str, Any]) -> list[tuple[str, str, int]]:
    """What was asked for: movement, state, minor units."""
    found = money(world, order)["instructions"]
    return [(each["movement"], each["state"], each["amount"]["amount"]) for each in found]


def told(world: World, server: StripeServer, kind: str, found: dict[str, Any]) -> str:
    """Stripe tells by webhook; what became of it."""
    body, signature = server.event(kind, found)
    answer = world.call("POST", EVENTS, body, headers={"Stripe-Signature": signature}, client=None)
    outcome: str = must(answer)["outcome"]
    return outcome


def granted(world: World, customer_id: str, amount: int, key: str, **more: Any) -> None:
    """Store credit for a customer."""
    body = {"amount": {"amount": amount, "currency": "CNY"}, "reason": "goodwill", **more}
    must(world.call("POST", f"/v1/customers/{customer_id}/credits", body, key=key))
