"""A promise from placement to the end, through the handlers: expected days, jeopardy, lateness, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import from_iso, to_iso
from tests.support.browser import visit
from tests.support.events import SCHEDULED
from tests.support.shop import cancel, dispatch, fulfilments, must, pay, place, read, tell
from tests.support.timing import START
from tests.support.tracked import track
from tests.support.world import Client, World

pytestmark = pytest.mark.moto
TABLE = {"rows": [{"country": "CN", "median_hours": 20, "p90_hours": 30}]}
"""The sample shop promises its Hangzhou orders in 24 hours of work and a day on the road."""


def sent(world: World, number: str = "P1") -> dict[str, Any]:
    order = place(world)
    must(pay(world, order))
    (work,) = fulfilments(order)
    must(dispatch(world, work, number))
    return order


def eta(world: World, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = read(world, order["order_id"])["shipments"][0]["eta"]
    return found


def listed(world: World, standing: str, **how: Any) -> list[str]:
    found = must(world.call("GET", f"/v1/orders?standing={standing}", **how))["orders"]
    return [each["order_id"] for each in found]


def told(world: World) -> list[dict[str, Any]]:
    """What the bus was told of promises."""
    world.publish()
    return [each["detail"]["data"]["promise"] for each in world.bus if each["detail-type"] == "promise.changed"]


def hours(text: str | None) -> float | None:
    """After the beginning; the clock moves a millisecond with each look."""
    return round((from_iso(text) - START) / timedelta(hours=1), 3) if text else None


def test_a_parcel_whose_day_moves_is_in_jeopardy_then_late_and_its_promise_is_broken_for_good(world: World) -> None:
    must(world.call("PUT", "/v1/transit-tables/generic", TABLE))
    order = sent(world)
    first = eta(world, order)
    assert (first["basis"], first["way"], first["samples"]) == ("default", "*>CN", 0)
    assert (hours(first["likely"]), hours(first["by"])) == (20, 30)
    promised = from_iso(read(world, order["order_id"])["promised_at"])
    assert hours(to_iso(promised)) == 48
    world.clock.set(START + timedelta(hours=40))
    must(tell(world, "P1", "delivery_attempt_failed"))
    shown = read(world, order["order_id"])
    assert (shown["standing"], shown["promise_kept"], hours(eta(world, order)["likely"])) == ("jeopardy", None, 64)
    (later,) = shown["repromised"]
    assert (hours(later["deliver_by"]), later["reason"]) == (88, "attempt_failed")
    assert shown["promised_at"] == to_iso(promised)
    assert (listed(world, "jeopardy"), listed(world, "late")) == ([order["order_id"]], [])
    assert told(world) == [{"state": "jeopardy", "deliver_by": later["deliver_by"], "reason": "attempt_failed"}]
    world.tick(promised - timedelta(seconds=1))
    assert read(world, order["order_id"])["standing"] == "jeopardy"
    world.tick(promised)
    assert (listed(world, "jeopardy"), listed(world, "late")) == ([], [order["order_id"]])
    assert told(world)[-1] == {"state": "late"}
    assert listed(world, "late", client=Client(channels=("pos",))) == []
    world.tick(promised + timedelta(hours=1))
    world.clock.advance(hours=2)
    must(tell(world, "P1", "delivered"))
    shown = read(world, order["order_id"])
    assert (shown["promise_kept"], shown["standing"], shown["shipments"][0]["eta"]["state"]) == (
        False,
        "late",
        "arrived",
    )
    assert len(told(world)) == 2
    delivered = next(each for each in world.bus if each["detail-type"] == "shipment.delivered")
    assert delivered["detail"]["data"]["promise_kept"] is False


def test_an_order_that_never_left_is_listed_before_its_day_and_after_it_and_gone_when_it_is_cancelled(
    world: World,
) -> None:
    order = place(world)
    must(pay(world, order))
    world.tick(START + timedelta(hours=24, minutes=1))
    assert listed(world, "jeopardy") == [order["order_id"]]
    world.tick(START + timedelta(hours=48, minutes=1))
    world.tick(START + timedelta(hours=49))
    assert listed(world, "late") == [order["order_id"]]
    assert [each["state"] for each in told(world)] == ["jeopardy", "late"]
    must(cancel(world, order["order_id"])[1])
    assert listed(world, "late") == []


def test_what_was_delivered_last_night_is_what_is_expected_today_and_the_answer_says_so(world: World) -> None:
    must(world.call("PUT", "/v1/transit-tables/generic", {**TABLE, "min_samples": 1}))
    order = sent(world, "P1")
    assert eta(world, order)["basis"] == "default"
    world.clock.set(START + timedelta(hours=6))
    must(tell(world, "P1", "delivered"))
    world.publish()
    world.clock.set(START + timedelta(hours=24))
    assert world.invoke("measure_transit", SCHEDULED)["parcels"] == 1
    another = sent(world, "P2")
    found = eta(world, another)
    assert (found["basis"], found["samples"], found["way"]) == ("own", 1, "hangzhou>CN/浙江省 all")
    assert hours(found["likely"]) == 24 + 6


def test_the_customers_page_says_when_and_why_in_both_languages_at_each_turn(world: World) -> None:
    must(world.call("PUT", "/v1/transit-tables/generic", TABLE))
    order = sent(world)
    link = track(world, order)

    def page() -> tuple[str, str]:
        return visit(world, link).html, visit(world, f"{link}?lang=zh").html

    english, chinese = page()
    assert "Expected on Tue 3 March" in english
    assert "nearly all parcels that go this way have come by Tue 3 March" in english
    assert "预计 3月3日 周二 送达" in chinese
    world.clock.set(START + timedelta(hours=40))
    must(tell(world, "P1", "delivery_attempt_failed"))
    english, chinese = page()
    for text in (
        "Expected on Thu 5 March",
        "First it was promised by Wed 4 March",
        "the carrier tries again, by Fri 6 March",
    ):
        assert text in english
    for text in ("预计 3月5日 周四 送达", "原先承诺 3月4日 周三 前送达", "最晚 3月6日 周五"):
        assert text in chinese
    world.clock.set(START + timedelta(hours=100))
    english, chinese = page()
    assert "It should have come by Fri 6 March" in english
    assert "原定 3月6日 周五 前送达" in chinese
    must(tell(world, "P1", "delivered"))
    assert "Delivered Fri 6 March" in visit(world, link).html


def test_the_generic_carrier_may_state_when_it_comes(world: World) -> None:
    order = sent(world)
    must(tell(world, "P1", "in_transit", expected_at=to_iso(START + timedelta(hours=30))))
    found = eta(world, order)
    assert (found["why"], found["basis"], hours(found["likely"])) == ("stated", "carrier", 30)


def test_only_jeopardy_and_lateness_are_looked_for(world: World) -> None:
    refused = world.call("GET", "/v1/orders?standing=on_time")
    assert (refused.status, refused.code) == (422, "invalid_request")
    both = world.call("GET", "/v1/orders?standing=late&status=shipped")
    assert (both.status, both.code) == (422, "invalid_request")
