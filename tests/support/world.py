"""A whole Ordo in one process: real handlers, the real state machine file, tables made from the template, on moto.

    with World() as world:
        world.seed()
        answer = world.call("POST", "/v1/orders", body, key="k1")

Each function runs with exactly the environment that the template gives it. What carries events between functions
(stream, bus, queues, schedule) is `world.pump()` and `world.tick()`: nothing happens behind a test's back.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.endpoint
import pytest
import tenacity
import tenacity.nap
from moto import mock_aws

from ordo.catalog.clients import SCOPES, ApiClient, format_key, hash_secret
from ordo.kernel import clock as kernel_clock
from ordo.notifications import wiring as publishing
from ordo.notifications.ports import Send
from ordo.runtime import clients, secrets
from ordo.runtime.dynamo import Put, write
from tests.support.api import Answer, Client
from tests.support.asl import Execution
from tests.support.blueprint import ACCOUNT, REGION, Blueprint, blueprint, queue_url
from tests.support.edge import Edge
from tests.support.events import SCHEDULED, Message, api_event, sqs_record, stream_record
from tests.support.lambdas import (
    FunctionEnvironment,
    Killed,
    PerFunction,
    RouterPerThread,
    container,
    cool,
    lambda_context,
)
from tests.support.metering import backend
from tests.support.quick_moto import copy_items
from tests.support.timing import START, SettableClock, Sleeper
from tests.support.wire import Call, Fault, NoFault

__all__ = ["Answer", "Client", "World"]


class World:
    """An Ordo in process. Enter it; nothing outside is reached and everything is undone at the end."""

    def __init__(self) -> None:
        self.blueprint: Blueprint = blueprint()
        self.clock = SettableClock()
        self.sleeper = Sleeper()
        self.edge = Edge(self.invoke, self.sleeper.sleep)
        self.wire = self.edge.wire
        self._patch = pytest.MonkeyPatch()
        self._aws = mock_aws()
        self._streamed: set[tuple[str, str]] = set()
        self.kept: dict[str, Any] = {}
        """What `reset` brings back."""
        self._sequence = 0
        self.receive: Send | None = None
        """The merchant's end of webhooks, in place of HTTP; a test may put its own here, until `reset`."""

    # ------------------------------------------------------------------ life
    def __enter__(self) -> World:
        self._aws.start()
        for name, value in {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}.items():
            self._patch.setenv(name, value)
        self._patch.delenv("AWS_ENDPOINT_URL", raising=False)
        self._patch.setattr(os, "environ", FunctionEnvironment(os.environ, self.blueprint))
        self._patch.setattr(kernel_clock, "datetime", self.clock)
        for module in (tenacity, tenacity.nap, botocore.endpoint, publishing):
            self._patch.setattr(module, "time", self.sleeper)
        self._patch.setattr(secrets, "_cache", PerFunction())
        RouterPerThread().install(self._patch)
        self.wire.install(self._patch)
        self.aws = boto3.Session(region_name=REGION).client("dynamodb")
        for table in self.blueprint.tables:
            self.aws.create_table(**table)
        self.keep()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
        self._aws.stop()
        clients.forget()

    def keep(self) -> None:
        """What the tables hold now is what `reset` brings back."""
        self.kept = {name: copy_items(table.items) for name, table in backend().tables.items()}

    def reset(self, kept: dict[str, Any] | None = None) -> None:
        """Tables as kept (or as given, from another world), the rest empty, caches cold, the clock at its start."""
        self.kept = kept or self.kept
        for name, items in self.kept.items():
            backend().tables[name].items = copy_items(items)
        self.edge.clear()
        self.receive = None
        self.clock.set(START)
        secrets.forget()
        cool()
        self.wire.arm(NoFault())
        self.wire.forget_tokens()
        clients.client.cache_clear()  # with the SDK's retry quota
        clients.client("dynamodb")  # boto3 makes clients in one thread at a time
        self._streamed = set(self._events())

    def checkpoint(self) -> Callable[[], None]:
        """Remembers tables, queues and the time; call what it gives to go back there (with caches cold)."""
        tables = {name: copy_items(table.items) for name, table in backend().tables.items()}
        now, queues, streamed = self.clock.present, copy.deepcopy(self.queues), set(self._streamed)
        receive, objects = self.receive, dict(self.edge.objects.kept)

        def back() -> None:
            kept = self.kept
            self.reset(tables)
            self.kept, self._streamed, self.receive = kept, set(streamed), receive
            self.clock.set(now)
            self.queues.update(copy.deepcopy(queues))
            self.edge.objects.kept.update(objects)

        return back

    @property
    def queues(self) -> dict[str, list[Message]]:
        """What waits, by queue URL (`queue_url("Webhooks")`)."""
        return self.edge.queues

    @property
    def bus(self) -> list[dict[str, Any]]:
        """Every event that the bus took, as its consumers see it."""
        return self.edge.bus

    @property
    def executions(self) -> list[Execution]:
        """Every run of the placement workflow."""
        return self.edge.executions

    # ------------------------------------------------------------------ functions
    @contextmanager
    def container(self, name: str) -> Iterator[ModuleType]:
        """A function's module for one call, a warm one or one loaded in its own environment as a cold start does."""
        with container(name) as module:
            own = vars(module).get("sender")
            if own is not None and self.receive is not None:
                vars(module)["sender"] = self.receive
            try:
                yield module
            finally:
                if own is not None:
                    vars(module)["sender"] = own

    def invoke(self, name: str, event: Any) -> Any:
        """Call a function's handler with an event as JSON would carry it; raises what it raises."""
        with self.wire.process(), self.container(name) as module:
            return json.loads(json.dumps(module.lambda_handler(json.loads(json.dumps(event)), lambda_context(name))))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = None,
        client: Client | str | None = None,
    ) -> Answer:
        """One request. `key` is the Idempotency-Key; `client` an API key (then really authorized) or a `Client`.

        `body` may be bytes, sent as they are. A handler that raises is API Gateway's 502.
        """
        found = self.blueprint.find(method, urlsplit(path).path)
        if found is None:
            return Answer(404, {"code": "not_found"}, {})
        route, parameters = found
        sent = {"content-type": "application/json", **(headers or {}), **({"Idempotency-Key": key} if key else {})}
        event = api_event(method, path, route.path, parameters, sent, body)
        if route.needs_key:
            authorized = self._authorize(client, event)
            if authorized is None:
                return Answer(401, {"code": "unauthenticated"}, {})
            event["requestContext"]["authorizer"] = authorized
        try:
            answer = self.invoke(route.function, event)
        except (Exception, Killed) as error:
            return Answer(502, {"code": "crashed", "error": repr(error)}, {})
        text = answer.get("body") or ""
        raw = base64.b64decode(text).decode() if answer.get("isBase64Encoded") else text
        given = {
            **{k: v[0] for k, v in (answer.get("multiValueHeaders") or {}).items()},
            **(answer.get("headers") or {}),
        }
        return Answer(answer["statusCode"], json.loads(raw) if raw else None, given)

    def _authorize(self, client: Client | str | None, event: dict[str, Any]) -> dict[str, Any] | None:
        if not isinstance(client, str):
            return {**(client or Client()).context(), "principalId": (client or Client()).client_id}
        event["headers"]["Authorization"] = f"Bearer {client}"
        arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:api/live/{event['httpMethod']}{event['path']}"
        try:
            allowed = self.invoke("authorize_client", {**event, "type": "REQUEST", "methodArn": arn})
        except Exception:
            return None
        context: dict[str, Any] = allowed["context"]
        return context

    # ------------------------------------------------------------------ what carries events
    def pump(self, rounds: int = 20) -> None:
        """Stream to bus, bus to webhooks, queues to their functions, until nothing moves."""
        for _ in range(rounds):
            queues = (
                *("Webhooks", "CarrierEvents", "CustomerMessages", "Complaints", "Cases", "Returns"),
                "Payments",
            )
            moved = [self.publish(), *map(self.deliver, queues), self.edge.carry()]
            if not any(moved):
                return

    def publish(self, *, twice: bool = False) -> int:
        """Hand every new event to publish_events, as the stream does: per order in order. Gives how many."""
        fresh = [key for key in self._events() if key not in self._streamed]
        if not fresh:
            return 0
        records = [self._record(*key) for key in fresh]
        for _ in range(2 if twice else 1):
            self.invoke("publish_events", {"Records": records})
        self._streamed |= set(fresh)
        return len(fresh)

    def deliver(self, queue: str) -> int:
        """Hand a queue's messages to its function, ten at a time; what it reports as failed stays. How many went."""
        function = {
            "Webhooks": "deliver_webhook",
            "CarrierEvents": "receive_carrier_event",
            "CustomerMessages": "notify_customer",
            "Cases": "signal_case",
            "Complaints": "process_complaint",
            "Payments": "move_money",
            "Returns": "process_return",
        }[queue]
        waiting = self.queues[queue_url(queue)]
        gone = 0
        for start in range(0, len(waiting), 10):
            batch = waiting[start : start + 10]
            for message in batch:
                message.receives += 1
            answer = self.invoke(function, {"Records": [sqs_record(message, queue) for message in batch]})
            failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures", ())}
            done = {message.message_id for message in batch} - failed
            gone += len(done)
            waiting_still = [each for each in self.queues[queue_url(queue)] if each.message_id not in done]
            self.queues[queue_url(queue)] = waiting_still
        return gone

    def tick(self, now: datetime | None = None) -> dict[str, Any]:
        """Run watch_deadlines, at `now` if given; its report."""
        if now is not None:
            self.clock.set(now)
        report: dict[str, Any] = self.invoke("watch_deadlines", SCHEDULED)
        return report

    def _events(self) -> list[tuple[str, str]]:
        """Events of orders, and those of stock."""
        found = [
            (pk.value, sk.value)
            for table in ("OrdersTable", "SupplyTable")
            for pk, part in backend().tables[table].items.items()
            for sk in part
            if sk.value.startswith("event#")
        ]
        return sorted(found)

    def _record(self, pk: str, sk: str) -> dict[str, Any]:
        self._sequence += 1
        keys = {"pk": {"S": pk}, "sk": {"S": sk}}
        table = "SupplyTable" if pk.startswith("stockevent#") else "OrdersTable"
        image = self.aws.get_item(TableName=table, Key=keys)["Item"]
        return stream_record(self._sequence, keys, image)

    # ------------------------------------------------------------------ looking
    def record(self) -> AbstractContextManager[list[Call]]:
        """Every AWS call of handlers in the block; `call.is_workflow` marks the steps that the machine started."""
        return self.wire.recorded()

    @contextmanager
    def fault(self, fault: Fault) -> Iterator[Fault]:
        """In the block, `fault` is on the wire; calls are counted from 1."""
        self.wire.arm(fault)
        try:
            yield fault
        finally:
            self.wire.fault = NoFault()

    def new_key(self, channels: tuple[str, ...] = ("web",), scopes: tuple[str, ...] = tuple(sorted(SCOPES))) -> str:
        """The API key of a new client, for `call(client=…)`."""
        client_id, secret = f"test-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex * 2
        made = ApiClient(
            client_id=client_id,
            name="test",
            key_hash=hash_secret(secret),
            channels=channels,
            scopes=scopes,
            created_at=kernel_clock.to_iso(START),
        )
        write(Put("CatalogTable", made.to_item()))
        return format_key(client_id, secret)
