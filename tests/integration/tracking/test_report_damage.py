"""Damage reported on the customer's page: when it is offered, what is recorded, and what it is judged to be."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ordo.orders.layout import contact_pk
from ordo.orders.model import shipment_id
from tests.support.browser import visit
from tests.support.shop import must, read
from tests.support.signed import verified
from tests.support.tracked import NUMBER, paid, sent, track
from tests.support.uploads import FILES, JPEG, packing_photo, proof, upload
from tests.support.world import World

pytestmark = pytest.mark.moto
JSON = {"content-type": "application/json"}


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Handed over whole."""
    order = sent(world, "out_for_delivery")
    hand_over(world, order)
    return order


def hand_over(world: World, order: dict[str, Any], **changes: Any) -> None:
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/proof"
    must(world.call("POST", path, proof(tracking_number=NUMBER, **changes), key="p1"))


def filled(world: World, link: str, **fields: str) -> dict[str, str]:
    """The form of the page as it is now, with what was entered."""
    html = visit(world, f"{link}/damage").html
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found is not None, html
    return {"key": found.group(1), "units.1": "1", "note": "碎了，三个角都裂开", "photos": "", **fields}


def photo(world: World, link: str, body: bytes = JPEG, content_type: str = "image/jpeg") -> str:
    wanted = json.dumps({"kind": "photo", "content_type": content_type}).encode()
    return upload(world, json.loads(visit(world, f"{link}/damage-upload", wanted, JSON).html), body)


def test_it_is_offered_once_something_has_come_and_for_the_channels_days(world: World) -> None:
    order = sent(world, "in_transit")
    link = track(world, order)
    assert "Report damage" not in visit(world, link).html
    assert visit(world, f"{link}/damage").headers["location"].endswith("notice=not_now")
    hand_over(world, order)
    assert "Report damage" in visit(world, link).html
    assert "White tee · M, 3 came" in visit(world, f"{link}/damage").html
    world.clock.advance(days=7, hours=1)
    assert "Report damage" not in visit(world, link).html
    assert visit(world, f"{link}/damage", {"units.1": "1"}).headers["location"].endswith("notice=not_now")
    assert read(world, order["order_id"])["damage_reports"] == []


def test_a_channel_may_not_offer_it(world: World, order: dict[str, Any]) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", channel | {"damage_report_days": 0}))
    world.clock.advance(minutes=1)
    assert "Report damage" not in visit(world, track(world, order)).html


def test_a_report_with_a_photo_opens_a_case_and_is_verified(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    form = filled(world, link, photos=photo(world, link))
    answer = visit(world, f"{link}/damage", form)
    assert (answer.status, answer.headers["location"]) == (303, f"../{link.rpartition('/')[2]}?notice=damage")
    shown = read(world, order["order_id"])
    (report,), (incident,) = shown["damage_reports"], shown["incidents"]
    assert (incident["kind"], incident["reason"], incident["causes"]) == ("damaged", "reported", [report["report_id"]])
    assert [(each["verdict"], each["row"]) for each in report["assessments"]] == [("product", "soon_not_photographed")]
    assert [each["kind"] for each in report["files"]] == ["damage_photo"]
    found = verified(world, order)
    assert (found["findings"], found["files"]) == ([], 1)
    event = found["events"][-1]["event"]
    assert (event["type"], event["actor"]["type"]) == ("damage.reported", "customer")
    assert "碎了" not in json.dumps(found, ensure_ascii=False)
    html = visit(world, f"{link}?notice=damage").html
    for text in ("We have your report", "You reported damage", "A parcel was damaged"):
        assert text in html
    assert "I have received it" not in html  # not before the case is solved


def test_staff_sees_the_photos_and_the_words(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    visit(world, f"{link}/damage", filled(world, link, photos=photo(world, link)))
    path = f"/v1/orders/{order['order_id']}/damage-reports"
    (report,) = must(world.call("GET", path))["damage_reports"]
    assert (report["note"], report["files"][0]["url"].startswith("https://")) == ("碎了，三个角都裂开", True)


def test_the_same_form_twice_is_one_report_and_another_makes_the_case_larger(
    world: World, order: dict[str, Any]
) -> None:
    link = track(world, order)
    form = filled(world, link)
    for _ in range(2):
        assert visit(world, f"{link}/damage", form).headers["location"].endswith("notice=damage")
    assert len(read(world, order["order_id"])["damage_reports"]) == 1
    visit(world, f"{link}/damage", filled(world, link, **{"units.1": "2"}))
    shown = read(world, order["order_id"])
    assert (len(shown["damage_reports"]), [each["lines"][0]["quantity"] for each in shown["incidents"]]) == (2, [2])


def test_what_was_noted_at_the_door_is_the_same_case(world: World) -> None:
    order = paid(world)
    work = order["order_id"].replace("ord_", "ful_") + "_1"
    must(world.call("POST", f"/v1/fulfilments/{work}/pack"))
    must(world.call("POST", f"/v1/fulfilments/{work}/packing-photos", {"photos": [packing_photo(world, work)]}))
    must(world.call("POST", f"/v1/fulfilments/{work}/dispatch", {"carrier": "generic", "tracking_number": NUMBER}))
    world.clock.advance(days=1)
    hand_over(world, order, condition="wet")
    link = track(world, order)
    visit(world, f"{link}/damage", filled(world, link, **{"units.1": "2"}))
    shown = read(world, order["order_id"])
    (incident,) = shown["incidents"]
    assert (incident["reason"], incident["lines"][0]["quantity"], len(incident["causes"])) == ("wet", 3, 2)
    assert shown["damage_reports"][0]["assessments"][0]["verdict"] == "transit"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"units.1": ""}, "at least one"),
        ({"units.1": "4"}, "at most as many as came"),
        ({"units.1": "-1"}, "whole numbers"),
        ({"units.1": "²"}, "whole numbers"),
        ({"photos": "upl_01KJM1TD80QF4RNX9Z5TTWJ1H9"}, "has not arrived"),
        ({"photos": "../../etc"}, "has not arrived"),
    ],
)
def test_a_form_that_is_wrong_comes_back_with_what_was_entered(
    world: World, order: dict[str, Any], changes: dict[str, str], text: str
) -> None:
    link = track(world, order)
    seen = visit(world, f"{link}/damage", filled(world, link, **changes))
    assert (seen.status, text in seen.html, "碎了，三个角都裂开" in seen.html) == (422, True, True)
    assert read(world, order["order_id"])["damage_reports"] == []


