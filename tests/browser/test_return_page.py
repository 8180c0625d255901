"""A return asked for in a real browser: with a photo, as a claim, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.browser import files_of
from tests.support.looking import DESK, PHONE, barriers, opened, shoot, wide
from tests.support.returned import EVERYTHING, came, return_policy
from tests.support.shop import read
from tests.support.signed import PHOTO
from tests.support.tracked import track
from tests.support.world import World

pytestmark = pytest.mark.moto


@pytest.fixture
def bucket(world: World, base: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where files are uploaded, of another origin than the pages."""
    with files_of(world, monkeypatch) as address:
        yield address


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Three tees came, and the channel takes them back."""
    return_policy(world, {**EVERYTHING, "preset": "cn_7_days"})
    return came(world, "BROWSER-1")


@pytest.mark.parametrize(
    ("size", "locale", "link", "reason", "way", "end"),
    [
        (PHONE, "en-GB", "Return or exchange", "Too small", "With a carrier of my own", "We have your request"),
        (DESK, "zh-CN", "退货或换货", "少件", "不寄回：商品缺少或有误，无需寄回", "我们已收到您的申请"),
    ],
    ids=["phone-en", "desk-zh"],
)
def test_a_return_is_asked_for_with_a_photo(
    world: World,
    base: str,
    bucket: str,
    chromium: Any,
    axe: str,
    order: dict[str, Any],
    size: dict[str, int],
    locale: str,
    link: str,
    reason: str,
    way: str,
    end: str,
) -> None:
    with opened(chromium, locale=locale, viewport=size) as page:
        page.goto(base + track(world, order))
        page.get_by_role("link", name=link).click()
        page.locator("input[name='units.1']").fill("1")
        page.locator("#reason").select_option(label=reason)
        page.get_by_label(way).check()
        page.locator("#photos").set_input_files([PHOTO])
        page.locator("#shots img").wait_for()
        assert not wide(page)
        shoot(page, f"return-{locale}-{size['width']}")
        assert barriers(page, axe) == []
        page.locator("form button:not([type])").click()
        page.locator(".note", has_text=end).wait_for()
        hosts = {urlsplit(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
        assert hosts == {urlsplit(base).netloc, urlsplit(bucket).netloc}
        assert page.said == []
    (found,) = read(world, order["order_id"])["returns"]
    assert world.call("GET", f"/v1/returns/{found['return_id']}").body["files"][0]["kind"] == "return_photo"


def test_without_scripts_there_are_no_photos_and_mistakes_are_said(
    world: World, base: str, chromium: Any, order: dict[str, Any]
) -> None:
    with opened(chromium, java_script_enabled=False) as page:
        page.goto(f"{base}{track(world, order)}/return")
        assert page.locator("#photos").is_hidden()
        assert "please describe what is wrong" in page.locator("form").inner_text()
        page.locator("input[name='units.1']").fill("9")
        page.get_by_role("button", name="Ask for the return").click()
        assert "at most as many as can come back" in page.get_by_role("alert").inner_text()
        page.locator("input[name='units.1']").fill("1")
        page.get_by_role("button", name="Ask for the return").click()
        assert "We have your request" in page.get_by_role("status").inner_text()
    assert len(read(world, order["order_id"])["returns"]) == 1
