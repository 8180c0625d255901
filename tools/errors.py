"""How a tool fails: what went wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence


class ToolError(Exception):
    """Ends a command with exit code 1. `what` states the fact, `todo` the way out, `details` are shown below."""

    def __init__(self, what: str, *, todo: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.details = tuple(details)
