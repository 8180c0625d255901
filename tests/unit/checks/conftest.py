"""The project's own estate, and copies of it to break."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tools.checks.estate import Estate, Finding, read_estate

Rule = Callable[[Estate], Iterator[Finding]]
Edit = Callable[[Estate], Any]


@pytest.fixture(scope="session")
def whole() -> Estate:
    return read_estate()


@pytest.fixture
def findings(whole: Estate) -> Callable[[Rule, Edit], list[str]]:
    """What a rule finds in a copy of the project that was edited, and did not find before."""

    def find(rule: Rule, edit: Edit) -> list[str]:
        edited = copy.deepcopy(whole)
        edit(edited)
        before = {str(finding) for finding in rule(whole)}
        return [str(finding) for finding in rule(edited) if str(finding) not in before]

    return find
