"""The pricing step on moto."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import from_iso, system_clock
from ordo.orders.placement import DraftLine, PlacementDraft, pack_draft, read_draft
from tests.integration.catalog.conftest import load_function

pytestmark = pytest.mark.moto

NAME = {"en": "Tee", "zh": "T恤"}


@pytest.fixture
def function(tables: None) -> ModuleType:
    catalog = DynamoCatalogRepository("catalog")
    now = system_clock()
    reward = {"type": "threshold", "thresholds": {"CNY": 30000}, "amounts": {"CNY": 5000}}
    channel = {
        "price_lists": {"CNY": "cny"},
        "tax": {"mode": "inclusive", "rate_percent": "13"},
        "required_contact": ["phone"],
        "payment_deadline_minutes": 30,
        "dispatch_hours": 12,
        "completion_days": 3,
    }
    catalog.put(Kind.PRODUCT, "TEE", {"name": NAME, "prices": {"cny": 10000}}, now)
    catalog.put(Kind.CHANNEL, "web", channel, now)
    catalog.put(Kind.PROMOTION, "sale", {"name": NAME, "state": "active", "reward": reward}, now)
    return load_function("price_order")


def draft(**changes: Any) -> PlacementDraft:
    given: dict[str, Any] = {
        "order_id": "ord_1",
        "client_id": "shop",
        "idempotency_key": "k",
        "body_hash": "h",
        "channel": "web",
        "currency": "CNY",
        "country": "CN",
        "lines": [{"line_id": "1", "sku": "TEE", "quantity": 3}],
        "sealed": "sealed",
        "contact_given": ("phone",),
    }
    given |= changes
    given["lines"] = tuple(DraftLine(**line) for line in given["lines"])
    return PlacementDraft(**given)


def run(function: ModuleType, wanted: PlacementDraft) -> dict[str, Any]:
    answer: dict[str, Any] = function.lambda_handler({"draft": pack_draft(wanted), "attempt": 0}, None)
    return answer


def test_a_draft_comes_back_with_its_price_its_terms_and_when_the_catalogue_was_read(function: ModuleType) -> None:
    started = system_clock()
    answer = run(function, draft())
    assert (answer["outcome"], answer["problem"]) == ("priced", None)
    priced = read_draft(answer["draft"])
    assert priced.priced is not None
    assert priced.priced.totals.total == 25000
    assert priced.priced.trace.applied[0].promotion_id == "sale"
    terms = priced.terms
    assert (terms.payment_minutes, terms.dispatch_hours, terms.completion_days) == (30, 12, 3)
    assert priced.catalog_read_at is not None
    assert abs((from_iso(priced.catalog_read_at) - started).total_seconds()) < 5


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"channel": "app"}, "unknown_channel", "/channel"),
        ({"currency": "USD"}, "unknown_currency", "/currency"),
        ({"lines": [{"line_id": "1", "sku": "NOPE", "quantity": 1}]}, "unknown_sku", "/lines/0/sku"),
        ({"coupons": ("NOPE",)}, "invalid_coupon", "/coupons/0"),
        ({"contact_given": ("name",)}, "contact_required", "/customer/phone"),
        (
            {"lines": [{"line_id": "1", "sku": "TEE", "quantity": 1, "options": {"size": "M"}}]},
            "invalid_option",
            "/lines/0/options/size",
        ),
    ],
)
def test_what_cannot_be_priced_is_an_outcome_and_leaves_the_draft_as_it_was(
    function: ModuleType, changes: dict[str, Any], code: str, pointer: str
) -> None:
    wanted = draft(**changes)
    answer = run(function, wanted)
    assert (answer["outcome"], answer["problem"]["code"], answer["problem"]["pointer"]) == ("refused", code, pointer)
    assert read_draft(answer["draft"]) == wanted
