"""What couriers and customers read on the signing page, in every language that Ordo speaks."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.signing.words_en import WORDS as EN
from ordo.signing.words_zh import WORDS as ZH
from ordo.tracking.words import Language, Speech

CATALOGUES: Mapping[Language, Mapping[str, str]] = {"en": EN, "zh": ZH}


def speech_of(language: Language) -> Speech:
    """Says the page's words; its times are the device's own."""
    return Speech(language, catalogues=CATALOGUES)


def script_words(language: Language) -> dict[str, str]:
    """The texts that the page's script says, by the rest of their key."""
    words = CATALOGUES[language]
    return {key.removeprefix("js."): text for key, text in words.items() if key.startswith("js.")}
