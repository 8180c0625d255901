"""More promotions than are combined exactly."""

from __future__ import annotations

from dataclasses import replace

from ordo.catalog.channels import Combination, PricePolicy
from tests.unit.pricing.shop import channel, fixed_off, off_from, priced, promotion


def test_beyond_twelve_the_customer_pays_no_more_than_by_priority() -> None:
    """Each small amount by itself costs the 50 from 300 on; all of them together give more than that."""
    one_of = [promotion(f"group-{place:02}", fixed_off(1_000), group="g", priority=1) for place in range(11)]
    small = [promotion(f"small-{place}", fixed_off(900), priority=5) for place in range(6)]
    offers = [promotion("300-50", off_from(30_000, 5_000), priority=3), *one_of, *small]
    best = replace(channel(), pricing=PricePolicy(Combination.BEST))
    answer = priced([(30_000, 1)], offers, best)
    assert answer.totals.discount == 6 * 900 + 1_000
    assert answer.trace.combined is not None
    assert not answer.trace.combined.exact
