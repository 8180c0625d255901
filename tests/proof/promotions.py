"""Promotions made by chance, as the bodies that merchants write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

Body = dict[str, Any]
CLASSES = ("tops", "shoes", "sale", "gifts")
GIFTS = ("GIFT-1", "GIFT-2")


@dataclass(frozen=True)
class Shelf:
    """What a promotion is made for: the SKUs of a cart that is `worth` so much, of so many `units`."""

    r: Random
    currency: str
    skus: list[str]
    worth: int
    units: int

    def amount(self, share: float) -> dict[str, int]:
        """About such a part of what the cart is worth; sometimes just in another currency."""
        much = max(1, int(self.worth * share * self.r.uniform(0.5, 1.5)))
        return {self.currency if self.r.random() < 0.99 else "XXX": much}

    def percent(self) -> str:
        """Some per cents."""
        return self.r.choice(("1", "5", "7.5", "10", "12.34", "20", "33.33", "50", "90", "100"))

    def value(self, share: float) -> Body:
        """Off, in one of the three ways."""
        ways: tuple[Body, ...] = (
            {"percent": self.percent()},
            {"amounts": self.amount(share)},
            {"prices": self.amount(share * 2)},
        )
        return self.r.choice((ways[0], *ways))

    @property
    def unit(self) -> float:
        """A part of the worth that is about a tenth of one unit's."""
        return 0.1 / self.units


def promotion_body(shelf: Shelf, kind: str) -> Body:
    """A promotion with a reward of this kind."""
    r = shelf.r
    body: Body = {
        "name": {"en": kind, "zh": kind},
        "reward": REWARD_BODIES[kind](shelf),
        "priority": r.randint(-2, 3),
        "scope": _scope(shelf) if kind != "shipping" else None,
        "conditions": [_condition(shelf)] if kind != "override" and r.random() < 0.45 else [],
        "exclusive": r.random() < 0.04,
        "requires_coupon": r.random() < 0.1,
    }
    if r.random() < 0.2:
        body["group"] = r.choice(("g1", "g2"))
    if r.random() < 0.15:
        body["base"] = "original"
    if r.random() < 0.25:
        body["consumes"] = True
    if r.random() < 0.05:
        body |= r.choice(({"segments": ["vip"]}, {"first_order_only": True}, {"regions": [{"country": "CN"}]}))
    return body


