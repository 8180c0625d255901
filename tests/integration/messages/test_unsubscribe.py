"""Who has had enough: the link in each mail, the mail reader's own button, and the customer's page."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from tests.integration.messages.test_notify_customer import POLICY, record, set_policy
from tests.support import lambdas
from tests.support.blueprint import ROOT
from tests.support.browser import visit
from tests.support.shop import cancel, order_body, place
from tests.support.tracked import paid, sent, track
from tests.support.world import World

pytestmark = pytest.mark.moto


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A shop that writes to its customers by mail and SMS."""
    environment = world.blueprint.environments["notify_customer"]
    for name, value in {"MAIL_FROM": "shop@example.com", "SMS": "true", "PUBLIC_URL": "https://api.test/live"}.items():
        monkeypatch.setitem(environment, name, value)
    monkeypatch.setattr(lambdas, "_idle", defaultdict(list))
    set_policy(world, POLICY)
    return world


def headers(world: World) -> dict[str, str]:
    """The headers of the last mail."""
    return {each["Name"]: each["Value"] for each in world.edge.mails[-1]["Content"]["Simple"]["Headers"]}


def stop_link(world: World) -> str:
    """The address in the last mail's header, below the API's own."""
    found = re.fullmatch(r"<https://api\.test/live(/unsubscribe/.+)>", headers(world)["List-Unsubscribe"])
    assert found is not None
    return found.group(1)


def one_click(world: World, link: str) -> int:
    """As a mail reader does (RFC 8058): no page, no browser, one field."""
    seen = visit(world, link, {"List-Unsubscribe": "One-Click"}, {"sec-fetch-site": "cross-site"})
    return seen.status


@pytest.mark.parametrize("name", ["show_unsubscribe", "unsubscribe"])
def test_the_events_are_what_the_function_takes(world: World, name: str) -> None:
    event = json.loads((ROOT / f"events/api/{name}.json").read_text(encoding="utf-8"))
    assert world.invoke("show_tracking", event)["statusCode"] == 404  # its order is another shop's


def test_every_mail_says_how_to_stop_them(world: World) -> None:
    paid(world)
    world.pump()
    assert len(world.edge.mails) == 2
    assert headers(world)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = world.edge.mails[-1]["Content"]["Simple"]["Body"]
    for text in (body["Text"]["Data"], body["Html"]["Data"]):
        assert stop_link(world).partition("?")[0] in text
    assert all("unsubscribe" not in text["Message"] for text in world.edge.texts)


def test_one_click_stops_progress_for_every_order_of_the_address_and_not_what_is_necessary(world: World) -> None:
    order = paid(world)
    world.pump()
    assert [one_click(world, stop_link(world)) for _ in range(2)] == [200, 200]
    other = place(world, order_body(external_id="WEB-2"))
    cancel(world, other["order_id"])
    sent(world, "out_for_delivery", external_id="WEB-3")
    world.pump()
    assert [each[:3] for each in record(world, other) if each[1] == "email"] == [
        ("placed", "email", "sent"),
        ("cancelled", "email", "sent"),
    ]
    again = must_find(world, "WEB-3")
    reasons = {kind: reason for kind, way, _, reason in record(world, again) if way == "email"}
    assert (reasons["placed"], reasons["paid"], reasons["dispatched"]) == ("", "unsubscribed", "unsubscribed")
    assert [way for _, way, state, _ in record(world, again) if state == "sent" and way == "sms"] == ["sms"]
    assert record(world, order)  # what was sent stays in the record


def must_find(world: World, external_id: str) -> dict[str, Any]:
    found = world.call("GET", f"/v1/orders?channel=web&external_id={external_id}").body["orders"]
    order: dict[str, Any] = found[0]
    return order


def test_looking_stops_nothing_and_the_page_gives_back_what_was_stopped(world: World) -> None:
    paid(world)
    world.pump()
    link = stop_link(world)
    assert "come to your e-mail address" in visit(world, link).html  # mail scanners follow links
    assert "do not come any more" in visit(world, link, {"want": "off"}).html
    refused = visit(world, link, {"want": "on"}, {"sec-fetch-site": "cross-site"})
    assert "do not come any more" in refused.html
    assert "come to your e-mail address" in visit(world, link, {"want": "on"}).html


def test_the_tracking_page_has_the_button_where_there_is_something_to_stop(world: World) -> None:
    order = paid(world)
    link = track(world, order)
    assert "Stop messages about progress" in visit(world, link).html
    answer = visit(world, f"{link}/messages", {"want": "off"})
    assert answer.headers["location"].endswith("notice=messages_off")
    assert "Send me messages about progress again" in visit(world, link).html
    sent(world, "out_for_delivery", external_id="WEB-3")
    world.pump()
    assert {reason for kind, _, _, reason in record(world, must_find(world, "WEB-3")) if kind != "placed"} == {
        "unsubscribed"
    }
    visit(world, f"{link}/messages", {"want": "on"})
    assert "Stop messages about progress" in visit(world, link).html


@pytest.mark.parametrize("policy", [None, {"email": ["placed", "refund"]}, {**POLICY, "consent": "asked"}])
def test_there_is_no_button_where_nothing_is_sent_that_could_be_stopped(world: World, policy: Any) -> None:
    set_policy(world, policy)
    assert "messages about progress" not in visit(world, track(world, paid(world))).html


def test_a_link_that_is_tampered_with_or_of_another_purpose_stops_nothing(world: World) -> None:
    order = paid(world)
    world.pump()
    link = stop_link(world).partition("?")[0]
    wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
    customers = track(world, order).rpartition("/")[2]
    assert [one_click(world, path) for path in (wrong, f"/unsubscribe/{customers}")] == [404, 404]
    assert visit(world, link.replace("/unsubscribe/", "/track/")).status == 404
    assert "come to your e-mail address" in visit(world, link).html
    world.clock.advance(days=401)
    assert one_click(world, link) == 410
