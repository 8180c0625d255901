"""Fixtures for every test folder; a plugin that the top conftest names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cloud import Cloud, running_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The embedded cloud with the template deployed and the sample shop seeded: started once per run, shared."""
    with running_cloud(tmp_path_factory.mktemp("cloud") / "ordo") as running:
        yield running
