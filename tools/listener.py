"""A merchant's webhook endpoint for the demo: takes messages on loopback and verifies their signatures."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class Listener:
    """Runs until closed; `secret` is set once the endpoint has one. What does not verify is refused with 400."""

    def __init__(self) -> None:
        self.secret = ""
        self._heard: list[tuple[str, int, str]] = []
        self._news = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/ordo-events"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, order_id: str, count: int, deadline_s: float) -> list[tuple[int, str]]:
        """`(seq, type)` of an order's messages as they came, once there are `count` or time is up."""
        until = time.monotonic() + deadline_s
        with self._news:
            while len(self._of(order_id)) < count and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
            return self._of(order_id)

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status to answer."""
        try:
            Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            return 400
        message: dict[str, Any] = json.loads(body)
        with self._news:
            self._heard.append((message["data"]["order_id"], message["data"]["seq"], message["type"]))
            self._news.notify_all()
        return 204

    def _of(self, order_id: str) -> list[tuple[int, str]]:
        """Each message once: delivery is at least once."""
        return list(dict.fromkeys((seq, type_) for order, seq, type_ in self._heard if order == order_id))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(listener.take(body, {name.lower(): value for name, value in self.headers.items()}))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing: the demo tells what matters."""

        return Handler
