"""Which lines a rule of a case means, and what must hold of them, in our words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ordo.catalog.selections import EVERYTHING, Condition, Judged, Measure, PriceRange, Selection
from tests.conformance.results import Unsupported

Body = Mapping[str, Any]

NO_LINE = Selection(skus=frozenset({"no line"}))


@dataclass(frozen=True, slots=True)
class Setting:
    """What the translation of a promotion looks at besides the promotion. `source` is the peer's name in lower case."""

    lines: Sequence[Body]
    currency: str
    source: str


def sku_of(place: int) -> str:
    """Our SKU of a case's line: a case may name one SKU on lines of different prices."""
    return f"L{place}"


def only(given: Iterable[str], known: Iterable[str], whose: str) -> None:
    """Raises `Unsupported` naming what is not known."""
    strange = sorted(set(given) - set(known))
    if strange:
        raise Unsupported(f"{whose} {', '.join(strange)}")


def texts(value: Any) -> list[str]:
    """One text or a list of them, as a list."""
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def categories_of(line: Body) -> list[str]:
    """The categories of a case's line."""
    return texts(line.get("category"))


def is_on_sale(line: Body) -> bool:
    """Whether the line is cheaper than usual before any rule: where no key says so, its SKU does (`b-sale`)."""
    if "on_sale" in line:
        return bool(line["on_sale"])
    return bool(re.search(r"-(sale|voucher)$", line["sku"]))


_NAMED: dict[str, Selection] = {
    "all": EVERYTHING,
    "all lines": EVERYTHING,
    "order": EVERYTHING,
    "lines not on sale": Selection(on_sale=False),
    "lines on sale": Selection(on_sale=True),
    "lines without catalog discount": Selection(on_sale=False),
    "lines with catalog discount": Selection(on_sale=True),
}
_IDENTITIES = {"sku": "sku", "sku_in": "sku", "category": "category", "category_in": "category"}
_EXCLUDED = {
    "not_sku": "sku",
    "sku_not_in": "sku",
    "not_sku_in": "sku",
    "not_category": "category",
    "category_not_in": "category",
    "not_category_in": "category",
}
_PRICES: dict[str, Callable[[Any], PriceRange]] = {
    "unit_price_gte_minor": lambda price: PriceRange(price, None),
    "unit_price_gt_minor": lambda price: PriceRange(price + 1, None),
    "unit_price_lte_minor": lambda price: PriceRange(None, price),
    "unit_price_lt_minor": lambda price: PriceRange(None, price - 1),
    "unit_price_between_minor": lambda prices: PriceRange(*prices),
}
SELECTING = {*_IDENTITIES, *_EXCLUDED, *_PRICES, "on_sale"}
"""The keys by which lines are named."""


def selection(setting: Setting, scope: Any) -> Selection:
    """The lines of a scope: its keys must all hold. Raises `Unsupported`."""
    if scope is None or scope == {}:
        return EVERYTHING
    if isinstance(scope, str):
        if scope not in _NAMED:
            raise Unsupported(f"scope {scope!r}")
        return _NAMED[scope]
    if isinstance(scope, list):
        scope = {"sku_in": scope}
    only(scope, SELECTING, "scope by")
    skus = _skus(setting, scope)
    if skus is not None and not skus:
        return NO_LINE
    limits = _limits(scope)
    return Selection(
        skus=skus or frozenset(),
        unit_price={} if limits is None else {setting.currency: limits},
        on_sale=scope.get("on_sale"),
    )


def _skus(setting: Setting, scope: Body) -> frozenset[str] | None:
    """Our SKUs of the lines that have all that the scope names; None when it names nothing."""
    tests = [(_IDENTITIES[key], set(texts(scope[key])), True) for key in _IDENTITIES if key in scope]
    tests += [(_EXCLUDED[key], set(texts(scope[key])), False) for key in _EXCLUDED if key in scope]
    if not any(line.get("category") for line in setting.lines):
        # A source that scopes by category but shows no line's category means the lines that it shows.
        tests = [test for test in tests if test[0] != "category"]
    if not tests:
        return None
    return frozenset(
        sku_of(place)
        for place, line in enumerate(setting.lines)
        if all(bool(values & _identity(line, field)) is wanted for field, values, wanted in tests)
    )


def _identity(line: Body, field: str) -> set[str]:
    return {line["sku"]} if field == "sku" else set(categories_of(line))


