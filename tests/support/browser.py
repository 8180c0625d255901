"""Pages for tests: visits without a browser, and the world's pages over HTTP for a real one."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.support.blueprint import ROOT
from tests.support.events import api_event
from tests.support.world import World

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


@dataclass(frozen=True)
class PageSeen:
    """What a browser gets; header names in lower case."""

    status: int
    html: str
    headers: dict[str, str]


def visit(
    world: World,
    path: str,
    form: Mapping[str, str] | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
) -> PageSeen:
    """One request for a page, a form if one is given."""
    method = method or ("GET" if form is None else "POST")
    found = world.blueprint.find(method, urlsplit(path).path)
    if found is None:
        return PageSeen(404, "", {})
    route, parameters = found
    body = form if isinstance(form, bytes) or form is None else urlencode(form).encode()
    sent = {"host": "shop.test", "accept-language": "en", **(FORM if form is not None else {}), **(headers or {})}
    answer = world.invoke(route.function, api_event(method, path, route.path, parameters, sent, body))
    return PageSeen(answer["statusCode"], answer["body"], {k.lower(): v for k, v in answer["headers"].items()})


@contextmanager
def pages_of(world: World) -> Iterator[str]:
    """The world's pages on a port of this machine, below a stage as API Gateway has it; gives the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length") or 0)))

        def _answer(self, body: bytes | None) -> None:
            path = self.path.removeprefix("/live")
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = visit(world, path, body, headers, self.command)
            self.send_response(seen.status)
            for name, value in seen.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(seen.html.encode())

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/live"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def find_chromium() -> str | None:
    """Where Chromium is: `CHROMIUM`, or one of its usual names; None when this machine has none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
