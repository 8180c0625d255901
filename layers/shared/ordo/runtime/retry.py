"""Waiting for others: full jitter within a time budget, then `Busy`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential
from tenacity.nap import sleep as _sleep

from ordo.kernel.errors import Busy

T = TypeVar("T")


def with_jitter(
    attempt: Callable[[], T],
    on: tuple[type[Exception], ...],
    *,
    budget_s: float = 5.0,
    sleep: Callable[[float], None] = _sleep,
) -> T:
    """Call `attempt` until it does not raise one of `on`; after `budget_s` seconds raise `Busy`.

    Waits are full jitter (a uniform draw up to an exponential ceiling of 20 ms to 640 ms).
    Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """
    retrying = Retrying(
        retry=retry_if_exception_type(on),
        wait=wait_random_exponential(multiplier=0.02, max=0.64),
        stop=stop_after_delay(budget_s),
        sleep=sleep,
    )
    try:
        return retrying(attempt)
    except RetryError:
        raise Busy() from None
