"""Where a story plays: the same few doors of an Ordo in process and of one on the embedded cloud.

A stage also writes down every answer, without what is new each time (ids, times, hashes), so that two stages can be
held to have said the same.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from tests.support.browser import FORM, visit
from tests.support.cloud import Cloud
from tests.support.edge import SECRETS
from tests.support.polling import patiently
from tests.support.shop import shop_world
from tests.support.uploads import take
from tests.support.world import Answer, World

_NEW_EACH_TIME = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\b[0-9a-f]{64}\b", "<hash>"),
    (r"\b(pay_)?[0-9a-f]{32}\b", "<digest>"),
    (r"\btest-[0-9a-f]+", "<client>"),
    (r"\bSORRY-[0-9A-Z]{10}\b", "<code>"),
    (r"/(track|sign)/[A-Za-z0-9_.~-]+", r"/\1/<token>"),
    (r'"fields": \{[^}]*\}', '"fields": "<form>"'),
    (r'"url": "[^"]*"', '"url": "<address>"'),
)
_ULID = re.compile(r"\b(ord|evt|ful|shp|chg|hld|upl|inc|rpt|prf|pst|ins|ret|clm|cmp|add)_([0-9A-HJKMNP-TV-Z]{26})")


class Doors(Protocol):
    """One client of an Ordo. `headers` go with the request; without `key` no Idempotency-Key is sent."""

    carrier_secret: str

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, key: str | None = None
    ) -> Answer: ...


@dataclass
class Stage:
    """The doors, a name for this telling that makes numbers and keys new, and what was answered in it."""

    doors: Doors
    run: str = field(default_factory=lambda: f"RUN{uuid.uuid4().hex[:8].upper()}")
    told: list[str] = field(default_factory=list)

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, key: str | None = None
    ) -> Answer:
        """One request, written down with its answer."""
        return self._written_down(method, path, self.doors.send(method, path, body, headers, key))

    def place(self, body: Any, key: str) -> Answer:
        """Place an order as a storefront does: told to come again, it sends the same key again."""
        path = "/v1/orders"
        return self._written_down("POST", path, patiently(lambda: self.doors.send("POST", path, body, None, key)))

    def _written_down(self, method: str, path: str, answer: Answer) -> Answer:
        self.told.append(f"{method} {path} -> {answer.status} {json.dumps(_comparable(answer.body), sort_keys=True)}")
        return answer

    def transcript(self) -> list[str]:
        """What was answered, with numbers for ids in the order in which they came up."""
        text = "\n".join(self.told).replace(self.run, "<run>")
        for pattern, name in _NEW_EACH_TIME:
            text = re.sub(pattern, name, text)
        numbers: dict[str, int] = {}
        return _ULID.sub(lambda each: f"{each[1]}_{numbers.setdefault(each[2], len(numbers) + 1)}", text).split("\n")


def _comparable(body: Any) -> Any:
    """Without what is not the story's matter: nodes that have nothing of the order."""
    if not isinstance(body, dict):
        return body
    found = dict(body)
    for priced in ("price", "trace"):
        if isinstance(body.get(priced), dict) and "not_applied" in body[priced]:
            kept = [each for each in body[priced]["not_applied"] if not _is_of_a_telling(each)]
            found[priced] = {**body[priced], "not_applied": kept}
    if isinstance(body.get("plan"), dict):
        found["plan"] = _plan(body["plan"])
    if body.get("later_plans"):
        found["later_plans"] = [{**each, "plan": _plan(each["plan"])} for each in body["later_plans"]]
    if isinstance(body.get("facts"), dict):
        found["facts"] = _of_these_nodes(body["facts"])
    return _of_these_nodes(found)


def _is_of_a_telling(rule: dict[str, Any]) -> bool:
    """Whether a promotion was made by a telling of a story: on the cloud those of others are still there."""
    return str(rule.get("promotion_id", "")).startswith("RUN")


