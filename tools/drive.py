"""Drive sample orders to different points of their lives, so that a fresh Ordo has something to look at."""

from __future__ import annotations

from typing import Any

from tools.api import Api
from tools.carrier import Carrier
from tools.journey import read_order

SAMPLE_ORDERS = ("phone-earphones-tees", "three-garments-exactly-300", "two-warehouses", "three-tees")
"""Driven to: completed, shipped, released (paid, with work for two warehouses), and placed (not paid)."""

JsonObject = dict[str, Any]


def drive_samples(api: Api, carrier: Carrier) -> list[JsonObject]:
    """Place the sample orders and drive them; answers them as they are then. Doing it again changes nothing."""
    ids = [api.place(read_order(name), f"sample-{name}")["order_id"] for name in SAMPLE_ORDERS]
    completed, shipped, released, _ = ids
    for order_id in (completed, shipped, released):
        pay(api, order_id)
    for order_id in (completed, shipped):
        send_off(api, carrier, order_id)
    deliver(api, carrier, completed)
    return [api.get(f"/v1/orders/{order_id}") for order_id in ids]


def pay(api: Api, order_id: str) -> None:
    """Capture the whole amount, unless it has been."""
    order = api.get(f"/v1/orders/{order_id}")
    if order["payment_status"] == "unpaid":
        report = {"kind": "captured", "amount": order["totals"]["total"], "provider": "sample-pay"}
        api.post(f"/v1/orders/{order_id}/payments", report | {"reference": f"sample-{order_id}"})


def send_off(api: Api, carrier: Carrier, order_id: str) -> None:
    """Dispatch every fulfilment that a node may still work on, and let the carrier pick each up."""
    for fulfilment in api.get(f"/v1/orders/{order_id}")["fulfilments"]:
        if fulfilment["state"] in {"open", "accepted", "picked", "packed"}:
            number = fulfilment["fulfilment_id"].removeprefix("ful_").replace("_", "-")
            parcel = {"carrier": carrier.name, "tracking_number": number}
            api.post(f"/v1/fulfilments/{fulfilment['fulfilment_id']}/dispatch", parcel)
            carrier.push(number, "picked_up")


def deliver(api: Api, carrier: Carrier, order_id: str) -> None:
    """The last miles, and the customer's word; nothing when the order is past it."""
    order = api.get(f"/v1/orders/{order_id}")
    if order["status"] != "shipped":
        return
    for parcel in (parcel for shipment in order["shipments"] for parcel in shipment["parcels"]):
        for status in ("in_transit", "out_for_delivery", "delivered"):
            carrier.push(parcel["tracking_number"], status)
    api.post(f"/v1/orders/{order_id}/receipt-confirmation", {"confirmed_by": "customer"})
