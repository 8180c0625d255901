"""Damage reported in a real browser: with photos, without scripts, with what is refused, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from ordo.orders.model import shipment_id
from ordo.shipments.evidence import LIMITS
from ordo.shipments.proof_model import FileKind
from tests.support.browser import files_of
from tests.support.looking import DESK, PHONE, barriers, opened, shoot, wide
from tests.support.shop import must, read
from tests.support.signed import PHOTO, verified
from tests.support.tracked import NUMBER, sent, track
from tests.support.uploads import proof
from tests.support.world import World

pytestmark = pytest.mark.moto


@pytest.fixture
def bucket(world: World, base: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where files are uploaded, of another origin than the pages."""
    with files_of(world, monkeypatch) as address:
        yield address


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Handed over."""
    order = sent(world, "out_for_delivery")
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/proof"
    must(world.call("POST", path, proof(tracking_number=NUMBER), key="p1"))
    return order


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(
    ("locale", "button", "units", "end"),
    [
        ("en-GB", "Report damage", "White tee · M, 3 came", "Thank you. We have your report and see to it."),
        ("zh-CN", "报告损坏", "白色 T 恤 · M（收到 3 件）", "谢谢，我们已收到您的报告，正在处理。"),
    ],
)
def test_damage_is_reported_with_a_photo(
    world: World,
    base: str,
    bucket: str,
    chromium: Any,
    axe: str,
    order: dict[str, Any],
    size: dict[str, int],
    locale: str,
    button: str,
    units: str,
    end: str,
) -> None:
    with opened(chromium, locale=locale, viewport=size) as page:
        page.goto(base + track(world, order))
        shoot(page, f"damage-offer-{locale}-{size['width']}")
        assert barriers(page, axe) == []
        page.get_by_role("link", name=button).click()
        page.get_by_label(units).fill("2")
        page.locator("#note").fill("碎了")
        page.locator("#photos").set_input_files([PHOTO])
        page.locator("#shots img").wait_for()
        assert not wide(page)
        shoot(page, f"damage-{locale}-{size['width']}")
        assert barriers(page, axe) == []
        page.locator("form button:not([type])").click()
        page.locator(".note", has_text=end).wait_for()
        shoot(page, f"damage-sent-{locale}-{size['width']}")
        assert barriers(page, axe) == []
        hosts = {urlsplit(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
        assert hosts == {urlsplit(base).netloc, urlsplit(bucket).netloc}
        assert page.said == []
    (report,) = read(world, order["order_id"])["damage_reports"]
    assert (report["lines"][0]["quantity"], len(report["files"])) == (2, 1)
    assert verified(world, order)["findings"] == []


def test_damage_is_reported_without_scripts_but_then_without_photos(
    world: World, base: str, chromium: Any, order: dict[str, Any]
) -> None:
    with opened(chromium, java_script_enabled=False) as page:
        page.goto(base + track(world, order))
        page.get_by_role("link", name="Report damage").click()
        assert page.locator("#photos").is_hidden()
        assert "please describe the damage" in page.locator("form").inner_text()
        page.get_by_role("button", name="Send the report").click()
        assert "at least one" in page.get_by_role("alert").inner_text()
        page.get_by_label("White tee · M, 3 came").fill("1")
        page.get_by_role("button", name="Send the report").click()
        assert page.get_by_role("status").inner_text() == "Thank you. We have your report and see to it."
    assert len(read(world, order["order_id"])["damage_reports"]) == 1


def test_photos_that_do_not_go_out_stay_and_those_that_are_refused_are_named(
    world: World, base: str, bucket: str, chromium: Any, axe: str, order: dict[str, Any], monkeypatch: Any
) -> None:
    with opened(chromium, viewport=PHONE) as page:
        page.goto(f"{base}{track(world, order)}/damage")
        text = {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"hello"}
        page.locator("#photos").set_input_files([text, PHOTO])
        page.locator("#wrong", has_text="letter.txt is not a photo").wait_for()
        page.get_by_label("White tee · M, 3 came").fill("1")
        page.context.set_offline(True)
        page.get_by_role("button", name="Send the report").click()
        page.locator("#wrong", has_text="did not go out").wait_for()
        page.context.set_offline(False)
        limit = LIMITS[FileKind.DAMAGE_PHOTO]
        monkeypatch.setitem(LIMITS, FileKind.DAMAGE_PHOTO, 10)
        page.get_by_role("button", name="Send the report").click()
        page.locator("#wrong", has_text="refused as too large").wait_for()
        shoot(page, "damage-refused")
        assert barriers(page, axe) == []
        assert read(world, order["order_id"])["damage_reports"] == []
        monkeypatch.setitem(LIMITS, FileKind.DAMAGE_PHOTO, limit)
        page.get_by_role("button", name="Send the report").click()
        page.locator(".note", has_text="We have your report").wait_for()
    (report,) = read(world, order["order_id"])["damage_reports"]
    assert len(report["files"]) == 1
