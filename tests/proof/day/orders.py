"""Orders are placed, found, changed, held and worked on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from ordo.kernel.clock import system_clock
from tests.proof.day.faults import CommitUnheard, NoCommit
from tests.support.pushes import signed
from tests.support.reservations import reserve
from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    receive,
    sell,
    simple,
    tell,
)
from tests.support.world import World


def place_and_find(world: World, key: str) -> dict[str, Any]:
    body = order_body(external_id="WEB-7")
    order = place(world, body, key="one")
    must(world.call("POST", "/v1/orders", body, key="one"))
    phone, email = (quote(body["customer"][name]) for name in ("phone", "email"))
    known = (f"phone={phone}", f"email={email}")
    for query in ("status=placed", "customer_id=c-77", "external_id=WEB-7&channel=web", *known):
        must(world.call("GET", f"/v1/orders?{query}", client=key))
    must(world.call("GET", f"/v1/orders/{order['order_id']}"))
    must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))
    with world.fault(CommitUnheard()):
        place(world)
    return order


def changes_and_holds(world: World) -> None:
    order_id = place(world)["order_id"]
    moved = {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "postal_code": "310000"}
    body = {
        "kind": "address",
        "reason": "Moved",
        "requested_by": "customer",
        "ship_to": moved,
        "phone": "+8613800000001",
    }
    for key, what in (("a1", "apply"), ("a2", "drop")):
        change = must(world.call("POST", f"/v1/orders/{order_id}/changes", body, key=key))["change_id"]
        path = f"/v1/orders/{order_id}/changes/{change}"
        must(world.call("POST", f"{path}/apply") if what == "apply" else world.call("DELETE", path))
    for _ in range(2):
        hold = must(world.call("POST", f"/v1/orders/{order_id}/holds", {"kind": "fraud", "reason": "Look"}, key="h1"))
    must(world.call("POST", f"/v1/orders/{order_id}/holds/{hold['hold_id']}/release"))
    cancel(world, order_id)
    must(world.call("POST", f"/v1/orders/{order_id}/holds", {"kind": "fraud", "reason": "Late"}, key="h2"), 409)


def work(world: World, order: dict[str, Any]) -> None:
    must(pay(world, order))
    node = order["plan"]["fulfilments"][0]["node_id"]
    must(world.call("GET", f"/v1/fulfilments?node={node}&state=open"))
    tell(world, "EARLY1", "picked_up")
    tell(world, "NEVER1", "picked_up")
    world.tick(system_clock() + timedelta(hours=1))
    for fulfilment in fulfilments(order):
        must(dispatch(world, fulfilment, "EARLY1"))
    world.tick(system_clock() + timedelta(minutes=2))
    with world.fault(NoCommit("receive_carrier_event")):
        tell(world, "EARLY1", "in_transit")
    world.pump()
    must(tell(world, "EARLY1", "delivered"))
    strange = signed("easypost", b"[]", system_clock())
    must(world.call("POST", "/v1/carriers/easypost/events", strange.body, dict(strange.headers)), 200)
    (kept,) = must(world.call("GET", "/v1/carrier-pushes"))["pushes"]
    must(world.call("GET", f"/v1/carrier-pushes/{kept['push_id']}"))
    confirmation = {"confirmed_by": "customer"}
    must(world.call("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation", confirmation))


def refusals(world: World) -> None:
    """A node with a capacity picks short; what it has not is sourced again, and at last an incident."""
    present = must(world.call("GET", "/v1/nodes/hangzhou"))
    must(world.call("PUT", "/v1/nodes/hangzhou", present | {"capacity": {"units": 9_000}}))
    world.clock.advance(minutes=1)
    sell(world, "RARE", {"hangzhou": 3, "shenzhen": 1})
    order = place(world, simple("RARE", 3))
    must(pay(world, order, reference="rare"))
    (first,) = fulfilments(order)
    short = {"short": [{"line_id": "1", "quantity": 1}], "reason": "missing"}
    must(world.call("POST", f"/v1/fulfilments/{first}/pick", short))
    incident = must(world.call("POST", f"/v1/fulfilments/{first}/reject", {"reason": "closed"}))["incident"]
    must(world.call("POST", f"/v1/incidents/{incident}/sourcing"))
    sell(world, "SCARCE", {"hangzhou": 1, "shenzhen": 2})
    order = place(world, simple("SCARCE", 1))
    must(pay(world, order, reference="scarce"))
    reserve(world, ("SCARCE", 2))
    world.clock.advance(minutes=16)  # what has expired is given back for the node that takes over
    assert not must(world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/reject", {"reason": "closed"})).get(
        "incident"
    )


def incidents(world: World) -> None:
    """Parcels are lost: sent again, refunded, claimed for, found; their executions begin, end, and are replaced."""
    sell(world, "VASE", {"hangzhou": 1, "shenzhen": 3})
    buds = order_body(("AURORA-BUDS", 1, {"colour": "blue"}), coupons=["AUDIO10"])
    lost = [place(world, body) for body in (simple("VASE", 1), simple("VASE", 1), buds)]
    for number, order in enumerate(lost):
        must(pay(world, order, reference=f"vase-{number}"))
        must(dispatch(world, fulfilments(order)[0], f"V{number}"))
        tell(world, f"V{number}", "lost", minutes=30)
    world.pump()
    page = must(world.call("GET", "/v1/incidents?owner=operations&limit=1"))
    must(world.call("GET", f"/v1/incidents?owner=operations&cursor={quote(page['next_cursor'])}"))
    cases = [
        must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"][0]["incident_id"] for order in lost
    ]
    must(world.call("GET", f"/v1/incidents/{cases[0]}"))
    reserve(world, ("VASE", 2))
    world.clock.advance(minutes=16)  # what has expired is given back for the reship
    must(world.call("POST", f"/v1/incidents/{cases[0]}/resolution", {"resolution": "reship"}))
    reship = {"kind": "reship", "reason": "Lost", "requested_by": "staff", "incident_id": cases[1]}
    path = f"/v1/orders/{lost[1]['order_id']}/changes"
    change = must(world.call("POST", path, reship, key="reship"))["change_id"]
    must(world.call("POST", f"{path}/{change}/apply"))
    must(world.call("POST", f"/v1/incidents/{cases[2]}/resolution", {"resolution": "claim"}))
    world.clock.advance(hours=25)
    world.tick()
    world.pump()
    must(world.call("POST", f"/v1/incidents/{cases[2]}/resolution", {"resolution": "refund"}))
    late = {"step": "await", "incident_id": cases[2], "run": 9, "execution": "arn:gone", "token": "gone"}
    world.invoke("resolve_incident", late)
    world.pump()


def late_money(world: World) -> None:
    """Paid after it was cancelled and its stock was sold elsewhere: another node has what it needs."""
    sell(world, "LAST", {"hangzhou": 2})
    order = place(world, simple("LAST", 2))
    world.tick(system_clock() + timedelta(days=3))
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["status"] == "cancelled"
    place(world, simple("LAST", 2))
    receive(world, "LAST", "shenzhen", 2)
    assert must(pay(world, order, reference="late"))["status"] == "released"
