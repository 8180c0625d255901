"""What a document was kept with although its writer may not have meant it."""

from __future__ import annotations

from dataclasses import dataclass

from ordo.catalog.model import Name


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """Something to look at, not a refusal: a stable `code`, where (a JSON pointer, `""`: the whole), and what to do."""

    code: str
    pointer: str
    text: Name
