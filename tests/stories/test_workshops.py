"""Mu's workshops: leather and wood, each order to the one that can do it and has the least to do for its size."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.verbs import Shop

SMALL_LEATHER, LARGE_LEATHER, WOOD = "mu-hangzhou", "mu-jiaxing", "mu-dongyang"

Json = dict[str, Any]


def test_the_workshops(tell: Tell) -> None:
    tell("factory", _day)


def test_a_skill_may_be_wanted_at_a_price(tell: Tell) -> None:
    tell("factory-soft", _soft_day)


@pytest.mark.cloud
@pytest.mark.parametrize("channel", ["factory", "factory-soft"])
def test_the_workshops_are_told_with_the_same_words_in_process_and_on_the_cloud(
    both_tellings: BothTellings, channel: str
) -> None:
    ours, theirs = both_tellings(channel, _day if channel == "factory" else _soft_day)
    assert ours == theirs


def _day(mu: Shop) -> None:
    mu.opens("workshops")
    bags_go_to_the_larger_leather_workshop(mu)
    stools_go_to_the_carpenters(mu)
    nobody_blows_glass(mu)


def _soft_day(mu: Shop) -> None:
    mu.opens("workshops")
    a_workshop_without_the_skill_takes_it_and_the_plan_says_so(mu)


def bags_go_to_the_larger_leather_workshop(mu: Shop) -> None:
    """Two bags are a fifth of a day for the near one, a twentieth for the other; carpenters sew none."""
    plan = mu.places(mu.asks_for(("MU-BAG", 2, {}), external_id="1"))["plan"]
    found = ours(plan)
    assert [each["node_id"] for each in plan["fulfilments"]] == [LARGE_LEATHER]
    assert float(found[LARGE_LEATHER]["load"]) < float(found[SMALL_LEATHER]["load"])
    assert found[WOOD]["removed"] == "capability"


def stools_go_to_the_carpenters(mu: Shop) -> None:
    """Oak lies at the leather workshop too, but nobody there works with it."""
    plan = mu.places(mu.asks_for(("MU-STOOL", 4, {}), external_id="2"))["plan"]
    assert [each["node_id"] for each in plan["fulfilments"]] == [WOOD]
    assert ours(plan)[SMALL_LEATHER]["removed"] == "capability"


def nobody_blows_glass(mu: Shop) -> None:
    """The refusal names the reason, and nothing is taken."""
    refused = mu.tries(mu.asks_for(("MU-VASE", 1, {}), external_id="3"))
    assert (refused.status, refused.code) == (409, "no_node")
    assert refused.body["facts"]["reason"] == "capability"
    assert mu.shelf("MU-VASE") == {SMALL_LEATHER: (200, 0)}


def a_workshop_without_the_skill_takes_it_and_the_plan_says_so(mu: Shop) -> None:
    """Where the skill is wanted at a price, the order is taken and the breach is told."""
    plan = mu.places(mu.asks_for(("MU-BOWL", 1, {}), external_id="1"))["plan"]
    assert [each["node_id"] for each in plan["fulfilments"]] == [SMALL_LEATHER]
    (broken,) = plan["relaxed"]
    assert (broken["constraint"], broken["times"], broken["node_id"]) == ("capability", 1, SMALL_LEATHER)


def ours(plan: Json) -> dict[str, Json]:
    """The candidates among the workshops."""
    return {each["node_id"]: each for each in plan["candidates"] if each["node_id"].startswith("mu-")}
