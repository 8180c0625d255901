"""What a promotion does to single units, and how the units of sets are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ordo.catalog.promotions import Promotion
from tests.proof.oracle_units import SHIPPING, Basket, Unit


@dataclass
class Effect:
    """`cuts` of single units (0: it only used the unit up), or a gift."""

    cuts: list[tuple[Unit, int]] = field(default_factory=list)
    gift: tuple[str, int] | None = None

    @property
    def amount(self) -> int:
        """All that is taken off."""
        return sum(cut for _, cut in self.cuts)

    @property
    def gives(self) -> bool:
        """Whether the customer has anything of it."""
        return self.amount > 0 or self.gift is not None


NOTHING = Effect()


def book(promotion: Promotion, effect: Effect, basket: Basket) -> None:
    """Take the cuts off, and use up what the promotion consumes."""
    for unit, cut in effect.cuts:
        unit.left -= cut
        unit.cuts[promotion.promotion_id] = cut
        if promotion.consumes and unit.line != SHIPPING:
            unit.used_by = promotion.promotion_id
    if effect.gift is not None:
        basket.gifts.append((promotion.promotion_id, *effect.gift))


def narrow_first(parts: list[tuple[int, list[Unit]]]) -> list[tuple[int, list[Unit]]]:
    """The number and the units of each part, those of fewer units first; in each first what no narrower has."""
    parts.sort(key=lambda part: len(part[1]))
    narrower: set[int] = set()
    for _, units in parts:
        units.sort(key=lambda unit: id(unit) in narrower)
        narrower |= set(map(id, units))
    return parts


def composed(parts: Sequence[tuple[int, list[Unit]]], gone: set[int]) -> list[Unit] | None:
    """The units of one more set; None when there are not enough."""
    taken: list[Unit] = []
    for quantity, pool in parts:
        there = [unit for unit in pool if id(unit) not in gone and unit not in taken][:quantity]
        if len(there) < quantity:
            return None
        taken += there
    return taken


def rearranged(basket: Basket, cuts: list[tuple[Unit, int]]) -> list[tuple[Unit, int]]:
    """Of the units of a line that stand in a row and cost the same, the first are taken; the very first lose most."""
    offs = {id(unit): cut for unit, cut in cuts}
    done: list[tuple[Unit, int]] = []
    for line in basket.lines:
        for _, row in groupby(line, key=lambda unit: (unit.left, unit.used_by)):
            units = list(row)
            taken = sorted((offs[id(unit)] for unit in units if id(unit) in offs), reverse=True)
            done += zip(units, taken, strict=False)
    return done
