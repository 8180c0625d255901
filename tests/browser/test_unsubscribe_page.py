"""Messages stopped in a real browser: the page behind a mail's link, and the button on the tracking page."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ordo.tracking.links import STOP, STOP_DAYS, sign_link, stop_path_of
from tests.support.edge import SECRETS
from tests.support.looking import DESK, PHONE, barriers, opened, shoot, wide
from tests.support.shop import must
from tests.support.timing import START
from tests.support.tracked import paid, track
from tests.support.world import World

pytestmark = pytest.mark.moto


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Of a shop that writes when there is progress."""
    channel = must(world.call("GET", "/v1/channels/web"))
    channel.pop("warnings", None)
    must(world.call("PUT", "/v1/channels/web", channel | {"messages": {"email": ["dispatched", "delivered"]}}))
    return paid(world)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(
    ("locale", "stop", "again"),
    [
        ("en-GB", "Stop messages about progress", "Send me messages about progress again"),
        ("zh-CN", "不再接收进度通知", "重新接收进度通知"),
    ],
)
def test_messages_are_stopped_and_taken_up_again_without_scripts(
    world: World,
    base: str,
    chromium: Any,
    axe: str,
    order: dict[str, Any],
    size: dict[str, int],
    locale: str,
    stop: str,
    again: str,
) -> None:
    key = hashlib.sha256(SECRETS["LinkSecret"]["keys"].encode()).digest()
    link = stop_path_of(sign_link(order["order_id"], START, [key], STOP, STOP_DAYS))
    with opened(chromium, locale=locale, viewport=size) as page:
        page.goto(base + link)
        shoot(page, f"stop-{locale}-{size['width']}")
        assert barriers(page, axe) == []
        page.get_by_role("button", name=stop).click()
        page.get_by_role("button", name=again).wait_for()
        assert not wide(page)
        page.goto(base + track(world, order))
        shoot(page, f"stop-track-{locale}-{size['width']}")
        assert barriers(page, axe) == []
        page.get_by_role("button", name=again).click()
        page.get_by_role("button", name=stop).wait_for()
        assert page.said == []
