"""One promotion of each kind, as it is PUT: in the API document, and each tested."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "50 off 300": {
        "name": {"en": "50 off 300", "zh": "满300减50"},
        "conditions": [{"type": "subtotal", "at_least": {"CNY": 30000}}],
        "reward": {"type": "amount", "amounts": {"CNY": 5000}},
        "return_policy": {"type": "claw_back"},
    },
    "10 off every 100": {
        "name": {"en": "10 off every 100, 50 at most", "zh": "每满100减10，最多减50"},
        "scope": {"categories": ["garments"]},
        "reward": {"type": "amount", "amounts": {"CNY": 1000}, "every": {"CNY": 10000}, "times": 5},
    },
    "20 per cent off": {
        "name": {"en": "20 % off what is not reduced, 200 at most", "zh": "未特价商品八折，最多优惠200元"},
        "scope": {"on_sale": False},
        "reward": {"type": "percent", "percent": "20", "cap": {"CNY": 20000}},
        "base": "original",
    },
    "two for 99": {
        "name": {"en": "Any two for 99", "zh": "任选两件99元"},
        "scope": {"categories": ["basics"], "unit_price": {"CNY": {"from": 5000, "to": 9900}}},
        "reward": {"type": "set", "parts": [{"quantity": 2}], "value": {"prices": {"CNY": 9900}}},
        "consumes": True,
    },
    "one price": {
        "name": {"en": "Socks at 9.90 each, two per order line", "zh": "袜子每双9.9元，每行限两双"},
        "scope": {"skus": ["SOCKS-3"]},
        "reward": {"type": "price", "prices": {"CNY": 990}, "per": "unit", "max_units_per_line": 2},
    },
    "tiers": {
        "name": {"en": "30 off 200, 60 off 300, 120 off 500", "zh": "阶梯满减：满200减30，满300减60，满500减120"},
        "reward": {
            "type": "tiers",
            "by": "subtotal",
            "tiers": [
                {"at_least": {"CNY": 20000}, "reward": {"type": "amount", "amounts": {"CNY": 3000}}},
                {"at_least": {"CNY": 30000}, "reward": {"type": "amount", "amounts": {"CNY": 6000}}},
                {"at_least": {"CNY": 50000}, "reward": {"type": "amount", "amounts": {"CNY": 12000}}},
            ],
        },
        "return_policy": {"type": "claw_back", "shortfall": "charge"},
    },
    "member price": {
        "name": {"en": "Members: 8 % off", "zh": "会员价九二折"},
        "segments": ["gold"],
        "reward": {"type": "override", "value": {"percent": "8"}},
    },
    "buy three, one free": {
        "name": {"en": "Buy three, get one free", "zh": "买三免一"},
        "scope": {"categories": ["garments"]},
        "reward": {"type": "buy_get", "buy": {"quantity": 3}, "get": {"quantity": 1}, "value": {"percent": "100"}},
        "return_policy": {"type": "forbid_partial"},
    },
    "second at half price": {
        "name": {"en": "The second at half price", "zh": "第二件半价"},
        "scope": {"categories": ["garments"]},
        "reward": {"type": "nth", "every": 2, "value": {"percent": "50"}},
    },
    "outfit": {
        "name": {"en": "Shirt and shorts for 199", "zh": "衬衫短裤套装199元"},
        "reward": {
            "type": "set",
            "parts": [
                {"quantity": 1, "of": {"skus": ["SHIRT-LINEN"]}},
                {"quantity": 1, "of": {"skus": ["SHORTS-KHAKI"]}},
            ],
            "value": {"prices": {"CNY": 19900}},
        },
        "consumes": True,
    },
    "gift": {
        "name": {"en": "A cap with 300 of garments", "zh": "服饰满300赠帽子"},
        "scope": {"categories": ["garments"]},
        "conditions": [{"type": "subtotal", "at_least": {"CNY": 30000}}],
        "reward": {"type": "gift", "sku": "CAP-NAVY", "substitutes": ["SOCKS-3"], "out_of_stock": "skip"},
    },
    "free shipping": {
        "name": {"en": "Free shipping from 99", "zh": "满99包邮"},
        "regions": [{"country": "CN"}],
        "conditions": [{"type": "subtotal", "at_least": {"CNY": 9900}}],
        "reward": {"type": "shipping", "value": {"percent": "100"}, "methods": ["standard"]},
    },
    "exclusive coupon": {
        "name": {"en": "Friends: 30 % off, with nothing else", "zh": "亲友券七折，不与其他优惠同享"},
        "requires_coupon": True,
        "exclusive": True,
        "priority": 100,
        "time_zone": "Asia/Shanghai",
        "valid_from": "2026-11-11T00:00:00",
        "valid_to": "2026-11-12T00:00:00",
        "reward": {"type": "percent", "percent": "30"},
    },
    "first order": {
        "name": {"en": "10 off the first order", "zh": "首单立减10元"},
        "first_order_only": True,
        "group": "welcome",
        "conditions": [{"type": "quantity", "at_least": 1}],
        "reward": {"type": "amount", "amounts": {"CNY": 1000}},
    },
}
