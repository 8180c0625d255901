"""Where stories are told: in process and on the embedded cloud, each once in a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from tests.support.cloud import Cloud
from tests.support.stage import Stage, in_process, on_the_cloud
from tests.support.verbs import Shop

Story = Callable[[Shop], None]
Tell = Callable[[str, Story], None]
"""Tells a channel's story."""
BothTellings = Callable[[str, Story], tuple[list[str], list[str]]]
"""The transcripts of both tellings of a channel's story."""
Open = Callable[[str], AbstractContextManager[Stage]]

_told: dict[tuple[str, Story], list[str]] = {}
"""Transcripts by stage and story."""


@pytest.fixture(params=["in process", pytest.param("on the embedded cloud", marks=pytest.mark.cloud)])
def tell(request: pytest.FixtureRequest) -> Tell:
    """A story must hold on both stages."""
    if request.param == "in process":
        return partial(_tell, request.param, in_process)
    return partial(_tell, request.param, partial(on_the_cloud, request.getfixturevalue("cloud")))


@pytest.fixture
def both_tellings(cloud: Cloud) -> BothTellings:
    """What was told already is not told again."""

    def tellings(channel: str, story: Story) -> tuple[list[str], list[str]]:
        stages: dict[str, Open] = {"in process": in_process, "on the embedded cloud": partial(on_the_cloud, cloud)}
        for name, open_stage in stages.items():
            if (name, story) not in _told:
                _tell(name, open_stage, channel, story)
        ours, theirs = (_told[name, story] for name in stages)
        return ours, theirs

    return tellings


def _tell(name: str, open_stage: Open, channel: str, story: Story) -> None:
    with open_stage(channel) as stage:
        story(Shop(stage, channel))
        _told[name, story] = stage.transcript()
