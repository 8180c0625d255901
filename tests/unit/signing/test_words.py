"""The signing page has every text in every language, and a text for everything that a proof can say."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from ordo.shipments.proof_model import Condition, Handover, RefusalReason, Relation
from ordo.signing.pages import SCRIPTS, scripts
from ordo.signing.routes import PROBLEMS
from ordo.signing.words import CATALOGUES
from ordo.tracking.words import LANGUAGES

SAID = [
    *(f"handover.{each}" for each in Handover),
    *(f"condition.{each}" for each in Condition),
    *(f"relation.{each}" for each in get_args(Relation)),
    *(f"reason.{each}" for each in get_args(RefusalReason)),
    *(f"problem.{each}{end}" for each in PROBLEMS for end in ("", ".todo")),
]
SCRIPT = "".join(text for name, text in zip(SCRIPTS, scripts(), strict=True) if not name.startswith("vendor"))
QUOTED = set(re.findall(r'"([a-z_]+)"', SCRIPT))


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_have_the_same_keys_and_places(language: str) -> None:
    words = CATALOGUES[language]  # type: ignore[index]
    assert words.keys() == CATALOGUES["en"].keys()
    assert {key: places(text) for key, text in words.items()} == {
        key: places(text) for key, text in CATALOGUES["en"].items()
    }
    assert all(text.strip() for text in words.values())


@pytest.mark.parametrize("key", SAID)
def test_everything_that_can_be_said_has_its_word(key: str) -> None:
    assert key in CATALOGUES["en"]


def test_the_script_says_every_text_that_it_is_given() -> None:
    given = {key.removeprefix("js.") for key in CATALOGUES["en"] if key.startswith("js.")}
    assert given - QUOTED == set()
