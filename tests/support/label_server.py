"""A real HTTP server on loopback that sells labels as EasyPost does, and misbehaves when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.edge import SECRETS

KEY = "EZTK-of-tests"


@dataclass
class LabelServer:
    """`mode` is `answer`, `hang`, `refuse`, `unwell`, `garbage` or `lost` (it sells the label and does not say so).

    `bought` are shipments by reference, `picked_up` pickups; `calls` is every request, as method and path.
    """

    port: int = 0
    mode: str = "answer"
    bought: dict[str, dict[str, Any]] = field(default_factory=dict)
    picked_up: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """What the account is reached by."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def account(self) -> dict[str, Any]:
        """The entry of the secret of carriers."""
        return {"secrets": KEY, "labels": {"carrier_account": "ca_1", "service": "Ground", "url": self.url}}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body of what the API says."""
        if self.mode == "refuse" and method == "POST":
            return 422, {"error": {"code": "ADDRESS.VERIFY.FAILURE", "message": "示例顾客 lives nowhere"}}
        if method == "GET":
            found = self.bought.get(path.rpartition("/")[2])
            return (200, found) if found else (404, {"error": {"code": "NOT_FOUND"}})
        if path.endswith("/buy"):
            return 200, {"status": "scheduled"}
        if path == "/v2/pickups":
            told = body["pickup"]
            self.picked_up[told["reference"]] = told
            return 201, {"id": "pickup_1", "status": "unknown", "pickup_rates": [{"carrier": "C", "service": "P"}]}
        return 201, self._sold(body["shipment"])

    def _sold(self, wanted: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.asked.append(wanted)
            number = f"EZ{len(self.asked):04d}"
        sold = {
            "id": f"shp_{number}",
            "tracking_code": number,
            "selected_rate": {"carrier": "C", "rate": "5.90", "currency": "CNY"},
            "postage_label": {"label_url": f"https://labels.example/{number}.pdf"},
        }
        self.bought[wanted["reference"]] = sold
        return sold


@contextmanager
def label_server() -> Iterator[LabelServer]:
    """A running server; stopped at the end."""
    told = LabelServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    server.daemon_threads = True
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def label_account() -> Iterator[LabelServer]:
    """The same, as an account in the secret of carriers of the world in process."""
    with label_server() as server:
        accounts = SECRETS["CarrierSecret"]
        before = accounts.get("easypost")
        accounts["easypost"] = {**server.account, "secrets": before} if before else server.account
        try:
            yield server
        finally:
            if before is not None:
                accounts["easypost"] = before


def _handler(told: LabelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            told.calls.append((self.command, self.path))
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if told.mode == "hang":
                told.stopping.wait(20)
                return
            status, answer = told.answer(self.command, self.path, body)
            if told.mode == "lost" and self.command == "POST":
                told.mode = "answer"
                self.close_connection = True
                return
            if told.mode == "unwell":
                status, answer = 503, {"error": {"code": "UNAVAILABLE"}}
            text = b"<html>" if told.mode == "garbage" else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Silent."""

    return Handler
