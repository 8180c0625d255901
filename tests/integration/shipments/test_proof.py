"""Proof of delivery through the API: what is recorded, what is refused, and what an order does then."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from ordo.orders.model import shipment_id
from tests.support.audit import audit, items
from tests.support.shop import dispatch, fulfilments, must, pay, place, read, tell
from tests.support.uploads import (
    FILES,
    JPEG,
    PNG,
    FormRefused,
    packing_photo,
    photo,
    proof,
    refusal,
    signature,
    upload,
)
from tests.support.world import Answer, Client, World

STROKES = [[[10, 12, 0], [14, 20, 35]], [[20, 12, 300]]]


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Sent off in one parcel."""
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "P1"))
    world.clock.advance(days=1)
    return order


@pytest.fixture
def parcels(world: World) -> dict[str, Any]:
    """Sent off in two: two units of the line in the first, one in the second."""
    order = place(world)
    must(pay(world, order))
    boxes = [
        {"tracking_number": number, "lines": [{"line_id": "1", "quantity": units}]}
        for number, units in (("A", 2), ("B", 1))
    ]
    path = f"/v1/fulfilments/{fulfilments(order)[0]}/dispatch"
    must(world.call("POST", path, {"carrier": "generic", "parcels": boxes}))
    world.clock.advance(days=1)
    return order


def shipment(order: dict[str, Any]) -> str:
    return shipment_id(order["order_id"], 1)


def prove(world: World, order: dict[str, Any], body: dict[str, Any], key: str = "proof-1", **more: Any) -> Answer:
    return world.call("POST", f"/v1/shipments/{shipment(order)}/proof", body, key=key, **more)


def last_event(world: World, order: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))["events"][-1]["event"]
    return event


def verified(world: World, order: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
    return told


def findings(world: World, order: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each["kind"], each["subject"]) for each in verified(world, order)["findings"]]


def test_a_proof_keeps_time_place_receiver_signature_photos_and_condition(world: World, order: dict[str, Any]) -> None:
    image, picture = signature(world, shipment(order)), photo(world, shipment(order))
    body = proof(signature={"image": image, "strokes": STROKES}, photos=[picture], note="Left at the gate")
    answer = prove(world, order, body)
    assert answer.status == 201
    told = answer.body
    assert (told["device_at"], told["recorded_at"][:16]) == ("2026-03-02T02:00:00.000Z", to_iso(system_clock())[:16])
    assert (told["relation"], told["condition"], told["handover"]) == ("neighbour", "intact", "delivered")
    assert told["distance_m"] == 22  # from 30.2701, 120.1502 to 30.27, 120.15 on a sphere of 6371.0088 km
    assert [(each["kind"], each["bytes"]) for each in told["files"]] == [("signature", len(PNG)), ("photo", len(JPEG))]
    shown = must(world.call("GET", f"/v1/shipments/{shipment(order)}/proof"))["proofs"][0]
    assert shown["personal"] == {
        "receiver": "示例邻居",
        "lat": "30.2701000",
        "lon": "120.1502000",
        "accuracy_m": 8,
        "strokes": STROKES,
        "note": "Left at the gate",
    }
    assert all(each["url"].startswith("http") for each in shown["files"])
    assert read(world, order["order_id"])["status"] == "delivered"
    event = last_event(world, order)
    assert (event["type"], event["implies"]) == ("shipment.proven", ["shipment.delivered"])
    assert [each["sha256"] for each in event["data"]["files"]] == [each["sha256"] for each in told["files"]]
    assert event["data"]["strokes_sha256"] == told["strokes_sha256"]
    checked = verified(world, order)
    assert (checked["verified"], checked["findings"], checked["files"]) == (True, [], 2)
    assert audit() == []


