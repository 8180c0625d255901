"""One attempt to deliver a webhook: signed, to a checked address, within ten seconds, without redirects or proxies.

The host is resolved once, every address found is checked, and the connection goes to the checked address itself, so
that a name that changes its answer (DNS rebinding) gains nothing. TLS still verifies the name.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property, partial
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from ordo.kernel.clock import Clock
from ordo.notifications.addresses import is_public
from ordo.notifications.events import Message, webhook_body
from ordo.notifications.model import Endpoint, Outcome
from ordo.runtime.calls import ends_within

TIMEOUT_S = 10.0
"""For the whole of it; the answer's body is not read, only its status counts."""
CONNECT_S = 5.0
RESOLVE_S = 5.0
"""For finding the host's addresses, before the rest begins."""

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, IPv4 first (a Lambda has no IPv6 way out); raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in sorted(found, key=lambda one: one[0] != socket.AF_INET)]


def _in_time(find: Callable[[], list[str]], seconds: float) -> list[str]:
    """What `find` gives or raises; `TimeoutError` when it takes longer (the resolver itself takes no time-out)."""
    found: Future[list[str]] = Future()

    def run() -> None:
        try:
            found.set_result(find())
        except BaseException as error:  # noqa: BLE001  raised again by whoever waits
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return found.result(seconds)


class _Refused(Exception):
    """The endpoint's address is not one to deliver to."""


@dataclass
class WebhookSender:
    """The `Send` of production. `allow_private` is a laptop's: plain HTTP and private addresses are then served.

    `tell` hears of each attempt that failed: endpoint, event and reason, fit for logs.
    """

    clock: Clock
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S
    resolve: Resolve = field(default=resolve)
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    tell: Callable[[dict[str, str]], None] = lambda _facts: None

    def __call__(self, endpoint: Endpoint, message: Message) -> Outcome:
        outcome = self._attempt(endpoint, message)
        if not outcome.delivered:
            facts = {"endpoint_id": endpoint.endpoint_id, "event_id": message.id, "reason": outcome.reason}
            self.tell(facts)
        return outcome

    def _attempt(self, endpoint: Endpoint, message: Message) -> Outcome:
        body = webhook_body(message)
        try:
            status = self._post(endpoint.url, body.encode(), self._headers(endpoint, message, body))
        except _Refused as refused:
            return Outcome(False, str(refused))
        except TimeoutError:
            return Outcome(False, "timeout")
        except ssl.SSLError:
            return Outcome(False, "tls")
        except (OSError, http.client.HTTPException, ValueError):
            return Outcome(False, "transport")
        return Outcome(200 <= status < 300, f"http_{status}", gone=status == http.client.GONE)

    def _headers(self, endpoint: Endpoint, message: Message, body: str) -> dict[str, str]:
        now = self.clock()
        signatures = [Webhook(secret).sign(message.id, now, body) for secret in endpoint.secrets(now)]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Ordo-Webhooks/1",
            "Connection": "close",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer. Raises `TimeoutError` when it is not there in time, as a whole."""
        connection, parts = self._connection(url), urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with ends_within(connection, self.timeout_s):
            connection.request("POST", target, body, headers)
            return connection.getresponse().status

    def _connection(self, url: str) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if not parts.hostname or not (secure or (parts.scheme == "http" and self.allow_private)):
            raise _Refused("bad_url")
        port = parts.port or (443 if secure else 80)
        addresses = _in_time(partial(self.resolve, parts.hostname, port), min(RESOLVE_S, self.timeout_s))
        if not addresses:
            raise _Refused("no_address")
        if not self.allow_private and not all(map(is_public, addresses)):
            raise _Refused("private_address")
        context = self._tls if secure else None
        return _Pinned(parts.hostname, port, addresses[0], context, min(CONNECT_S, self.timeout_s), self.timeout_s)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.trust()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, for the host that the URL names (`Host`, SNI and certificate are the host's)."""

    def __init__(
        self, host: str, port: int, address: str, tls: ssl.SSLContext | None, connect_s: float, read_s: float
    ) -> None:
        super().__init__(host, port, timeout=read_s)
        self.default_port = 443 if tls else 80
        self._address = address
        self._tls = tls
        self._connect_s = connect_s

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self._connect_s)
        plain.settimeout(self.timeout)
        self.sock: socket.socket = plain
        if self._tls:
            secure = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = secure
            secure.do_handshake()
