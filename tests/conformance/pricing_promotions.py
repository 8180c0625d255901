"""The promotions of a case in our words: their order, who may have them, and what staff gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ordo.catalog.coupons import Coupon
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import NO_LIMIT, LinesReward, OverrideReward, Per, PercentOff, Reward, TieredReward
from ordo.catalog.selections import EVERYTHING, Judged, Selection
from ordo.catalog.uses import coupon_code
from ordo.pricing.manual import manual_id
from ordo.pricing.model import ManualDiscount
from tests.conformance.pricing_rewards import TYPES, is_by_line
from tests.conformance.pricing_scopes import (
    Body,
    Setting,
    categories_of,
    conditions,
    judged,
    only,
    selection,
    sku_of,
    texts,
)
from tests.conformance.pricing_units import gift_terms
from tests.conformance.results import Unsupported

_KEYS = {
    "type", "scope", "conditions", "priority", "order", "exclusive", "exclusive_group", "lane", "consumes_lines",
    "requires_coupon", "coupon", "code", "stacking", "allocation", "repeat", "currency", "manual", "overrides", "name",
    "notes",
}  # fmt: skip
_OUR_ALLOCATIONS = {
    None,
    "proportional",
    "proportional to line subtotal",
    "proportional_with_floor_then_redistribute",
}


@dataclass
class Rules:
    """A case's promotions. `ids` has, for each of them as it was written, the ids by which the trace names it."""

    promotions: list[Promotion] = field(default_factory=list)
    manual: list[ManualDiscount] = field(default_factory=list)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    ids: list[tuple[str, ...]] = field(default_factory=list)
    asked: frozenset[str] = frozenset()
    """The codes that the case gives, in its own spelling; `code_of` says which of them one of `given` stands for."""


def rules_of(case: Body, setting: Setting) -> Rules:
    """Raises `Unsupported`."""
    bodies: list[dict[str, Any]] = list(case.get("promotions") or ())
    rules = Rules(ids=[()] * len(bodies))
    codes = _codes(case, bodies)
    _check_lanes(bodies)
    for rank, place in enumerate(sorted(range(len(bodies)), key=lambda place: _rank(bodies[place], place))):
        body = bodies[place]
        kind = _checked(body)
        if body.get("manual") or kind == "manual_line_percent":
            rules.ids[place] = _add_manual(rules, setting, body, kind)
            continue
        made = _promotions(setting, case, body, kind, rank)
        needs_code = place in codes
        rules.promotions += [replace(each, requires_coupon=needs_code) for each in made]
        rules.ids[place] = tuple(each.promotion_id for each in made)
        if needs_code and len(made) > 1:
            raise Unsupported("tiers that each line reaches by itself, behind a code")
        if needs_code:
            rules.coupons[_own_code(codes, place)] = Coupon(_own_code(codes, place), made[0].promotion_id)
    _give_codes(case, rules, bodies, codes)
    return rules


def _rank(body: Body, place: int) -> tuple[Any, ...]:
    """Lanes one after another, higher priority first, then `order`, then as written."""
    return (body.get("lane") or 0, -(body.get("priority") or 0), body.get("order", place), place)


def _check_lanes(bodies: list[dict[str, Any]]) -> None:
    lanes = Counter(body["lane"] for body in bodies if "lane" in body)
    if any(number > 1 for number in lanes.values()):
        raise Unsupported("several promotions in one lane: the source takes for each line the one that gives most")


def _checked(body: Body) -> str:
    kind = str(body["type"]).removeprefix("coupon_")
    if kind == "manual_line_percent":
        only(body, {*_KEYS, "value_percent"}, "the promotion's")
    elif kind not in TYPES:
        raise Unsupported(f"promotion type {body['type']}")
    else:
        only(body, {*_KEYS, *TYPES[kind].keys}, "the promotion's")
    if body.get("allocation") not in _OUR_ALLOCATIONS:
        raise Unsupported(f"allocation {body['allocation']!r}")
    return kind


def _promotions(setting: Setting, case: Body, body: Body, kind: str, rank: int) -> list[Promotion]:
    """One promotion; of tiers that each line reaches by itself one for each line."""
    reward = _reward(setting, body, kind)
    promotion = Promotion(
        promotion_id=f"p{rank:03}",
        version=1,
        name={},
        reward=reward,
        scope=_scope(setting, body, kind),
        conditions=conditions(setting, body.get("conditions")),
        priority=-rank,
        exclusive=bool(body.get("exclusive")),
        group=body.get("exclusive_group"),
        base=judged(body.get("stacking", case.get("stacking")), _usual_base(setting, kind)),
        # Medusa hides the units of a buy-and-get from the next without a key that says so.
        consumes=bool(body.get("consumes_lines", setting.source == "medusa" and kind == "buy_x_get_y")),
    )
    if not isinstance(reward, TieredReward) or not is_by_line(body):
        return [promotion]
    scope = promotion.scope
    skus = sorted(scope.skus) or map(sku_of, range(len(setting.lines)))
    return [
        replace(promotion, promotion_id=f"p{rank:03}-{sku}", scope=replace(scope, skus=frozenset({sku})))
        for sku in skus
    ]


def _usual_base(setting: Setting, kind: str) -> Judged:
    """Sylius takes percentages off items of the unit price as it is before cart promotions."""
    return Judged.ORIGINAL if setting.source == "sylius" and kind == "item_percent" else Judged.LEFT


