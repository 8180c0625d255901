"""The stages that every story is told on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.support.stage import Stage, in_process, on_the_cloud

Open = Callable[[str], AbstractContextManager[Stage]]
"""Opens a stage for a channel."""


@pytest.fixture(params=["in process", pytest.param("on the embedded cloud", marks=pytest.mark.cloud)])
def open_stage(request: pytest.FixtureRequest) -> Iterator[Open]:
    """One after the other: a story is told on both, and must hold on both."""
    if request.param == "in process":
        yield in_process
    else:
        cloud = request.getfixturevalue("cloud")
        yield lambda channel: on_the_cloud(cloud, channel)
