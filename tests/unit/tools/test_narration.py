"""The demo can say everything in each of its languages."""

from __future__ import annotations

import re

import pytest

from tools.journey import Journey
from tools.narration import LANGUAGES, TEXTS, say


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_is_there_in_every_language_with_the_same_facts(key: str) -> None:
    assert TEXTS[key].keys() == set(LANGUAGES)
    facts = {lang: set(re.findall(r"{(\w+)", text)) for lang, text in TEXTS[key].items()}
    assert len(set(map(frozenset, facts.values()))) == 1


def test_every_step_of_the_journey_has_a_text() -> None:
    names = [name for name, _ in Journey.steps(Journey.__new__(Journey))]
    assert names
    assert set(names) <= TEXTS.keys()


def test_facts_are_put_in() -> None:
    assert say("passed", "en", checks=32, seconds=12.34) == "The whole journey passed: 32 checks in 12.3 s"
