"""Pages for tests: visits without a browser, and the world's pages over HTTP for a real one."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from ordo.runtime import clients
from tests.support.blueprint import ROOT
from tests.support.events import api_event
from tests.support.uploads import FormRefused, take
from tests.support.world import World
from tools.template_yaml import read_template

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
    given = {name: values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()}
    given |= answer.get("headers") or {}
    return PageSeen(answer["statusCode"], answer["body"], {k.lower(): v for k, v in given.items()})


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

    with served(Handler) as address:
        yield f"{address}/live"


@contextmanager
def files_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The files bucket on another port, so of another origin, as browsers meet S3: it takes forms, and says of other
    origins what the template's CORS rules say. Functions sign their forms for it.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            fields, body = parted(self.headers["content-type"], raw)
            try:
                take(world, fields, body)
                status, said = 204, b""
            except FormRefused as refused:
                large = str(refused) == "content-length-range"
                code = "EntityTooLarge" if large else "AccessDenied"
                text = f"<Error><Code>{code}</Code><Message>Policy Condition failed</Message></Error>"
                status, said = 400 if large else 403, text.encode()
            self.send_response(status)
            for name, value in cross_origin("POST", self.headers.get("origin")).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            return

    with served(Handler) as address, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", address)
        clients.client.cache_clear()
        yield address
    clients.client.cache_clear()


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on a port of this machine; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def parted(content_type: str, raw: bytes) -> tuple[dict[str, str], bytes]:
    """The fields of a form with a file, and the file."""
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw)
    assert isinstance(whole, EmailMessage)
    fields: dict[str, str] = {}
    body = b""
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name == "file":
            body = content
        else:
            fields[name] = content.decode()
    return fields, body


def cross_origin(method: str, origin: str | None) -> dict[str, str]:
    """What the files bucket says to a browser of another origin, by the template's rules; nothing where none fits."""
    bucket = read_template(ROOT / "infrastructure/data.yaml")["Resources"]["FilesBucket"]["Properties"]
    for rule in bucket["CorsConfiguration"]["CorsRules"]:
        if origin and method in rule["AllowedMethods"] and {"*", origin} & set(rule["AllowedOrigins"]):
            return {"Access-Control-Allow-Origin": "*" if "*" in rule["AllowedOrigins"] else origin}
    return {}


def find_chromium() -> str | None:
    """Where Chromium is: `CHROMIUM`, or one of its usual names; None when this machine has none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
