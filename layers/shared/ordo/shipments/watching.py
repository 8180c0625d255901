"""What left with an aggregator's account is registered with the aggregator, so that it pushes what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ordo.shipments.carriers.accounts import account_of
from ordo.shipments.errors import UnknownCarrier
from ordo.shipments.subscriptions import Subscriber, Watch, WatchRefused, WatchUnavailable


def _seventeen_track(key: str) -> Subscriber:
    from ordo.shipments.seventeen_track_client import SeventeenTrack  # here, since few functions call it

    return SeventeenTrack(key)


AGGREGATORS: dict[str, Callable[[str], Subscriber]] = {"17track": _seventeen_track}
"""By carrier account, from its first secret. The rule `WatchRule` hands over what left with these, and no others."""
BACK = ("return.sent", "return.labelled")
"""Events of goods that are on their way back."""


def watch_sent(event: Mapping[str, Any], secrets: Mapping[str, Any]) -> int:
    """Register every number of an event, as the bus has it, of goods that left or are on their way back; how many.

    Raises the last `WatchRefused` or `WatchUnavailable` when all were tried: the whole may come again. Raises
    `UnknownCarrier` without an account; but a number that comes back is then nobody's to watch, since customers may
    write any carrier.
    """
    told = event["detail"]["data"]
    is_back = event["detail-type"] in BACK
    try:
        account = account_of(secrets, told["carrier"])
    except UnknownCarrier:
        if is_back:
            return 0
        raise
    subscriber = AGGREGATORS[told["carrier"]](account.secrets[0])
    reference = told["return_id"] if is_back else told["shipment_id"]
    failed: Exception | None = None
    for number in told["tracking_numbers"]:
        try:
            subscriber.subscribe(Watch(number, reference=reference))
        except (WatchRefused, WatchUnavailable) as error:
            failed = error
    if failed:
        raise failed
    return len(told["tracking_numbers"])
