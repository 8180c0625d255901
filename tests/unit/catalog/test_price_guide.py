"""What the guide to prices shows can be put as it stands."""

from __future__ import annotations

import json
import re

import pytest

from ordo.catalog.channel_schemas import ChannelDocument
from ordo.catalog.fields import Document
from ordo.catalog.price_schemas import PriceListDocument
from ordo.catalog.product_schemas import ProductDocument
from tools.home import PROJECT_ROOT

MODELS: dict[str, type[Document]] = {
    "price_list": PriceListDocument,
    "product": ProductDocument,
    "bundle": ProductDocument,
    "channel": ChannelDocument,
}
GUIDE = (PROJECT_ROOT / "docs" / "prices.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```json (\w+)\n(.*?)```", GUIDE, re.DOTALL))


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == MODELS.keys()


@pytest.mark.parametrize("kind", MODELS)
def test_every_example_is_valid_and_read_back_as_it_was_put(kind: str) -> None:
    document = MODELS[kind].model_validate(json.loads(EXAMPLES[kind]))
    assert not list(document.findings())
    assert MODELS[kind].model_validate(document.body()).body() == document.body()
