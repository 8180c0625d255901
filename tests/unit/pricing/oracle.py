"""What a cart costs, worked out the long way: every unit by itself, in exact fractions.

It shares no code with `ordo.pricing`, and knows only the rules: promotions in order, each on what is left; an amount
for several lines is shared to the lines and then to the units by largest remainder with ties by place; tax rounded per
line and shared to the units by what each costs; halves up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

Unit = tuple[int, int, int, int]
"""discount, net, tax, gross"""


@dataclass(frozen=True)
class Rule:
    """`kind` is percent (of `value`), fixed (`value` minor units) or threshold (`value` off from `threshold`)."""

    kind: str
    value: Fraction
    threshold: int = 0
    per_every: bool = False
    lines: frozenset[int] = frozenset()


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def shared(amount: int, weights: list[int]) -> list[int]:
    whole = sum(weights)
    if amount == 0 or whole == 0:
        return [0 for _ in weights]
    quotas = [Fraction(amount) * weight / whole for weight in weights]
    parts = [floor(quota) for quota in quotas]
    for place in sorted(range(len(weights)), key=lambda i: (floor(quotas[i]) - quotas[i], i))[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def _line_shares(rule: Rule, bases: list[int]) -> list[int]:
    base = sum(bases)
    if rule.kind == "percent":
        return [half_up(each * rule.value / 100) for each in bases]
    amount = int(rule.value)
    if rule.kind == "threshold":
        times = base // rule.threshold
        amount = amount * (times if rule.per_every else min(times, 1))
    return shared(min(amount, base), bases)


def price_units(
    lines: list[tuple[int, int]], rules: list[Rule], rates: list[Fraction], inclusive: bool
) -> list[list[Unit]]:
    """The units of each `(unit price, quantity)` line with its tax rate in per cents."""
    left = [[amount] * quantity for amount, quantity in lines]
    for rule in rules:
        matching = [place for place in range(len(lines)) if not rule.lines or place in rule.lines]
        bases = [sum(left[place]) for place in matching]
        for place, share in zip(matching, _line_shares(rule, bases), strict=True):
            cuts = shared(share, left[place])
            left[place] = [amount - cut for amount, cut in zip(left[place], cuts, strict=True)]
    answer = []
    for (amount, _), paid, rate in zip(lines, left, rates, strict=True):
        part = rate / (100 + rate) if inclusive else rate / 100
        taxes = shared(half_up(sum(paid) * part), paid)
        answer.append([_unit(amount, each, tax, inclusive) for each, tax in zip(paid, taxes, strict=True)])
    return answer


def _unit(list_price: int, left: int, tax: int, inclusive: bool) -> Unit:
    net = left - tax if inclusive else left
    return list_price - left, net, tax, net + tax
