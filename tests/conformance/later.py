"""Kinds of cases whose rules have their own issues: counted, with the reason, so that nobody takes them for passed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.conformance.results import Case, Unsupported


def datasets(case: Case) -> dict[str, tuple[object, object]]:
    """Real orders with reference results; nothing is learned from data yet."""
    raise Unsupported("segments, regions and churn come with the insight issue")


def dataset_cases(path: Path) -> Iterable[Case]:
    """One case for each reference result of each data set."""
    for file in sorted(path.rglob("meta.json")):
        published = json.loads(file.read_text(encoding="utf-8"))
        for kind in ("published", "computed"):
            for name in published.get(kind, ()):
                yield {"id": f"{file.parent.name}/{kind}: {name if isinstance(name, str) else json.dumps(name)[:60]}"}