def test_nothing_personal_of_a_proof_is_outside_the_customers_table(world: World, order: dict[str, Any]) -> None:
    must(prove(world, order, proof(signature={"strokes": STROKES}, note="Ask the gatekeeper")))
    world.pump()
    elsewhere = json.dumps([str(item) for item in items("OrdersTable")] + [str(world.bus)], ensure_ascii=False)
    for text in ("示例邻居", "gatekeeper", "30.2701", "120.1502"):
        assert text not in elsewhere, text
    hidden = must(world.call("GET", f"/v1/shipments/{shipment(order)}/proof", client=Client(scopes=("orders:read",))))
    assert hidden["proofs"][0]["personal"] is None
    assert [each["url"] for each in hidden["proofs"][0]["files"]] == []


def test_erasing_the_person_breaks_no_chain(world: World, order: dict[str, Any]) -> None:
    told = must(prove(world, order, proof(photos=[photo(world, shipment(order))])))
    keys = {"pk": {"S": f"contact#{order['order_id']}"}, "sk": {"S": f"proof#{told['proof_id']}"}}
    world.aws.delete_item(TableName="CustomersTable", Key=keys)
    assert findings(world, order) == []
    assert must(world.call("GET", f"/v1/shipments/{shipment(order)}/proof"))["proofs"][0]["personal"] is None


def test_the_same_key_gives_the_same_answer_and_another_proof_is_a_conflict(
    world: World, order: dict[str, Any]
) -> None:
    body = proof(photos=[photo(world, shipment(order))])
    first = must(prove(world, order, body))
    world.clock.advance(minutes=5)
    again = prove(world, order, body)
    assert (again.status, again.body) == (201, first)
    assert prove(world, order, proof(condition="wet")).code == "already_proven"
    for other in (body, refusal()):
        conflict = prove(world, order, other, key="another")
        assert (conflict.status, conflict.code) == (409, "already_proven")
        assert conflict.body["facts"]["proof_id"] == first["proof_id"]
    assert len(read(world, order["order_id"])["proofs"]) == 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"photos": ["upl_01KJM1TD80QF4RNX9Z5TTWJ1H9"]}, "file_missing", "/photos/0"),
        ({"receiver": None}, "invalid_request", ""),
        ({"refused": [{"line_id": "1", "quantity": 1}]}, "invalid_request", ""),
        ({"place": {"lat": 91, "lon": 0}}, "invalid_request", "/place/lat"),
        ({"tracking_number": "OTHER"}, "invalid_request", "/tracking_number"),
        ({"damaged": [{"line_id": "9", "quantity": 1}]}, "unknown_line", "/damaged/0/line_id"),
        ({"damaged": [{"line_id": "1", "quantity": 4}]}, "invalid_quantity", "/damaged/0/quantity"),
        ({"signature": {}}, "invalid_request", "/signature"),
    ],
)
def test_bad_input_is_told_where_and_changes_nothing(
    world: World, order: dict[str, Any], change: dict[str, Any], code: str, pointer: str
) -> None:
    before = items("OrdersTable"), items("CustomersTable"), dict(world.edge.objects.kept)
    answer = prove(world, order, proof(**change))
    assert (answer.status, answer.code, answer.body.get("pointer", "")) == (422, code, pointer)
    assert (items("OrdersTable"), items("CustomersTable"), dict(world.edge.objects.kept)) == before


def test_a_form_takes_no_other_type_key_or_size(world: World, order: dict[str, Any]) -> None:
    path = f"/v1/shipments/{shipment(order)}/uploads"
    form = must(world.call("POST", path, {"kind": "signature", "content_type": "image/png"}))
    assert form["max_bytes"] == 512 * 1024
    with pytest.raises(FormRefused, match="Content-Type"):
        upload(world, form, PNG, **{"Content-Type": "text/html"})
    with pytest.raises(FormRefused, match="key"):
        upload(world, form, PNG, key="files/x")
    with pytest.raises(FormRefused, match="content-length-range"):
        upload(world, form, b"x" * (512 * 1024 + 1))
    unknown = world.call("POST", "/v1/shipments/shp_none_1/uploads", {"kind": "photo", "content_type": "image/png"})
    assert unknown.code == "not_found"


