"""Where a promotion in an older form has what its newer form has elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ordo.catalog.errors import Where, pointer_to
from ordo.catalog.warnings import DocumentWarning


def written_at(body: Mapping[str, Any], where: Where) -> Where:
    """The place in the stored `body` of what was found at `where` in the promotion that was read from it.

    A `threshold` is read as a condition or a repetition that the document does not have.
    """
    if body["reward"]["type"] == "threshold":
        implied = str(len(body.get("conditions", ())))
        for read_as in (("conditions", implied, "at_least"), ("conditions", implied), ("reward", "every")):
            if tuple(map(str, where[: len(read_as)])) == read_as:
                return ("reward", "thresholds", *where[len(read_as) :])
    return where


def warned_at(body: Mapping[str, Any], warning: DocumentWarning) -> DocumentWarning:
    """The warning with its pointer into the stored `body`."""
    if not warning.pointer:
        return warning
    return replace(warning, pointer=pointer_to(written_at(body, tuple(warning.pointer.split("/")[1:]))))
