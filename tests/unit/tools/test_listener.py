"""The demo's webhook endpoint takes only what is signed, and tells each message once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from tools.listener import Listener

SECRET = "whsec_" + "A" * 40


@pytest.fixture
def listener() -> Iterator[Listener]:
    endpoint = Listener()
    endpoint.secret = SECRET
    yield endpoint
    endpoint.close()


def send(listener: Listener, seq: int, secret: str = SECRET) -> int:
    body = json.dumps({"type": "order.placed", "data": {"order_id": "ord_1", "seq": seq}})
    now = datetime.now(UTC)
    signature = Webhook(secret).sign(f"evt_{seq}", now, body)
    headers = {"webhook-id": f"evt_{seq}", "webhook-timestamp": str(int(now.timestamp()))}
    return httpx.post(listener.url, content=body, headers={**headers, "webhook-signature": signature}).status_code


def test_signed_messages_are_told_in_the_order_in_which_they_came_each_once(listener: Listener) -> None:
    assert [send(listener, seq) for seq in (2, 1, 2)] == [204, 204, 204]
    assert listener.wait_for("ord_1", 2, deadline_s=5) == [(2, "order.placed"), (1, "order.placed")]


def test_a_message_signed_with_another_secret_is_refused(listener: Listener) -> None:
    assert send(listener, 1, "whsec_" + "B" * 40) == 400
    assert listener.wait_for("ord_1", 1, deadline_s=0.1) == []
