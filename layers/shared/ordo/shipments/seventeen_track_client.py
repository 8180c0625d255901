"""The `Subscriber` for 17TRACK: `POST /track/v2.2/register`, one number a call, with the account's key as `17token`.

https://api.17track.net/en/doc . It answers 200 also for what it refuses, with the number among `rejected`.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ordo.runtime.calls import ends_within
from ordo.shipments.subscriptions import Watch, Watched, WatchRefused, WatchUnavailable

ADDRESS = "https://api.17track.net/track/v2.2/register"
TIMEOUT_S = 8.0
"""For the whole call."""
MAX_ANSWER = 64 * 1024
REGISTERED_ALREADY = "-18019901"
_LATER = (408, 425, 429)


@dataclass(frozen=True)
class SeventeenTrack:
    """An account with 17TRACK; `key` is its API key, the one that its pushes are signed with too."""

    key: str
    address: str = ADDRESS
    timeout_s: float = TIMEOUT_S

    def subscribe(self, watch: Watch) -> Watched:
        """As the port says."""
        told: dict[str, Any] = {"number": watch.tracking_number, "tag": watch.reference[:100]}
        if watch.courier.isdecimal():
            told["carrier"] = int(watch.courier)
        status, raw = self._post(json.dumps([told]).encode())
        if status >= 500 or status in _LATER:
            raise WatchUnavailable(f"http_{status}")
        if status != http.client.OK:
            raise WatchRefused(f"http_{status}")
        return _watched(watch.tracking_number, raw)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """Status and the beginning of the answer, within the time for the whole. Redirects are not followed."""
        connection = self._connection()
        headers = {"Content-Type": "application/json", "17token": self.key, "Connection": "close"}
        try:
            with ends_within(connection, self.timeout_s):
                connection.request("POST", urlsplit(self.address).path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read(MAX_ANSWER)
        except TimeoutError:
            raise WatchUnavailable("timeout") from None
        except (OSError, http.client.HTTPException, ValueError):
            raise WatchUnavailable("transport") from None

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=self.timeout_s)


def _watched(number: str, raw: bytes) -> Watched:
    try:
        answer = json.loads(raw)
        data, code = answer.get("data") or {}, answer.get("code")
        accepted, rejected = data.get("accepted") or (), data.get("rejected") or ()
        refusals = [str(each["error"]["code"]) for each in rejected]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise WatchUnavailable("unreadable") from None
    if code != 0:
        raise WatchRefused(str(code))
    if refusals and refusals[0] != REGISTERED_ALREADY:
        raise WatchRefused(refusals[0])
    if not refusals and not accepted:
        raise WatchUnavailable("unreadable")
    return Watched(number, again=bool(refusals))
