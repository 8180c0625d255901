"""Whatever document is taken can be read, comes back as it was kept, and is told of by places that it has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.errors import pointer_to
from ordo.catalog.model import Product
from ordo.catalog.older_forms import warned_at
from ordo.catalog.promotion_schemas import PromotionDocument
from ordo.catalog.promotion_warnings import Surroundings, promotion_warnings
from ordo.catalog.promotions import Promotion
from tests.unit.catalog.documents_of_promotions import DOCUMENTS

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
CHANNELS = {"web": ChannelPolicy("web", {"CNY": "cny"}), "app": ChannelPolicy("app", {"CNY": "cny", "USD": "usd"})}
PRODUCTS = {"A": Product("A", {"en": "A"}, {"cny": 1})}


def has(body: Any, pointer: str) -> bool:
    """Whether the document has something at the pointer."""
    for token in pointer.split("/")[1:]:
        if isinstance(body, list):
            if not token.isdigit() or int(token) >= len(body):
                return False
            body = body[int(token)]
        elif isinstance(body, dict) and token in body:
            body = body[token]
        else:
            return False
    return True


@given(DOCUMENTS)
def test_what_is_taken_is_kept_whole_and_can_be_read(document: dict[str, Any]) -> None:
    kept = PromotionDocument.model_validate(document).body()
    assert PromotionDocument.model_validate(kept).body() == kept
    assert Promotion.of("p", kept, 3) == Promotion.of("p", {**document, "name": kept["name"]}, 3)


@given(DOCUMENTS)
def test_contradictions_point_at_what_the_document_has(document: dict[str, Any]) -> None:
    checked = PromotionDocument.model_validate(document)
    kept = checked.body()
    for where, text in checked.findings():
        assert has(kept, pointer_to(where)), (where, kept)
        assert text


@given(st.lists(DOCUMENTS, min_size=1, max_size=3))
def test_warnings_point_at_what_the_document_has(documents: list[dict[str, Any]]) -> None:
    bodies = [PromotionDocument.model_validate(each).body() for each in documents]
    promotions = [Promotion.of(f"p{number}", body, 1) for number, body in enumerate(bodies)]
    channels = {each: CHANNELS[each] for each in promotions[0].channels}
    for warning in promotion_warnings(promotions[0], Surroundings(promotions, channels, PRODUCTS), NOW):
        pointer = warned_at(bodies[0], warning).pointer
        assert has(bodies[0], pointer), (pointer, bodies[0])
        assert warning.text["en"]
        assert warning.text["zh"]
