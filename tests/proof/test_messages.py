"""Requests about two orders and what their queues hold, each delivered one to three times, in any order, with a crash
after any write: what must converge converges, and what must be refused is refused. By `TABLE`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.audit import audit, ledger
from tests.support.blueprint import queue_url
from tests.support.events import Message
from tests.support.faults import MODES, Break
from tests.support.returned import EVERYTHING, came, return_policy
from tests.support.shop import must
from tests.support.world import Answer, World

FULL = os.environ.get("ORDO_PROOF") == "full"
SEEDS = range(1_000 if FULL else 50)
QUEUES = ("Complaints", "Returns", "Cases", "Payments")
POLICY = {"routes": [{"rule_id": "all", "categories": ["goods"], "department": "desk"}]}
DEPARTMENT = {"name": {"en": "Desk", "zh": "客服"}, "people": ["lead"], "sla_minutes": {"normal": 600}}


@dataclass(frozen=True)
class Request:
    """One request; `order` is the place of the order that it is about."""

    name: str
    order: int
    path: str
    body: dict[str, Any]

    def send(self, world: World, orders: list[str]) -> Answer:
        path, body = self.path.replace("{order}", orders[self.order]), dict(self.body)
        if path == "/v1/complaints":
            body["order_id"] = orders[self.order]
        return world.call("POST", path, body, key=self.name.replace(" ", "-"))


def _back(name: str, order: int, units: int) -> Request:
    body = {"lines": [{"line_id": "1", "quantity": units}], "reason": "too_small"}
    return Request(name, order, "/v1/orders/{order}/returns", body)


def _says(name: str, order: int) -> Request:
    body = {"subject": "破了", "text": "杯子是坏的", "category": "goods"}
    return Request(name, order, "/v1/complaints", body)


def _changes(name: str, order: int, **body: Any) -> Request:
    asked = {"reason": "asked for", "requested_by": "staff", **body}
    return Request(name, order, "/v1/orders/{order}/changes", asked)


def _paid_back(name: str, order: int, amount: int) -> Request:
    report = {"kind": "refunded", "amount": {"amount": amount, "currency": "CNY"}, "provider": "alipay"}
    return Request(name, order, "/v1/orders/{order}/payments", {**report, "reference": name.replace(" ", "-")})


REQUESTS = (
    _says("first complaint", 0),
    _says("second complaint", 1),
    _back("two of three", 0, 2),
    _back("two of the same three", 0, 2),
    _back("one of three", 1, 1),
    _back("all three", 1, 3),
    _changes("cancel of what came", 0, kind="cancel"),
    _changes("goodwill", 1, kind="goodwill", amount=50),
    _paid_back("some money", 0, 30),
    _paid_back("more than was paid", 1, 10**7),
)
TABLE: dict[str, str | tuple[str, str]] = {
    "first complaint": "taken",
    "second complaint": "taken",
    "two of three": ("or", "two of the same three"),
    "two of the same three": ("or", "two of three"),
    "one of three": ("or", "all three"),
    "all three": ("or", "one of three"),
    "cancel of what came": "not_allowed_now",
    "goodwill": "taken",
    "some money": "taken",
    "more than was paid": "not_allowed_now",
}
"""`taken`, whatever comes before it; the code with which it is refused always; or just one of two: who comes first."""


@dataclass
class Delivery:
    """One run: what is still to be delivered, and what was answered."""

    world: World
    orders: list[str]
    chance: random.Random
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def deliver(self, request: Request, *, crash: bool) -> None:
        """Once; a process that dies after a write is API Gateway's 502."""
        with self._maybe_broken(crash):
            answer = request.send(self.world, self.orders)
        if answer.status < 500:
            self.answers.setdefault(request.name, []).append(answer)

    def hand_on(self, *, crash: bool) -> None:
        """What the queues hold: a message of any, once more than it must be, maybe with a crash; it stays until it is
        done with.
        """
        self.world.publish(twice=self.chance.random() < 0.3)
        waiting = [queue for queue in QUEUES if self.world.queues[queue_url(queue)]]
        if not waiting:
            return
        queue = self.chance.choice(waiting)
        messages = self.world.queues[queue_url(queue)]
        self.chance.shuffle(messages)
        again = copy(messages[0])
        if self.chance.random() < 0.4:
            messages.append(Message(again.body, group=again.group))
        with self._maybe_broken(crash):
            self._quietly(lambda: self.world.deliver(queue))
        self.world.edge.carry()

    @staticmethod
    def _quietly(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:  # a killed process: its messages come again
            if type(error).__name__ != "Killed" and not isinstance(error, Exception):
                raise

    def _maybe_broken(self, crash: bool) -> AbstractContextManager[Any]:
        if not crash:
            return nullcontext()
        mode = self.chance.choice(MODES)
        return self.world.fault(Break(self.chance.randrange(1, 12), mode, None))


@pytest.fixture(scope="module")
def two_orders(_module_world: World) -> tuple[World, list[str], Callable[[], None]]:
    """Two paid orders of three tees that came; the channel takes returns and complaints."""
    world = _module_world
    world.reset()
    return_policy(world, EVERYTHING)
    must(world.call("PUT", "/v1/departments/desk", DEPARTMENT))
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"complaints": POLICY}))
    world.clock.advance(minutes=1)
    orders = [came(world, f"WAY{number}")["order_id"] for number in (1, 2)]
    world.pump()
    return world, orders, world.checkpoint()


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("block", range(0, len(SEEDS), 10))
def test_what_must_converge_converges_and_what_must_be_refused_is_refused(
    two_orders: tuple[World, list[str], Callable[[], None]], block: int
) -> None:
    world, orders, go_back = two_orders
    for seed in SEEDS[block : block + 10]:
        go_back()
        run = Delivery(world, orders, random.Random(seed))
        messages = [each for each in REQUESTS for _ in range(run.chance.randint(1, 3))]
        run.chance.shuffle(messages)
        for message in messages:
            run.deliver(message, crash=run.chance.random() < 0.5)
            for _ in range(run.chance.randrange(3)):
                run.hand_on(crash=run.chance.random() < 0.5)
            assert run.chance.random() > 0.1 or audit() == [], (seed, message.name)
        for request in REQUESTS:  # at least once: until it was answered
            run.deliver(request, crash=False)
        world.clock.advance(minutes=30)
        world.pump()
        world.tick()
        world.pump()
        assert audit() == [], seed
        _check_answers(run, seed)
        _check_cases(run, seed)


