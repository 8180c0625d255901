"""What a document was kept with although its writer may not have meant it."""

from __future__ import annotations

from dataclasses import dataclass

from ordo.catalog.errors import Where, pointer_to
from ordo.catalog.model import Name


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """Something to look at, not a refusal: a stable `code`, where (a JSON pointer, `""`: the whole), and what to do."""

    code: str
    pointer: str
    text: Name


def warning_at(where: Where, code: str, en: str, zh: str) -> DocumentWarning:
    """A warning about the part of a document that is there."""
    return DocumentWarning(code, pointer_to(where), {"en": en, "zh": zh})
