"""How a refusal of the API is told by the tools."""

from __future__ import annotations

from tools.api import Refused


def test_each_field_that_is_wrong_is_told_with_its_place() -> None:
    errors = [{"detail": "Field required", "pointer": "/channel"}, {"detail": "Field required", "pointer": "/lines"}]
    refused = Refused("POST", "/v1/orders", 422, {"code": "invalid_request", "errors": errors})
    assert refused.details == ("Field required (at /channel)", "Field required (at /lines)")


def test_what_is_short_is_told_for_each_line() -> None:
    short = {"line_id": "1", "sku": "TEE", "requested": 9, "available": 3}
    problem = {"code": "out_of_stock", "detail": "Not enough stock.", "facts": {"lines": [short]}}
    refused = Refused("POST", "/v1/orders", 409, problem)
    assert refused.details == ("Not enough stock.", "line 1, TEE: wanted 9, has 3")
    assert refused.as_json()["problem"] == problem


def test_a_wrong_key_is_told_with_the_way_out() -> None:
    assert "ORDO_KEY" in Refused("GET", "/v1/orders", 401, {"code": "unauthenticated"}).todo
