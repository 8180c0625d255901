"""What may come back, until when, and on whose cost: a channel's policy for returns, as data.

The presets are the law where a channel sells: `cn_7_days` (Law on the Protection of Consumer Rights and Interests of
China, art. 25: seven days without a reason, and what it leaves out), `eu_14_days` (Directive 2011/83/EU, art. 9 and
16). What a channel says itself goes beyond its preset, or stands in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ordo.kernel.percent import Percent, percent

ReturnReason = Literal[
    "no_reason",
    "too_small",
    "too_large",
    "not_liked",
    "wrong_item",
    "missing",
    "damaged_on_arrival",
    "defective",
    "not_as_described",
]
FAULTS: tuple[ReturnReason, ...] = ("wrong_item", "missing", "damaged_on_arrival", "defective", "not_as_described")
"""Reasons that are the merchant's or the carrier's: no exclusion counts, no fee, and the merchant pays the way back."""

ReturnClass = Literal[
    "custom",
    "perishable",
    "hygiene",
    "sealed_media",
    "digital",
    "periodical",
    "mixed",
    "price_bound",
    "aged_alcohol",
    "dated_service",
    "urgent_repair",
    "auction",
    "agreed",
]
"""What a product is as far as returns go. `hygiene`: sealed for health or hygiene; `sealed_media`: sealed audio,
video or software; both count only once they were unsealed. `mixed`: cannot be told from other goods after delivery.
`agreed`: not fit to come back by its nature, and the customer was told so before buying.
"""
ONLY_UNSEALED: tuple[ReturnClass, ...] = ("hygiene", "sealed_media")

Condition = Literal["as_new", "opened", "used", "damaged", "incomplete"]
Outcome = Literal["refund", "exchange", "store_credit", "repair"]
Way = Literal["label", "pickup", "own"]
Payer = Literal["merchant", "customer", "fault"]
"""Who pays the way back. `fault`: the merchant where the reason is a fault, else the customer."""
Unanswered = Literal["remind", "approve", "refuse"]
OUTCOMES: tuple[Outcome, ...] = ("refund", "exchange", "store_credit", "repair")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Products of a class do not come back without a fault, by this rule of a law or of the merchant."""

    return_class: ReturnClass
    rule: str


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """The policy of one channel. Amounts are minor units by currency; one that is not named: none.

    Days count from when the units came; the day of that is not one of them, and the last counts whole wherever the
    customer lives. `windows` are by category, the longest of a product's counts. `automatic` None: every request is
    decided by hand; else those up to so much are approved at once (`automatic_faults` of faults), and those above by
    hand. What policy excludes is refused at once where `refuse_alone`. A request that nobody answers within
    `answer_hours` is `unanswered`. The goods must be on their way within `send_days` and there within `arrive_days`.
    `deductions` are what a unit's refund is lowered by for its condition.
    """

    preset: str | None = None
    window_rule: str = "window"
    window_days: int = 14
    windows: Mapping[str, int] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = (Exclusion("custom", "custom"), Exclusion("perishable", "perishable"))
    excluded_categories: frozenset[str] = frozenset()
    fault_days: int = 730
    automatic: Mapping[str, int] | None = None
    automatic_faults: Mapping[str, int] = field(default_factory=dict)
    refuse_alone: bool = True
    answer_hours: int = 48
    unanswered: Unanswered = "remind"
    send_days: int = 14
    arrive_days: int = 21
    settle_hours: int = 72
    label_paid_by: Payer = "fault"
    label_fee: Mapping[str, int] = field(default_factory=dict)
    label_account: str | None = None
    """The carrier account that labels are had from; None: the customer sends it with a carrier of their own."""
    pickup: bool = False
    fee: bool = True
    """Whether the channel's restocking fee is taken where the reason is no fault."""
    deductions: Mapping[str, Percent] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = OUTCOMES
    return_to: str | None = None
    """The node that goods come back to; None: the node that sent them."""
    address: Mapping[str, Any] | None = None
    """Where parcels go that come back, as labels and the customer's page say it."""
    advance: bool = False
    """Whether an exchange may be sent before the old goods are back."""

    def window_of(self, categories: tuple[str, ...]) -> int:
        """Days within which products of these categories come back without a fault."""
        return max((self.windows[each] for each in categories if each in self.windows), default=self.window_days)

    def merchant_pays(self, reason: str) -> bool:
        """Whether the way back is the merchant's cost."""
        return self.label_paid_by == "merchant" or (self.label_paid_by == "fault" and reason in FAULTS)

    @property
    def ways(self) -> tuple[Way, ...]:
        """How goods may come back."""
        found: list[Way] = ["own"]
        if self.label_account:
            found.insert(0, "label")
            if self.pickup:
                found.insert(1, "pickup")
        return tuple(found)

    @staticmethod
    def of(body: Mapping[str, Any] | None) -> ReturnPolicy:
        """Read the `policy` of a stored channel's `returns`; None or `{}` are the usual terms."""
        body = body or {}
        base = PRESETS.get(body.get("preset") or "", ReturnPolicy())
        told = {name: body[name] for name in _PLAIN if body.get(name) is not None}
        if body.get("excluded_classes"):
            own = tuple(Exclusion(each, "merchant") for each in body["excluded_classes"])
            known = {each.return_class for each in base.exclusions}
            told["exclusions"] = (*base.exclusions, *(each for each in own if each.return_class not in known))
        if body.get("excluded_categories"):
            told["excluded_categories"] = frozenset(body["excluded_categories"])
        if body.get("deductions"):
            told["deductions"] = {name: percent(share) for name, share in body["deductions"].items()}
        if body.get("outcomes"):
            told["outcomes"] = tuple(body["outcomes"])
        return replace(base, **told)


