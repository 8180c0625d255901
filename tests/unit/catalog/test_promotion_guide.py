"""Every promotion in the merchants' guides can be PUT as it stands there."""

from __future__ import annotations

import json
import re

import pytest

from ordo.catalog.promotion_schemas import PromotionDocument
from tools.home import PROJECT_ROOT

GUIDES = ("promotions.md", "promotions.zh.md")
KINDS = {"amount", "percent", "price", "tiers", "override", "buy_get", "nth", "set", "gift", "shipping"}


def examples(guide: str) -> list[str]:
    text = (PROJECT_ROOT / "docs" / guide).read_text(encoding="utf-8")
    return re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("text", [text for guide in GUIDES for text in examples(guide)])
def test_each_example_is_a_promotion_without_contradictions(text: str) -> None:
    document = PromotionDocument.model_validate(json.loads(text))
    assert list(document.findings()) == []


@pytest.mark.parametrize("guide", GUIDES)
def test_each_guide_shows_every_kind_of_reward(guide: str) -> None:
    assert {json.loads(text)["reward"]["type"] for text in examples(guide)} == KINDS
