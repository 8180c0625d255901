"""How long an answer will be is known before anything is placed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordo.catalog.model import BundlePart, ProductKind
from ordo.kernel.errors import OrdoError
from ordo.orders import answers, placement
from ordo.orders.answers import MAX_PRICE_BYTES, price_bytes, require_answerable
from ordo.orders.placement import DraftLine, PlacementDraft, pack_priced, read_draft
from ordo.orders.price_views import price_views
from ordo.pricing.model import PricedCart
from ordo.pricing.quote_views import trace_view
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, From, channel, fixed_off, priced, product, promotion, snapshot
from tests.unit.pricing.shop import cart as shop_cart


def large(lines: int, applied: int, rejected: int = 0) -> PricedCart:
    offers = [promotion(f"p{number}", fixed_off(1_000 + 37 * number), priority=number) for number in range(applied)]
    others = [promotion(f"no-{number}", From(fixed_off(1), 10**12)) for number in range(rejected)]
    return priced([(4_999 + 91 * line, 500 + line) for line in range(lines)], [*offers, *others])


def in_json(value: Any) -> int:
    return len(json.dumps(json.dumps(value, separators=(",", ":"))))


@pytest.mark.parametrize(
    ("lines", "applied", "rejected"), [(50, 0, 0), (50, 1, 0), (40, 6, 0), (30, 20, 5), (2, 1, 200)]
)
def test_the_estimate_is_a_little_above_what_is_sent(lines: int, applied: int, rejected: int) -> None:
    cart = large(lines, applied, rejected)
    views = price_views(cart.lines, cart.shipping, "CNY", costs=True)["lines"]
    sent = in_json([each.model_dump(mode="json") for each in views])
    sent += in_json(trace_view(cart.trace, "CNY").model_dump(mode="json"))
    assert sent <= price_bytes(cart) <= 1.15 * sent


@pytest.mark.parametrize(("lines", "parts", "applied"), [(1, 1, 0), (20, 3, 2), (20, 20, 0), (5, 8, 20)])
def test_parts_of_bundles_count_too(lines: int, parts: int, applied: int) -> None:
    goods = [product(f"PART-{number}", 700 + number) for number in range(parts)]
    made_of = tuple(BundlePart(each.sku, 1 + number % 3) for number, each in enumerate(goods))
    bundle = product("SET", 49_999, kind=ProductKind.BUNDLE, parts=made_of)
    offers = [promotion(f"p{number}", fixed_off(1_000 + 37 * number), priority=number) for number in range(applied)]
    shop = snapshot([bundle, *goods], offers, channel(rate="13"))
    cart = price(shop_cart(*[("SET", 11 + number) for number in range(lines)]), shop, NOW)
    views = price_views(cart.lines, cart.shipping, "CNY", costs=True)["lines"]
    sent = in_json([each.model_dump(mode="json") for each in views])
    sent += in_json(trace_view(cart.trace, "CNY").model_dump(mode="json"))
    assert sent <= price_bytes(cart) <= 1.15 * sent


def test_a_price_that_could_not_be_told_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    cart = large(3, 2)
    size = price_bytes(cart)
    assert size < MAX_PRICE_BYTES
    require_answerable(cart)
    monkeypatch.setattr(answers, "MAX_PRICE_BYTES", size)
    require_answerable(cart)
    monkeypatch.setattr(answers, "MAX_PRICE_BYTES", size - 1)
    with pytest.raises(OrdoError) as refused:
        require_answerable(cart)
    assert (refused.value.code.code, refused.value.pointer) == ("too_many_lines", "/lines")
    assert refused.value.facts == {"limit_bytes": size - 1, "bytes": size}


def draft(cart: PricedCart) -> PlacementDraft:
    return PlacementDraft(
        order_id="ord_1",
        client_id="c",
        idempotency_key="k",
        body_hash="h",
        channel="web",
        currency="CNY",
        country="CN",
        lines=tuple(DraftLine(line.line_id, line.sku, line.quantity) for line in cart.lines),
        sealed="x",
        priced=cart,
    )


def test_a_priced_draft_that_does_not_fit_into_a_state_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = draft(large(3, 2))
    packed = pack_priced(made)
    assert read_draft(packed) == made
    monkeypatch.setattr(placement, "MAX_PACKED", len(packed) - 1)
    with pytest.raises(OrdoError) as refused:
        pack_priced(made)
    assert (refused.value.code.code, refused.value.pointer) == ("too_many_lines", "/lines")
    assert refused.value.facts == {"limit": len(packed) - 1, "size": len(packed)}


def test_twenty_promotions_on_five_hundred_lines_of_different_units_fit_into_a_state() -> None:
    assert len(pack_priced(draft(large(500, 20)))) < 150_000
