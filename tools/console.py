"""What the user sees: progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape

from tools.errors import ToolError

out = Console(highlight=False)
"""Results: what a person asked to read, or one JSON document."""

progress = Console(stderr=True, highlight=False)
"""Progress and failures, so that standard output stays clean for scripts."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show that something is under way, then how long it took; a failure is marked and passes on."""
    started = time.monotonic()
    try:
        with progress.status(f"{escape(text)} …"):
            yield
    except BaseException:
        progress.print(f"[red]✗[/] {escape(text)}")
        raise
    progress.print(f"[green]✓[/] {escape(text)} [dim]({time.monotonic() - started:.1f} s)[/]")


def note(text: str) -> None:
    """One line of progress that needs no wait."""
    progress.print(f"[dim]·[/] {escape(text)}")


def print_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_failure(error: ToolError) -> None:
    """What failed, its details, and what to do."""
    progress.print(f"[bold red]{escape(error.what)}[/]")
    for detail in error.details:
        progress.print(f"  [red]•[/] {escape(detail)}")
    if error.todo:
        progress.print(f"[yellow]→[/] {escape(error.todo)}")