def _check_answers(run: Delivery, seed: int) -> None:
    for name, rule in TABLE.items():
        found = run.answers[name]
        said = {(each.status, each.code if each.status >= 400 else "taken") for each in found}
        assert len({code for _, code in said}) == 1, (seed, name, [each.body for each in found])
        if rule == "taken":
            assert said <= {(200, "taken"), (201, "taken"), (202, "taken")}, (seed, name, [each.body for each in found])
        elif isinstance(rule, str):
            assert {code for _, code in said} == {rule}, (seed, name, said)
        else:
            other = run.answers[rule[1]]
            both = sorted(_is_taken(each[0]) for each in (found, other))
            assert both == [False, True], (seed, name, rule[1])


def _is_taken(answer: Answer) -> bool:
    return answer.status < 300 and answer.body.get("state") != "refused"


def _check_cases(run: Delivery, seed: int) -> None:
    """One execution for each case, which waits; one record for each request that was taken."""
    found = ledger()
    carried = run.world.edge.carried
    for order_id, units in zip(run.orders, ((2,), (1, 3)), strict=True):
        returns = [each for each in found.parts(order_id, "return") if each["state"] != "refused"]
        assert len(returns) == 1, (seed, order_id)
        (one,) = returns
        assert (
            sum(line["quantity"] for line in must(run.world.call("GET", f"/v1/returns/{one['return_id']}"))["lines"])
            in units
        )
        assert carried[one["return_id"]].status == "RUNNING", seed
        complaints = must(run.world.call("GET", f"/v1/complaints?order_id={order_id}"))["complaints"]
        assert len(complaints) == 1, seed
        (told,) = complaints
        assert (told["state"], carried[told["complaint_id"]].status) == ("open", "RUNNING"), seed
    runs = [name for name, each in carried.items() if each.status == "RUNNING"]
    assert len(runs) == 4, (seed, runs)
    reports = [each for each in found.parts(run.orders[0], "payment") if each["kind"] == "refunded"]
    assert [each["amount"] for each in reports] == [30], seed
    assert len(found.parts(run.orders[1], "change")) == 1, seed
