"""`python -m tests.conformance KIND PATH`: run the cases, print those that fail, exit 1 if any does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "layers" / "shared"))

from tests.conformance import carriers, later, pricing, sourcing
from tests.conformance.results import Case, Tally, cases_in

CHECKS: dict[str, Callable[[Case], dict[str, tuple[Any, Any]]]] = {
    "pricing": pricing.check,
    "carriers": carriers.check,
    "sourcing": sourcing.check,
    "datasets": later.datasets,
}
READERS: dict[str, Callable[[Path], Iterable[Case]]] = {
    "carriers": carriers.cases_in,
    "datasets": later.dataset_cases,
}
"""Kinds whose cases are not simply lists in JSON files."""


def run(kind: str, path: Path) -> Tally:
    """Run every case of a file or folder."""
    tally = Tally()
    for case in READERS.get(kind, cases_in)(path):
        tally.add(case["id"], partial(CHECKS[kind], case))
    return tally


def main(arguments: list[str]) -> int:
    """The exit code: 0 when nothing failed, 1 when something did, 2 when there was nothing to run."""
    if len(arguments) != 2 or arguments[0] not in CHECKS or not Path(arguments[1]).exists():
        sys.stderr.write(f"usage: python -m tests.conformance {{{','.join(CHECKS)}}} PATH (a file or folder)\n")
        return 2
    tally = run(arguments[0], Path(arguments[1]))
    sys.stdout.writelines(f"{line}\n" for line in tally.lines(arguments[0]))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
