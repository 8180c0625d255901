"""What pricing a cart costs: processor time in process, warm, and memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ordo.catalog.channels import ChannelPolicy, Combination, PricePolicy
from ordo.catalog.model import Product
from ordo.catalog.promotions import Promotion
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import Rate, TaxMode, TaxPolicy
from ordo.pricing.model import Cart, CartLine
from ordo.pricing.service import price
from tools.figures.line import figure

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
CATEGORIES = ("tops", "trousers", "shoes", "bags", "phones", "audio", "books", "toys", "home", "garden")
HOW = "price() of a cart in process, catalogue at hand, warm; user time of one call"

Body = dict[str, Any]

KINDS: tuple[Body, ...] = (
    {"type": "amount", "amounts": {"CNY": 5000}},
    {"type": "percent", "percent": "10"},
    {"type": "amount", "amounts": {"CNY": 1000}, "every": {"CNY": 10000}},
    {"type": "nth", "every": 2, "value": {"percent": "50"}},
    {
        "type": "tiers",
        "by": "subtotal",
        "tiers": [
            {"at_least": {"CNY": 20000}, "reward": {"type": "amount", "amounts": {"CNY": 1000}}},
            {"at_least": {"CNY": 50000}, "reward": {"type": "amount", "amounts": {"CNY": 4000}}},
        ],
    },
    {"type": "percent", "percent": "5", "per": "order", "cap": {"CNY": 3000}},
    {"type": "buy_get", "buy": {"quantity": 2}, "get": {"quantity": 1}, "value": {"percent": "100"}},
    {"type": "amount", "amounts": {"CNY": 300}, "per": "unit"},
    {"type": "shipping", "value": {"percent": "100"}},
    {"type": "override", "value": {"percent": "8"}},
)
"""A shop's usual mix; each of the first two is for the whole cart, the others are for a category."""


def promotions(count: int, categories: int = len(CATEGORIES)) -> tuple[Promotion, ...]:
    """So many promotions: every tenth for the whole cart, the others for a category. A third has a threshold, which
    every second of them does not reach; a fifth needs a coupon that the cart does not have. More than half apply.
    """
    return tuple(_promotion(number, categories) for number in range(count))


def _promotion(number: int, categories: int) -> Promotion:
    body: Body = {"name": {"en": f"P{number}", "zh": f"活动{number}"}, "reward": KINDS[number % len(KINDS)]}
    if number % 10:
        body["scope"] = {"categories": [CATEGORIES[number % categories]]}
    if number % 3 == 0:
        least = 10_000_000 if number % 2 else 10_000 + 100 * number
        body["conditions"] = [{"type": "subtotal", "at_least": {"CNY": least}}]
    if number % 5 == 4:
        body["requires_coupon"] = True
    return Promotion.of(f"p{number:04}", body, 1)


def shop(
    lines: int, offered: tuple[Promotion, ...], combination: Combination = Combination.PRIORITY
) -> CatalogSnapshot:
    """Products of ten categories, two tax classes, and a flat shipping price."""
    tax = TaxPolicy(TaxMode.INCLUSIVE, Rate.of("13"), {"reduced": Rate.of("9")})
    policy = ChannelPolicy("web", {"CNY": "cny"}, tax=tax, shipping={"CNY": 1200}, pricing=PricePolicy(combination))
    products = {f"S{number}": _product(number) for number in range(lines)}
    return CatalogSnapshot(policy, products, NOW, offered)


def _product(number: int) -> Product:
    body = {
        "name": {"en": f"Product {number}", "zh": f"商品{number}"},
        "prices": {"cny": {"price": 1990 + number * 37 % 9000, "cost": 900, "list_price": 12900}},
        "tax_class": "reduced" if number % 7 == 0 else "standard",
        "weight_g": 300,
        "categories": [CATEGORIES[number % len(CATEGORIES)]],
    }
    return Product.of(f"S{number}", body, 1)


def cart(lines: int) -> Cart:
    """A line for each product, one to three units."""
    wanted = tuple(CartLine(str(number), f"S{number}", 1 + number % 3) for number in range(lines))
    return Cart("web", "CNY", wanted, country="CN", region="浙江省")


def best_of_twelve() -> tuple[Cart, CatalogSnapshot]:
    """Twelve promotions that all could apply to six lines, in competition: thresholds, two groups, two exclusive."""
    bodies: list[Body] = [
        {"reward": {"type": "percent", "percent": "10"}, "priority": 9},
        {"reward": KINDS[0], "conditions": [{"type": "subtotal", "at_least": {"CNY": 30000}}], "priority": 8},
        {"reward": KINDS[2], "priority": 7},
        {"reward": {"type": "percent", "percent": "7"}, "scope": {"skus": ["S1", "S2"]}, "priority": 6, "group": "a"},
        {"reward": {"type": "percent", "percent": "9"}, "scope": {"skus": ["S1", "S3"]}, "priority": 5, "group": "a"},
        {"reward": KINDS[3], "priority": 4, "group": "b"},
        {"reward": KINDS[6], "priority": 3, "group": "b"},
        {"reward": KINDS[7], "scope": {"skus": ["S4", "S5"]}, "priority": 2},
        {"reward": KINDS[4], "priority": 1},
        {"reward": {"type": "percent", "percent": "25"}, "exclusive": True},
        {"reward": KINDS[5]},
        {"reward": {"type": "amount", "amounts": {"CNY": 800}, "includes_shipping": True}},
    ]
    offered = tuple(
        Promotion.of(f"p{number:02}", {"name": {"en": "P", "zh": "P"}, **body}, 1) for number, body in enumerate(bodies)
    )
    wanted = cart(6)
    more = tuple(replace(line, quantity=line.quantity + 1) for line in wanted.lines)
    return replace(wanted, lines=more), shop(6, offered, Combination.BEST)


def quote_figures() -> Iterator[dict[str, object]]:
    """CPU of a small and a large cart, of the best combination, and of a cart that no shop has."""
    small = (cart(3), shop(3, promotions(5, categories=3)))
    yield figure("quote.small.cpu_ms", _cpu_ms(*small, runs=25, calls=40), "ms", f"{HOW}; 3 lines, 5 promotions")
    large = (cart(100), shop(100, promotions(50)))
    yield figure("quote.large.cpu_ms", _cpu_ms(*large, runs=15, calls=5), "ms", f"{HOW}; 100 lines, 50 promotions")
    best = best_of_twelve()
    how = f"{HOW}; 6 lines, the best combination of 12 competing promotions"
    yield figure("quote.best12.cpu_ms", _cpu_ms(*best, runs=15, calls=2), "ms", how)
    huge = (cart(10_000), shop(10_000, promotions(50)))
    how = f"{HOW}; 10,000 lines, 50 promotions"
    yield figure("quote.huge.cpu_ms", _cpu_ms(*huge, runs=5, calls=1), "ms", how)
    tracemalloc.start()
    price(*huge, NOW)
    peak = tracemalloc.get_traced_memory()[1] / 1_000_000
    tracemalloc.stop()
    yield figure("quote.huge.mb", [peak], "MB", f"{how}; peak of what one call allocates, its answer included")


def _cpu_ms(wanted: Cart, catalog: CatalogSnapshot, *, runs: int, calls: int) -> list[float]:
    price(wanted, catalog, NOW)
    found = []
    for _ in range(runs):
        began = time.process_time()
        for _ in range(calls):
            price(wanted, catalog, NOW)
        found.append((time.process_time() - began) * 1000 / calls)
    return found
