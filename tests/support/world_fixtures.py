"""The fixture `world`: an Ordo in process with the sample shop, brought back to that before every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture(scope="module")
def _module_world() -> Iterator[World]:
    from tests.support.shop import shop_world  # moto takes a second to import: only where it is used

    with shop_world() as world:
        yield world


@pytest.fixture
def world(_module_world: World) -> World:
    """Fresh for this test: tables as seeded, queues and bus empty, the clock at its start."""
    _module_world.reset()
    return _module_world
