"""What people and machines do in a story, each as one verb on the public API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from standardwebhooks import Webhook

from ordo.kernel.clock import system_clock, to_iso
from ordo.orders.timeline import StoredEvent
from ordo.orders.verification import verify_chain
from tests.support.shop import must
from tests.support.stage import Stage
from tests.support.world import Answer
from tools.home import PROJECT_ROOT
from tools.seed import read_shop, seed

Json = dict[str, Any]
Line = tuple[str, int, dict[str, str]]
"""What is wanted: SKU, quantity, options."""
HANGZHOU = {
    "country": "CN",
    "region": "浙江省",
    "city": "杭州市",
    "line1": "文三路 1 号",
    "postal_code": "310000",
    "location": {"lat": 30.27, "lon": 120.15},
}


@dataclass
class Shop:
    """A business on a stage: its channel, and all that happens there."""

    stage: Stage
    channel: str
    currency: str = "CNY"
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))

    # ------------------------------------------------------------------ the merchant
    def opens(self, folder: str) -> None:
        """The master data of `samples/<folder>`; then every shelf is counted."""
        shop = read_shop(PROJECT_ROOT / "samples" / folder)
        seed(_Quiet(self.stage), replace(shop, stock={}))  # type: ignore[arg-type]  # the part of Api that seed uses
        for sku, nodes in shop.stock.items():
            for node, quantity in nodes.items():
                self.counts(sku, node, quantity)

    def sells(self, sku: str, stock: dict[str, int], price: int = 1000, price_list: str = "cny-retail") -> str:
        """A plain product with stock by node; its SKU."""
        _Quiet(self.stage).put(f"/v1/products/{sku}", {"name": {"en": sku}, "prices": {price_list: price}})
        for node, quantity in stock.items():
            self.counts(sku, node, quantity)
        return sku

    def counts(self, sku: str, node: str, quantity: int) -> None:
        """The shelf holds exactly so many."""
        movement = {"movement_id": self._name("count"), "kind": "count", "reason": "stocktaking"}
        must(
            self.stage.doors.send(
                "POST", "/v1/stock/movements", {**movement, "sku": sku, "node_id": node, "quantity": quantity}
            )
        )

    def shelf(self, sku: str) -> dict[str, tuple[int, int]]:
        """`(on_hand, reserved)` of a SKU by node."""
        nodes = self._good("GET", f"/v1/stock/{sku}")["nodes"]
        return {node["node_id"]: (node["on_hand"], node["reserved"]) for node in nodes}

    def order(self, order_id: str) -> Json:
        """The order as it is now."""
        return self._good("GET", f"/v1/orders/{order_id}")

    def history(self, order_id: str) -> list[str]:
        """Types of the order's events, once its chain of hashes was checked here and by the server."""
        answer = self._good("GET", f"/v1/orders/{order_id}/timeline?verify=true")
        assert answer["verified"] is True
        events = [StoredEvent(each["seq"], each["body"], each["hash"]) for each in answer["events"]]
        assert verify_chain(events, answer["head_seq"], answer["head_hash"]) == []
        return [event.read()["type"] for event in events]

    def orders_of(self, external_id: str) -> list[Json]:
        """What the shop's own number finds."""
        found: list[Json] = self._good(
            "GET", f"/v1/orders?channel={self.channel}&external_id={self.stage.run}-{external_id}"
        )["orders"]
        return found

    # ------------------------------------------------------------------ the customer
    def asks_for(self, *lines: Line, external_id: str, coupons: tuple[str, ...] = ()) -> Json:
        """An order's body: lines are `(sku, quantity, options)`; it goes to Hangzhou."""
        wanted = [
            {"line_id": str(number), "sku": sku, "quantity": quantity, "options": options}
            for number, (sku, quantity, options) in enumerate(lines, start=1)
        ]
        return {
            "external_id": f"{self.stage.run}-{external_id}",
            "channel": self.channel,
            "currency": self.currency,
            "customer": {"name": "示例顾客", "phone": "13800000000"},
            "ship_to": HANGZHOU,
            "lines": wanted,
            "coupons": list(coupons),
        }

    def tries(self, body: Json) -> Answer:
        """Place an order, whatever is answered."""
        return self.stage.place(body, self._name("place"))

    def places(self, body: Json) -> Json:
        """Place an order, twice under one key as an impatient storefront does; both get the same answer."""
        key = self._name("place")
        placed: Json = must(self.stage.place(body, key), 201)
        assert must(self.stage.place(body, key)) == placed
        return placed

    def pays(self, order: Json, kind: str = "captured") -> Json:
        """The provider reports the whole total."""
        report = {"kind": kind, "amount": order["totals"]["total"], "provider": "alipay"}
        reference = {"reference": f"{order['external_id']}-{kind}"}
        return self._good("POST", f"/v1/orders/{order['order_id']}/payments", report | reference)

    def changes_their_mind(self, order: Json) -> tuple[Json, Json]:
        """The customer cancels: what the preview said, and what was done."""
        path = f"/v1/orders/{order['order_id']}/changes"
        body = {"kind": "cancel", "reason": "Found it cheaper", "requested_by": "customer"}
        proposed: Json = must(self.stage.call("POST", path, body, key=self._name("cancel")))
        return proposed, self._good("POST", f"{path}/{proposed['change_id']}/apply")

    def corrects_the_address(self, order: Json, ship_to: Json) -> Json:
        """The customer gives another address."""
        path = f"/v1/orders/{order['order_id']}/changes"
        body = {"kind": "address", "reason": "Typing mistake", "requested_by": "customer", "ship_to": ship_to}
        proposed: Json = must(self.stage.call("POST", path, body, key=self._name("address")))
        return self._good("POST", f"{path}/{proposed['change_id']}/apply")

    def has_it(self, order: Json) -> Json:
        """确认收货."""
        return self._good("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation", {"confirmed_by": "customer"})

    # ------------------------------------------------------------------ a warehouse, a carrier
    def work_at(self, node: str) -> dict[str, Json]:
        """The node's open work by order."""
        work = self._good("GET", f"/v1/fulfilments?node={node}&state=open")["fulfilments"]
        return {each["order_id"]: each for each in work}

    def works(self, node: str, order: Json, *steps: str) -> Json:
        """The node does these steps for its part of the order; the last answer."""
        done = self.work_at(node)[order["order_id"]]
        for step in steps:
            done = self._good("POST", f"/v1/fulfilments/{done['fulfilment_id']}/{step}")
        return done

    def sends_in_parcels(self, fulfilment: Json, *parcels: tuple[str, dict[str, int]]) -> Json:
        """It leaves in several parcels: `(number, {line_id: quantity})`."""
        boxes = [
            {
                "tracking_number": f"{self.stage.run}-{number}",
                "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in lines.items()],
            }
            for number, lines in parcels
        ]
        path = f"/v1/fulfilments/{fulfilment['fulfilment_id']}/dispatch"
        return self._good("POST", path, {"carrier": "generic", "parcels": boxes})

    def sends(self, fulfilment: Json, number: str) -> Json:
        """It leaves as one parcel with the generic carrier."""
        parcel = {"carrier": "generic", "tracking_number": f"{self.stage.run}-{number}"}
        return self._good("POST", f"/v1/fulfilments/{fulfilment['fulfilment_id']}/dispatch", parcel)

    def carrier_says(
        self,
        number: str,
        status: str,
        *,
        at: str | None = None,
        message_id: str | None = None,
        secret: str | None = None,
    ) -> Answer:
        """A signed webhook about a parcel: what happened `at` a time (now)."""
        occurred_at = at or to_iso(system_clock())
        data = {"tracking_number": f"{self.stage.run}-{number}", "status": status, "occurred_at": occurred_at}
        text = json.dumps({"type": "tracking.updated", "timestamp": occurred_at, "data": data})
        return self.carrier_sends(text.encode(), message_id, secret)

    def carrier_sends(self, body: bytes, message_id: str | None = None, secret: str | None = None) -> Answer:
        """Any bytes, signed with the carrier's secret or with another."""
        now, message_id = system_clock(), message_id or self._name("msg")
        signature = Webhook(secret or self.stage.doors.carrier_secret).sign(message_id, now, body.decode())
        headers = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp()))}
        return self.stage.call("POST", "/v1/carriers/generic/events", body, headers | {"webhook-signature": signature})

    def does(self, method: str, path: str, body: Any = None) -> Json:
        """Anything else that the API offers, and that must be answered well."""
        return self._good(method, path, body)

    def _good(self, method: str, path: str, body: Any = None) -> Json:
        answered: Json = must(self.stage.call(method, path, body))
        return answered

    def _name(self, what: str) -> str:
        return f"{self.stage.run}-{what}-{next(iter(self._numbers))}"


class _Quiet:
    """The API as `seed` uses it; several at once, and not part of what is told."""

    def __init__(self, stage: Stage) -> None:
        self._doors = stage.doors

    def put(self, path: str, body: Any) -> Any:
        return must(self._doors.send("PUT", path, body))
