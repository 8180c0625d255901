"""A body within its limits may still be more than the workflow's state holds: said clearly, before anything runs."""

from __future__ import annotations

import random

import pytest

from tests.support.shop import order_body
from tests.support.world import World

pytestmark = pytest.mark.moto


def test_a_draft_that_no_state_can_carry_is_refused_by_its_size(world: World) -> None:
    noise = random.Random(7)
    options = [{f"axis{number}": noise.randbytes(30).hex() for number in range(10)} for _ in range(500)]
    body = order_body(*(("TEE-WHITE", 1, each) for each in options))
    answer = world.call("POST", "/v1/orders", body, key="noise")
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert answer.body["facts"]["limit_bytes"] == 200_000
    assert world.executions == []


def test_a_key_that_was_used_is_told_before_the_size(world: World) -> None:
    noise = random.Random(7)
    options = [{f"axis{number}": noise.randbytes(30).hex() for number in range(10)} for _ in range(500)]
    assert world.call("POST", "/v1/orders", order_body(), key="one").status == 201
    answer = world.call("POST", "/v1/orders", order_body(*(("TEE-WHITE", 1, each) for each in options)), key="one")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
