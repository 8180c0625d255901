"""The DynamoDB of the contract suites: the template's tables on moto, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ordo.runtime import clients
from tests.support.account import aws_account, make_tables
from tests.support.blueprint import blueprint


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    """An account of the module."""
    with aws_account():
        yield


@pytest.fixture
def tables(aws: None) -> Iterator[None]:
    """Every table of the template."""
    make_tables()
    yield
    for table in blueprint().tables:
        clients.client("dynamodb").delete_table(TableName=table["TableName"])
