"""What became of each conformance case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Case = dict[str, Any]


class Unsupported(Exception):
    """The project does not know the case's rule (yet); the text says which."""


@dataclass
class Tally:
    """Counts, and the reasons and differences behind them."""

    passed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    unsupported: dict[str, str] = field(default_factory=dict)

    def add(self, case_id: str, check: Callable[[], dict[str, tuple[Any, Any]]]) -> None:
        """Run one case; `check` gives expected and actual of every fact that differs."""
        try:
            differences = check()
        except Unsupported as reason:
            self.unsupported[case_id] = str(reason)
            return
        if not differences:
            self.passed += 1
            return
        facts = (f"{name} expected {expected}, got {actual}" for name, (expected, actual) in differences.items())
        self.failed[case_id] = "; ".join(facts)

    def lines(self, kind: str) -> Iterator[str]:
        """A line for each case that failed or is not supported, then the counts."""
        for case_id, text in self.failed.items():
            yield f"FAILED {case_id}: {text}"
        for case_id, text in self.unsupported.items():
            yield f"unsupported {case_id}: {text}"
        yield f"{kind}: {self.passed} passed, {len(self.failed)} failed, {len(self.unsupported)} unsupported"


def cases_in(path: Path) -> Iterable[Case]:
    """Every case of a JSON file, or of all those in a folder, in order of their names."""
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        yield from json.loads(file.read_text(encoding="utf-8"))
