"""Stock under any interleaving of whoever acts on it: in memory with many examples, on DynamoDB (moto) with some."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proof.stock_machine import StockMachine
from tests.proof.stock_tables import MotoTables, moto_tables
from tests.proof.stock_wide import WideMachine, on_tables
from tests.support.quick_tables import QuickTables, quick_tables

FULL = os.environ.get("ORDO_PROOF") == "full"
"""Other histories each time; the quick run takes the same ones, so that it tells of a change and not of luck."""


@pytest.fixture
def moto() -> Iterator[MotoTables]:
    with moto_tables() as tables:
        yield tables


@pytest.fixture
def quick() -> Iterator[QuickTables]:
    with quick_tables() as tables:
        yield tables


@pytest.mark.timeout(3600)
def test_the_books_are_right_whoever_comes_between() -> None:
    examples = settings(max_examples=2_000 if FULL else 60, stateful_step_count=40, derandomize=not FULL)
    run_state_machine_as_test(StockMachine, settings=examples)


@pytest.mark.timeout(3600)
def test_the_books_are_right_with_orders_of_many_transactions(quick: QuickTables) -> None:
    examples = settings(max_examples=2_000 if FULL else 60, stateful_step_count=40, derandomize=not FULL)
    run_state_machine_as_test(on_tables(WideMachine, quick, at_length=True), settings=examples)


@pytest.mark.moto
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_books_are_right_on_dynamodb(moto: MotoTables) -> None:
    examples = settings(max_examples=100, stateful_step_count=40 if FULL else 8, derandomize=not FULL)
    run_state_machine_as_test(on_tables(StockMachine, moto, at_length=False), settings=examples)


@pytest.mark.moto
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_books_are_right_on_dynamodb_with_orders_of_many_transactions(moto: MotoTables) -> None:
    examples = settings(max_examples=100 if FULL else 10, stateful_step_count=40 if FULL else 8, derandomize=not FULL)
    run_state_machine_as_test(on_tables(WideMachine, moto, at_length=False), settings=examples)
