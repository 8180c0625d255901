"""Returns on the page: asked for without a script, followed step by step, sent, taken back; in both languages."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from ordo.aftersales.requesting import MAX_PHOTOS
from tests.support.browser import visit
from tests.support.returned import EVERYTHING, ask, came, inspected, received, return_policy
from tests.support.shop import must, place, read
from tests.support.tracked import track
from tests.support.uploads import JPEG, upload
from tests.support.world import World

pytestmark = pytest.mark.moto
JSON = {"content-type": "application/json"}


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Three white tees came, and the channel takes them back."""
    return_policy(world, {**EVERYTHING, "preset": "cn_7_days"})
    return came(world, "PAGE-1")


def filled(world: World, link: str, **fields: str) -> dict[str, str]:
    html = visit(world, f"{link}/return").html
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found is not None, html
    return {"key": found.group(1), "units.1": "1", "reason": "too_small", "outcome": "refund", "way": "own", **fields}


def back(world: World, order: dict[str, Any]) -> dict[str, Any]:
    (found,) = read(world, order["order_id"])["returns"]
    whole: dict[str, Any] = must(world.call("GET", f"/v1/returns/{found['return_id']}"))
    return whole


def test_it_is_asked_for_once_and_followed_to_its_end(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    assert "Return or exchange" in visit(world, link).html
    form = filled(world, link, note="太小了")
    for _ in range(2):
        assert visit(world, f"{link}/return", form).headers["location"].endswith("notice=return")
    assert back(world, order)["note"] == "太小了"
    world.pump()
    html = visit(world, link).html
    assert "Return: approved" in html
    assert "Please send it by" in html
    found = back(world, order)
    number = {"return_id": found["return_id"], "carrier": "SF Express", "number": "sf 123"}
    assert visit(world, f"{link}/return-sent", number).headers["location"].endswith("notice=return_sent")
    assert "SF Express SF123" in visit(world, link).html
    received(world, found["return_id"], "r1", inspected())
    html = visit(world, f"{link}?lang=zh").html
    assert "退货: 已完成" in html
    assert "已计退款" in html
    assert visit(world, f"{link}/return").status == 200  # two more may come back


def test_what_of_the_refund_is_credit_is_told(world: World, order: dict[str, Any]) -> None:
    name = ask(world, order, "mixed", store_credit=2_000)["return_id"]
    world.pump()
    received(world, name, "r1", inspected())
    link = track(world, order)
    assert "20.00" in visit(world, link).html
    assert "of it is a credit in the shop" in visit(world, link).html
    assert "为店铺余额" in visit(world, f"{link}?lang=zh").html


def test_a_size_is_exchanged_on_the_page(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    wrong = visit(world, f"{link}/return", filled(world, link, outcome="exchange"))
    assert wrong.status == 422
    assert "another option" in wrong.html
    other = {"outcome": "exchange", "to.1.size": "L"}
    assert visit(world, f"{link}/return", filled(world, link, **other)).status == 303
    world.pump()
    assert back(world, order)["exchange"]["lines"] == [{"sku": "TEE-WHITE", "quantity": 1, "options": {"size": "L"}}]
    assert "Exchange: approved" in visit(world, link).html


def test_it_is_taken_back_until_it_is_sent(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    visit(world, f"{link}/return", filled(world, link))
    world.pump()
    form = {"return_id": back(world, order)["return_id"]}
    assert visit(world, f"{link}/return-withdraw", form).headers["location"].endswith("notice=return_withdrawn")
    assert "Return: ended" in visit(world, link).html
    assert visit(world, f"{link}/return-withdraw", {"return_id": "ret_x_1"}).headers["location"].endswith("not_now")


@pytest.mark.parametrize("fields", [{"units.1": "9"}, {"units.1": "0"}, {"reason": "?"}, {"outcome": "?"}])
def test_what_is_wrong_is_said_beside_the_form(world: World, order: dict[str, Any], fields: dict[str, str]) -> None:
    link = track(world, order)
    answer = visit(world, f"{link}/return", filled(world, link, **fields))
    assert answer.status == 422
    assert 'role="alert"' in answer.html
    assert read(world, order["order_id"])["returns"] == []


def test_a_channel_without_a_policy_offers_none(world: World) -> None:
    link = track(world, came(world, "PAGE-2"))
    assert "Return or exchange" not in visit(world, link).html
    assert visit(world, f"{link}/return").headers["location"].endswith("notice=not_now")


def pictured(world: World, link: str) -> str:
    """A photo, uploaded as the page's script does it."""
    wanted = json.dumps({"kind": "photo", "content_type": "image/jpeg"}).encode()
    return upload(world, json.loads(visit(world, f"{link}/return-upload", wanted, JSON).html), JPEG + os.urandom(4))


def test_photos_go_with_it_and_the_same_form_is_one_return(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    form = filled(world, link, photos=pictured(world, link), reason="damaged_on_arrival")
    for _ in range(2):
        assert visit(world, f"{link}/return", form).status == 303
    (shown,) = back(world, order)["files"]
    assert (shown["kind"], shown["content_type"]) == ("return_photo", "image/jpeg")


@pytest.mark.parametrize("photos", ["upl_nothing", "upl_01JC0000000000000000000000", "x y"])
def test_a_photo_that_never_arrived_is_said_beside_the_form(world: World, order: dict[str, Any], photos: str) -> None:
    link = track(world, order)
    answer = visit(world, f"{link}/return", filled(world, link, photos=photos))
    assert answer.status == 422
    assert "choose the photos again" in answer.html
    assert read(world, order["order_id"])["returns"] == []


def test_more_photos_than_a_return_has_are_refused(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    photos = [pictured(world, link) for _ in range(MAX_PHOTOS + 1)]
    assert visit(world, f"{link}/return", filled(world, link, photos=" ".join(photos))).status == 422
    assert visit(world, f"{link}/return", filled(world, link, photos=" ".join(photos[1:]))).status == 303
    assert len(back(world, order)["files"]) == MAX_PHOTOS


def test_no_photo_is_taken_where_nothing_may_come_back_or_of_another_type(world: World, order: dict[str, Any]) -> None:
    text = json.dumps({"content_type": "text/html"}).encode()
    assert visit(world, f"{track(world, order)}/return-upload", text, JSON).status == 403
    photo = json.dumps({"content_type": "image/jpeg"}).encode()
    assert visit(world, f"{track(world, place(world))}/return-upload", photo, JSON).status == 403


def test_what_is_missing_is_claimed_without_sending_anything_back(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    assert visit(world, f"{link}/return", filled(world, link, reason="missing", way="none")).status == 303
    found = back(world, order)
    assert (found["without_goods"], found["reship"], found["outcome"]) == (True, False, "refund")
    assert "Your claim" in visit(world, link).html


def test_what_came_wrong_is_sent_again(world: World, order: dict[str, Any]) -> None:
    link = track(world, order)
    assert visit(world, f"{link}/return", filled(world, link, reason="wrong_item", outcome="again")).status == 303
    found = back(world, order)
    assert (found["without_goods"], found["reship"]) == (True, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"way": "none"}, "what is wrong with it"),
        ({"outcome": "again"}, "what is wrong with it"),
        ({"way": "none", "reason": "missing", "outcome": "exchange"}, "a credit, or it sent again"),
    ],
)
def test_nothing_is_claimed_without_a_fault_or_for_what_needs_the_goods(
    world: World, order: dict[str, Any], fields: dict[str, str], said: str
) -> None:
    link = track(world, order)
    answer = visit(world, f"{link}/return", filled(world, link, **fields))
    assert (answer.status, said in answer.html) == (422, True)
    assert read(world, order["order_id"])["returns"] == []