_PLAIN = (
    "window_days",
    "windows",
    "fault_days",
    "automatic",
    "automatic_faults",
    "refuse_alone",
    "answer_hours",
    "unanswered",
    "send_days",
    "arrive_days",
    "settle_hours",
    "label_paid_by",
    "label_fee",
    "label_account",
    "pickup",
    "fee",
    "return_to",
    "address",
    "advance",
)

CN_7_DAYS = ReturnPolicy(
    preset="cn_7_days",
    window_rule="cn_25",
    window_days=7,
    exclusions=(
        Exclusion("custom", "cn_25_1_custom"),
        Exclusion("perishable", "cn_25_2_perishable"),
        Exclusion("digital", "cn_25_3_digital"),
        Exclusion("sealed_media", "cn_25_3_unsealed_media"),
        Exclusion("periodical", "cn_25_4_periodical"),
        Exclusion("agreed", "cn_25_by_nature_agreed"),
    ),
    unanswered="approve",
    send_days=7,
    arrive_days=21,
    fee=False,
)
"""The customer pays the way back, the goods must be whole (which is judged at inspection), and no fee is taken."""

EU_14_DAYS = ReturnPolicy(
    preset="eu_14_days",
    window_rule="eu_9",
    window_days=14,
    exclusions=(
        Exclusion("price_bound", "eu_16_b_price_bound"),
        Exclusion("custom", "eu_16_c_custom"),
        Exclusion("perishable", "eu_16_d_perishable"),
        Exclusion("hygiene", "eu_16_e_unsealed_hygiene"),
        Exclusion("mixed", "eu_16_f_mixed"),
        Exclusion("aged_alcohol", "eu_16_g_aged_alcohol"),
        Exclusion("urgent_repair", "eu_16_h_urgent_repair"),
        Exclusion("sealed_media", "eu_16_i_unsealed_media"),
        Exclusion("periodical", "eu_16_j_periodical"),
        Exclusion("auction", "eu_16_k_auction"),
        Exclusion("dated_service", "eu_16_l_dated_service"),
        Exclusion("digital", "eu_16_m_digital"),
    ),
    unanswered="approve",
    send_days=14,
    arrive_days=28,
    fee=False,
)
"""The goods must be on their way within fourteen days of the withdrawal (art. 14(1)); the customer bears the direct
cost of that, and a lower value only for more handling than was needed to look at them (art. 14(2)), which
`deductions` are.
"""

PRESETS: Mapping[str, ReturnPolicy] = {"cn_7_days": CN_7_DAYS, "eu_14_days": EU_14_DAYS}
