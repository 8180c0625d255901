"""He's flash sale: a lamp on four counters, eight kept for the live stream, and what is bought when it is gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.shop import must
from tests.support.stage import InProcess, in_process
from tests.support.verbs import Line, Shop

WAREHOUSE = "he-hefei"
SKU = "HE-LAMP"
FOR_THE_STREAM = 8

Json = dict[str, Any]


def test_a_flash_sale(tell: Tell) -> None:
    tell("flash", _sale)


@pytest.mark.cloud
def test_the_flash_sale_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("flash", _sale)
    assert ours == theirs


def test_after_the_sale_ledger_counters_and_reservations_agree() -> None:
    with in_process("flash") as stage:
        _sale(Shop(stage, "flash"))
        assert isinstance(stage.doors, InProcess)
        found = stage.doors.world.invoke("verify_stock", {})
        assert found["differences"] == []


def _sale(he: Shop) -> None:
    he.opens("chain-store")
    the_lamps_are_spread_and_some_are_kept(he)
    the_shop_sells_its_last_lamps(he)
    the_next_customer_is_told_what_is_short(he)
    purchasing_is_told(he)
    the_stream_ends_and_its_lamps_are_everyones(he)
    the_ledger_says_how_it_came(he)


def the_lamps_are_spread_and_some_are_kept(he: Shop) -> None:
    """Spreading and keeping change nothing of what there is."""
    body = {"buckets": 4, "fences": {"flash-live": {"quantity": FOR_THE_STREAM}}, "reorder_point": 10, "reorder_to": 40}
    answered = he.does("PUT", f"/v1/stock/{SKU}/nodes/{WAREHOUSE}", body)
    assert (answered["buckets"], answered["fences"]["flash-live"]["quantity"]) == (4, FOR_THE_STREAM)
    assert he.shelf(SKU) == {WAREHOUSE: (20, 0)}


def the_shop_sells_its_last_lamps(he: Shop) -> None:
    """Twelve are for all; the last order collects what lies in several counters."""
    for number, quantity in enumerate((3, 3, 3, 2, 1), start=1):
        he.places(he.asks_for(lamps(quantity), external_id=str(number)))
    assert he.shelf(SKU) == {WAREHOUSE: (20, 12)}


def the_next_customer_is_told_what_is_short(he: Shop) -> None:
    """Eight lie there, and none of them for this channel."""
    refused = he.tries(he.asks_for(lamps(2), external_id="6"))
    assert (refused.status, refused.code) == (409, "out_of_stock")
    (line,) = refused.body["facts"]["lines"]
    assert (line["sku"], line["requested"], line["available"]) == (SKU, 2, 0)
    assert he.shelf(SKU) == {WAREHOUSE: (20, 12)}


def purchasing_is_told(he: Shop) -> None:
    """One requirement: 31 up to 40 when 9 were left, which is below 10; and the 2 that a customer did not get."""
    (wanted,) = reads(he, f"/v1/purchase-requirements?node={WAREHOUSE}")["requirements"]
    assert (wanted["sku"], wanted["node_id"]) == (SKU, WAREHOUSE)
    causes = {each["cause"].split(":")[0]: each["units"] for each in wanted["reasons"]}
    assert causes == {"reorder": 31, "day": 2}
    assert wanted["quantity"] == 33


def the_stream_ends_and_its_lamps_are_everyones(he: Shop) -> None:
    """Nothing is kept any more: the same customer gets two."""
    he.does("PUT", f"/v1/stock/{SKU}/nodes/{WAREHOUSE}", {"fences": {}})
    he.places(he.asks_for(lamps(2), external_id="7"))
    assert he.shelf(SKU) == {WAREHOUSE: (20, 14)}


def the_ledger_says_how_it_came(he: Shop) -> None:
    """Counted once, then only moved between counters: the rows add up to what is there."""
    rows = reads(he, f"/v1/stock/movements?sku={SKU}&node={WAREHOUSE}&limit=100")["movements"]
    assert sum(row["on_hand_delta"] for row in rows) == 20
    assert {row["kind"] for row in rows} >= {"spread"}


def reads(he: Shop, path: str) -> Json:
    """Read what is not told: days and counters are others in each telling."""
    found: Json = must(he.stage.doors.send("GET", path))
    return found


def lamps(quantity: int) -> Line:
    """So many."""
    return (SKU, quantity, {})
