"""What every test folder shares."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.fixtures", "tests.support.world_fixtures"]

_SLOW_MACHINES = [HealthCheck.too_slow]
# The same examples on every run in CI: a red build is then about the change. `ORDO_PROOF=full` looks at many more.
settings.register_profile("local", deadline=None, max_examples=100, suppress_health_check=_SLOW_MACHINES)
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.register_profile("full", parent=settings.get_profile("local"), max_examples=5000)
if os.environ.get("ORDO_PROOF") == "full":
    settings.load_profile("full")
else:
    settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `proof` run only with ORDO_PROOF=full, under which every test has an hour."""
    if os.environ.get("ORDO_PROOF") == "full":
        for item in items:
            item.add_marker(pytest.mark.timeout(3600), append=False)
        return
    skip = pytest.mark.skip(reason="large counts: run with ORDO_PROOF=full")
    for item in items:
        if item.get_closest_marker("proof"):
            item.add_marker(skip)
