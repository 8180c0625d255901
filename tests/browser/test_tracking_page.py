"""The tracking page in a real browser: both languages, a phone and a desk, no scripts, no barriers, nothing remote."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.looking import DESK, PHONE, barriers, opened, shoot, wide
from tests.support.shop import must, read
from tests.support.tracked import paid, placed, sent, track
from tests.support.world import World

pytestmark = pytest.mark.moto
TAB_STOPS = 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(("locale", "status"), [("en-GB", "Out for delivery"), ("zh-CN", "派送中")])
def test_an_order_on_its_way(
    world: World, base: str, chromium: Any, axe: str, locale: str, status: str, size: dict[str, int], scheme: str
) -> None:
    order = sent(world, "picked_up", "in_transit", "out_for_delivery")
    with opened(chromium, locale=locale, viewport=size, color_scheme=scheme) as page:
        page.goto(base + track(world, order))
        assert page.locator(".status").inner_text() == status
        assert page.locator(".log li").count() > 5
        assert not wide(page)
        assert {urlsplit(url).netloc for url in page.asked if not url.startswith("data:")} == {urlsplit(base).netloc}
        assert page.said == []  # a refused style or picture would be told here
        assert page.locator("main").evaluate("e => getComputedStyle(e.querySelector('.card')).borderRadius") == "12px"
        shoot(page, f"way-{locale}-{size['width']}-{scheme}")
        assert barriers(page, axe) == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_an_order_with_everything_to_do(
    world: World, base: str, chromium: Any, axe: str, locale: str, size: dict[str, int]
) -> None:
    with opened(chromium, locale=locale, viewport=size) as page:
        page.goto(base + track(world, placed(world)))
        for details in page.locator("summary").all():
            details.click()
        assert not wide(page)
        shoot(page, f"todo-{locale}-{size['width']}")
        assert barriers(page, axe) == []


def test_everything_can_be_read_and_done_without_scripts(world: World, base: str, chromium: Any) -> None:
    order = sent(world, "in_transit")
    with opened(chromium, java_script_enabled=False) as page:
        page.goto(base + track(world, order))
        page.get_by_role("button", name="I have received it").click()
        assert page.get_by_role("status").inner_text() == "Thank you. The order is completed."
        assert page.get_by_role("button").count() == 0
    assert read(world, order["order_id"])["status"] == "completed"


def test_the_keyboard_reaches_what_can_be_done_and_shows_where_it_is(world: World, base: str, chromium: Any) -> None:
    order = paid(world)
    with opened(chromium) as page:
        page.goto(base + track(world, order))
        stops = []
        for _ in range(TAB_STOPS):
            page.keyboard.press("Tab")
            stops.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert stops == ["中文", "Change the delivery address", "Cancel the order"]
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        assert page.get_by_role("status").inner_text() == "The order is cancelled."
    assert read(world, order["order_id"])["status"] == "cancelled"


def test_a_screen_reader_is_told_where_the_order_is(world: World, base: str, chromium: Any) -> None:
    with opened(chromium) as page:
        page.goto(base + track(world, sent(world)))
        assert [each.inner_text() for each in page.get_by_role("heading", level=1).all()] == ["Order WEB-1001"]
        now = page.locator("[aria-current=step]")
        assert now.text_content().split("(")[0].strip() == "Sent"
        assert "(now)" in now.text_content()
        names = [page.locator(f"#{each.get_attribute('aria-labelledby')}").inner_text() for each in sections(page)]
        assert names == ["On its way", "What you can do", "What has happened", "Parcels", "Items", "Delivery to"]


def sections(page: Any) -> list[Any]:
    found: list[Any] = page.locator("section").all()
    return found


def test_the_language_can_be_changed_and_stays(world: World, base: str, chromium: Any) -> None:
    with opened(chromium) as page:
        page.goto(base + track(world, sent(world, "in_transit")))
        page.get_by_role("link", name="中文").click()
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        page.get_by_role("button", name="确认收货").click()
        assert page.get_by_role("status").inner_text() == "谢谢，订单已完成。"


def test_an_address_is_corrected_where_it_is_wrong(world: World, base: str, chromium: Any, axe: str) -> None:
    order = paid(world)
    with opened(chromium, viewport=PHONE) as page:
        page.goto(base + track(world, order))
        page.get_by_text("Change the delivery address").click()
        page.get_by_label("City").fill("上海市")
        page.get_by_label("Street and number").fill("南京路 1 号")
        page.get_by_label("Phone").fill("12")
        page.get_by_role("button", name="Save the new address").click()
        assert "not a phone number" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("City").input_value() == "上海市"
        shoot(page, "address-wrong")
        assert barriers(page, axe) == []
        page.get_by_label("Phone").fill("13800000001")
        page.get_by_role("button", name="Save the new address").click()
        assert page.get_by_role("status").inner_text() == "The new address is saved."
    assert read(world, order["order_id"])["contact"]["ship_to"]["city"] == "上海市"


@pytest.mark.parametrize(("locale", "text"), [("en-GB", "This link has expired"), ("zh-CN", "此链接已过期")])
def test_an_expired_link(world: World, base: str, chromium: Any, axe: str, locale: str, text: str) -> None:
    link = track(world, placed(world))
    world.clock.advance(days=91)
    with opened(chromium, locale=locale, viewport=PHONE) as page:
        assert page.goto(base + link).status == 410
        assert page.locator("h1").inner_text() == text
        shoot(page, f"expired-{locale}")
        assert barriers(page, axe) == []


def test_a_tampered_link(world: World, base: str, chromium: Any, axe: str) -> None:
    link = track(world, placed(world))
    with opened(chromium) as page:
        assert page.goto(f"{base}{link[:-2]}xx").status == 404
        assert page.locator("h1").inner_text() == "This link does not lead to an order"
        assert "WEB-1001" not in page.content()
        page.get_by_role("link", name="中文").click()
        assert page.locator("h1").inner_text() == "此链接无法打开订单"
        assert barriers(page, axe) == []


def test_units_that_are_missing_are_told_with_what_is_done(world: World, base: str, chromium: Any, axe: str) -> None:
    order = paid(world)
    fulfilment = order["order_id"].replace("ord_", "ful_") + "_1"
    for node in ("1", "2", "3", "4"):
        path = f"/v1/fulfilments/{fulfilment[:-1]}{node}/reject"
        if world.call("POST", path, {"reason": "missing"}).status != 200:
            break
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
    with opened(chromium, viewport=PHONE) as page:
        page.goto(base + track(world, order))
        assert "We look for them at our other places" in page.locator("main").inner_text()
        shoot(page, "incident")
        assert barriers(page, axe) == []
