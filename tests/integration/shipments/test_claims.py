"""Claims against carriers through the API, with the terms of the carrier's document."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.orders.model import shipment_id
from tests.support.audit import audit, items
from tests.support.shop import dispatch, fulfilments, must, pay, place, read, tell
from tests.support.uploads import packing_photo, photo, proof
from tests.support.world import Answer, Client, World

TERMS = {
    "claims": {
        "lost": {"days": 60, "counted_from": "dispatch"},
        "damaged": {"days": 14, "counted_from": "known"},
        "answer_days": 10,
        "most": {"CNY": 20_000},
    }
}


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Sent off in one parcel with the carrier `generic`."""
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "P1"))
    return order


def open_claim(world: World, order: dict[str, Any], key: str = "k1", **body: Any) -> Answer:
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/claims"
    return world.call("POST", path, {"tracking_number": "P1", "reason": "lost", **body}, key=key)


def step(world: World, claim: dict[str, Any], name: str, body: dict[str, Any], key: str | None = None) -> Answer:
    return world.call("POST", f"/v1/claims/{claim['claim_id']}/{name}", body, key=key)


def yuan(amount: int, currency: str = "CNY") -> dict[str, Any]:
    return {"amount": {"amount": amount, "currency": currency}}


def test_a_lost_parcel_is_claimed_by_the_carriers_terms_and_paid(world: World, order: dict[str, Any]) -> None:
    must(world.call("PUT", "/v1/carriers/generic", TERMS))
    items = order["totals"]["total"]["amount"]
    claim = must(open_claim(world, order), 201)
    assert claim["value"] == {"amount": items, "currency": "CNY"}
    assert claim["amount"]["amount"] == min(items, 20_000)
    assert claim["state"] == "drafted"
    filed = must(step(world, claim, "filing", {"reference": "case 7/a"}))
    assert (filed["state"], filed["reference"]) == ("filed", "case 7/a")
    part = claim["amount"]["amount"] // 2
    must(step(world, claim, "acceptance", yuan(part)))
    paid = must(step(world, claim, "recovery", yuan(part) | {"final": True}, key="p1"))
    assert (paid["state"], paid["recovered"]["amount"], paid["due_at"]) == ("paid", part, None)
    (shown,) = read(world, order["order_id"])["claims"]
    assert shown == {name: value for name, value in paid.items() if name != "version"}
    timeline = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
    assert timeline["findings"] == []
    types = [each["event"]["type"] for each in timeline["events"]]
    assert types[-4:] == ["claim.opened", "claim.filed", "claim.accepted", "claim.settled"]
    assert audit() == []


def test_a_payment_that_is_told_twice_counts_once(world: World, order: dict[str, Any]) -> None:
    claim = must(open_claim(world, order), 201)
    must(step(world, claim, "filing", {}))
    first = must(step(world, claim, "recovery", yuan(5), key="p1"))
    assert must(step(world, claim, "recovery", yuan(5), key="p1")) == first
    assert must(step(world, claim, "recovery", yuan(6), key="p2"))["recovered"]["amount"] == 11
    assert must(step(world, claim, "recovery", yuan(5), key="p1")) == first  # as it was then
    again = step(world, claim, "recovery", yuan(6), key="p1")
    assert (again.status, again.body["code"]) == (422, "idempotency_key_reused")
    assert read(world, order["order_id"])["claims"][0]["recovered"]["amount"] == 11


def test_a_parcel_and_a_reason_have_one_claim(world: World, order: dict[str, Any]) -> None:
    first = must(open_claim(world, order), 201)
    assert must(open_claim(world, order), 201) == first
    assert must(open_claim(world, order, key="k2"), 201)["claim_id"] == first["claim_id"]
    written = open_claim(world, order, key="k4", tracking_number="p 1")  # as labels print it
    assert must(written, 201)["claim_id"] == first["claim_id"]
    other = must(open_claim(world, order, key="k3", reason="damaged"), 201)
    assert other["claim_id"] != first["claim_id"]
    assert len(read(world, order["order_id"])["claims"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"amount": {"amount": 10**9, "currency": "CNY"}}, 422, "invalid_request", "/amount/amount"),
        ({"amount": {"amount": 5, "currency": "EUR"}}, 422, "currency_mismatch", "/amount/currency"),
        ({"amount": {"amount": 0, "currency": "CNY"}}, 422, "invalid_request", "/amount/amount"),
        ({"reason": "late"}, 422, "invalid_request", "/reason"),
        ({"tracking_number": "P2"}, 404, "not_found", "/tracking_number"),
        ({"incident_id": "inc_1"}, 404, "not_found", "/incident_id"),
        ({"version": 1}, 409, "version_conflict", "/version"),
        ({"note": "the driver said"}, 422, "invalid_request", "/note"),
    ],
)
def test_a_bad_claim_is_refused_and_changes_nothing(
    world: World, order: dict[str, Any], body: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    before = items("OrdersTable")
    refused = open_claim(world, order, **body)
    assert (refused.status, refused.body["code"], refused.body.get("pointer")) == (status, code, pointer)
    assert items("OrdersTable") == before


def test_orders_of_other_channels_have_no_claims_and_a_key_needs_the_scope(world: World, order: dict[str, Any]) -> None:
    claim = must(open_claim(world, order), 201)
    path = f"/v1/claims/{claim['claim_id']}/filing"
    assert world.call("POST", path, {}, client=Client("elsewhere", ("pos",))).status == 404
    reader = Client("reader", ("web",), ("orders:read",))
    assert world.call("POST", path, {}, client=reader).body["code"] == "missing_scope"


def test_the_evidence_names_files_by_their_hashes(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    work = fulfilments(order)[0]
    must(world.call("POST", f"/v1/fulfilments/{work}/accept"))
    photos = {"photos": [packing_photo(world, work)]}
    must(world.call("POST", f"/v1/fulfilments/{work}/packing-photos", photos))
    must(dispatch(world, work, "P1"))
    world.clock.advance(days=1)
    must(tell(world, "P1", "in_transit"), 200)
    shipment = shipment_id(order["order_id"], 1)
    body = proof(condition="wet", photos=[photo(world, shipment)])
    must(world.call("POST", f"/v1/shipments/{shipment}/proof", body, key="p"), 201)
    claim = must(open_claim(world, order, reason="damaged"), 201)
    found = {each["kind"]: each for each in claim["evidence"]}
    shown = read(world, order["order_id"])
    assert found["packing_photo"]["sha256"] == shown["fulfilments"][0]["packing_photos"][0]["sha256"]
    assert found["photo"]["sha256"] == shown["proofs"][0]["files"][0]["sha256"]
    assert found["condition"]["says"] == "wet"
    assert found["proof"]["says"] == "delivered"
