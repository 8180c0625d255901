"""The demo: a fresh instance, one order's whole life on it, everything checked, and nothing left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tools import cloud
from tools.api import Api
from tools.aws import Aws
from tools.carrier import Carrier, carrier_secret
from tools.console import out, progress
from tools.errors import ToolError
from tools.home import Home
from tools.journey import Journey
from tools.listener import Listener
from tools.narration import say
from tools.steps import Step
from tools.target import Target


@dataclass
class DemoReport:
    """How the demo went. `failure` is None when every check held."""

    steps: list[Step] = field(default_factory=list)
    seconds: float = 0.0
    failure: ToolError | None = None

    @property
    def checks(self) -> int:
        """How many checks held."""
        return sum(len(step.checks) for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        failure = self.failure
        return {
            "ok": failure is None,
            "seconds": self.seconds,
            "checks": self.checks,
            "steps": [step.as_json() for step in self.steps],
            "failure": {"what": failure.what, "details": list(failure.details)} if failure else None,
        }


def run_demo(home: Home, lang: str, *, quiet: bool = False, keep: bool = False) -> DemoReport:
    """Start a fresh instance in `home`, tell the journey on it, and remove it again (kept after a failure or `keep`).

    `quiet` tells nothing on standard output. Raises `ToolError` when the instance cannot be started.
    """
    began = time.monotonic()
    report = DemoReport()
    with fresh_instance(home, keep, report) as there, listening() as listener:
        api = Api(there.api_url, there.own_key())
        carrier = Carrier(Api(there.api_url, ""), carrier_secret(there))
        _tell(Journey(there, api, carrier, listener, lang), report, quiet)
    report.seconds = round(time.monotonic() - began, 1)
    return report


@contextmanager
def fresh_instance(home: Home, keep: bool, report: DemoReport) -> Iterator[Target]:
    """An instance that begins with nothing, on a free port."""
    cloud.down(home, wipe=True)
    up = cloud.up(home, 0)
    try:
        yield Target(Aws(up.port), home=home)
    finally:
        cloud.down(home, wipe=not keep and report.failure is None)


@contextmanager
def listening() -> Iterator[Listener]:
    """A webhook endpoint on loopback."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()


def _tell(journey: Journey, report: DemoReport, quiet: bool) -> None:
    for number, (name, action) in enumerate(journey.steps(), start=1):
        step = Step(name)
        report.steps.append(step)
        began = time.monotonic()
        try:
            with progress.status(f"{say(name, journey.lang)} …"):
                action(step)
        except ToolError as failure:
            report.failure = failure
        step.seconds = round(time.monotonic() - began, 2)
        if not quiet:
            _show(number, step, journey.lang)
        if report.failure:
            return


def _show(number: int, step: Step, lang: str) -> None:
    out.print(f"\n[bold]{number:>2}  {say(step.name, lang)}[/] [dim]({step.seconds:.1f} s)[/]")
    for line in step.lines:
        out.print(line, soft_wrap=True, markup=False)
    for check in step.checks:
        out.print(f"  [green]✓[/] {check}", soft_wrap=True)
