"""A step of a checked story: what it showed, and what was found to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tools.errors import ToolError


class CheckFailed(ToolError):
    """Something is not as it must be."""

    def __init__(self, text: str, found: object) -> None:
        super().__init__(f"Not so: {text}", details=[f"found: {found}"])


@dataclass
class Step:
    """What a step showed and checked."""

    name: str
    lines: list[Any] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def check(self, text: str, holds: bool, found: object = "") -> None:
        """Note that something holds; raises `CheckFailed` when it does not."""
        if not holds:
            raise CheckFailed(text, found)
        self.checks.append(text)

    def as_json(self) -> dict[str, Any]:
        """For scripts: without the lines, which are for people."""
        return {"step": self.name, "seconds": self.seconds, "checks": self.checks, "facts": self.facts}
