"""Whoever complained is told: that it came, was answered, settled, and asked what they think; in their language."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from tests.integration.complaints.test_complaints_api import act, complain
from tests.support import lambdas
from tests.support.shop import must, place
from tests.support.world import World

pytestmark = pytest.mark.moto
KINDS = ["complaint_received", "complaint_answered", "complaint_resolved", "complaint_satisfaction"]


@pytest.fixture(autouse=True)
def written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that writes to whoever complains, on a stack that may send mails."""
    environment = world.blueprint.environments["notify_customer"]
    for name, value in {"MAIL_FROM": "shop@example.com", "PUBLIC_URL": "https://api.test/live"}.items():
        monkeypatch.setitem(environment, name, value)
    monkeypatch.setattr(lambdas, "_idle", defaultdict(list))  # no container that began without these settings
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"messages": {"email": KINDS, "consent": "implied"}}))
    world.clock.advance(minutes=1)


def mails(world: World) -> list[tuple[str, str]]:
    """To whom, and its subject."""
    found: list[Any] = world.edge.mails
    return [(each["Destination"]["ToAddresses"][0], each["Content"]["Simple"]["Subject"]["Data"]) for each in found]


def test_a_guest_without_an_order_is_told_each_step_once(world: World) -> None:
    complaint_id = complain(world, contact={"email": "guest@example.com"}, language="zh")
    number = complaint_id[-8:]
    must(act(world, complaint_id, "messages", {"role": "note", "text": "x"}, "m0"), 201)
    must(act(world, complaint_id, "messages", {"role": "staff", "text": "秘密回复"}, "m1"), 201)
    must(act(world, complaint_id, "resolution", {"outcome": "apology", "reason": "x"}, "r1"))
    world.pump()
    world.clock.advance(hours=25)
    world.tick()
    world.pump()
    assert mails(world) == [
        ("guest@example.com", f"我们已收到您的投诉 {number}"),
        ("guest@example.com", f"您的投诉 {number} 有新回复"),
        ("guest@example.com", f"您的投诉 {number} 已处理完毕"),
        ("guest@example.com", "您满意吗？"),
    ]
    assert "/complaints/" in repr(world.edge.mails)
    assert "秘密回复" not in repr(world.edge.mails)  # it is read on the page


def test_of_an_order_its_own_contact_is_written_to(world: World) -> None:
    complain(world, channel=None, order_id=place(world)["order_id"])
    assert [to for to, _ in mails(world)] == ["customer@example.com"]


def test_nobody_is_told_without_an_address(world: World) -> None:
    complain(world)
    assert mails(world) == []
