"""The public API as the tools call it, with an API key, over HTTP."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from tools.errors import ToolError
from tools.show import short_lines

_TRY_AGAIN = frozenset({429, 502, 503, 504})
_TRIES = 5


_WAYS_OUT = {
    401: "Is ORDO_KEY a key of another stack, or revoked? See `ordo keys list`; `ordo keys create` makes a new one.",
    403: "Use a key (ORDO_KEY) with this scope and channel: `ordo keys create --client NAME --channels … --scopes …`.",
}


class Refused(ToolError):
    """The API answered with a problem document (RFC 9457)."""

    def __init__(self, method: str, path: str, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        super().__init__(
            f"{method} {path} was refused with {status} {self.code}".rstrip(),
            todo=_WAYS_OUT.get(status, ""),
            details=[*map(_told, problem.get("errors") or [problem]), *short_lines(problem)],
        )

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "problem": self.problem}


class Api:
    """One client of the API. Reads, `PUT`s and keyed `POST`s are tried again when the cloud is busy."""

    def __init__(self, base_url: str, key: str, timeout_s: float = 40.0) -> None:
        self.base_url = base_url
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(timeout=timeout_s, headers=headers)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        return self.call("GET", path, query=query)

    def put(self, path: str, body: Any) -> dict[str, Any]:
        return self.call("PUT", path, body=body)

    def post(self, path: str, body: Any = None, key: str | None = None) -> dict[str, Any]:
        """`key` is the Idempotency-Key; without one a lost answer is not asked for again."""
        return self.call("POST", path, body=body, key=key)

    def place(self, order: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """Place an order under an idempotency key (a fresh one unless given)."""
        return self.post("/v1/orders", order, key or uuid4().hex)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        key: str | None = None,
        query: dict[str, str | int] | None = None,
    ) -> dict[str, Any]:
        """The answer's JSON; raises `Refused` for a problem, `ToolError` when the API cannot be reached."""
        repeatable = method != "POST" or key is not None
        headers = {"Idempotency-Key": key} if key else {}
        response = self._send(method, path, repeatable, json=body, headers=headers, params=query or None)
        answer = _json(response)
        if response.status_code >= 400:
            raise Refused(method, path, response.status_code, answer)
        return answer

    def send_raw(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """POST bytes as they are, such as a signed webhook."""
        return self._http.post(self.base_url + path, content=body, headers=headers)

    def _send(self, method: str, path: str, repeatable: bool, **request: Any) -> httpx.Response:
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES or not repeatable
            try:
                response = self._http.request(method, self.base_url + quote(path), **request)
            except httpx.TransportError as error:
                if last:
                    raise ToolError(
                        f"The API does not answer at {self.base_url} ({type(error).__name__})",
                        todo="See `ordo status`; `ordo up` starts it.",
                    ) from error
            else:
                if last or response.status_code not in _TRY_AGAIN:
                    return response
            time.sleep(0.2 * 2**attempt)
        raise AssertionError("the last try returns or raises")


def _told(problem: dict[str, Any]) -> str:
    """What is wrong, and where."""
    text = problem.get("detail") or problem.get("title") or problem.get("message") or "no reason given"
    where = problem.get("pointer") or problem.get("parameter")
    return f"{text} (at {where})" if where else str(text)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json()
    except ValueError:
        return {"detail": response.text[:500]} if response.text else {}
    return value if isinstance(value, dict) else {"items": value}
