"""A damaged delivery, decided from the records: two customers report broken cups, and get different answers.

The first one's box came wet, signed for at the door on the courier's page, and a packing photo shows how it left: the
carrier answers. The second one's box came whole and was photographed when packed: nobody can tell whether they broke on
the way or afterwards, so somebody must look, who finds that there was nothing in it.
"""

from __future__ import annotations

from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from ordo.orders.model import shipment_id
from tests.stories.conftest import BothTellings, Tell
from tests.support.stage import Pages
from tests.support.uploads import JPEG, PNG
from tests.support.verbs import Shop

Json = dict[str, Any]


def test_a_damaged_delivery_is_decided_from_the_records(tell: Tell) -> None:
    tell("web", _damage)


@pytest.mark.cloud
def test_it_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("web", _damage)
    assert ours == theirs


def _damage(shop: Shop) -> None:
    pages = Pages(shop.stage)
    sku = shop.sells(f"{shop.stage.run}-CUP", {"hangzhou": 10})
    wet = sent_and_photographed(shop, sku, "1")
    the_courier_has_it_signed_for(shop, pages, wet, condition="wet")
    the_customer_reports(shop, pages, wet, units=2)
    (report,) = shop.order(wet["order_id"])["damage_reports"]
    assert [(each["verdict"], each["row"]) for each in report["assessments"]] == [("transit", "outside_packed_well")]
    assert report["assessments"][0]["facts"]["noted"] == "at_door"
    whole = sent_and_photographed(shop, sku, "2")
    the_courier_has_it_signed_for(shop, pages, whole, condition="intact")
    the_customer_reports(shop, pages, whole, units=1)
    (report,) = shop.order(whole["order_id"])["damage_reports"]
    assert [(each["verdict"], each["row"]) for each in report["assessments"]] == [("undecided", "soon_packed_well")]
    staff_settles(shop, wet, "settled", units=2)
    staff_settles(shop, whole, "unfounded", units=1)
    for order in (wet, whole):
        assert shop.history(order["order_id"])[-3:] == ["shipment.proven", "damage.reported", "incident.resolved"]


def sent_and_photographed(shop: Shop, sku: str, number: str) -> Json:
    """Two cups, photographed when they were packed, on their way."""
    order = shop.places(shop.asks_for((sku, 2, {}), external_id=number))
    shop.pays(order)
    work = shop.works("hangzhou", order, "accept", "pick", "pack")
    path = f"/v1/fulfilments/{work['fulfilment_id']}"
    form = shop.does("POST", f"{path}/uploads", {"content_type": "image/jpeg"})
    Pages(shop.stage).upload(form, JPEG + number.encode())
    shop.does("POST", f"{path}/packing-photos", {"photos": [form["upload_id"]]})
    shop.sends(work, number)
    return order


def the_courier_has_it_signed_for(shop: Shop, pages: Pages, order: Json, condition: str) -> None:
    """On the page behind the shop's link; whoever takes it signs, and what it looks like is noted."""
    link = shop.does("GET", f"/v1/shipments/{shipment_id(order['order_id'], 1)}/signing-link")
    assert "示例顾客" in pages.shows(link["path"])
    form = pages.asks(f"{link['path']}/uploads", {"kind": "signature", "content_type": "image/png"})
    pages.upload(form, PNG)
    told = {
        "handover": "delivered",
        "tracking_number": link["tracking_numbers"][0],
        "device_at": to_iso(system_clock()),
        "condition": condition,
        "receiver": {"relation": "customer"},
        "signature": {"image": form["upload_id"], "strokes": [[[3, 4, 0], [40, 9, 120]]]},
    }
    proven = pages.asks(f"{link['path']}/proof", told, key=f"{order['external_id']}.0")
    assert (proven["condition"], len(proven["files"])) == (condition, 1)
    assert "示例顾客" not in pages.shows(link["path"])


def the_customer_reports(shop: Shop, pages: Pages, order: Json, units: int) -> None:
    """On the page behind their own link, with a photo."""
    link = shop.order(order["order_id"])["links"]["track"]
    assert f"{link.rpartition('/')[2]}/damage" in pages.shows(link)
    form = pages.asks(f"{link}/damage-upload", {"kind": "photo", "content_type": "image/jpeg"})
    pages.upload(form, JPEG + b"broken")
    entered = {"key": f"rpf-{units}", "units.1": str(units), "note": "碎了", "photos": form["upload_id"]}
    assert pages.presses(f"{link}/damage", entered).endswith("notice=damage")


def staff_settles(shop: Shop, order: Json, how: str, units: int) -> None:
    """One case for what was noted at the door and told later; the photo is there to look at."""
    (incident,) = shop.order(order["order_id"])["incidents"]
    assert (incident["kind"], sum(line["quantity"] for line in incident["lines"])) == ("damaged", units)
    (report,) = shop.does("GET", f"/v1/orders/{order['order_id']}/damage-reports")["damage_reports"]
    assert (report["note"], [each["kind"] for each in report["files"]]) == ("碎了", ["damage_photo"])
    solved = shop.does("POST", f"/v1/incidents/{incident['incident_id']}/resolution", {"resolution": how})
    assert (solved["state"], solved["resolution"]) == ("resolved", how)
