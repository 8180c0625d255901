"""Things that may happen to orders, in any order and twice, through the API and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.model import fulfilment_id
from ordo.shipments.model import TrackingStatus
from tests.support.audit import ledger
from tests.support.shop import carrier_request, dispatch, order_body, pay
from tests.support.world import Answer, World

STATUSES = ("label_created", "picked_up", "in_transit", "out_for_delivery", "delivery_attempt_failed", "delivered")
EVERY_STATUS = tuple(status.value for status in TrackingStatus)


@dataclass
class Life:
    """A world with a little stock and the orders placed in it."""

    world: World
    orders: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[str, Answer]] = field(default_factory=list)

    def do(self, name: str, n: int, m: int) -> None:
        """One happening: `n` chooses the order, `m` what about it."""
        if name == "place":
            self._place(n, m)
            return
        if name == "time":
            self._time(m)
            return
        if self.orders:
            order = self.orders[n % len(self.orders)]
            self.answers.append((name, _ACTS[name](self.world, order, m)))

    def _place(self, n: int, m: int) -> None:
        lines: list[tuple[str, int, dict[str, str]]] = [("LAST-A", 1 + m % 3, {})]
        if m % 2:
            lines.append(("LAST-B", 1 + m % 2, {}))
        answer = self.world.call("POST", "/v1/orders", order_body(*lines), key=f"life-{n}-{m % 3}")
        self.answers.append(("place", answer))
        known = {order["order_id"] for order in self.orders}
        if answer.status == 201 and answer.body["order_id"] not in known:
            self.orders.append(answer.body)

    def _time(self, m: int) -> None:
        self.world.clock.advance(minutes=(1, 20, 31, 24 * 60, 3 * 24 * 60, 8 * 24 * 60)[m % 6])
        report = self.world.tick()
        assert report["failed"] == 0, report


def _pay(world: World, order: dict[str, Any], m: int) -> Answer:
    total = order["totals"]["total"]["amount"]
    kind = ("captured", "captured", "authorised", "failed", "refunded", "captured")[m % 6]
    amount = (total, total // 2, total, total, 1 + total // 3, total)[m % 6]
    return pay(world, order, amount=amount, kind=kind, reference=f"r{m % 4}")


def _work(world: World, order: dict[str, Any], m: int) -> Answer:
    part = fulfilment_id(order["order_id"], 1 + m % 2)
    if m % 3 == 0:
        return dispatch(world, part, _number(order, m))
    return world.call("POST", f"/v1/fulfilments/{part}/{('accept', 'pick', 'pack')[m % 3]}")


def _carrier(world: World, order: dict[str, Any], m: int) -> Answer:
    hour = to_iso(from_iso(order["placed_at"]) + timedelta(hours=m * 7 % 5))
    request = carrier_request(_number(order, m), EVERY_STATUS[m % len(EVERY_STATUS)], hour, f"msg_{m}")
    return world.call(**request)


def _number(order: dict[str, Any], m: int) -> str:
    return f"N{order['order_id'][-8:]}{1 + m % 2}".upper()


def _cancel(world: World, order: dict[str, Any], m: int) -> Answer:
    path = f"/v1/orders/{order['order_id']}/changes"
    changes = ledger().parts(order["order_id"], "change")
    if changes and m % 3:
        change_id = changes[m % len(changes)]["change_id"]
        return (
            world.call("POST", f"{path}/{change_id}/apply")
            if m % 3 == 1
            else world.call("DELETE", f"{path}/{change_id}")
        )
    body: dict[str, Any] = {"kind": "cancel", "reason": "test", "requested_by": ("customer", "staff")[m % 2]}
    if m % 4 == 3:
        body |= {"kind": "address", "ship_to": {"country": "CN", "city": "上海市", "line1": f"南京路 {m} 号"}}
    return world.call("POST", path, body, key=f"c{m % 4}")


def _hold(world: World, order: dict[str, Any], m: int) -> Answer:
    path = f"/v1/orders/{order['order_id']}/holds"
    holds = ledger().header(order["order_id"]).get("holds", ())
    if holds:
        return world.call("POST", f"{path}/{holds[m % len(holds)]['hold_id']}/release")
    return world.call("POST", path, {"kind": "credit", "reason": "test"}, key=f"h{m}")


def _confirm(world: World, order: dict[str, Any], _: int) -> Answer:
    return world.call("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation")


_ACTS: dict[str, Callable[[World, dict[str, Any], int], Answer]] = {
    "pay": _pay,
    "work": _work,
    "carrier": _carrier,
    "cancel": _cancel,
    "hold": _hold,
    "confirm": _confirm,
}
HAPPENINGS = ("place", "pay", "work", "carrier", "cancel", "hold", "confirm", "time")
