"""The clients that functions use know exactly the services that Ordo calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import UnknownServiceError

import ordo
from ordo.runtime import clients


@pytest.fixture(autouse=True)
def own_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_REGION", raising=False)
    clients.forget()
    yield
    clients.forget()


def test_every_service_that_the_code_names_has_a_client() -> None:
    texts = [path.read_text() for path in Path(str(ordo.__file__)).parent.rglob("*.py")]
    named = {name for text in texts for name in re.findall(r'\bclient\("(\w+)"\)', text)}
    assert named == set(clients.SERVICES)
    for name in named:
        assert clients.client(name).meta.region_name == "eu-central-1"


def test_a_service_that_ordo_does_not_call_is_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        clients.client("sns")


def test_a_client_is_made_once_with_its_time_outs() -> None:
    assert clients.client("sqs") is clients.client("sqs")
    assert clients.client("sqs").meta.config.read_timeout == 3
    assert clients.client("stepfunctions").meta.config.read_timeout == 22
