"""The demo's journey, step by step, on the run's shared embedded cloud."""

from __future__ import annotations

import pytest

from tests.support.cloud import Cloud
from tools.api import Api
from tools.carrier import Carrier, carrier_secret
from tools.demo import listening
from tools.journey import Journey
from tools.steps import Step

pytestmark = pytest.mark.cloud


def test_the_whole_journey_holds(cloud: Cloud) -> None:
    with listening() as listener:
        carrier = Carrier(Api(cloud.api_url, ""), carrier_secret(cloud.target))
        for name, action in Journey(cloud.target, cloud.api, carrier, listener).steps():
            step = Step(name)
            action(step)
            assert step.lines, f"{name} showed nothing"
