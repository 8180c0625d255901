"""A delivery on the cloud: uploads by presigned forms, the proof, and verification that names what was done to it."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest

from ordo.orders.model import shipment_id
from tests.support.cloud import Cloud
from tests.support.events import SCHEDULED
from tests.support.polling import eventually
from tests.support.shop import must
from tests.support.uploads import JPEG, PNG, proof
from tests.support.verbs import Json, Shop
from tools.outbox import invoke
from tools.verification import verify_all, verify_one

pytestmark = pytest.mark.cloud


def sent(shop: Shop, sku: str) -> Json:
    """A parcel on its way."""
    shop.sells(sku, {"hangzhou": 1})
    order = shop.places(shop.asks_for((sku, 1, {}), external_id=sku))
    shop.pays(order)
    shop.sends(shop.works("hangzhou", order), sku)
    return order


def form(shop: Shop, shipment: str, kind: str, content_type: str) -> Json:
    asked = {"kind": kind, "content_type": content_type}
    answered: Json = must(shop.stage.call("POST", f"/v1/shipments/{shipment}/uploads", asked))
    return answered


def post(form: Json, body: bytes, **changed: str) -> int:
    """Upload as a browser does; the status."""
    answer = httpx.post(form["url"], data={**form["fields"], **changed}, files={"file": body})
    return answer.status_code


def test_a_proof_with_files_is_kept_verified_and_what_is_done_to_it_is_named(
    cloud: Cloud, shop: Shop, sku: str
) -> None:
    order = sent(shop, sku)
    order_id, shipment = order["order_id"], shipment_id(order["order_id"], 1)
    image, picture = form(shop, shipment, "signature", "image/png"), form(shop, shipment, "photo", "image/jpeg")
    assert (post(image, PNG), post(picture, JPEG)) == (204, 204)
    told: Any = must(
        shop.stage.call(
            "POST",
            f"/v1/shipments/{shipment}/proof",
            proof(signature={"image": image["upload_id"]}, photos=[picture["upload_id"]]),
            key=f"proof-{sku}",
        ),
        201,
    )
    assert told["distance_m"] == 22
    shown = must(shop.stage.call("GET", f"/v1/shipments/{shipment}/proof"))["proofs"][0]
    assert [httpx.get(each["url"]).content for each in shown["files"]] == [PNG, JPEG]
    assert shop.history(order_id)[-1] == "shipment.proven"

    eventually(
        lambda: (invoke(cloud.target, "AnchorTimelinesFunction", SCHEDULED), verify_one(cloud.api, order_id).anchor)[1],
        lambda anchor: anchor is not None and anchor["seq"] == 4,
    )
    verdict = verify_one(cloud.api, order_id)
    assert (verdict.findings, verdict.files) == ((), 2)

    bucket = cloud.name("FilesBucket")
    kept = [f"files/{order_id}/{each['sha256']}" for each in told["files"]]
    for name in kept:
        cloud.aws.s3.delete_object(Bucket=bucket, Key=name)
    put = partial(cloud.aws.s3.put_object, Bucket=bucket, IfNoneMatch="*")
    put(Key=kept[0], Body=b"another", ContentType="image/png")
    found = verify_one(cloud.api, order_id).findings
    assert [(each.kind, each.subject) for each in found] == [
        ("file_replaced", image["upload_id"]),
        ("file_missing", picture["upload_id"]),
    ]
    cloud.aws.s3.delete_object(Bucket=bucket, Key=kept[0])
    put(Key=kept[0], Body=PNG, ContentType="image/png")
    put(Key=kept[1], Body=JPEG, ContentType="image/jpeg")

    orders = cloud.name("OrdersTable")
    key: Any = {"pk": {"S": order_id}, "sk": {"S": "event#000003"}}
    event = cloud.aws.dynamodb.get_item(TableName=orders, Key=key, ConsistentRead=True)["Item"]
    cloud.aws.dynamodb.delete_item(TableName=orders, Key=key)
    assert [(each.kind, each.seq) for each in verify_one(cloud.api, order_id).findings] == [("removed", 3)]
    report = verify_all(cloud.target, cloud.api)
    assert ([each.order_id for each in report.broken], report.anchors) == ([order_id], [])
    cloud.aws.dynamodb.put_item(TableName=orders, Item=event)
    assert verify_one(cloud.api, order_id).findings == ()


def test_the_cloud_takes_no_other_type_or_size_by_a_form(shop: Shop, sku: str) -> None:
    shipment = shipment_id(sent(shop, sku)["order_id"], 1)
    wanted = form(shop, shipment, "signature", "image/png")
    assert post(wanted, PNG, **{"Content-Type": "text/html"}) == 403
    assert post(wanted, PNG, key="files/mine") == 403
    assert post(wanted, b"x" * (wanted["max_bytes"] + 1)) == 400
    answer = shop.stage.call(
        "POST", f"/v1/shipments/{shipment}/proof", proof(signature={"image": wanted["upload_id"]}), key=f"none-{sku}"
    )
    assert (answer.status, answer.code) == (422, "file_missing")


def test_a_lost_parcel_is_claimed_by_its_carriers_terms(shop: Shop, sku: str) -> None:
    order, call = sent(shop, sku), shop.stage.call
    shipment = shipment_id(order["order_id"], 1)
    must(call("PUT", f"/v1/carriers/{sku.lower()}", {"claims": {"answer_days": 3}}))
    assert must(call("GET", f"/v1/carriers/{sku.lower()}"))["claims"]["answer_days"] == 3
    lost = {"tracking_number": f"{shop.stage.run}-{sku}", "reason": "lost"}
    opened = must(call("POST", f"/v1/shipments/{shipment}/claims", lost, key=f"c-{sku}"), 201)
    assert opened["amount"] == order["totals"]["items"]
    claim = f"/v1/claims/{opened['claim_id']}"
    must(call("POST", f"{claim}/filing", {"reference": "case-7"}))
    must(call("POST", f"{claim}/acceptance", {}))
    paid = must(call("POST", f"{claim}/recovery", {"amount": opened["amount"]}, key=f"r-{sku}"))
    assert (paid["state"], paid["recovered"]) == ("paid", opened["amount"])
    assert shop.history(order["order_id"])[-1] == "claim.settled"