def _limits(scope: Body) -> PriceRange | None:
    ranges = [read(scope[key]) for key, read in _PRICES.items() if key in scope]
    if not ranges:
        return None
    lowest = [each.lowest for each in ranges if each.lowest is not None]
    highest = [each.highest for each in ranges if each.highest is not None]
    return PriceRange(max(lowest, default=None), min(highest, default=None))


class _Rule(NamedTuple):
    """What a key of a condition measures. `own`: of the promotion's lines, unless lines are named; else of the cart."""

    measure: Measure
    more: int = 0
    own: bool = False
    judged: Judged = Judged.LEFT
    per_line: bool = False


_RULES = {
    "items_total_gte_minor": _Rule(Measure.SUBTOTAL),
    "items_total_gt_minor": _Rule(Measure.SUBTOTAL, 1),
    "discounted_items_total_gte_minor": _Rule(Measure.SUBTOTAL),
    "discounted_items_total_gt_minor": _Rule(Measure.SUBTOTAL, 1),
    "original_items_total_gte_minor": _Rule(Measure.SUBTOTAL, judged=Judged.ORIGINAL),
    "original_items_total_gt_minor": _Rule(Measure.SUBTOTAL, 1, judged=Judged.ORIGINAL),
    "total_gte_minor": _Rule(Measure.SUBTOTAL),
    "total_gt_minor": _Rule(Measure.SUBTOTAL, 1),
    "count_gte": _Rule(Measure.QUANTITY, own=True),
    "count_gt": _Rule(Measure.QUANTITY, 1, own=True),
    "qty_gte": _Rule(Measure.QUANTITY, own=True),
    "qty_gt": _Rule(Measure.QUANTITY, 1, own=True),
    "quantity_gte": _Rule(Measure.QUANTITY, own=True),
    "quantity_gt": _Rule(Measure.QUANTITY, 1, own=True),
    "cart_quantity_gte": _Rule(Measure.QUANTITY, judged=Judged.ORIGINAL),
    "cart_quantity_gt": _Rule(Measure.QUANTITY, 1, judged=Judged.ORIGINAL),
    "any_line_qty_gte": _Rule(Measure.QUANTITY, judged=Judged.ORIGINAL, per_line=True),
    "any_line_qty_gt": _Rule(Measure.QUANTITY, 1, judged=Judged.ORIGINAL, per_line=True),
}
_CONTAINS = {"contains_sku": "sku", "contains_category": "category"}


def conditions(setting: Setting, bodies: Any) -> tuple[Condition, ...]:
    """All that must hold. Raises `Unsupported`."""
    listed = [bodies] if isinstance(bodies, dict) else bodies or []
    return tuple(each for body in listed for each in _conditions(setting, body))


def _conditions(setting: Setting, body: Body) -> list[Condition]:
    if not isinstance(body, dict):
        raise Unsupported(f"condition {body!r}")
    only(body, {*_RULES, *_CONTAINS, *SELECTING, "scope", "judged"}, "conditions")
    found = [_measured(setting, body, key) for key in _RULES if key in body]
    for key, field in _CONTAINS.items():
        for name in texts(body.get(key)):
            of = selection(setting, {field: name})
            found.append(Condition(Measure.QUANTITY, 1, of, Judged.ORIGINAL))
    if not found:
        raise Unsupported(f"conditions that measure nothing: {', '.join(sorted(body))}")
    return found


def _measured(setting: Setting, body: Body, key: str) -> Condition:
    rule = _RULES[key]
    needed = body[key] + rule.more
    named = {name: body[name] for name in SELECTING if name in body}
    # pretix weighs the lines that the rule is for; others the cart's items.
    own = rule.own or (setting.source == "pretix" and rule.measure is Measure.SUBTOTAL)
    of = None if own else EVERYTHING
    if named or "scope" in body:
        of = selection(setting, named or body["scope"])
    return Condition(
        rule.measure,
        {setting.currency: needed} if rule.measure is Measure.SUBTOTAL else needed,
        of,
        judged(body.get("judged"), rule.judged),
        rule.per_line,
    )


_JUDGED = (
    (r"\b(original|before|undiscounted|list price)\b", Judged.ORIGINAL),
    (r"\b(after|running|remaining|left|discounted|sequential|compounding)\b", Judged.LEFT),
    (r"\b(additive|independent)\b", Judged.ORIGINAL),
)


def judged(text: Any, usual: Judged) -> Judged:
    """What a text says of the amounts that a rule looks at. Raises `Unsupported`."""
    if text is None or text == "":
        return usual
    for pattern, found in _JUDGED:
        if re.search(pattern, str(text).lower()):
            return found
    raise Unsupported(f"judged {text!r}")
