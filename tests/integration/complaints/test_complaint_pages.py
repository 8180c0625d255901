"""The pages on which customers complain, follow it, answer, reopen it and say what they think: by signed link."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ordo.complaints.links import page_token
from ordo.kernel.clock import system_clock
from ordo.runtime.secrets import signing_keys
from tests.support.browser import visit
from tests.support.shop import must
from tests.support.tracked import placed, track
from tests.support.world import World

pytestmark = pytest.mark.moto


@pytest.fixture
def form(world: World) -> str:
    """The path of the form, by the link of an order's own page."""
    page = track(world, placed(world))
    found = re.search(r'href="(\.\./complain/[^"?]+)', visit(world, page).html)
    assert found
    return found[1].replace("..", "")


def complained(world: World, form: str, **fields: str) -> str:
    """The path of the complaint's page."""
    entered = {"subject": "太迟了", "text": "等了一个星期", "category": "delivery", "key": "k1", **fields}
    answer = visit(world, form, entered)
    assert answer.status == 303, answer.html
    return answer.headers["location"].replace("..", "").partition("?")[0]


def the_only(world: World) -> dict[str, Any]:
    (order,) = must(world.call("GET", "/v1/orders?status=placed"))["orders"]
    (row,) = must(world.call("GET", f"/v1/complaints?order_id={order['order_id']}"))["complaints"]
    found: dict[str, Any] = must(world.call("GET", f"/v1/complaints/{row['complaint_id']}"))
    return found


def test_the_orders_page_leads_to_the_form_and_the_form_to_the_complaint(world: World, form: str) -> None:
    shown = visit(world, form)
    assert shown.status == 200
    assert "<script" not in shown.html
    page = complained(world, form)
    assert complained(world, form) == page  # sent twice
    assert "We have your complaint and will look at it" in visit(world, page).html
    world.pump()
    found = the_only(world)
    assert (found["source"], found["category"], found["text"]) == ("customer", "delivery", "等了一个星期")
    seen = visit(world, f"{page}?lang=zh").html
    assert "我们正在处理" in seen
    assert "等了一个星期" in seen
    assert found["department"] not in seen


def test_what_is_entered_is_escaped_and_checked(world: World, form: str) -> None:
    answer = visit(world, form, {"subject": "<b>", "text": " ", "key": "k"})
    assert (answer.status, "&lt;b&gt;" in answer.html, "<b>" in answer.html) == (422, True, False)
    assert "Please write what happened." in answer.html
    assert visit(world, form, {"subject": "a", "text": "b", "email": "no", "key": "k"}).status == 422
    page = complained(world, form, text="<script>alert(1)</script>")
    world.pump()
    assert "<script" not in visit(world, page).html


def test_customer_and_staff_talk_and_notes_are_not_shown(world: World, form: str) -> None:
    page = complained(world, form)
    world.pump()
    path = f"/v1/complaints/{the_only(world)['complaint_id']}"
    must(world.call("POST", f"{path}/messages", {"role": "staff", "text": "Tomorrow"}, key="m1"))
    must(world.call("POST", f"{path}/messages", {"role": "note", "text": "Grumpy"}, key="m2"))
    assert visit(world, f"{page}/message", {"text": "Thanks", "key": "k2"}).headers["location"].endswith("message")
    seen = visit(world, page).html
    assert [text in seen for text in ("Tomorrow", "Thanks", "Grumpy")] == [True, True, False]


def test_a_solved_one_is_rated_and_reopened(world: World, form: str) -> None:
    page = complained(world, form)
    world.pump()
    path = f"/v1/complaints/{the_only(world)['complaint_id']}/resolution"
    assert "notice=not_now" in visit(world, f"{page}/rate", {"score": "5"}).headers["location"]
    must(world.call("POST", path, {"outcome": "apology", "reason": "Sorry"}, key="r"))
    assert visit(world, f"{page}/rate", {"score": "6"}).status == 422
    assert visit(world, f"{page}/rate", {"score": "2", "text": "Still late"}).status == 303
    found = the_only(world)["satisfaction"]
    assert (found["score"], found["text"]) == (2, "Still late")
    assert "2 of 5" in visit(world, page).html
    assert visit(world, f"{page}/reopen", {"text": "It never came", "key": "k9"}).status == 303
    assert (the_only(world)["state"], the_only(world)["reopened"]) == ("open", 1)


def test_other_sites_cannot_press_and_bad_links_show_nothing(world: World, form: str) -> None:
    page = complained(world, form)
    world.pump()
    foreign = {"sec-fetch-site": "cross-site"}
    assert visit(world, f"{page}/message", {"text": "x", "key": "k"}, headers=foreign).status == 403
    assert visit(world, form, {"subject": "x", "text": "y"}, headers=foreign).status == 403
    assert visit(world, "/complaints/none").status == 404
    assert visit(world, "/complain/none").status == 404
    assert visit(world, page.replace("/complaints/", "/complain/")).status == 404  # a link of another purpose
    token = page_token("cmp_01JDQ8Z0000000000000000000", system_clock(), signing_keys("LinkSecret"))
    assert visit(world, f"/complaints/{token}").status == 404
    assert visit(world, f"{page}/message").status == 303
    world.clock.advance(days=200)
    assert visit(world, page).status == 410


@pytest.mark.parametrize("name", ["show_complaint", "show_complaint_form", "rate_complaint"])
def test_recorded_events_are_taken(world: World, name: str) -> None:
    from tests.integration.complaints.test_complaints_api import EVENTS

    event = json.loads((EVENTS / f"api/{name}.json").read_text())
    assert world.invoke("show_complaint", event)["statusCode"] == 404  # another shop's


def test_the_catalogues_have_the_same_keys_and_places() -> None:
    from ordo.complaints.words import CATALOGUES, CATEGORIES

    english, chinese = CATALOGUES["en"], CATALOGUES["zh"]
    places = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in english.items()}
    assert {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in chinese.items()} == places
    assert {f"category.{each}" for each in CATEGORIES} <= english.keys()
    assert {f"outcome.{each}" for each in ("apology", "coupon", "refund", "redo")} <= english.keys()