def test_an_upload_of_another_order_or_type_is_not_taken(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    refused = visit(world, f"{link}/damage-upload", json.dumps({"content_type": "text/html"}).encode(), JSON)
    assert refused.status == 403
    assert visit(world, f"{link}/damage-upload", b"{", JSON).status == 403
    fake = photo(world, link, b"GIF89a")
    assert visit(world, f"{link}/damage", filled(world, link, photos=fake)).status == 422


def test_the_form_works_without_scripts_and_its_page_lets_only_its_own_run(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    seen = visit(world, f"{link}/damage")
    policy = seen.headers["content-security-policy"]
    assert "connect-src 'self' https://s3.amazonaws.com/FilesBucket;" in policy
    assert "unsafe" not in policy
    assert "script-src" not in visit(world, link).headers["content-security-policy"]
    assert not re.search(r"<script[^>]+src=|\son\w+=|\sstyle=", seen.html)


def test_other_sites_cannot_report(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    form = filled(world, link)
    assert visit(world, f"{link}/damage", form, {"sec-fetch-site": "cross-site"}).status == 403
    assert read(world, order["order_id"])["damage_reports"] == []


def test_the_case_of_a_completed_order_is_still_somebodys_work(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    visit(world, f"{link}/receipt", {})
    visit(world, f"{link}/damage", filled(world, link))
    shown = read(world, order["order_id"])
    assert (shown["status"], set(shown["deadlines"])) == ("completed", {"incident"})
    world.clock.advance(days=3)
    world.tick()
    timeline = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))["events"]
    assert timeline[-1]["event"]["type"] == "incident.escalated"


def test_a_photo_that_is_gone_is_named_and_erased_words_are_no_finding(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    visit(world, f"{link}/damage", filled(world, link, photos=photo(world, link)))
    order_id = order["order_id"]
    (report,) = read(world, order_id)["damage_reports"]
    keys = {"pk": {"S": contact_pk(order_id)}, "sk": {"S": f"report#{report['report_id']}"}}
    assert "Item" in world.aws.get_item(TableName="CustomersTable", Key=keys)
    world.aws.delete_item(TableName="CustomersTable", Key=keys)
    assert verified(world, order)["findings"] == []
    (shown,) = must(world.call("GET", f"/v1/orders/{order_id}/damage-reports"))["damage_reports"]
    assert (shown["note"], len(shown["personal_hash"])) == (None, 64)
    del world.edge.objects.kept[FILES, f"files/{order_id}/{report['files'][0]['sha256']}"]
    assert [each["kind"] for each in verified(world, order)["findings"]] == ["file_missing"]
