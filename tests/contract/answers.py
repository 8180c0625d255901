"""What the document promises, what was really answered, and requests that bring about each kind of refusal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import Answer as Wired
from tests.support.wire import Call
from tests.support.world import Answer, Client, World

NOBODY = Client("nobody", ("web",), ())
"""A good key without any scope."""


@dataclass
class Document:
    """`docs/openapi.json` as built from the handlers, and the statuses that were seen for each operation."""

    content: dict[str, Any]
    seen: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Method, path template, operation."""
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def declared(self, method: str, path: str) -> set[int]:
        """The statuses that the operation may answer with."""
        return {int(status) for status in self.content["paths"][path][method.lower()]["responses"]}

    def note(self, method: str, path: str, answer: Answer) -> None:
        """Keep what was answered; an answer that is not declared fails the test."""
        assert answer.status in self.declared(method, path), f"{method} {path} gave {answer.status}: {answer.body}"
        if answer.status >= 400 and "type" in answer.body:  # what the gateway itself says is tested in the cloud
            assert answer.body["status"] == answer.status
            assert answer.body["code"], "a problem has a code"
        self.seen[f"{method} {path}"].add(answer.status)

    def missing(self) -> dict[str, list[int]]:
        """Declared and never seen."""
        return {
            f"{method} {path}": sorted(left)
            for method, path, _ in self.operations()
            if (left := self.declared(method, path) - self.seen[f"{method} {path}"])
        }


@dataclass
class Broken:
    """Every AWS call fails: as AWS says when it is unwell, or as our own bug would."""

    bug: bool

    def before(self, call: Call) -> Wired | None:
        if self.bug:
            raise ArithmeticError("a bug of ours")
        return 500, {}, json.dumps({"__type": "InternalServerError", "message": "unwell"})

    def after(self, call: Call) -> None:
        return None


class Tour:
    """Calls the API and keeps every answer."""

    def __init__(self, world: World, document: Document) -> None:
        self.world = world
        self.document = document
        self._keys = iter(range(1, 10_000))

    def call(self, method: str, template: str, body: Any = None, /, **more: Any) -> Answer:
        """One request to a path template; its parameters, `query`, `headers` and `client` by name."""
        arguments: dict[str, Any] = {name: more.pop(name) for name in ("client", "headers") if name in more}
        query = more.pop("query", "")
        path = template.format(**more) + (f"?{query}" if query else "")
        if self._wants_key(method, template):
            arguments["key"] = f"tour-{next(self._keys)}"
        answer = self.world.call(method, path, body, **arguments)
        self.document.note(method, template, answer)
        return answer

    def _wants_key(self, method: str, template: str) -> bool:
        parameters = self.document.content["paths"][template][method.lower()].get("parameters", ())
        return any(each["in"] == "header" and each["name"].lower() == "idempotency-key" for each in parameters)

    @contextmanager
    def broken(self, *, bug: bool) -> Iterator[None]:
        """Inside, every AWS call fails."""
        with self.world.fault(Broken(bug)):
            yield
