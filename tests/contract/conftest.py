"""The DynamoDB of the contract suites: the template's tables on moto, empty for each test."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from ordo.runtime import clients, secrets
from tests.support.blueprint import blueprint

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    """An account with the secret by which contacts are found."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "SECRET_ID": "ordo"}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        clients.forget()
        secrets.forget()
        clients.client("secretsmanager").create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        yield
        clients.forget()
        secrets.forget()


@pytest.fixture
def tables(aws: None) -> Iterator[None]:
    """Every table of the template."""
    for table in blueprint().tables:
        clients.client("dynamodb").create_table(**table)
    yield
    for table in blueprint().tables:
        clients.client("dynamodb").delete_table(TableName=table["TableName"])
