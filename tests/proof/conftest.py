"""What the proofs tell at the end of a run."""

from __future__ import annotations

import pytest

SHARE_OF = "share of "
"""A property of a test that begins so is printed in the summary."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The shares of what generated samples hold."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    shares = [
        (name.removeprefix(SHARE_OF), value)
        for report in reports
        for name, value in report.user_properties
        if name.startswith(SHARE_OF)
    ]
    if shares:
        terminalreporter.section("what the generated samples hold")
        for name, value in shares:
            terminalreporter.line(f"{name:28} {value}")
