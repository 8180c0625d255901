"""Yun's big sale: 满300减50, a scarf for those who spend 250, a code for two friends; in three currencies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.verbs import Line, Shop

WAREHOUSE = "yun-suzhou"
DRESS: Line = ("YUN-DRESS", 1, {})
BLOUSE: Line = ("YUN-BLOUSE", 1, {})
SKIRT: Line = ("YUN-SKIRT", 1, {})
BELT: Line = ("YUN-BELT", 1, {})
EXACTLY_300 = (DRESS, BLOUSE, SKIRT)
ONE_FEN_LESS = (DRESS, BLOUSE, BELT)

Json = dict[str, Any]


def test_the_big_sale(tell: Tell) -> None:
    tell("sale", _sale)


@pytest.mark.cloud
def test_the_sale_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("sale", _sale)
    assert ours == theirs


def _sale(yun: Shop) -> None:
    yun.opens("big-sale")
    a_quote_says_how_much_is_missing(yun)
    order = exactly_300_pays_250_and_has_a_scarf(yun)
    the_scarves_run_out_and_the_sale_goes_on(yun)
    the_last_use_of_the_code_goes_to_one(yun)
    one_garment_back_would_cost_the_discount(yun, order)
    the_same_cart_in_yen_and_dinars(yun)


def a_quote_says_how_much_is_missing(yun: Shop) -> None:
    """159.00 + 86.00 + 54.99 is one fen short; the shop can say so, in both languages."""
    quote = asks(yun, ONE_FEN_LESS)
    assert quote["totals"]["total"] == {"amount": 29_999, "currency": "CNY"}
    (short,) = [each for each in quote["trace"]["not_applied"] if each["promotion_id"] == "yun-300-50"]
    assert short["missing"] == {"amount": 1, "currency": "CNY"}
    assert "0.01" in short["text"]["en"]
    assert "0.01" in short["text"]["zh"]
    assert "满300减50" in short["text"]["zh"]


def exactly_300_pays_250_and_has_a_scarf(yun: Shop) -> Json:
    """Exactly as much is enough; each garment keeps its part of the 50.00, and the scarf costs nothing."""
    order = yun.places(yun.asks_for(*EXACTLY_300, external_id="1"))
    assert order["totals"]["total"]["amount"] == 25_000
    dress, blouse, skirt, scarf = order["lines"]
    assert [off(line) for line in (dress, blouse, skirt)] == [2_650, 1_433, 917]
    assert (scarf["sku"], scarf["quantity"], scarf["gift_of"]) == ("YUN-SCARF", 1, "yun-scarf")
    assert (scarf["price"]["amount"], scarf["total"]["amount"]) == (3_900, 0)
    assert yun.shelf("YUN-SCARF") == {WAREHOUSE: (2, 1)}
    assert asks(yun, EXACTLY_300)["totals"] == order["totals"]
    return order


def the_scarves_run_out_and_the_sale_goes_on(yun: Shop) -> None:
    """The second order takes the last scarf. The third has none, pays the same, and is told why."""
    second = yun.places(yun.asks_for(*EXACTLY_300, external_id="2"))
    assert [line["gift_of"] for line in second["lines"]] == [None, None, None, "yun-scarf"]
    third = yun.places(yun.asks_for(*EXACTLY_300, external_id="3"))
    assert [line["gift_of"] for line in third["lines"]] == [None, None, None]
    assert third["totals"]["total"] == second["totals"]["total"]
    why = {each["promotion_id"]: each["reason"] for each in third["price"]["not_applied"]}
    assert why["yun-scarf"] == "gift_out_of_stock"
    assert yun.shelf("YUN-SCARF") == {WAREHOUSE: (2, 2)}
    yun.changes_their_mind(second)
    assert yun.shelf("YUN-SCARF") == {WAREHOUSE: (2, 1)}


def the_last_use_of_the_code_goes_to_one(yun: Shop) -> None:
    """Two uses: the third customer is refused and nothing is taken; when one cancels, the code can be used again."""
    first = yun.places(yun.asks_for(DRESS, external_id="4", coupons=("friend",)))
    assert first["totals"]["total"]["amount"] == 14_310
    yun.places(yun.asks_for(DRESS, external_id="5", coupons=("FRIEND",)))
    before = yun.shelf("YUN-DRESS")
    late = yun.asks_for(DRESS, external_id="6", coupons=("FRIEND",))
    refused = yun.tries(late)
    assert (refused.status, refused.code, refused.body["pointer"]) == (409, "coupon_used_up", "/coupons/0")
    assert yun.shelf("YUN-DRESS") == before
    yun.changes_their_mind(first)
    assert yun.places(late)["totals"]["total"]["amount"] == 14_310


def one_garment_back_would_cost_the_discount(yun: Shop, order: Json) -> None:
    """Without the skirt 300 is not reached, nor 250 for the scarf: 55.00 back, less 50.00; the scarf comes along."""
    path = f"/v1/orders/{order['order_id']}/refunds/preview"
    skirt = {"lines": [{"line_id": "3", "quantity": 1}, {"line_id": order["lines"][3]["line_id"], "quantity": 1}]}
    preview = yun.does("POST", path, skirt)
    assert preview["refund"]["amount"] == 25_000 - 15_900 - 8_600
    kept = yun.does("POST", path, {"lines": skirt["lines"][:1]})
    assert (kept["refund"]["amount"], kept["carried"]["amount"]) == (0, 3_900 - 500)
    everything = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in order["lines"]]
    assert yun.does("POST", path, {"lines": everything})["refund"]["amount"] == 25_000


def the_same_cart_in_yen_and_dinars(yun: Shop) -> None:
    """No decimals, and three: ￥6,000 less ￥1,000; 12.500 less 2.083. Not a yen and not a fils is lost."""
    for currency, pays, shares in (("JPY", 5_000, [530, 287, 183]), ("KWD", 10_417, [1_104, 597, 382])):
        yun.currency = currency
        order = yun.places(yun.asks_for(*EXACTLY_300, external_id=currency))
        assert order["totals"]["total"] == {"amount": pays, "currency": currency}
        assert [off(line) for line in order["lines"][:3]] == shares
        units = [run for line in order["lines"] for run in line["unit_runs"]]
        charged = sum(each["gross"]["amount"] for each in order["charges"])
        assert sum(run["count"] * run["gross"]["amount"] for run in units) + charged == pays
        assert all(run["net"]["amount"] + run["tax"]["amount"] == run["gross"]["amount"] for run in units)
    yun.currency = "CNY"


def asks(yun: Shop, lines: tuple[Line, ...]) -> Json:
    """A quote for such a cart."""
    body = yun.asks_for(*lines, external_id="none")
    cart = {name: body[name] for name in ("channel", "currency", "lines", "coupons")}
    place = {"country": body["ship_to"]["country"], "region": body["ship_to"]["region"]}
    return yun.does("POST", "/v1/quotes", {**cart, "ship_to": place})


def off(line: Json) -> int:
    """What promotions took off a line."""
    return sum(each["amount"]["amount"] for each in line["adjustments"])