@pytest.mark.parametrize("body", [b"<script>", PNG, b""])
def test_a_file_that_is_not_what_it_claims_is_refused(world: World, order: dict[str, Any], body: bytes) -> None:
    file_id = photo(world, shipment(order), JPEG)
    (key,) = [key for key in world.edge.objects.kept if file_id in key[1]]
    world.edge.objects.kept[key] = body
    answer = prove(world, order, proof(photos=[file_id]))
    assert (answer.code, answer.body["pointer"]) == ("file_not_accepted", "/photos/0")


def test_a_file_that_is_too_large_is_refused_unread(world: World, order: dict[str, Any]) -> None:
    file_id = photo(world, shipment(order))
    (key,) = [key for key in world.edge.objects.kept if file_id in key[1]]
    world.edge.objects.kept[key] = JPEG + b"x" * (5 * 1024 * 1024)
    assert prove(world, order, proof(photos=[file_id])).code == "file_not_accepted"


def test_an_upload_of_another_order_or_kind_cannot_be_named(world: World, order: dict[str, Any]) -> None:
    other = place(world)
    must(pay(world, other, reference="r-other"))
    must(dispatch(world, fulfilments(other)[0], "P2"))
    assert prove(world, order, proof(photos=[photo(world, shipment(other))])).code == "file_missing"
    assert prove(world, order, proof(photos=[signature(world, shipment(order))])).code == "file_missing"


def test_a_replaced_and_a_missing_file_are_named(world: World, order: dict[str, Any]) -> None:
    names = [photo(world, shipment(order), JPEG + bytes([number])) for number in range(2)]
    told = must(prove(world, order, proof(photos=names)))
    keys = [(FILES, f"files/{order['order_id']}/{each['sha256']}") for each in told["files"]]
    world.edge.objects.kept[keys[0]] = JPEG + b"another"
    del world.edge.objects.kept[keys[1]]
    assert findings(world, order) == [("file_replaced", names[0]), ("file_missing", names[1])]


def test_a_changed_record_and_a_changed_receiver_are_named(world: World, order: dict[str, Any]) -> None:
    told = must(prove(world, order, proof()))
    world.aws.update_item(
        TableName="OrdersTable",
        Key={"pk": {"S": order["order_id"]}, "sk": {"S": f"proof#{told['proof_id']}"}},
        UpdateExpression="SET relation = :other",
        ExpressionAttributeValues={":other": {"S": "customer"}},
    )
    assert findings(world, order) == [("record_changed", told["proof_id"])]


def test_parcels_are_proven_one_by_one_and_lines_show_how_far_they_are(world: World, parcels: dict[str, Any]) -> None:
    asked = prove(world, parcels, proof())
    assert (asked.code, asked.body["facts"]) == ("invalid_request", {"tracking_numbers": ["A", "B"]})
    must(prove(world, parcels, proof(tracking_number="A"), key="a"))
    half = read(world, parcels["order_id"])
    assert (half["status"], half["delivered_at"]) == ("shipped", None)
    assert [(each["dispatched"], each["delivered"]) for each in half["progress"]] == [(3, 2)]
    assert last_event(world, parcels)["implies"] == []
    world.clock.advance(days=1)
    device_at = to_iso(system_clock() - timedelta(hours=1))
    must(prove(world, parcels, proof(tracking_number="B", device_at=device_at), key="b"))
    whole = read(world, parcels["order_id"])
    assert (whole["status"], whole["delivered_at"]) == ("delivered", device_at)
    assert set(whole["deadlines"]) == {"completion"}
    assert whole["deadlines"]["completion"][:10] == (system_clock() - timedelta(hours=1) + timedelta(days=7)).strftime(
        "%Y-%m-%d"
    )
    assert audit() == []