def _plan(plan: dict[str, Any]) -> dict[str, Any]:
    return _of_these_nodes({name: value for name, value in plan.items() if name != "explored"})


def _of_these_nodes(told: dict[str, Any]) -> dict[str, Any]:
    """Nodes of other shops have nothing of the order, whatever else keeps them out."""
    if "candidates" not in told:
        return told
    kept = [
        each for each in told["candidates"] if "no_stock" not in (each.get("removed"), *each.get("removed_also", ()))
    ]
    return {**told, "candidates": kept}


@dataclass
class InProcess:
    """The real handlers and the real state machine's definition, in this process."""

    world: World
    key: str
    carrier_secret: str = SECRETS["CarrierSecret"]["generic"]

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, key: str | None = None
    ) -> Answer:
        return self.world.call(method, path, body, headers, key=key, client=self.key)


@dataclass
class OverHttp:
    """The deployed template, with roles enforced, over HTTP."""

    http: httpx.Client
    carrier_secret: str

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, key: str | None = None
    ) -> Answer:
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        keyed = {"Idempotency-Key": key} if key else {}
        sent = {"Content-Type": "application/json", **(headers or {}), **keyed}
        answer = self.http.request(method, path, content=content, headers=sent)
        return Answer(answer.status_code, answer.json() if answer.content else None, dict(answer.headers))


@contextmanager
def in_process(channel: str) -> Iterator[Stage]:
    """A stage of its own, with a real key for the channel. Nothing else may use AWS meanwhile: moto takes all calls."""
    with shop_world() as world:
        yield Stage(InProcess(world, world.new_key(channels=(channel,))))


@contextmanager
def on_the_cloud(cloud: Cloud, *channels: str, scopes: Sequence[str] = ("all",)) -> Iterator[Stage]:
    """A stage on the run's embedded cloud, with a new key."""
    headers = {"Authorization": f"Bearer {cloud.new_key(channels, scopes)}"}
    with httpx.Client(base_url=cloud.api_url, headers=headers, timeout=40) as http:
        yield Stage(OverHttp(http, cloud.secret("CarrierSecret")["generic"].split()[0]))


@dataclass
class Pages:
    """What people do in their browsers on a stage: pages, their forms, what their scripts send, and uploads."""

    stage: Stage

    def shows(self, path: str) -> str:
        """The HTML of a page."""
        return self._sent("GET", path, None, {})[1]

    def presses(self, path: str, form: Mapping[str, str]) -> str:
        """Send a form; where the answer leads to."""
        status, said, headers = self._sent("POST", path, urlencode(form).encode(), FORM)
        assert status == 303, said
        return headers["location"]

    def asks(self, path: str, body: Any, key: str | None = None) -> dict[str, Any]:
        """What a page's script sends, answered well."""
        keyed = {"idempotency-key": key} if key else {}
        headers = {**FORM, "content-type": "application/json", **keyed}
        status, said, _ = self._sent("POST", path, json.dumps(body).encode(), headers)
        assert status in (200, 201), said
        found: dict[str, Any] = json.loads(said)
        return found

    def upload(self, form: Mapping[str, Any], body: bytes) -> None:
        """Send a file by a presigned form, as a browser does."""
        if isinstance(self.stage.doors, InProcess):
            take(self.stage.doors.world, form["fields"], body)
            return
        assert httpx.post(form["url"], data=form["fields"], files={"file": body}).status_code == 204

    def _sent(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, dict[str, str]]:
        doors = self.stage.doors
        if isinstance(doors, InProcess):
            seen = visit(doors.world, path, body, headers, method)
            return seen.status, seen.html, seen.headers
        assert isinstance(doors, OverHttp)
        answer = httpx.request(method, f"{str(doors.http.base_url).rstrip('/')}{path}", content=body, headers=headers)
        return answer.status_code, answer.text, {name.lower(): value for name, value in answer.headers.items()}
