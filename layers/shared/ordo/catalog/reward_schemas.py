"""What a promotion gives, as the API takes and gives it. Amounts are minor units per currency."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from ordo.catalog.fields import (
    Amount,
    AmountMap,
    Axis,
    Count,
    Currency,
    Id,
    Ids,
    OptionValue,
    PercentText,
    PositiveCount,
    Strict,
    Untagged,
)
from ordo.catalog.rewards import Groups, OutOfStockGift, Per, Pick
from ordo.catalog.selection_schemas import SelectionText
from ordo.catalog.selections import Judged, Measure

PriceToMap = Annotated[dict[Currency, Amount], Field(min_length=1, max_length=50)]


class PercentValue(Strict):
    """So much per cent off, rounded half up."""

    percent: PercentText


class AmountsValue(Strict):
    """So much off."""

    amounts: AmountMap


class PricesValue(Strict):
    """Down to this price; what costs less already stays."""

    prices: PriceToMap


def _kind_of_value(value: Any) -> str | None:
    named = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((name for name in ("percent", "amounts", "prices") if name in named), None)


ValueText = Annotated[
    Annotated[PercentValue, Tag("percent")]
    | Annotated[AmountsValue, Tag("amounts")]
    | Annotated[PricesValue, Tag("prices")],
    Discriminator(
        _kind_of_value,
        custom_error_type="value_missing",
        custom_error_message="name one of percent, amounts and prices",
    ),
    Untagged,
]


class LinesRewardText(Strict):
    """What percent, amount and price have in common. At most `max_units` units get it, and `max_units_per_line` of each
    line (0: no limit), only in complete groups of `groups_of`, the first by `pick`. `cap` bounds what it takes off an
    order; with `includes_shipping` the shipping price is one of the lines.
    """

    max_units: Count = 0
    max_units_per_line: Count = 0
    groups_of: PositiveCount = 1
    pick: Pick = Pick.DEAREST
    cap: AmountMap | None = None
    includes_shipping: bool = False


class RepeatedText(Strict):
    """Given again for each full `every` (an amount) or `every_units` of the promotion's lines, at most `times` (0: any
    number).
    """

    every: AmountMap | None = None
    every_units: Count = 0
    times: Count = 0


class PercentRewardText(LinesRewardText):
    """So much per cent off the matching lines; `per` says where it is rounded (half up): line, order or unit."""

    type: Literal["percent"]
    percent: PercentText
    per: Per = Per.LINE

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, value: Any) -> Any:
        """`rounding` is what `per` was called."""
        if isinstance(value, dict) and "rounding" in value and "per" not in value:
            return {("per" if name == "rounding" else name): each for name, each in value.items()}
        return value


class AmountRewardText(LinesRewardText, RepeatedText):
    """So much off the matching lines together (`per` order), off each line, or off each unit."""

    type: Literal["amount"]
    amounts: AmountMap
    per: Per = Per.ORDER


class PriceRewardText(LinesRewardText):
    """The matching lines together (`per` order), each line, or each unit down to this price."""

    type: Literal["price"]
    prices: PriceToMap
    per: Per = Per.ORDER


TierRewardText = Annotated[
    PercentRewardText | AmountRewardText | PriceRewardText, Field(discriminator="type"), Untagged
]


def _kind_of_threshold(value: Any) -> str:
    return "amounts" if isinstance(value, dict) else "units"


class TierText(Strict):
    """From so much (minor units per currency) or so many units on, inclusive."""

    at_least: Annotated[
        Annotated[AmountMap, Tag("amounts")] | Annotated[PositiveCount, Tag("units")],
        Discriminator(_kind_of_threshold),
        Untagged,
    ]
    reward: TierRewardText


class TiersRewardText(Strict):
    """阶梯满减: of the tiers that are reached, the one that gives most. What counts is `by` subtotal or quantity of the
    lines in `of` (not named: the promotion's own), `judged` after earlier promotions or as originally priced.
    """

    type: Literal["tiers"]
    by: Measure
    tiers: Annotated[list[TierText], Field(min_length=1, max_length=50)]
    of: SelectionText | None = None
    judged: Judged = Judged.LEFT


class OverrideRewardText(Strict):
    """Another selling price for each matching unit, before any cart promotion: a member's price, a clearance."""

    type: Literal["override"]
    value: ValueText


class PartText(Strict):
    """So many units of a selection; not named: of the promotion's own lines."""

    quantity: PositiveCount
    of: SelectionText | None = None


class BuyGetRewardText(Strict):
    """买三免一: for each `buy` up to `get` other units have `value` off each; `times` 0: as often as it goes."""

    type: Literal["buy_get"]
    buy: PartText
    get: PartText
    value: ValueText
    pick: Pick = Pick.CHEAPEST
    times: Count = 0


class NthRewardText(Strict):
    """`count` of every `every` units have `value` off each (第二件半价: every 2, 50 per cent)."""

    type: Literal["nth"]
    every: Annotated[int, Field(strict=True, ge=2, le=1_000_000)]
    value: ValueText
    count: PositiveCount = 1
    pick: Pick = Pick.CHEAPEST
    groups: Groups = Groups.ACROSS
    times: Count = 0


class SetRewardText(Strict):
    """Units of several parts that make a set: `value` is for the whole set (`per` order) or for each of its units."""

    type: Literal["set"]
    parts: Annotated[list[PartText], Field(min_length=1, max_length=20)]
    value: ValueText
    per: Per = Per.ORDER
    pick: Pick = Pick.CHEAPEST
    times: Count = 0


class GiftRewardText(RepeatedText):
    """赠品: `quantity` units of a SKU as a line of its own that costs nothing, with these `options` where it has some.

    When it is out of stock the first of `substitutes` that is not is given, with the options that it has; else the
    order goes on without it (`skip`) or is refused (`refuse`).
    """

    type: Literal["gift"]
    sku: Id
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    options: Annotated[dict[Axis, OptionValue], Field(max_length=10)] = Field(default_factory=dict)
    out_of_stock: OutOfStockGift = OutOfStockGift.SKIP
    substitutes: Annotated[list[Id], Field(max_length=10)] = Field(default_factory=list)


class ShippingRewardText(Strict):
    """A value off the shipping price, when it goes by one of `methods` (none named: by any). 100 per cent: free."""

    type: Literal["shipping"]
    value: ValueText
    methods: Ids = Field(default_factory=list)


class FixedRewardText(Strict):
    """One amount off the matching lines together: an older form of `amount`, which can do more."""

    type: Literal["fixed"]
    amounts: AmountMap


class ThresholdRewardText(Strict):
    """满减: an amount off from a threshold on (inclusive); `per_every` gives it for each full threshold.

    It is short for an `amount` with a condition on the subtotal, or with `every`.
    """

    type: Literal["threshold"]
    thresholds: AmountMap
    amounts: AmountMap
    per_every: bool = False


RewardText = Annotated[
    PercentRewardText
    | AmountRewardText
    | PriceRewardText
    | TiersRewardText
    | OverrideRewardText
    | BuyGetRewardText
    | NthRewardText
    | SetRewardText
    | GiftRewardText
    | ShippingRewardText
    | FixedRewardText
    | ThresholdRewardText,
    Field(discriminator="type"),
    Untagged,
]
