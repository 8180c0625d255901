"""The customer's page through its function: who sees it, what it tells, and what its buttons do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ordo.tracking.links import sign_link
from tests.support.blueprint import ROOT
from tests.support.browser import visit
from tests.support.edge import SECRETS
from tests.support.shop import cancel, must, read
from tests.support.timing import START
from tests.support.tracked import NUMBER, paid, placed, sent, track
from tests.support.wire import NoFault
from tests.support.world import Client, World

pytestmark = pytest.mark.moto
EVENTS = ROOT / "events" / "api"


def version(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    return found.group(1) if found else ""


def landed(world: World, path: str, answer: Any) -> str:
    """The page that a redirect leads to."""
    assert answer.status == 303, answer.html
    return visit(world, "/track/" + answer.headers["location"].removeprefix("../")).html


NEW_HOME = {"city": "上海市", "line1": "南京路 1 号", "name": "", "phone": ""}


@pytest.mark.parametrize("name", ["show_tracking", "press_tracking", "report_damage"])
def test_the_events_are_what_the_function_takes(world: World, name: str) -> None:
    answer = world.invoke("show_tracking", json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))
    assert answer["statusCode"] == 404  # its order is another shop's
    assert "This link does not lead to an order" in answer["body"] or "此链接无法打开订单" in answer["body"]


def test_only_keys_that_may_change_orders_get_the_link(world: World) -> None:
    order = placed(world)
    reader = Client(scopes=("orders:read",))
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}", client=reader))["links"]["track"] is None
    assert track(world, order).startswith("/track/")


def test_a_page_is_kept_nowhere_and_takes_nothing_from_elsewhere(world: World) -> None:
    seen = visit(world, track(world, placed(world)))
    assert seen.status == 200
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in seen.headers["x-robots-tag"]
    assert "default-src 'none'" in seen.headers["content-security-policy"]
    assert not re.search(r"<script|https?://|//[a-z]", seen.html)


def test_the_address_or_the_browser_chooses_the_language(world: World) -> None:
    link = track(world, placed(world))
    pages = [
        visit(world, link, headers={"accept-language": "zh-CN"}),
        visit(world, link, headers={"accept-language": "zh-CN"}),
        visit(world, f"{link}?lang=zh"),
        visit(world, link),
    ]
    assert [page.headers["content-language"] for page in pages] == ["zh", "zh", "zh", "en"]
    assert '<html lang="zh-Hans">' in pages[0].html
    assert "白色 T 恤" in pages[0].html
    assert "White tee" in pages[3].html


def test_the_journey_is_told_with_time_and_place(world: World) -> None:
    order = sent(world, "picked_up", "out_for_delivery")
    html = visit(world, track(world, order)).html
    for text in ("Out for delivery", "Expected today", NUMBER, "The carrier has the parcel", "Mon 2 March, 19:00"):
        assert text in html


def test_no_more_of_the_person_than_needed_is_on_the_page(world: World) -> None:
    html = visit(world, track(world, paid(world))).html
    body = json.loads((ROOT / "samples/orders/three-tees.json").read_text(encoding="utf-8"))
    hidden = (body["customer"]["name"], body["customer"]["phone"], body["customer"]["email"], body["ship_to"]["line1"])
    assert [text for text in hidden if text in html] == []
    assert "ends in 0000" in html


def test_names_of_products_are_text_and_never_markup(world: World) -> None:
    name = {"en": "<img src=x onerror=alert(1)>"}
    must(world.call("PUT", "/v1/products/EVIL", {"name": name, "prices": {"cny-retail": 100}}))
    movement = {"movement_id": "m-evil", "kind": "receive", "sku": "EVIL", "node_id": "hangzhou", "quantity": 3}
    must(world.call("POST", "/v1/stock/movements", {**movement, "reason": "test"}))
    world.clock.advance(minutes=1)
    lines = [{"line_id": "1", "sku": "EVIL", "quantity": 1}]
    html = visit(world, track(world, placed(world, lines=lines))).html
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_a_customer_confirms_the_receipt_once_and_again(world: World) -> None:
    order = sent(world, "in_transit")
    link = track(world, order)
    first = visit(world, f"{link}/receipt?lang=zh", {})
    assert "谢谢，订单已完成。" in landed(world, link, first)
    again = landed(world, link, visit(world, f"{link}/receipt", {}))
    assert "Thank you" in again
    kept = read(world, order["order_id"])
    assert (kept["status"], kept["version"]) == ("completed", read(world, order["order_id"])["version"])
    timeline = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))["events"]
    ended = [each["event"]["actor"] for each in timeline if each["event"]["type"] == "order.completed"]
    assert ended == [{"type": "customer", "id": "tracking_link"}]


def test_a_customer_cancels_and_sees_what_is_refunded(world: World) -> None:
    order = paid(world)
    link = track(world, order)
    html = visit(world, link).html
    assert "We refund ¥250.00 the way that you paid." in html
    form = {"version": version(html)}
    done = [landed(world, link, visit(world, f"{link}/cancel", form)) for _ in range(2)]
    assert all("The order is cancelled." in page for page in done)
    assert read(world, order["order_id"])["balance"]["refund_due"]["amount"] == 25000
    types = [
        each["event"]["type"] for each in must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))["events"]
    ]
    assert types.count("order.cancelled") == 1


def test_a_page_that_is_behind_cancels_nothing(world: World) -> None:
    order = placed(world)
    link = track(world, order)
    old = version(visit(world, link).html)
    must(world.call("POST", f"/v1/orders/{order['order_id']}/holds", {"kind": "other", "reason": "x"}, key="h"))
    for form in ({"version": old}, {}, {"version": "²"}):
        assert "has changed meanwhile" in landed(world, link, visit(world, f"{link}/cancel", form))
    assert read(world, order["order_id"])["status"] == "placed"


def test_what_is_no_longer_possible_is_refused_kindly(world: World) -> None:
    order = sent(world)
    link = track(world, order)
    form = {"version": str(read(world, order["order_id"])["version"])}
    assert "no longer possible" in landed(world, link, visit(world, f"{link}/cancel", form))
    assert "no longer possible" in landed(world, link, visit(world, f"{link}/address", {**NEW_HOME, **form}))
    cancelled = placed(world, external_id="WEB-2")
    cancel(world, cancelled["order_id"])
    other = track(world, cancelled)
    assert "no longer possible" in landed(world, other, visit(world, f"{other}/receipt", {}))


def test_a_customer_changes_the_address_before_it_is_packed(world: World) -> None:
    order = paid(world)
    link = track(world, order)
    form = {**NEW_HOME, "phone": "138 0000 0001", "version": version(visit(world, link).html)}
    page = landed(world, link, visit(world, f"{link}/address", form))
    assert "The new address is saved." in page
    assert "上海市" in page
    contact = read(world, order["order_id"])["contact"]
    assert contact["ship_to"] == {"country": "CN", "city": "上海市", "line1": "南京路 1 号"}
    assert (contact["phone"], contact["name"]) == ("+8613800000001", "示例顾客")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"city": "  "}, "City is missing."),
        ({"line1": ""}, "Street and number is missing."),
        ({"line1": "x" * 201}, "Street and number is too long."),
        ({"phone": "12"}, "This is not a phone number"),
    ],
)
def test_a_form_that_is_wrong_comes_back_with_what_was_entered(
    world: World, changes: dict[str, str], text: str
) -> None:
    order = paid(world)
    link = track(world, order)
    form = {**NEW_HOME, "version": version(visit(world, link).html), **changes}
    seen = visit(world, f"{link}/address", form)
    assert (seen.status, text in seen.html, "<details open>" in seen.html) == (422, True, True)
    assert 'role="alert"' in seen.html
    assert "上海市" in seen.html or "city" in changes
    assert read(world, order["order_id"])["contact"]["ship_to"]["city"] == "杭州市"
    assert visit(world, f"{link}/address").status == 303  # its address, loaded again, is the page


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "none"}],
)
def test_a_form_of_another_site_does_nothing(world: World, headers: dict[str, str]) -> None:
    order = sent(world)
    link = track(world, order)
    assert visit(world, f"{link}/receipt", {}, headers).status == 403
    assert read(world, order["order_id"])["status"] == "shipped"


def test_what_is_no_button_of_ours_is_refused(world: World) -> None:
    link = track(world, placed(world))
    assert visit(world, f"{link}/delete-everything", {}).status == 403
    assert visit(world, f"{link}/receipt", b"x" * 20_000).status == 403


def test_links_that_are_tampered_with_expired_or_of_no_order_reveal_nothing(world: World) -> None:
    order = placed(world)
    link = track(world, order)
    keys = SECRETS["LinkSecret"]["keys"]
    assert keys not in visit(world, link).html
    wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
    unknown = [visit(world, path) for path in (wrong, "/track/nonsense", "/track/javascript:alert(1)")]
    assert {page.status for page in unknown} == {404}
    assert len({page.html for page in unknown}) == 1
    world.clock.advance(days=91)
    expired = visit(world, link, headers={"accept-language": "zh"})
    assert (expired.status, "此链接已过期" in expired.html) == (410, True)
    for page in (*unknown, expired):
        assert "WEB-1001" not in page.html
        assert page.headers["cache-control"] == "no-store"


def test_a_link_of_an_order_that_is_not_there_is_unknown(world: World) -> None:
    import hashlib

    key = hashlib.sha256(SECRETS["LinkSecret"]["keys"].encode()).digest()
    token = sign_link("ord_01KJM1TD80QF4RNX9Z5TTWJ1H7", START, [key])
    assert visit(world, f"/track/{token}").status == 404


class OutOfReach(NoFault):
    """DynamoDB does not answer."""

    def before(self, call: Any) -> None:
        if call.service == "dynamodb":
            raise ConnectionError("out of reach")


def test_when_storage_is_out_of_reach_the_customer_gets_a_page(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    link = track(world, placed(world))
    with world.fault(OutOfReach()):
        seen = visit(world, link)
    assert (seen.status, "cannot be shown just now" in seen.html) == (503, True)
    assert link.rpartition("/")[2] not in capsys.readouterr().out


def test_the_page_of_a_very_large_order_stays_small(world: World) -> None:
    lines = [{"line_id": str(n), "sku": "TEE-WHITE", "quantity": 1, "options": {"size": "M"}} for n in range(120)]
    html = visit(world, track(world, placed(world, lines=lines))).html
    assert "80 more items are not shown." in html
    assert len(html.encode()) < 60_000
