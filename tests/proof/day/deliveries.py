"""Proofs, signatures, and the customer's page."""

from __future__ import annotations

import json
from typing import Any

from ordo.orders.model import shipment_id
from tests.support.browser import visit
from tests.support.shop import (
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    sell,
    simple,
)
from tests.support.signed import sign_path
from tests.support.tracked import track
from tests.support.uploads import JPEG, packing_photo, photo, proof, refusal, upload
from tests.support.world import World


def deliveries(world: World) -> str:
    """Photographed when it was packed, refused, delivered later with files, judged, verified; the order's id."""
    order = place(world)
    must(pay(world, order, reference=order["order_id"]))
    (work,) = fulfilments(order)
    must(world.call("POST", f"/v1/fulfilments/{work}/pack"))
    must(world.call("POST", f"/v1/fulfilments/{work}/packing-photos", {"photos": [packing_photo(world, work)]}))
    must(dispatch(world, work, f"D{order['order_id']}"))
    shipment = shipment_id(order["order_id"], 1)
    path = f"/v1/shipments/{shipment}/proof"
    must(world.call("POST", path, refusal(), key=f"refused-{shipment}"))
    must(world.call("POST", path, proof(photos=[photo(world, shipment)]), key=f"proven-{shipment}"))
    must(world.call("POST", path, refusal(), key=f"late-{shipment}"), 409)
    must(world.call("GET", path))
    must(world.call("GET", f"/v1/orders/{order['order_id']}/liability?line_id=1"))
    must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
    order_id: str = order["order_id"]
    return order_id


def signing(world: World) -> None:
    """A courier has a parcel signed for, twice with the same key."""
    order = place(world)
    must(pay(world, order, reference="signed"))
    must(dispatch(world, fulfilments(order)[0], "TRK-S"))
    link = sign_path(world, order)
    assert visit(world, link).status == 200
    headers = {"content-type": "application/json", "idempotency-key": "device-9.0"}
    wanted = json.dumps({"kind": "photo", "content_type": "image/jpeg"}).encode()
    for _ in range(2):
        picture = upload(world, json.loads(visit(world, f"{link}/uploads", wanted, headers).html), JPEG)
        damaged = [{"line_id": "1", "quantity": 1}]
        body = json.dumps(proof(tracking_number="TRK-S", photos=[picture], damaged=damaged)).encode()
        assert visit(world, f"{link}/proof", body, headers).status == 201
    _on_the_page_afterwards(world, order)


def _on_the_page_afterwards(world: World, order: dict[str, Any]) -> None:
    """The customer reports damage with a photo, twice with the same form, and has had enough of messages."""
    link = track(world, order)
    assert visit(world, f"{link}/damage").status == 200
    headers = {"content-type": "application/json"}
    wanted = json.dumps({"kind": "photo", "content_type": "image/jpeg"}).encode()
    form = {"key": "rpf_1", "units.1": "1", "note": "broken"}
    for _ in range(2):
        picture = upload(world, json.loads(visit(world, f"{link}/damage-upload", wanted, headers).html), JPEG)
        assert visit(world, f"{link}/damage", {**form, "photos": picture}).status == 303
    must(world.call("GET", f"/v1/orders/{order['order_id']}/damage-reports"))


def on_the_page(world: World) -> None:
    """A customer looks, changes the address, and cancels whatever may be cancelled: large, with coupons, waiting."""
    must(world.call("PUT", "/v1/coupons/PAGE", {"promotion_id": "tenth", "total_limit": 9}))
    with_coupon = order_body(coupons=["PAGE"])
    with_coupon["customer"] = {**with_coupon["customer"], "customer_id": "c-page"}
    for sku in ("PIN", "CLIP"):
        sell(world, sku, {"shenzhen": 128})
        must(world.call("PUT", f"/v1/stock/{sku}/nodes/shenzhen", {"buckets": 64}))
    large = order_body(*((sku, 128, {}) for sku in ("PIN", "CLIP")))
    waiting = simple("DRILL", 2)
    for body in (with_coupon, large, waiting):
        order = place(world, body)
        link = track(world, order)
        for form in ({"city": "上海市", "line1": "南京路 1 号"}, None):
            version = str(must(world.call("GET", f"/v1/orders/{order['order_id']}"))["version"])
            action = "cancel" if form is None else "address"
            for _ in range(2):
                assert visit(world, f"{link}/{action}", {**(form or {}), "version": version}).status == 303
        assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["status"] == "cancelled"
