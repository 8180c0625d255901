"""Names that are nothing once their spaces are taken away."""

from __future__ import annotations

import pytest

from tests.support.world import World

pytestmark = pytest.mark.moto
POINT = {"location": {"lat": 30.0, "lon": 120.0}, "precision": "city"}
BLANKS = [" ", "\t \n", "\u3000", "\u00a0", "\u001c"]


@pytest.mark.parametrize("key", BLANKS)
def test_a_blank_place_in_a_bulk_load_is_refused(world: World, key: str) -> None:
    answer = world.call("PUT", "/v1/places", {"places": [{"country": "CN", "key": key, **POINT}]})
    assert (answer.status, answer.code, answer.body["pointer"]) == (422, "invalid_request", "/places/0/key")


def test_a_blank_place_in_a_path_is_refused(world: World) -> None:
    for method, body in (("PUT", POINT), ("GET", None)):
        answer = world.call(method, "/v1/places/CN/%20", body)
        assert (answer.status, answer.code) == (422, "invalid_request")


@pytest.mark.parametrize("field", ["city", "postal_code"])
def test_an_order_to_a_blank_city_is_planned_as_for_an_unknown_place(world: World, field: str) -> None:
    from tests.support.shop import must, order_body

    body = order_body()
    body["ship_to"] = {"country": "CN", "line1": "文三路 1 号", field: " "}
    order = must(world.call("POST", "/v1/orders", body, key="blank"))
    assert order["holds"] == ["address"]
