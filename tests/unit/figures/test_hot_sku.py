"""The simulation of a hot SKU keeps the limits that it is made from."""

from __future__ import annotations

import pytest

from tests.support.wire import Call
from tools.figures.hot_sku import LATENCY_MS, PARTITION_UNITS, Overlap, latency_s, simulate


def test_one_counter_commits_one_transaction_after_the_other() -> None:
    fastest_s = LATENCY_MS[0][1] / 1000
    assert 0 < simulate(1, 64, 10, seed=1).commits <= 10 / fastest_s


def test_a_single_client_is_never_refused() -> None:
    found = simulate(1, 1, 10, seed=1)
    assert found.tries - found.commits <= 1, "at most the one that the end cut off"
    assert found.busy == 0


def test_more_buckets_sell_more_with_fewer_tries() -> None:
    found = [simulate(buckets, 64, 10, seed=1) for buckets in (1, 4, 16)]
    assert found[0].commits < found[1].commits < found[2].commits
    tries = [each.tries / each.commits for each in found]
    assert tries[0] > tries[1] > tries[2]


def test_no_partition_gives_more_than_its_units() -> None:
    assert simulate(1, 2000, 5, seed=1).most_units_in_a_second == PARTITION_UNITS


def test_the_same_seed_gives_the_same_figures() -> None:
    assert simulate(4, 32, 5, seed=3) == simulate(4, 32, 5, seed=3) != simulate(4, 32, 5, seed=4)


@pytest.mark.parametrize(("share", "quantile_ms"), LATENCY_MS)
def test_latencies_have_the_published_quantiles(share: float, quantile_ms: float) -> None:
    assert latency_s(share) == pytest.approx(quantile_ms / 1000)


def test_a_counter_is_held_until_each_other_client_has_tried() -> None:
    overlap = Overlap(3, "stock#HOT#")
    assert [overlap.before(commit("0")) is None for _ in range(5)] == [True, False, False, True, False]
    assert overlap.before(commit("1")) is None, "another counter is free"
    assert overlap.tries == 6


def commit(bucket: str) -> Call:
    write = {"Update": {"Key": {"pk": {"S": f"stock#HOT#hangzhou#{bucket}"}}}}
    return Call(1, "commit_order", "dynamodb", "TransactWriteItems", {"TransactItems": [write]}, 0.0)
