"""Fang's kitchens: each dish from the shop that has it at the door first, and why not from the others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.verbs import Line, Shop

NOODLES: Line = ("FANG-NOODLES", 1, {})
SALAD: Line = ("FANG-SALAD", 2, {})
DUCK: Line = ("FANG-DUCK", 1, {})
OPEN, REBUILT, COLD_ONLY, FAR = "fang-binjiang", "fang-wulin", "fang-wensan", "fang-shanghai"

Json = dict[str, Any]


def test_a_restaurant_chain(tell: Tell) -> None:
    tell("kitchen", _evening)


@pytest.mark.cloud
def test_the_kitchens_are_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("kitchen", _evening)
    assert ours == theirs


def _evening(fang: Shop) -> None:
    fang.opens("restaurant-chain")
    order = noodles_come_from_the_one_shop_that_can(fang)
    the_farther_shop_is_faster_with_a_salad(fang)
    one_meal_comes_from_one_shop(fang)
    what_only_a_closed_shop_has_is_refused(fang)
    the_meal_is_cooked_and_brought(fang, order)


def noodles_come_from_the_one_shop_that_can(fang: Shop) -> Json:
    """8 min for any order, 12 for the noodles, 18 on the road; what is promised before is planned then."""
    promised = asks(fang, NOODLES)
    order = fang.places(fang.asks_for(NOODLES, external_id="1"))
    assert reasons(order["plan"]) == {REBUILT: "closed", COLD_ONLY: "capability", FAR: "max_distance"}
    assert [each["node_id"] for each in order["plan"]["fulfilments"]] == [OPEN]
    minutes = minutes_of(order["plan"])[OPEN]
    assert (minutes["preparation"], minutes["queue"], minutes["closed"]) == (20, 0, 0)
    assert minutes["total"] == 20 + minutes["travel"]
    assert promised["outcome"] == "planned"
    assert promised["plan"]["candidates"] == order["plan"]["candidates"]
    assert promised["promise"]["reason"] == order["plan"]["promise"]["reason"]
    return order


def the_farther_shop_is_faster_with_a_salad(fang: Shop) -> None:
    """The salad bar is round the corner, but has one cook; the plan shows the minutes of both."""
    plan = fang.places(fang.asks_for(SALAD, external_id="2"))["plan"]
    minutes = minutes_of(plan)
    assert minutes.keys() == {OPEN, COLD_ONLY}
    assert minutes[COLD_ONLY]["travel"] < minutes[OPEN]["travel"]
    assert minutes[OPEN]["total"] < minutes[COLD_ONLY]["total"]
    assert [each["node_id"] for each in plan["fulfilments"]] == [OPEN]


def one_meal_comes_from_one_shop(fang: Shop) -> None:
    """Noodles and salad together are as long in the kitchen as the longer of them."""
    plan = fang.places(fang.asks_for(NOODLES, SALAD, external_id="3"))["plan"]
    (part,) = plan["fulfilments"]
    assert (part["node_id"], len(part["lines"])) == (OPEN, 2)
    assert minutes_of(plan)[OPEN]["preparation"] == 8 + 12


def what_only_a_closed_shop_has_is_refused(fang: Shop) -> None:
    """The refusal and the promise give the same reason, and nothing is taken."""
    promised = asks(fang, DUCK)
    assert (promised["outcome"], promised["reason"]) == ("no_node", "closed")
    refused = fang.tries(fang.asks_for(DUCK, external_id="4"))
    assert (refused.status, refused.code) == (409, "no_node")
    assert refused.body["facts"]["reason"] == "closed"
    assert fang.shelf("FANG-DUCK") == {REBUILT: (5, 0)}


def the_meal_is_cooked_and_brought(fang: Shop, order: Json) -> None:
    """The kitchen does its steps; the rider's word ends it."""
    fang.sends(fang.works(OPEN, order, "accept", "pick", "pack"), "RIDER1")
    assert fang.carrier_says("RIDER1", "delivered").status == 200
    assert fang.order(order["order_id"])["status"] == "delivered"


def asks(fang: Shop, *lines: Line) -> Json:
    """What such an order would be promised."""
    body = fang.asks_for(*lines, external_id="none")
    place = {name: body["ship_to"][name] for name in ("country", "location")}
    return fang.does("POST", "/v1/promises", {"channel": fang.channel, "ship_to": place, "lines": body["lines"]})


def reasons(plan: Json) -> dict[str, str]:
    """Why the chain's shops are no candidates."""
    found = {each["node_id"]: each.get("removed") for each in plan["candidates"]}
    return {node: why for node, why in found.items() if node.startswith("fang-") and why}


def minutes_of(plan: Json) -> dict[str, dict[str, int]]:
    """The minutes of each shop that is a candidate."""
    return {each["node_id"]: each["minutes"] for each in plan["candidates"] if "minutes" in each}
