"""An AWS account on moto, with the secret by which contacts are found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

from ordo.runtime import clients, secrets
from tests.support.blueprint import REGION, blueprint


@contextmanager
def aws_account() -> Iterator[None]:
    """Without tables; the SDK's clients are made anew in it and forgotten behind it."""
    environment = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "SECRET_ID": "ordo"}
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        clients.forget()
        secrets.forget()
        clients.client("secretsmanager").create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        yield
        clients.forget()
        secrets.forget()


def make_tables() -> None:
    """Every table of the template."""
    for table in blueprint().tables:
        clients.client("dynamodb").create_table(**table)
