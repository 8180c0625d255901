"""Deliveries as scenarios for crash points: a proof with files, a refusal, packing photos, incidents, claims."""

from __future__ import annotations

from typing import Any

from ordo.orders.model import shipment_id
from tests.proof.scenarios import Order, Scenario
from tests.support.audit import Ledger, unpack
from tests.support.shop import dispatch, fulfilments, must, pay, place, read, tell
from tests.support.uploads import packing_photo, photo, proof, refusal, signature
from tests.support.world import Answer, World


def delivery_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("proof of delivery", _with_files, _prove, _proven_once),
        Scenario("refusal at the door", _sent, _refuse, _refused_once),
        Scenario("packing photo", _photographed, _add_photo, _photo_once),
        Scenario("incident settled", _refused, _settle, _settled_once),
        Scenario("lost parcel sent again", _lost, _reship, _reshipped_once),
        Scenario("lost parcel refunded", _lost, _refund, _refunded_once),
        Scenario("claim opened", _sent, _open_claim, _claimed_once),
        Scenario("claim paid in part", _filed, _recover, _recovered_once),
    ]


def _sent(world: World) -> Order:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "T1"))
    return {**order, "shipment": shipment_id(order["order_id"], 1)}


def _with_files(world: World) -> Order:
    order = _sent(world)
    body = proof(
        signature={"image": signature(world, order["shipment"]), "strokes": [[[1, 2, 3]]]},
        photos=[photo(world, order["shipment"])],
    )
    return {**order, "proof": body}


def _photographed(world: World) -> Order:
    order = place(world)
    must(pay(world, order))
    (work,) = fulfilments(order)
    must(world.call("POST", f"/v1/fulfilments/{work}/pack"))
    return {**order, "work": work, "photo": packing_photo(world, work)}


def _refused(world: World) -> Order:
    order = _sent(world)
    must(_refuse(world, order))
    return {**order, "incident": read(world, order["order_id"])["incidents"][0]["incident_id"]}


def _filed(world: World) -> Order:
    order = _sent(world)
    claim = must(_open_claim(world, order), 201)
    must(world.call("POST", f"/v1/claims/{claim['claim_id']}/filing", {}))
    return {**order, "claim": claim}


def _open_claim(world: World, order: Order) -> Answer:
    body = {"tracking_number": "T1", "reason": "lost"}
    return world.call("POST", f"/v1/shipments/{order['shipment']}/claims", body, key="o1")


def _recover(world: World, order: Order) -> Answer:
    body = {"amount": {"amount": 7, "currency": "CNY"}}
    return world.call("POST", f"/v1/claims/{order['claim']['claim_id']}/recovery", body, key="r1")


def _lost(world: World) -> Order:
    order = _sent(world)
    must(tell(world, "T1", "lost"))
    return {**order, "incident": read(world, order["order_id"])["incidents"][0]["incident_id"]}


def _reship(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/incidents/{order['incident']}/resolution", {"resolution": "reship"})


def _refund(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/incidents/{order['incident']}/resolution", {"resolution": "refund"})


def _prove(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/shipments/{order['shipment']}/proof", order["proof"], key="d1")


def _refuse(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/shipments/{order['shipment']}/proof", refusal(), key="d1")


def _add_photo(world: World, order: Order) -> Answer:
    path = f"/v1/fulfilments/{order['work']}/packing-photos"
    return world.call("POST", path, {"photos": [order["photo"]]})


def _settle(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/incidents/{order['incident']}/resolution", {"resolution": "returned"})


def _proven_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[2:] == ["shipment.dispatched", "shipment.proven"]
    (kept,) = found.parts(order["order_id"], "proof")
    assert len(kept["files"]) == 2
    assert found.contacts[order["order_id"]] == {"contact", f"proof#{kept['proof_id']}"}
    assert _history(order, found) == [("delivered", kept["proof_id"])]


def _refused_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[2:] == ["shipment.dispatched", "shipment.refused"]
    (incident,) = found.parts(order["order_id"], "incident")
    assert (incident["kind"], incident["state"]) == ("refused", "open")
    assert found.header(order["order_id"])["open_incidents"] == {incident["incident_id"]: incident["deadline"]}


def _photo_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[2:] == ["fulfilment.packed", "fulfilment.photographed"]
    (fulfilment,) = found.parts(order["order_id"], "fulfilment")
    assert [each["file_id"] for each in fulfilment["packing_photos"]] == [order["photo"]]


def _settled_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[-2:] == ["shipment.refused", "incident.resolved"]
    assert found.header(order["order_id"])["status"] == "cancelled"


def _claimed_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[2:] == ["shipment.dispatched", "claim.opened"]
    (claim,) = found.parts(order["order_id"], "parcel_claim")
    assert (claim["state"], claim["amount"]) == ("drafted", claim["value"])
    assert set(found.header(order["order_id"])["open_claims"]) == {claim["claim_id"]}


def _recovered_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[-2:] == ["claim.filed", "claim.recovered"]
    (claim,) = found.parts(order["order_id"], "parcel_claim")
    assert (claim["state"], claim["recovered"]) == ("accepted", 7)


def _reshipped_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[-2:] == ["shipment.tracking_updated", "order.reshipped"]
    first, again = found.parts(order["order_id"], "fulfilment")
    assert (first["state"], again["state"], again["replaces"]) == ("dispatched", "open", order["incident"])
    (change,) = found.parts(order["order_id"], "change")
    assert (change["kind"], change["state"]) == ("reship", "applied")


def _refunded_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[-2:] == ["shipment.tracking_updated", "incident.resolved"]
    header = found.header(order["order_id"])
    assert (header["status"], header["funds"]["refund_due"]) == ("cancelled", order["totals"]["total"]["amount"])


def _history(order: Order, found: Ledger) -> list[tuple[Any, Any]]:
    (shipment,) = found.parts(order["order_id"], "shipment")
    (parcel,) = unpack(shipment["parcels"])
    return [(event["status"], event["identity"]) for event in parcel["history"]]
