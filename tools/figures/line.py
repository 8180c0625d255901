"""One figure, one line of JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence


def figure(name: str, values: Sequence[float], unit: str, how: str, digits: int = 2) -> dict[str, object]:
    """The median of the runs with their spread (least and most) and how it was measured."""
    ordered = sorted(values)
    return {
        "name": name,
        "value": round(statistics.median(ordered), digits),
        "unit": unit,
        "how": how,
        "runs": len(ordered),
        "spread": [round(ordered[0], digits), round(ordered[-1], digits)],
    }


def show(line: dict[str, object]) -> None:
    """Print it, at once."""
    print(json.dumps(line, ensure_ascii=False), flush=True)
