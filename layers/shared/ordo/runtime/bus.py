"""EventBridge as Ordo uses it: put entries, and say which of them were not taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ordo.runtime.clients import client


class BusUnavailable(Exception):
    """The call as a whole failed: nothing is known of its entries, and all of them must be sent again."""


def put_events(entries: Sequence[dict[str, Any]]) -> list[str | None]:
    """Put at most ten entries (256 KB together); for each its error code, or None when the bus took it.

    Raises `BusUnavailable` when the call failed.
    """
    try:
        answer = client("events").put_events(Entries=list(entries))
    except (ClientError, BotoCoreError) as error:
        raise BusUnavailable(type(error).__name__) from error
    return [entry.get("ErrorCode") for entry in answer["Entries"]]