def test_a_devices_wrong_clock_is_kept_and_moves_nothing(world: World, order: dict[str, Any]) -> None:
    told = must(prove(world, order, proof(device_at="2031-01-01T00:00:00Z")))
    assert told["device_at"] == "2031-01-01T00:00:00.000Z"
    assert read(world, order["order_id"])["delivered_at"] == told["recorded_at"]


def test_a_refused_parcel_is_an_incident_until_it_is_delivered_after_all(world: World, order: dict[str, Any]) -> None:
    told = must(prove(world, order, refusal()))
    assert [each["quantity"] for each in told["refused"]] == [3]
    shown = read(world, order["order_id"])
    (incident,) = shown["incidents"]
    assert (shown["status"], incident["kind"], incident["reason"], incident["causes"]) == (
        "shipped",
        "refused",
        "damaged",
        [told["proof_id"]],
    )
    assert (shown["shipments"][0]["parcels"][0]["status"], shown["progress"][0]["refused"]) == ("exception", 3)
    assert "incident" in shown["deadlines"]
    assert last_event(world, order)["implies"] == ["incident.opened", "promise.changed"]
    assert last_event(world, order)["data"]["promise"] == {"state": "jeopardy"}  # and no other day is said
    world.clock.advance(hours=3)
    must(prove(world, order, proof(device_at=to_iso(system_clock())), key="second"))
    shown = read(world, order["order_id"])
    assert (shown["status"], shown["incidents"][0]["resolution"], shown["progress"][0]["refused"]) == (
        "delivered",
        "delivered",
        0,
    )
    assert audit() == []


def test_units_that_were_refused_for_good_are_no_longer_part_of_the_order(world: World, order: dict[str, Any]) -> None:
    body = proof(refused=[{"line_id": "1", "quantity": 1}], refusal_reason="changed_mind")
    must(prove(world, order, body))
    shown = read(world, order["order_id"])
    assert (shown["status"], shown["progress"][0]["delivered"], shown["progress"][0]["refused"]) == ("shipped", 2, 1)
    incident = shown["incidents"][0]["incident_id"]
    path = f"/v1/incidents/{incident}/resolution"
    assert world.call("POST", path, {"resolution": "unfounded"}).code == "not_allowed_now"
    assert world.call("POST", f"/v1/incidents/{incident}/sourcing").code == "not_allowed_now"
    for _ in range(2):
        assert must(world.call("POST", path, {"resolution": "returned"}))["state"] == "resolved"
    assert world.call("POST", path, {"resolution": "settled"}).code == "not_allowed_now"
    shown = read(world, order["order_id"])
    assert (shown["status"], set(shown["deadlines"])) == ("delivered", {"completion"})
    assert audit() == []


def test_an_order_of_which_everything_was_refused_ends_cancelled(world: World, order: dict[str, Any]) -> None:
    must(prove(world, order, refusal(refusal_reason="not_ordered")))
    incident = read(world, order["order_id"])["incidents"][0]["incident_id"]
    must(world.call("POST", f"/v1/incidents/{incident}/resolution", {"resolution": "settled"}))
    shown = read(world, order["order_id"])
    assert (shown["status"], shown["cancel_reason"], shown["deadlines"]) == ("cancelled", "refused", {})
    assert audit() == []


def test_completion_waits_while_an_incident_is_open_and_counts_from_the_last_parcel(
    world: World, order: dict[str, Any]
) -> None:
    must(prove(world, order, proof(damaged=[{"line_id": "1", "quantity": 1}])))
    shown = read(world, order["order_id"])
    (incident,) = shown["incidents"]
    assert (shown["status"], incident["kind"], set(shown["deadlines"])) == ("delivered", "damaged", {"incident"})
    world.tick(system_clock() + timedelta(days=8))
    assert read(world, order["order_id"])["status"] == "delivered"
    path = f"/v1/orders/{order['order_id']}/receipt-confirmation"
    refused = world.call("POST", path)
    assert (refused.code, refused.body["facts"]) == ("not_allowed_now", {"open": [incident["incident_id"]]})
    must(world.call("POST", f"/v1/incidents/{incident['incident_id']}/resolution", {"resolution": "settled"}))
    world.tick(system_clock() + timedelta(minutes=1))
    assert read(world, order["order_id"])["status"] == "completed"


