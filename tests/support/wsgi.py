"""The world's API as a WSGI application, for tools that speak HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from tests.support.world import Client, World


def wsgi_app(world: World, client: Client) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Every request is made as `client`, whose key is good."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # PATH_INFO is decoded by WSGI; the gateway gives functions the path as it was sent.
        path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=-._~")
        query = environ.get("QUERY_STRING", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ.get("wsgi.input", io.BytesIO()).read(length) if length else None
        headers = {
            name[5:].replace("_", "-").lower(): value.encode("latin-1").decode("utf-8", "replace")
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        answer = world.call(
            environ["REQUEST_METHOD"], f"{path}?{query}" if query else path, body, headers, client=client
        )
        text = b"" if answer.body is None else json.dumps(answer.body).encode()
        given = {**answer.headers, "Content-Length": str(len(text))}
        start_response(f"{answer.status} {answer.status}", list(given.items()))
        return [text]

    return app
