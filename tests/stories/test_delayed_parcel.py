"""Nova sends a phone to Hangzhou. The carrier tells city after city, then that it comes later; then it comes.

What was promised stays as it was, the later day stands beside it with its reason, and in the end the promise is judged.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from ordo.kernel.clock import from_iso, system_clock, to_iso
from tests.stories.conftest import Tell
from tests.support.shop import must
from tests.support.verbs import Shop

PHONES = "nova-shenzhen"
BLUE_PHONE = ("NOVA", 1, {"memory": "256GB", "colour": "blue"})


def test_a_parcel_with_city_and_day_is_delayed_and_then_delivered(tell: Tell) -> None:
    tell("maker", _parcel)


def _parcel(nova: Shop) -> None:
    nova.opens("electronics-maker")
    order = it_is_promised_and_sent_in_time(nova)
    the_customer_can_see_where_it_is(nova, order)
    the_carrier_says_that_it_comes_later(nova, order)
    the_same_word_again_moves_nothing(nova, order)
    it_comes_before_its_first_day_after_all(nova, order)


def it_is_promised_and_sent_in_time(nova: Shop) -> dict[str, Any]:
    """The promise is the order's own; the parcel is expected no later, and the answer says on what that rests."""
    placed = nova.places(nova.asks_for(BLUE_PHONE, external_id="2001"))
    nova.pays(placed)
    nova.sends(nova.works(PHONES, placed, "accept", "pick", "pack"), "D1")
    order = nova.order(placed["order_id"])
    assert order["promised_at"] == placed["promise"]["deliver_by"]
    assert (order["standing"], order["repromised"], order["promise_kept"]) == ("on_time", [], None)
    eta = eta_of(order)
    assert (eta["state"], eta["basis"], eta["why"], eta["way"]) == ("expected", "default", "usual", "promise")
    assert eta["likely"] <= order["promised_at"]
    return order


def the_customer_can_see_where_it_is(nova: Shop, order: dict[str, Any]) -> None:
    """Each scan has its city; what is expected stays while nothing speaks against it."""
    before = eta_of(order)
    for status, city in (("picked_up", "深圳市"), ("in_transit", "韶关市"), ("in_transit", "赣州市")):
        says(nova, status, city)
    now = nova.order(order["order_id"])
    assert [scan["place"] for scan in scans_of(now)] == ["深圳市", "韶关市", "赣州市"]
    assert eta_of(now) == before


def the_carrier_says_that_it_comes_later(nova: Shop, order: dict[str, Any]) -> None:
    """Four days later than promised: in jeopardy, staff find it, and the customer gets a new day with its reason."""
    later = to_iso(from_iso(order["promised_at"]) + timedelta(days=4))
    says(nova, "in_transit", "南昌市", later)
    now = nova.order(order["order_id"])
    eta = eta_of(now)
    assert (eta["basis"], eta["why"], eta["likely"]) == ("carrier", "stated", later)
    assert (now["standing"], now["promised_at"]) == ("jeopardy", order["promised_at"])
    (said,) = now["repromised"]
    assert (said["reason"], said["deliver_by"]) == ("carrier", eta["by"])
    assert order["order_id"] in in_jeopardy(nova)


def the_same_word_again_moves_nothing(nova: Shop, order: dict[str, Any]) -> None:
    """An hour more is no other day."""
    says(nova, "in_transit", "九江市", to_iso(from_iso(order["promised_at"]) + timedelta(days=4, hours=1)))
    assert len(nova.order(order["order_id"])["repromised"]) == 1


def it_comes_before_its_first_day_after_all(nova: Shop, order: dict[str, Any]) -> None:
    """Today is before the promised day: the promise was kept, and nobody looks for the order any more."""
    says(nova, "out_for_delivery", "杭州市")
    today = nova.order(order["order_id"])
    assert (eta_of(today)["why"], today["standing"], len(today["repromised"])) == ("out_for_delivery", "on_time", 1)
    says(nova, "delivered", "杭州市")
    now = nova.order(order["order_id"])
    assert (now["status"], now["promise_kept"], now["standing"]) == ("delivered", True, "on_time")
    assert (eta_of(now)["state"], len(now["repromised"])) == ("arrived", 1)
    assert order["order_id"] not in in_jeopardy(nova)
    assert nova.history(order["order_id"])[-2:] == ["shipment.tracking_updated", "shipment.delivered"]


# ---------------------------------------------------------------------- telling and reading
def says(nova: Shop, status: str, city: str, expected_at: str | None = None) -> None:
    """The carrier tells of the parcel now, with the city and maybe the day on which it comes."""
    at = to_iso(system_clock())
    data = {"tracking_number": f"{nova.stage.run}-D1", "status": status, "occurred_at": at, "place": city}
    if expected_at:
        data["expected_at"] = expected_at
    body = json.dumps({"type": "tracking.updated", "timestamp": at, "data": data})
    assert must(nova.carrier_sends(body.encode()))["recorded"] == 1


def eta_of(order: dict[str, Any]) -> dict[str, Any]:
    """When its one shipment comes."""
    (shipment,) = order["shipments"]
    eta: dict[str, Any] = shipment["eta"]
    return eta


def scans_of(order: dict[str, Any]) -> list[dict[str, Any]]:
    """What the carrier said of its one parcel."""
    (parcel,) = order["shipments"][0]["parcels"]
    scans: list[dict[str, Any]] = parcel["history"]
    return scans


def in_jeopardy(nova: Shop) -> list[str]:
    """What staff find, the newest first."""
    found = nova.does("GET", "/v1/orders?standing=jeopardy&limit=100")["orders"]
    return [each["order_id"] for each in found]