def _scope(shelf: Shelf) -> Body | None:
    r = shelf.r
    some = r.sample(shelf.skus, r.randint(1, len(shelf.skus)))
    return r.choice(
        (
            None,
            None,
            None,
            {"skus": some},
            {"categories": r.sample(CLASSES, 2)},
            {"not_skus": some[:1]},
            {"unit_price": {shelf.currency: {"from": max(1, shelf.worth // shelf.units // 3)}}},
            {"on_sale": r.random() < 0.3},
        )
    )


def _condition(shelf: Shelf) -> Body:
    r = shelf.r
    per_line = r.random() < 0.1
    body: Body = {
        "type": r.choice(("subtotal", "quantity")),
        "judged": r.choice(("left", "original")),
        "per_line": per_line,
    }
    share = 0.1 if per_line else 0.5
    body["at_least"] = shelf.amount(share) if body["type"] == "subtotal" else max(1, int(shelf.units * share))
    return {**body, "of": _scope(shelf) if r.random() < 0.3 else None}


def _limits(shelf: Shelf) -> Body:
    r = shelf.r
    if r.random() < 0.6:
        return {}
    groups = r.choice((1, 1, 2, 3))
    return {
        "max_units": groups * r.randint(0, 4),
        "max_units_per_line": r.choice((0, 0, 1, 2)),
        "groups_of": groups,
        "pick": r.choice(("cheapest", "dearest", "first")),
    }


def _percent(shelf: Shelf) -> Body:
    r = shelf.r
    cap = {"cap": shelf.amount(0.08)} if r.random() < 0.3 else {}
    per, shipping = r.choice(("order", "line", "unit")), r.random() < 0.15
    return {
        "type": "percent",
        "percent": shelf.percent(),
        "per": per,
        "includes_shipping": shipping,
        **cap,
        **_limits(shelf),
    }


def _amount(shelf: Shelf) -> Body:
    r = shelf.r
    per = r.choice(("order", "order", "line", "unit"))
    share = {"order": 0.15, "line": 0.05, "unit": shelf.unit * 2}[per]
    body: Body = {"type": "amount", "amounts": shelf.amount(share), "per": per, "includes_shipping": r.random() < 0.1}
    if per == "order" and r.random() < 0.5:
        body |= r.choice(({"every": shelf.amount(0.3)}, {"every_units": r.randint(1, 4)}))
        body |= {"times": r.choice((0, 0, 1, 3))}
        body |= {"cap": shelf.amount(0.4)} if r.random() < 0.3 else {}
        return body
    return {**body, **_limits(shelf), **({"cap": shelf.amount(0.15)} if per != "order" and r.random() < 0.3 else {})}


def _price(shelf: Shelf) -> Body:
    per = shelf.r.choice(("order", "line", "unit"))
    share = {"order": 0.6, "line": 0.2, "unit": shelf.unit * 8}[per]
    return {"type": "price", "prices": shelf.amount(share), "per": per, **_limits(shelf)}


def _tiers(shelf: Shelf) -> Body:
    r = shelf.r
    by = r.choice(("subtotal", "quantity"))
    tiers, steps = [], sorted(r.sample(range(1, 10), r.randint(1, 4)))
    for step in steps:
        at = {shelf.currency: max(1, shelf.worth * step // 9)} if by == "subtotal" else max(1, shelf.units * step // 9)
        off = {"type": "amount", "amounts": {shelf.currency: max(1, shelf.worth * step // 90)}}
        tiers.append({"at_least": at, "reward": r.choice((off, {"type": "percent", "percent": str(step * 2)}))})
    return {
        "type": "tiers",
        "by": by,
        "tiers": tiers,
        "judged": r.choice(("left", "original")),
        "of": r.choice((None, None, _scope(shelf))),
    }


def _part(shelf: Shelf, most: int) -> Body:
    return {"quantity": shelf.r.randint(1, most), "of": _scope(shelf) if shelf.r.random() < 0.4 else None}


def _buy_get(shelf: Shelf) -> Body:
    r = shelf.r
    return {
        "type": "buy_get",
        "buy": _part(shelf, 3),
        "get": _part(shelf, 2),
        "value": shelf.value(shelf.unit * 4),
        "pick": r.choice(("cheapest", "dearest", "first")),
        "times": r.choice((0, 0, 1, 2)),
    }


def _nth(shelf: Shelf) -> Body:
    r = shelf.r
    every = r.randint(2, 4)
    return {
        "type": "nth",
        "every": every,
        "count": r.randint(1, every - 1),
        "value": shelf.value(shelf.unit * 4),
        "pick": r.choice(("cheapest", "dearest", "first")),
        "groups": r.choice(("across", "ascending", "descending")),
        "times": r.choice((0, 0, 1, 2)),
    }


def _set(shelf: Shelf) -> Body:
    r = shelf.r
    parts = [_part(shelf, 3) for _ in range(r.randint(1, 3))]
    per = r.choice(("order", "order", "unit"))
    size = sum(part["quantity"] for part in parts)
    return {
        "type": "set",
        "parts": parts,
        "value": shelf.value(shelf.unit * (size * 4 if per == "order" else 4)),
        "per": per,
        "pick": r.choice(("cheapest", "dearest", "first")),
        "times": r.choice((0, 0, 1, 2)),
    }


def _gift(shelf: Shelf) -> Body:
    r = shelf.r
    more: Body = r.choice(({}, {"every": shelf.amount(0.4), "times": r.choice((0, 2))}, {"every_units": 2}))
    return {
        "type": "gift",
        "sku": "GIFT-1",
        "quantity": r.randint(1, 2),
        "substitutes": r.choice(([], ["GIFT-2"])),
        **more,
    }


def _shipping(shelf: Shelf) -> Body:
    return {
        "type": "shipping",
        "value": shelf.value(0.02),
        "methods": shelf.r.choice(([], ["standard"], ["standard", "post"])),
    }


REWARD_BODIES: dict[str, Callable[[Shelf], Body]] = {
    "percent": _percent,
    "amount": _amount,
    "price": _price,
    "tiers": _tiers,
    "override": lambda shelf: {"type": "override", "value": shelf.value(shelf.unit * 4)},
    "buy_get": _buy_get,
    "nth": _nth,
    "set": _set,
    "gift": _gift,
    "shipping": _shipping,
}
REWARDS = (
    "percent",
    "amount",
    "price",
    "tiers",
    "override",
    "buy_get",
    "nth",
    "nth",
    "set",
    "set",
    "gift",
    "shipping",
    "shipping",
)
