"""What a promotion gives, as data. Amounts are minor units per currency; what they do to a cart is `pricing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ordo.catalog.selections import Judged, Measure, Selection
from ordo.kernel.percent import Percent

Amounts = Mapping[str, int]
"""Minor units per currency."""


class Per(StrEnum):
    """What a reward is computed for, and so where a percentage is rounded to whole minor units."""

    ORDER = "order"
    LINE = "line"
    UNIT = "unit"


class Pick(StrEnum):
    """Which units are taken first: by what is left of their price, ties in line order; or just in line order."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class PercentOff:
    """So much per cent off, rounded half up."""

    percent: Percent


@dataclass(frozen=True, slots=True)
class AmountOff:
    """So much off."""

    amounts: Amounts


@dataclass(frozen=True, slots=True)
class PriceTo:
    """Down to this price; what costs less already stays."""

    prices: Amounts


Value = PercentOff | AmountOff | PriceTo


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """Which of the matching units get it: at most `max_units`, and `max_units_per_line` of each line (0: no limit),
    only in complete groups of `groups_of`; the first by `pick`.
    """

    max_units: int = 0
    max_units_per_line: int = 0
    groups_of: int = 1
    pick: Pick = Pick.DEAREST


NO_LIMIT = UnitLimit()


@dataclass(frozen=True, slots=True)
class LinesReward:
    """A value off the matching lines: for all together and shared to them (`per` order), each line, or each unit.

    `cap` bounds what it takes off the order. `every` or `every_units` give an amount again for each full so much or so
    many of the matching lines, at most `times` (0: any number). With `includes_shipping` the shipping price is one of
    the lines.
    """

    value: Value
    per: Per = Per.LINE
    limit: UnitLimit = NO_LIMIT
    cap: Amounts | None = None
    every: Amounts | None = None
    every_units: int = 0
    times: int = 0
    includes_shipping: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """From so much or so many of the measured lines on (inclusive)."""

    at_least: Amounts | int
    reward: LinesReward


@dataclass(frozen=True, slots=True)
class TieredReward:
    """Of the tiers that are reached, the one that gives most. `of` None measures the promotion's own lines."""

    measure: Measure
    tiers: tuple[Tier, ...]
    of: Selection | None = None
    judged: Judged = Judged.LEFT


@dataclass(frozen=True, slots=True)
class OverrideReward:
    """Another selling price for each matching unit, before any cart promotion; a percentage is rounded in the price."""

    value: Value


@dataclass(frozen=True, slots=True)
class Part:
    """So many units of a selection; None means the promotion's own lines."""

    quantity: int
    of: Selection | None = None


@dataclass(frozen=True, slots=True)
class BuyGetReward:
    """For each `buy` up to `get` other units have `value` off each; a unit is bought or got, never both."""

    buy: Part
    get: Part
    value: Value
    pick: Pick = Pick.CHEAPEST
    times: int = 0


class Groups(StrEnum):
    """How units are laid out before every nth of them is taken."""

    ACROSS = "across"
    """No groups: with `every` 3 and seven units, the two that `pick` names of all seven."""
    ASCENDING = "ascending"
    """Groups in rising order of price, ties in line order; in each those at the end that `pick` names."""
    DESCENDING = "descending"
    """Groups in falling order of price."""


@dataclass(frozen=True, slots=True)
class NthReward:
    """`count` of every `every` units have `value` off each (第二件半价: every 2, count 1, 50 %)."""

    every: int
    value: Value
    count: int = 1
    pick: Pick = Pick.CHEAPEST
    groups: Groups = Groups.ACROSS
    times: int = 0


@dataclass(frozen=True, slots=True)
class SetReward:
    """Units that together make a set: `value` is for the whole set (`per` order), or for each of its units.

    What a set gives is shared to its units by what is left of each. A set that would not get cheaper is not made.
    """

    parts: tuple[Part, ...]
    value: Value
    per: Per = Per.ORDER
    pick: Pick = Pick.CHEAPEST
    times: int = 0


class OutOfStockGift(StrEnum):
    """What happens when a gift and its substitutes are out of stock."""

    SKIP = "skip"
    """The order goes on without it, and says so."""
    REFUSE = "refuse"
    """The order is refused."""


MAX_GIFT_UNITS = 100_000
"""Of one promotion on one cart: as many as a line that is ordered can have."""


@dataclass(frozen=True, slots=True)
class GiftReward:
    """赠品: `quantity` of a SKU as a line of its own that costs nothing; `every` as in `LinesReward`, and at most
    `MAX_GIFT_UNITS` in all.
    """

    sku: str
    quantity: int = 1
    options: Mapping[str, str] = field(default_factory=dict)
    every: Amounts | None = None
    every_units: int = 0
    times: int = 0
    out_of_stock: OutOfStockGift = OutOfStockGift.SKIP
    substitutes: tuple[str, ...] = ()

    @property
    def skus(self) -> tuple[str, ...]:
        """What can be given, in the order in which it is tried."""
        return (self.sku, *self.substitutes)


@dataclass(frozen=True, slots=True)
class ShippingReward:
    """A value off the shipping price, when it is by one of `methods` (none named: any)."""

    value: Value
    methods: frozenset[str] = frozenset()


Reward = (
    LinesReward | TieredReward | OverrideReward | BuyGetReward | NthReward | SetReward | GiftReward | ShippingReward
)
