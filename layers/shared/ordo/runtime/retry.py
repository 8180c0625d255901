"""Waiting for others: full jitter within a time budget, then `Busy`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from ordo.kernel.errors import Busy

T = TypeVar("T")
FIRST_WAIT_S = 0.02


def with_jitter(
    attempt: Callable[[], T],
    on: tuple[type[Exception], ...],
    *,
    budget_s: float = 5.0,
    sleep: Callable[[float], None] | None = None,
) -> T:
    """Call `attempt` until it does not raise one of `on`; after `budget_s` seconds raise `Busy`.

    Waits are full jitter (a uniform draw up to an exponential ceiling of 20 ms to 640 ms).
    Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """
    try:
        return attempt()
    except on:
        return _again(attempt, on, budget_s, sleep or time.sleep)


def _again(
    attempt: Callable[[], T], on: tuple[type[Exception], ...], budget_s: float, sleep: Callable[[float], None]
) -> T:
    """The tries after the first. Most calls need none, so only these pay for importing the retry library."""
    from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

    wait = wait_random_exponential(multiplier=0.02, max=0.64)
    sleep(random.uniform(0, FIRST_WAIT_S))
    retrying = Retrying(retry=retry_if_exception_type(on), wait=wait, stop=stop_after_delay(budget_s), sleep=sleep)
    try:
        return retrying(attempt)
    except RetryError:
        raise Busy() from None
