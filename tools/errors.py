"""How a tool fails: what went wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ToolError(Exception):
    """Ends a command with exit code 1. `what` states the fact, `todo` the way out, `details` are shown below."""

    def __init__(self, what: str, *, todo: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.details = tuple(details)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"what": self.what, "todo": self.todo, "details": list(self.details)}
