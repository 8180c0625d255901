"""Why a promotion gave nothing, as a shop can tell its customers, in English and Chinese."""

from __future__ import annotations

from ordo.catalog.model import Name
from ordo.kernel.money import format_minor
from ordo.pricing.model import RejectedPromotion

REASONS: dict[str, Name] = {
    "not_active": {"en": "Not running now: {name}", "zh": "活动未开启：{name}"},
    "not_started": {"en": "Not yet begun: {name}", "zh": "活动尚未开始：{name}"},
    "ended": {"en": "Over: {name}", "zh": "活动已结束：{name}"},
    "not_in_channel": {"en": "Not in this shop: {name}", "zh": "本渠道不参加：{name}"},
    "not_in_segment": {"en": "Only for certain customers: {name}", "zh": "仅限特定会员：{name}"},
    "not_in_region": {"en": "Not for this address: {name}", "zh": "收货地区不参加：{name}"},
    "not_first_order": {"en": "Only for a first order: {name}", "zh": "仅限首单：{name}"},
    "coupon_missing": {"en": "With a coupon code: {name}", "zh": "需使用优惠码：{name}"},
    "not_in_currency": {"en": "Not in this currency: {name}", "zh": "该币种不参加：{name}"},
    "no_matching_lines": {"en": "Nothing in the cart takes part: {name}", "zh": "购物车中没有参加活动的商品：{name}"},
    "threshold_not_reached": {"en": "Not enough in the cart for: {name}", "zh": "未达到条件：{name}"},
    "no_complete_set": {"en": "No complete set for: {name}", "zh": "未凑成一套：{name}"},
    "nothing_left": {"en": "Nothing left to take off: {name}", "zh": "没有可再优惠的金额：{name}"},
    "not_this_method": {"en": "Not with this way of shipping: {name}", "zh": "所选配送方式不参加：{name}"},
    "gift_not_for_sale": {"en": "The gift is not available: {name}", "zh": "赠品已下架：{name}"},
    "gift_out_of_stock": {"en": "The gift is gone: {name}", "zh": "赠品已赠完：{name}"},
    "excluded_by": {"en": "Not together with another offer: {name}", "zh": "不可与其他优惠同享：{name}"},
    "not_best": {"en": "Another combination costs less: {name}", "zh": "已选用更优惠的组合：{name}"},
}
"""By reason (see `RejectedPromotion`)."""

_MORE: Name = {"en": "{amount} more for: {name}", "zh": "再买{amount}享：{name}"}
_MORE_UNITS: Name = {"en": "{units} more to buy for: {name}", "zh": "再买{units}件享：{name}"}
_MORE_OF_SET: Name = {"en": "{units} more of the set for: {name}", "zh": "再凑{units}件享：{name}"}


def reason_text(rejected: RejectedPromotion, currency: str) -> Name:
    """The sentence: how much more the customer needs where that is known ("20.00 more for: 50 off 300"), else why.

    A promotion's name is in both languages. Amounts are in the currency's own decimals; Chinese names the unit.
    """
    if rejected.missing is not None:
        text, facts = _MORE, {"amount": format_minor(rejected.missing, currency)}
    elif rejected.missing_units is not None:
        text = _MORE_OF_SET if rejected.reason == "no_complete_set" else _MORE_UNITS
        facts = {"units": str(rejected.missing_units)}
    else:
        text, facts = REASONS[rejected.reason], {}
    unit = "元" if currency == "CNY" else f" {currency} "
    chinese = {name: value + unit if name == "amount" else value for name, value in facts.items()}
    return {
        "en": text["en"].format(**facts, name=_named(rejected.name, "en")),
        "zh": text["zh"].format(**chinese, name=_named(rejected.name, "zh")),
    }


def _named(name: Name, language: str) -> str:
    return name.get(language) or next(iter(name.values()), "")
