"""Stock under any interleaving of whoever acts on it: in memory with many examples, on DynamoDB (moto) with some."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proof.stock_machine import StockMachine
from tests.proof.stock_worlds import MotoWorld, StockWorld, moto_tables

FULL = os.environ.get("ORDO_PROOF") == "full"
"""Other histories each time; the quick run takes the same ones, so that it tells of a change and not of luck."""


class OnMoto(StockMachine):
    """The same over the product's DynamoDB repositories, on which each call takes some milliseconds."""

    at_length = False

    def make_world(self) -> StockWorld:
        return MotoWorld()


@pytest.fixture
def tables() -> Iterator[None]:
    with moto_tables():
        yield


@pytest.mark.timeout(3600)
def test_the_books_are_right_whoever_comes_between() -> None:
    examples = settings(max_examples=2_000 if FULL else 60, stateful_step_count=40, derandomize=not FULL)
    run_state_machine_as_test(StockMachine, settings=examples)


@pytest.mark.moto
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_books_are_right_on_dynamodb(tables: None) -> None:
    examples = settings(max_examples=100, stateful_step_count=40 if FULL else 8, derandomize=not FULL)
    run_state_machine_as_test(OnMoto, settings=examples)
