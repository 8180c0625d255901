"""How functions come to links and to the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ordo.kernel.clock import Clock, system_clock
from ordo.orders.wiring import order_desk
from ordo.runtime.secrets import signing_keys
from ordo.tracking.links import link_path, sign_link
from ordo.tracking.service import TrackingService


def link_keys(secret_id: str) -> Callable[[], Sequence[bytes]]:
    """The keys of links, as they are now: the first signs, all are good."""
    return partial(signing_keys, secret_id)


def tracking_service(secret_id: str) -> TrackingService:
    """The page on the tables that the environment names."""
    return TrackingService(order_desk(budget_s=3.0), link_keys(secret_id))


def tracking_path(secret_id: str, clock: Clock = system_clock) -> Callable[[str], str]:
    """`path(order id)`: where the customer's page of an order is, below the API's stage."""
    keys = link_keys(secret_id)

    def path(order_id: str) -> str:
        return link_path(sign_link(order_id, clock(), keys()))

    return path
