"""What customers read on the pages of complaints, in every language that Ordo speaks."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.complaints.words_en import WORDS as EN
from ordo.complaints.words_zh import WORDS as ZH
from ordo.tracking.words import Language, Speech

CATALOGUES: Mapping[Language, Mapping[str, str]] = {"en": EN, "zh": ZH}
CATEGORIES = ("product", "delivery", "service", "room", "payment", "other")
"""What the form offers; shops name others as they like."""


def speech_of(language: Language, zone: str = "UTC") -> Speech:
    """Says the pages' words."""
    return Speech(language, zone, catalogues=CATALOGUES)
