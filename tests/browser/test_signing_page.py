"""The courier's page in a real browser: drawn, photographed, kept while there is no network, sent once, proven."""

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
from tests.support.polling import eventually
from tests.support.shop import must, read
from tests.support.signed import PHOTO, draw, in_two_boxes, proofs, sign_path, verified
from tests.support.tracked import NUMBER, sent
from tests.support.uploads import proof
from tests.support.world import World

pytestmark = pytest.mark.moto
HERE = {"latitude": 30.2701, "longitude": 120.1502, "accuracy": 8}
COUNT = """() => new Promise((good) => {
    const opening = indexedDB.open("ordo-signing", 1);
    opening.onsuccess = () => {
        const work = opening.result.transaction(["drafts", "handovers"]);
        const found = {};
        for (const name of ["drafts", "handovers"]) {
            work.objectStore(name).count().onsuccess = (event) => { found[name] = event.target.result; };
        }
        work.oncomplete = () => { opening.result.close(); good(found); };
    };
})"""
DRAFT = "() => keeping.draft(sending.config.shipment).then((draft) => draft && { condition: draft.condition })"


@pytest.fixture
def bucket(world: World, base: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where files are uploaded, of another origin than the pages."""
    with files_of(world, monkeypatch) as address:
        yield address


def arrive(page: Any, base: str, path: str) -> None:
    """Open the page and wait until its script is ready."""
    page.goto(base + path)
    page.locator("#form").wait_for(state="visible")


def enter(page: Any, name: str = "示例邻居", relation: str = "neighbour") -> None:
    """Who took it, and a drawn signature."""
    page.locator("#relation").select_option(relation)
    page.locator("#name").fill(name)
    draw(page)


def send(page: Any) -> None:
    page.locator("button[type=submit]").click()


def until_sent(page: Any, text: str = "Sent at") -> None:
    page.locator("#said", has_text=text).wait_for(timeout=20_000)


def kept(page: Any) -> dict[str, int]:
    """How many drafts and handovers the device holds, by looking into its database."""
    found: dict[str, int] = page.evaluate(COUNT)
    return found


def posted(page: Any, end: str) -> int:
    return sum(urlsplit(url).path.endswith(end) for url in page.asked)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_drawn_line_ends_in_a_verified_proof(
    world: World, base: str, bucket: str, chromium: Any, axe: str, locale: str, size: dict[str, int]
) -> None:
    order = sent(world, "out_for_delivery")
    name = f"sign-{locale}-{size['width']}"
    options = {"locale": locale, "viewport": size, "geolocation": HERE, "permissions": ["geolocation"]}
    with opened(chromium, **options) as page:
        arrive(page, base, sign_path(world, order))
        page.locator("#place", has_text="8").wait_for()
        page.locator("#photos").set_input_files([PHOTO])
        page.locator("#shots img").wait_for()
        page.locator("#contents summary").click()
        enter(page)
        assert not wide(page)
        shoot(page, name)
        assert barriers(page, axe) == []
        send(page)
        until_sent(page, "已于" if locale == "zh-CN" else "Sent at")
        shoot(page, f"{name}-sent")
        assert barriers(page, axe) == []
        assert kept(page) == {"drafts": 0, "handovers": 0}
        assert "文三路" not in page.content()
        assert "示例" not in page.content()
        hosts = {urlsplit(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
        assert hosts == {urlsplit(base).netloc, urlsplit(bucket).netloc}
        assert page.said == []
    (proof,) = proofs(world, order)
    assert (proof["handover"], proof["relation"], proof["distance_m"]) == ("delivered", "neighbour", 22)
    assert [file["kind"] for file in proof["files"]] == ["signature", "photo"]
    assert proof["personal"]["receiver"] == "示例邻居"
    assert len(proof["personal"]["strokes"][0]) > 10
    found = verified(world, order)
    assert (found["verified"], found["findings"], found["files"]) == (True, [], 2)
    assert read(world, order["order_id"])["status"] == "delivered"


def test_a_handover_without_a_network_waits_and_is_sent_once_it_is_there(
    world: World, base: str, bucket: str, chromium: Any, axe: str
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium, viewport=PHONE) as page:
        arrive(page, base, sign_path(world, order))
        page.context.set_offline(True)
        enter(page)
        send(page)
        page.locator("#said", has_text="Waiting for a connection").wait_for()
        assert kept(page) == {"drafts": 0, "handovers": 1}
        shoot(page, "sign-waiting")
        assert barriers(page, axe) == []
        assert proofs(world, order) == []
        page.context.set_offline(False)
        until_sent(page)
        assert kept(page) == {"drafts": 0, "handovers": 0}
        assert posted(page, "/proof") == 1
    assert len(proofs(world, order)) == 1
    assert verified(world, order)["findings"] == []


def test_what_waits_is_sent_after_the_page_was_loaded_again(
    world: World, base: str, bucket: str, chromium: Any
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        link = sign_path(world, order)
        arrive(page, base, link)
        page.route("**/uploads", lambda route: route.abort())
        enter(page)
        send(page)
        page.locator("#said", has_text="Not sent yet").wait_for()
        page.reload()
        page.locator("#said", has_text="Not sent yet").wait_for()
        assert page.locator("#form").is_hidden()
        page.unroute("**/uploads")
        page.reload()
        until_sent(page)
        assert kept(page) == {"drafts": 0, "handovers": 0}
    assert len(proofs(world, order)) == 1


def test_a_proof_whose_answer_was_lost_is_not_recorded_twice(
    world: World, base: str, bucket: str, chromium: Any
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        arrive(page, base, sign_path(world, order))

        def lose(route: Any) -> None:
            assert route.fetch().status == 201
            route.abort()

        page.route("**/proof", lose)
        enter(page)
        send(page)
        page.locator("#said", has_text="Not sent yet").wait_for()
        assert len(proofs(world, order)) == 1
        page.unroute("**/proof")
        page.reload()  # which now says that everything is handed over
        until_sent(page)
        assert kept(page) == {"drafts": 0, "handovers": 0}
    assert len(proofs(world, order)) == 1
    assert read(world, order["order_id"])["status"] == "delivered"


def test_what_is_half_entered_is_there_after_the_page_was_loaded_again(
    world: World, base: str, bucket: str, chromium: Any
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        arrive(page, base, sign_path(world, order))
        page.locator("#photos").set_input_files([PHOTO])
        page.locator("#shots img").wait_for()
        enter(page)
        page.get_by_label("Wet").check()
        eventually(lambda: page.evaluate(DRAFT), lambda draft: draft is not None and draft["condition"] == "wet")
        page.reload()
        page.locator("#form").wait_for(state="visible")
        page.locator("#shots img").wait_for()
        assert page.locator("#name").input_value() == "示例邻居"
        send(page)
        until_sent(page)
    (proof,) = proofs(world, order)
    assert (proof["condition"], [file["kind"] for file in proof["files"]]) == ("wet", ["signature", "photo"])


def test_a_file_that_is_no_photo_or_too_large_is_refused_with_its_name(
    world: World, base: str, bucket: str, chromium: Any, axe: str
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium, viewport=PHONE) as page:
        arrive(page, base, sign_path(world, order))
        text = {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"hello"}
        large = {"name": "huge.jpg", "mimeType": "image/jpeg", "buffer": b"x" * (5 * 1024 * 1024 + 1)}
        page.locator("#photos").set_input_files([text, large])
        page.get_by_role("alert").wait_for()
        said = page.get_by_role("alert").inner_text()
        assert "letter.txt is not a photo" in said
        assert "huge.jpg is too large" in said
        shoot(page, "sign-refused-files")
        assert barriers(page, axe) == []
        assert page.locator("#shots img").count() == 0


def test_an_upload_that_is_refused_where_files_are_kept_says_so_and_can_be_mended(
    world: World, base: str, bucket: str, chromium: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        arrive(page, base, sign_path(world, order))
        page.locator("#photos").set_input_files([PHOTO])
        page.locator("#shots img").wait_for()
        enter(page)
        monkeypatch.setitem(LIMITS, FileKind.PHOTO, 10)
        send(page)
        page.get_by_role("alert", name="").wait_for()
        assert "refused as too large or as no photo" in page.locator("#wrong").inner_text()
        assert page.locator("#name").input_value() == "示例邻居"
        assert proofs(world, order) == []
        page.get_by_role("button", name="Remove photo 1").click()
        send(page)
        until_sent(page)
    (proof,) = proofs(world, order)
    assert [file["kind"] for file in proof["files"]] == ["signature"]


def test_the_keyboard_alone_proves_a_delivery(world: World, base: str, bucket: str, chromium: Any) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        arrive(page, base, sign_path(world, order))

        def tab_to(selector: str) -> None:
            for _ in range(40):
                page.keyboard.press("Tab")
                if page.evaluate("(one) => document.activeElement.matches(one)", selector):
                    return
            raise AssertionError(f"the keyboard does not reach {selector}")

        tab_to("#relation")
        page.keyboard.type("Somebody of")
        tab_to("#name")
        page.keyboard.type("Li Wei")
        tab_to("#unsigned")
        page.keyboard.press("Space")
        tab_to("button[type=submit]")
        page.keyboard.press("Enter")
        until_sent(page)
    (proof,) = proofs(world, order)
    assert (proof["relation"], proof["personal"]["receiver"], proof["files"]) == ("household", "Li Wei", [])
    assert proof["personal"]["note"].startswith("Cannot sign here")


def test_what_is_missing_is_said_and_nothing_is_sent(
    world: World, base: str, bucket: str, chromium: Any, axe: str
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium, viewport=PHONE) as page:
        arrive(page, base, sign_path(world, order))
        page.locator("#contents summary").click()
        page.locator("[name=damaged]").first.fill("99")
        send(page)
        said = page.get_by_role("alert").inner_text()
        for text in ("Say who took it", "signature is missing", "whole numbers"):
            assert text in said
        assert page.evaluate("document.activeElement.id") == "wrong"
        shoot(page, "sign-missing")
        assert barriers(page, axe) == []
        assert kept(page)["handovers"] == 0


def test_two_boxes_are_handed_over_with_one_signature_and_what_is_damaged_is_noted(
    world: World, base: str, bucket: str, chromium: Any, axe: str
) -> None:
    order = in_two_boxes(world)
    with opened(chromium, viewport=PHONE) as page:
        arrive(page, base, sign_path(world, order))
        assert "2 boxes" in page.locator("#to").inner_text()
        enter(page)
        page.locator("#contents summary").click()
        page.locator("[data-box=A] [name=damaged]").fill("1")
        page.locator("[data-box=B] [name=refused]").fill("1")
        page.locator("#reason").select_option("changed_mind")
        shoot(page, "sign-two-boxes")
        assert not wide(page)
        assert barriers(page, axe) == []
        send(page)
        until_sent(page)
    first, second = proofs(world, order)
    assert (first["damaged"][0]["quantity"], first["refused"], second["refused"][0]["quantity"]) == (1, [], 1)
    assert {each["kind"] for each in read(world, order["order_id"])["incidents"]} == {"damaged", "refused"}
    assert verified(world, order)["findings"] == []


def test_a_parcel_that_is_refused_at_the_door_needs_no_signature(
    world: World, base: str, bucket: str, chromium: Any, axe: str
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium, viewport=PHONE, locale="zh-CN") as page:
        arrive(page, base, sign_path(world, order))
        page.get_by_label("当面拒收").check()
        assert page.locator("#canvas").is_hidden()
        page.locator("#reason").select_option("not_ordered")
        shoot(page, "sign-refusing")
        assert barriers(page, axe) == []
        send(page)
        until_sent(page, "已于")
    (proof,) = proofs(world, order)
    assert (proof["handover"], proof["refusal_reason"]) == ("refused", "not_ordered")


def test_a_link_that_ends_while_it_waits_is_followed_by_a_new_one(
    world: World, base: str, bucket: str, chromium: Any
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        arrive(page, base, sign_path(world, order))
        page.context.set_offline(True)
        enter(page)
        send(page)
        page.locator("#said", has_text="Waiting").wait_for()
        world.clock.advance(days=15)
        page.context.set_offline(False)
        page.locator("#said", has_text="has expired").wait_for(timeout=20_000)
        assert kept(page)["handovers"] == 1
        page.goto(base + sign_path(world, order))
        until_sent(page)
        assert kept(page)["handovers"] == 0
    assert len(proofs(world, order)) == 1


@pytest.mark.parametrize(("locale", "text"), [("en-GB", "This link has expired"), ("zh-CN", "此链接已过期")])
def test_an_expired_link(world: World, base: str, chromium: Any, axe: str, locale: str, text: str) -> None:
    link = sign_path(world, sent(world, "out_for_delivery"))
    world.clock.advance(days=15)
    with opened(chromium, locale=locale, viewport=PHONE) as page:
        assert page.goto(base + link).status == 410
        assert page.locator("h1").inner_text() == text
        assert "文三路" not in page.content()
        shoot(page, f"sign-expired-{locale}")
        assert barriers(page, axe) == []


def test_a_tampered_link(world: World, base: str, chromium: Any, axe: str) -> None:
    link = sign_path(world, sent(world, "out_for_delivery"))
    with opened(chromium) as page:
        assert page.goto(f"{base}{link[:-2]}xx").status == 404
        assert page.locator("h1").inner_text() == "This link does not lead to a parcel"
        assert barriers(page, axe) == []


def test_without_scripts_the_page_says_what_it_needs_and_where_the_parcel_goes(
    world: World, base: str, chromium: Any
) -> None:
    link = sign_path(world, sent(world, "out_for_delivery"))
    with opened(chromium, java_script_enabled=False) as page:
        page.goto(base + link)
        assert "needs JavaScript" in page.locator("main").inner_text()
        assert "文三路" in page.locator("#to").inner_text()
        assert page.locator("#form").is_hidden()


def test_a_draft_of_what_was_proven_elsewhere_does_not_stay_on_the_device(
    world: World, base: str, bucket: str, chromium: Any
) -> None:
    order = sent(world, "out_for_delivery")
    with opened(chromium) as page:
        link = sign_path(world, order)
        arrive(page, base, link)
        page.locator("#name").fill("示例邻居")
        eventually(lambda: kept(page), lambda found: found["drafts"] == 1)
        path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/proof"
        must(world.call("POST", path, proof(tracking_number=NUMBER), key="by-the-app"))
        page.reload()
        page.locator("h1", has_text="Everything is handed over").wait_for()
        eventually(lambda: kept(page), lambda found: found == {"drafts": 0, "handovers": 0})
