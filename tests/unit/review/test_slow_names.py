"""A name server that does not answer costs an attempt its time, not the whole batch."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from ordo.notifications.events import messages_of
from ordo.notifications.sender import WebhookSender
from tests.support.notices import endpoint, event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_name_that_is_not_resolved_in_time_is_a_timeout() -> None:
    never = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        never.wait(20)
        return ["93.184.216.34"]

    sender = WebhookSender(lambda: NOON, resolve=resolve, timeout_s=0.2)
    began = time.monotonic()
    outcome = sender(endpoint(), messages_of(event("ord_A", 1))[0])
    never.set()
    assert (outcome.delivered, outcome.reason) == (False, "timeout")
    assert time.monotonic() - began < 5


def test_a_name_that_does_not_exist_is_a_failed_transport() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    outcome = WebhookSender(lambda: NOON, resolve=resolve)(endpoint(), messages_of(event("ord_A", 1))[0])
    assert (outcome.delivered, outcome.reason) == (False, "transport")
