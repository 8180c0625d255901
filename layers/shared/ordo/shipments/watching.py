"""What left with an aggregator's account is registered with the aggregator, so that it pushes what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ordo.shipments.carriers.accounts import account_of
from ordo.shipments.subscriptions import Subscriber, Watch, WatchRefused, WatchUnavailable


def _seventeen_track(key: str) -> Subscriber:
    from ordo.shipments.seventeen_track_client import SeventeenTrack  # here, since few functions call it

    return SeventeenTrack(key)


AGGREGATORS: dict[str, Callable[[str], Subscriber]] = {"17track": _seventeen_track}
"""By carrier account, from its first secret. The rule `WatchRule` hands over dispatches with these, and no others."""


def watch_dispatched(event: Mapping[str, Any], secrets: Mapping[str, Any]) -> int:
    """Register every number of a `shipment.dispatched` event, as the bus has it; how many.

    Raises the last `WatchRefused` or `WatchUnavailable` when all were tried: the whole may come again. Raises
    `UnknownCarrier` without an account.
    """
    told = event["detail"]["data"]
    account = account_of(secrets, told["carrier"])
    subscriber = AGGREGATORS[told["carrier"]](account.secrets[0])
    failed: Exception | None = None
    for number in told["tracking_numbers"]:
        try:
            subscriber.subscribe(Watch(number, reference=told["shipment_id"]))
        except (WatchRefused, WatchUnavailable) as error:
            failed = error
    if failed:
        raise failed
    return len(told["tracking_numbers"])
