"""Waiting for what others do in their own time: asked again and again until it is so, or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

from tests.support.world import Answer

T = TypeVar("T")
COME_AGAIN = frozenset({429, 502, 503, 504})


def patiently(send: Callable[[], Answer], *, deadline_s: float = 120) -> Answer:
    """The answer of a request that is safe to repeat, sent again as long as it is told to come again."""
    until = time.monotonic() + deadline_s
    while True:
        try:
            answer = send()
        except httpx.TransportError as error:
            answer = Answer(503, {"code": "lost", "error": repr(error)}, {})
        if answer.status not in COME_AGAIN or time.monotonic() > until:
            return answer
        time.sleep(0.2)


def eventually(
    read: Callable[[], T], holds: Callable[[T], object], *, deadline_s: float = 30, every_s: float = 0.2
) -> T:
    """What was read when it first held; fails with what was read last."""
    until = time.monotonic() + deadline_s
    while not holds(found := read()):
        if time.monotonic() > until:
            raise AssertionError(f"not so after {deadline_s:.0f} s: {found!r}")
        time.sleep(every_s)
    return found
