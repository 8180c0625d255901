"""The wire between handlers and AWS: every call is counted, can be recorded, and can be made to fail.

DynamoDB is moto's; the few calls to other services are answered here. moto knows no client request tokens, so that is
added: a transaction sent again under its token within ten minutes is answered, not repeated, as DynamoDB does.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber

from ordo.runtime import clients
from tests.support.limits import broken_limit
from tests.support.metering import Images
from tests.support.objects import Objects
from tests.support.quick_moto import hasten
from tests.support.units import Units

Answer = tuple[int, dict[str, Any], str | bytes]
"""Status, headers and body of an AWS answer."""


@dataclass
class Call:
    """One API call of a handler, from its request to its outcome, with the SDK's own retries inside.

    `number` counts from 1 since the last fault was armed or recording began; `request` and `response` are the JSON on
    the wire; `error` is the code of AWS or the class of the exception. `started` and `ended` are monotonic seconds.
    """

    number: int
    function: str
    service: str
    operation: str
    request: dict[str, Any]
    started: float
    ended: float = 0.0
    response: dict[str, Any] | None = None
    error: str | None = None
    attempts: int = 0
    units: Units = field(default_factory=Units)
    written: dict[tuple[str, str, str], Units] = field(default_factory=dict)
    """The write units of each item, by table, partition and sort key."""

    @property
    def is_workflow(self) -> bool:
        """A step started by the state machine, not a call of a handler."""
        return self.service == "lambda"


@dataclass(frozen=True)
class Refused:
    """What a service that is not DynamoDB refuses, by its code."""

    code: str


class Fault(Protocol):
    """What goes wrong on the wire. Either hook may raise a connection error."""

    def before(self, call: Call) -> Answer | None:
        """Before a try is sent; an answer given here replaces AWS's."""

    def after(self, call: Call) -> None:
        """After AWS did it, before the caller hears."""


class LostOnTheWay(ConnectionError):
    """A fault on the way to or from a step of the state machine."""


class NoFault:
    """Everything works."""

    def before(self, call: Call) -> Answer | None:
        return None

    def after(self, call: Call) -> None:
        return None


@dataclass
class Wire:
    """Installed for the life of a world."""

    services: Mapping[str, Callable[[dict[str, Any]], Any]]
    function_name: Callable[[], str]
    objects: Objects
    fault: Fault = field(default_factory=NoFault)
    recordings: list[list[Call]] = field(default_factory=list)
    images: Images = field(default_factory=Images)
    count: int = 0

    def __post_init__(self) -> None:
        self._thread = threading.local()
        self._database = threading.RLock()
        self._numbers = threading.Lock()
        self._tokens: dict[str, tuple[str, Answer]] = {}

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put the wire between botocore and moto, and its hooks on the product's session."""
        original = BotocoreStubber.process_request

        def process(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
            return self._try(request, lambda: original(stubber, request))

        patch.setattr(BotocoreStubber, "process_request", process)
        hasten(patch)
        clients.forget()
        events = clients.session().events
        events.register("before-call", self._begin)
        events.register("after-call", self._end)
        events.register("after-call-error", self._broken)

    def arm(self, fault: Fault) -> None:
        """From now on `fault` is on the wire, and calls are counted from 1."""
        self.fault, self.count = fault, 0

    def forget_tokens(self) -> None:
        """As if ten minutes had passed."""
        self._tokens.clear()

    @contextmanager
    def recorded(self) -> Iterator[list[Call]]:
        """Every call that ends in here, in the order in which they were begun."""
        calls: list[Call] = []
        self.recordings.append(calls)
        self.count = 0
        try:
            yield calls
        finally:
            self.recordings.remove(calls)
            calls.sort(key=lambda call: call.number)

    @contextmanager
    def invocation(self, function: str, payload: Any) -> Iterator[Call]:
        """A step that the state machine starts: it can be made to fail like any call."""
        call = self._new("lambda", "Invoke", payload, function)
        call.attempts = 1
        self.fault.before(call)
        yield call
        self._close(call)
        self.fault.after(call)

    @contextmanager
    def process(self) -> Iterator[None]:
        """One invocation of a function; a process that dies leaves its open call behind."""
        depth = len(self._stack())
        try:
            yield
        finally:
            del self._stack()[depth:]

    def _new(self, service: str, operation: str, request: dict[str, Any], function: str) -> Call:
        with self._numbers:
            self.count += 1
            return Call(self.count, function, service, operation, request, time.monotonic())

    def _begin(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        body = params.get("body") or b"{}"
        request = json.loads(body) if isinstance(body, (bytes, str)) and body[:1] in {b"{", "{"} else {}
        if isinstance(body, dict):  # a form, as the query protocol (SNS) sends it
            request = dict(body)
        name = model.service_model.service_name
        if name == "s3":
            request = {"path": unquote(urlsplit(params["url"]).path)}
        self._thread.stack = [*self._stack(), self._new(name, model.name, request, self.function_name())]

    def _end(self, parsed: dict[str, Any], **_: Any) -> None:
        call = self._stack().pop()
        call.error = parsed.get("Error", {}).get("Code")
        self._close(call)

    def _broken(self, exception: Exception, **_: Any) -> None:
        call = self._stack().pop()
        call.error = type(exception).__name__
        self._close(call)

    def _close(self, call: Call) -> None:
        call.ended = time.monotonic()
        for calls in self.recordings:
            calls.append(call)

    def _stack(self) -> list[Call]:
        stack: list[Call] = getattr(self._thread, "stack", [])
        return stack

    def _try(self, request: AWSPreparedRequest, moto: Callable[[], Answer | None]) -> Answer | None:
        stack = self._stack()
        if not stack:  # the test's own client
            with self._database:
                return moto()
        call = stack[-1]
        call.attempts += 1
        answer = self.fault.before(call) or (
            self.objects.answer(request) if call.service == "s3" else self._perform(call, moto)
        )
        self.fault.after(call)
        return answer

    def _perform(self, call: Call, moto: Callable[[], Answer | None]) -> Answer | None:
        if call.service in self.services:
            told = self.services[call.service](call.request)
            if isinstance(told, Refused):
                return refusal(told.code, "refused")
            if isinstance(told, str):  # XML
                return 200, {}, told
            call.response = told
            return 200, {}, json.dumps(told)
        broken = broken_limit(call.operation, call.request) if call.service == "dynamodb" else None
        if broken:
            return refusal("ValidationException", broken)
        with self._database:
            token = call.request.get("ClientRequestToken", "")
            digest = hashlib.sha256(json.dumps(call.request, sort_keys=True).encode()).hexdigest()
            if token in self._tokens:
                return self._tokens[token][1] if self._tokens[token][0] == digest else mismatch()
            before = self.images.of(call) if self.recordings else {}
            answer = moto()
            if answer is None:
                raise AssertionError(f"nothing answers {call.service}.{call.operation}")
            if token and answer[0] == 200:
                self._tokens[token] = digest, answer
            call.response = json.loads(answer[2]) if answer[0] == 200 else None
            if self.recordings:
                call.units += self.images.units(call, before)
            return answer


def refusal(kind: str, message: str) -> Answer:
    """DynamoDB's answer to a request that it does not take."""
    return 400, {}, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": message})


def mismatch() -> Answer:
    """A token that was used for other writes."""
    return refusal("IdempotentParameterMismatchException", "The token was used with other parameters.")
