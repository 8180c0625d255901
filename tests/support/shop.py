"""A shop for the world in process: the sample shop through the real API, seeded once per process, and orders for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

from standardwebhooks import Webhook

from ordo.kernel.clock import system_clock, to_iso
from ordo.orders.model import fulfilment_id
from tests.support.blueprint import ROOT
from tests.support.edge import SECRETS
from tests.support.world import Answer, World
from tools.seed import read_shop, seed

_seeded: dict[str, Any] = {}
_numbers = count(1)


@contextmanager
def shop_world() -> Iterator[World]:
    """A world with the sample shop; `world.reset()` brings back exactly that. The first one takes 2 s, others 0.2 s."""
    with World() as world:
        if not _seeded:
            world.reset()
            seed(_Api(world), read_shop())  # type: ignore[arg-type]  # the part of tools.api.Api that seed uses
            world.keep()
            _seeded.update(world.kept)
        world.reset(_seeded)
        yield world


class _Api:
    def __init__(self, world: World) -> None:
        self._world = world

    def put(self, path: str, body: Any) -> Any:
        return must(self._world.call("PUT", path, body))

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        return must(self._world.call("POST", path, body, key=key))


def must(answer: Answer, *statuses: int) -> Any:
    """The body of a good answer; anything else fails the test with what was said."""
    if answer.status not in (statuses or range(200, 300)):
        raise AssertionError(f"answered {answer.status}: {answer.body}")
    return answer.body


def order_body(*lines: tuple[str, int, dict[str, str]], name: str = "three-tees", **changes: Any) -> dict[str, Any]:
    """A sample order's body, with other lines `(sku, quantity, options)` if given."""
    body: dict[str, Any] = json.loads((ROOT / f"samples/orders/{name}.json").read_text())
    if lines:
        body["lines"] = [
            {"line_id": str(number), "sku": sku, "quantity": quantity, "options": options}
            for number, (sku, quantity, options) in enumerate(lines, start=1)
        ]
    return {**copy.deepcopy(body), **changes}


def quote_body(*lines: tuple[str, int, dict[str, str]], name: str = "three-tees", **changes: Any) -> dict[str, Any]:
    """The same cart as the body of a quote, which has nothing personal."""
    body = order_body(*lines, name=name, **changes)
    customer, ship_to = body.pop("customer"), body.pop("ship_to")
    known = {"customer_id": customer["customer_id"]} if "customer_id" in customer else {}
    address = {part: ship_to[part] for part in ("country", "region") if part in ship_to}
    body.pop("external_id", None)
    return {**body, "customer": known, "ship_to": address}


def promise_body(*lines: tuple[str, int, dict[str, str]], name: str = "three-tees", **changes: Any) -> dict[str, Any]:
    """The same cart as the body of a promise."""
    body = order_body(*lines, name=name, **changes)
    where = ("country", "region", "city", "postal_code", "location")
    ship_to = {part: body["ship_to"][part] for part in where if part in body["ship_to"]}
    return {"channel": body["channel"], "ship_to": ship_to, "lines": body["lines"]}


def simple(sku: str, quantity: int) -> dict[str, Any]:
    """An order of one plain product."""
    return order_body((sku, quantity, {}))


def sell(world: World, sku: str, stock: dict[str, int], price: int = 1000) -> None:
    """A plain product with stock by node, through the API."""
    must(world.call("PUT", f"/v1/products/{sku}", {"name": {"en": sku}, "prices": {"cny-retail": price}}))
    for node, quantity in stock.items():
        receive(world, sku, node, quantity)


def receive(world: World, sku: str, node: str, quantity: int) -> None:
    """Units come in."""
    movement = {"movement_id": f"m-{next(_numbers)}-{sku}", "kind": "receive", "sku": sku, "node_id": node}
    must(world.call("POST", "/v1/stock/movements", {**movement, "quantity": quantity, "reason": "test"}))


def place(world: World, body: dict[str, Any] | None = None, key: str | None = None) -> dict[str, Any]:
    """A placed order, as answered."""
    placed: dict[str, Any] = must(
        world.call("POST", "/v1/orders", body or order_body(), key=key or f"placed-{next(_numbers)}")
    )
    return placed


def payment(amount: int, kind: str = "captured", reference: str = "r1") -> dict[str, Any]:
    """A provider's report."""
    return {"kind": kind, "amount": {"amount": amount, "currency": "CNY"}, "provider": "alipay", "reference": reference}


def pay(world: World, order: dict[str, Any], **fields: Any) -> Answer:
    """Report the whole total as captured, unless told otherwise."""
    body = payment(fields.pop("amount", order["totals"]["total"]["amount"]), **fields)
    return world.call("POST", f"/v1/orders/{order['order_id']}/payments", body)


def dispatch(world: World, fulfilment_id: str, tracking_number: str, **fields: Any) -> Answer:
    """Send a fulfilment off with the generic carrier."""
    body = {"carrier": "generic", "tracking_number": tracking_number, **fields}
    return world.call("POST", f"/v1/fulfilments/{fulfilment_id}/dispatch", body)


def carrier_request(tracking_number: str, status: str, occurred_at: str, identity: str, **more: Any) -> dict[str, Any]:
    """Arguments of `world.call` for one signed webhook of the generic carrier, which may say `more`."""
    told = {"tracking_number": tracking_number, "status": status, "occurred_at": occurred_at, **more}
    text = json.dumps({"type": "tracking.updated", "timestamp": occurred_at, "data": told})
    now = system_clock()
    signature = Webhook(SECRETS["CarrierSecret"]["generic"]).sign(identity, now, text)
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return {"method": "POST", "path": "/v1/carriers/generic/events", "body": text.encode(), "headers": headers}


def tell(
    world: World, tracking_number: str, status: str, *, minutes: int = 0, identity: str | None = None, **more: Any
) -> Answer:
    """The carrier says that the parcel is so, `minutes` ago."""
    occurred_at = to_iso(system_clock() - timedelta(minutes=minutes))
    number = identity or f"msg_{next(_numbers)}"
    return world.call(**carrier_request(tracking_number, status, occurred_at, number, **more))


def cancel(world: World, order_id: str, key: str = "c1", **fields: Any) -> tuple[Answer, Answer]:
    """Propose to cancel and apply it."""
    body = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer", **fields}
    proposed = world.call("POST", f"/v1/orders/{order_id}/changes", body, key=key)
    change_id = must(proposed)["change_id"]
    return proposed, world.call("POST", f"/v1/orders/{order_id}/changes/{change_id}/apply")


def read(world: World, order_id: str) -> dict[str, Any]:
    """The order as the API shows it."""
    shown: dict[str, Any] = must(world.call("GET", f"/v1/orders/{order_id}"))
    return shown


def fulfilments(order: dict[str, Any]) -> Sequence[str]:
    """Ids of the plan's fulfilments."""
    return [fulfilment_id(order["order_id"], number) for number, _ in enumerate(order["plan"]["fulfilments"], start=1)]
