"""Times of many orders, and of many imports."""

from __future__ import annotations

import pytest

from tools.figures.api import Load
from tools.figures.imports import cpu_ms


def test_a_percentile_is_the_time_that_so_many_did_not_exceed() -> None:
    load = Load(1.0, [float(each) for each in range(100, 0, -1)])
    assert (load.percentile(0.5), load.percentile(0.99)) == (50.0, 99.0)
    assert Load(1.0, [7.0]).percentile(0.99) == 7.0


def test_cpu_of_a_fresh_interpreter_grows_with_its_work() -> None:
    assert cpu_ms("sum(range(20_000_000))", {}) > cpu_ms("pass", {}) > 0


def test_an_interpreter_that_fails_is_told() -> None:
    with pytest.raises(RuntimeError, match="exit 3"):
        cpu_ms("raise SystemExit(3)", {})