def _reward(setting: Setting, body: Body, kind: str) -> Reward:
    reward = TYPES[kind].build(setting, body)
    if kind == "item_percent" and isinstance(reward, LinesReward) and "rounding" not in body:
        return _rounded_as(setting, body, reward)
    return reward


def _rounded_as(setting: Setting, body: Body, reward: LinesReward) -> Reward:
    """A percentage off items as the source rounds it: for each unit, for all lines together, or for each line."""
    if setting.source == "woocommerce" and reward.limit == NO_LIMIT:
        return replace(reward, per=Per.ORDER)
    if setting.source == "sylius":
        return replace(reward, per=Per.UNIT)
    if setting.source == "vendure" and reward.limit == NO_LIMIT and not reward.cap and not body.get("conditions"):
        # It makes another unit price, rounded half up, before all that is off the order.
        return OverrideReward(reward.value)
    if setting.source in {"vendure", "pretix"} and isinstance(reward.value, PercentOff):
        percent = reward.value.percent
        if any(
            2 * line["unit_price_minor"] * percent.numerator % (2 * percent.denominator) == percent.denominator
            for line in setting.lines
        ):
            raise Unsupported("the source rounds half a cent of the price up; here that of the discount is rounded up")
        return replace(reward, per=Per.UNIT)
    return reward


def _scope(setting: Setting, body: Body, kind: str) -> Selection:
    scope = body.get("scope")
    if kind in {"free_shipping", "shipping_percent", "shipping_fixed"} and isinstance(scope, dict):
        scope = {key: value for key, value in scope.items() if key not in {"method", "method_in"}}
    if kind == "gift":
        _, each_of = gift_terms(body)
        if each_of is not None:
            is_category = any(each_of in categories_of(line) for line in setting.lines)
            return selection(setting, {"category" if is_category else "sku": each_of})
    if body.get("ignore_already_discounted") and kind != "buy_x_get_y":
        scope = {**(scope or {}), "on_sale": False}
    return selection(setting, scope)


def _add_manual(rules: Rules, setting: Setting, body: Body, kind: str) -> tuple[str, ...]:
    """What staff gives, on each line of the scope or on the order."""
    if body.get("overrides") not in {None, "catalog promotion", "catalog promotions"}:
        raise Unsupported(f"overrides {body['overrides']!r}")
    if body.get("conditions") or body.get("exclusive"):
        raise Unsupported("a discount by staff with conditions or exclusive")
    reward = TYPES["item_percent" if kind == "manual_line_percent" else kind].build(setting, body)
    if not isinstance(reward, LinesReward):
        raise Unsupported(f"a discount by staff of type {body['type']}")
    start = len(rules.manual)
    if kind == "manual_line_percent":
        scope = selection(setting, body.get("scope"))
        lines = [
            str(place)
            for place, line in enumerate(setting.lines)
            if line["qty"] and (scope == EVERYTHING or sku_of(place) in scope.skus)
        ]
        rules.manual += [ManualDiscount(reward, "as asked", line) for line in lines]
    elif body.get("scope") is not None:
        raise Unsupported("a discount by staff on some lines of the order together")
    else:
        rules.manual.append(ManualDiscount(reward, "as asked", instead_of=body.get("exclusive_group")))
    return tuple(map(manual_id, range(start, len(rules.manual))))


def _codes(case: Body, bodies: list[dict[str, Any]]) -> dict[int, str]:
    """By the place of a promotion the code that it is behind."""
    found: dict[int, str] = {}
    for place, body in enumerate(bodies):
        named = [body[key] for key in ("requires_coupon", "coupon", "code") if isinstance(body.get(key), str)]
        if named:
            found[place] = coupon_code(named[0])
        elif body.get("requires_coupon") or body.get("coupon") or body["type"].startswith("coupon_"):
            found[place] = f"CODE {place}"
    given = given_codes(case)
    unbound = [code for code in given if code not in found.values()]
    nameless = [place for place, code in found.items() if code.startswith("CODE ")]
    open_to_all = [place for place in range(len(bodies)) if place not in found]
    # A source that names the cart's codes but not whose they are means those of its promotions, in their order.
    for places in (nameless, open_to_all):
        if unbound and len(places) == len(unbound):
            return found | dict(zip(places, unbound, strict=True))
    return found


def _own_code(codes: Mapping[int, str], place: int) -> str:
    """A code for this promotion alone: a case may put several behind one."""
    return f"{codes[place]} #{place}"


def code_of(own: str) -> str:
    """The case's code that stands in an own one."""
    return own.rpartition(" #")[0]


def given_codes(case: Body) -> list[str]:
    """The codes that a case says are given."""
    coupon = case.get("coupon", case.get("coupons"))
    named = coupon.split(",") if isinstance(coupon, str) else texts(coupon)
    return [coupon_code(each) for each in named if each.strip()]


def _give_codes(case: Body, rules: Rules, bodies: list[dict[str, Any]], codes: Mapping[int, str]) -> None:
    """The cart's codes: those that the case names, else all of the promotions that do not ask for a named one."""
    named = given_codes(case)
    stated = "coupon" in case or "coupons" in case
    implied = {
        code
        for place, code in codes.items()
        if not bodies[place].get("requires_coupon") and (not stated or code.startswith("CODE "))
    }
    rules.asked = frozenset(named or implied)
    rules.given = tuple(
        own
        for place, code in codes.items()
        if code in implied.union(named) and (own := _own_code(codes, place)) in rules.coupons
    )