def test_a_carriers_scan_before_the_proof_changes_nothing_of_it(world: World, order: dict[str, Any]) -> None:
    must(tell(world, "P1", "delivered", minutes=60))
    must(prove(world, order, proof(device_at=to_iso(system_clock()))))
    event = last_event(world, order)
    assert (event["type"], event["implies"]) == ("shipment.proven", [])
    assert read(world, order["order_id"])["delivered_at"][:16] == to_iso(system_clock() - timedelta(minutes=60))[:16]


def test_packing_is_photographed_until_the_carrier_has_it(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    (work,) = fulfilments(order)
    path = f"/v1/fulfilments/{work}"
    asked = {"content_type": "image/jpeg"}
    assert world.call("POST", f"{path}/uploads", asked).code == "not_allowed_now"
    must(world.call("POST", f"{path}/pack"))
    first = packing_photo(world, work)
    told = must(world.call("POST", f"{path}/packing-photos", {"photos": [first]}))
    assert must(world.call("POST", f"{path}/packing-photos", {"photos": [first, first]})) == told
    must(dispatch(world, work, "P1"))
    second = packing_photo(world, work, JPEG + b"labelled")
    assert len(must(world.call("POST", f"{path}/packing-photos", {"photos": [second]}))["packing_photos"]) == 2
    late = packing_photo(world, work, JPEG + b"late")
    must(tell(world, "P1", "picked_up"))
    assert world.call("POST", f"{path}/packing-photos", {"photos": [late]}).code == "not_allowed_now"
    assert (findings(world, order), verified(world, order)["files"]) == ([], 2)


def test_liability_is_judged_by_the_channels_table_over_the_orders_records(world: World, order: dict[str, Any]) -> None:
    path = f"/v1/orders/{order['order_id']}/liability?line_id=1"
    unknown = must(world.call("GET", path))["assessments"][0]
    assert (unknown["verdict"], unknown["row"], unknown["facts"]["condition"]) == ("undecided", None, None)
    must(prove(world, order, proof(condition="wet")))
    by_proof = must(world.call("GET", f"{path}&lot_returns=0"))["assessments"][0]
    assert (by_proof["verdict"], by_proof["row"]) == ("undecided", "outside_not_photographed")
    assert by_proof["used"] == {"condition": "wet", "packing_photo": False}
    assert by_proof["facts"]["noted"] == "at_door"
    assert set(by_proof["reason"]) == {"en", "zh"}
    lot = must(world.call("GET", f"{path}&lot_returns=3"))["assessments"][0]
    assert (lot["verdict"], lot["row"]) == ("undecided", "door_and_lot")
    channel = must(world.call("GET", "/v1/channels/web"))
    row = {"row_id": "ours", "verdict": "transit", "reason": {"en": "We always blame the road"}}
    must(world.call("PUT", "/v1/channels/web", channel | {"liability": [row]}))
    world.clock.advance(minutes=1)
    assert must(world.call("GET", path))["assessments"][0]["row"] == "ours"
    assert world.call("GET", f"/v1/orders/{order['order_id']}/liability?line_id=9").code == "unknown_line"
    twice = world.call("PUT", "/v1/channels/web", channel | {"liability": [row, row]})
    assert (twice.status, twice.body["pointer"]) == (422, "/liability/1/row_id")


def test_orders_of_other_channels_and_keys_without_the_scope_are_refused(world: World, order: dict[str, Any]) -> None:
    other = Client("other", ("app",))
    assert prove(world, order, proof(), client=other).code == "not_found"
    assert prove(world, order, proof(), client=Client(scopes=("orders:read",))).code == "missing_scope"
    path = f"/v1/orders/{order['order_id']}/liability?line_id=1"
    assert world.call("GET", path, client=other).code == "not_found"
