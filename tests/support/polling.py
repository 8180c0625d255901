"""Waiting for what others do in their own time: asked again and again until it is so, or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


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
