"""Who may change an order after placement, what that costs, and how much staff may give: a channel's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ordo.kernel.percent import Percent, percent

CUSTOMER_KINDS = ("cancel", "cancel_units", "edit", "delivery", "address")
"""What customers may ask for themselves where a channel says nothing."""

STAGES = ("placed", "released", "in_fulfilment", "partially_shipped")
"""How far an order is that is cancelled in part or whole, by its status."""


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """The policy of one channel.

    `fees` are per cent of what cancelled goods cost, by the stage from which on they are asked. `adjustment` is how
    much of what a line cost staff may grant on it in all, `goodwill` how much of an order by currency, in minor units
    (a currency that is not named: as much as it costs). With `trust` added goods leave before they are paid.
    """

    customer_kinds: tuple[str, ...] = CUSTOMER_KINDS
    fees: Mapping[str, Percent] = field(default_factory=dict)
    adjustment: Percent = field(default_factory=lambda: percent("100"))
    goodwill: Mapping[str, int] = field(default_factory=dict)
    trust: bool = False

    def fee_of(self, status: str, gross: int) -> int:
        """The fee for goods of `gross` (minor units, with tax) that are cancelled of an order of this status."""
        rate = self._rate_at(status)
        return rate.of(gross) if rate is not None else 0

    def _rate_at(self, status: str) -> Percent | None:
        """The rate of its stage, or of the last one before it that has any."""
        reached = STAGES[: STAGES.index(status) + 1] if status in STAGES else STAGES
        return next((self.fees[stage] for stage in reversed(reached) if stage in self.fees), None)

    @staticmethod
    def of(body: Mapping[str, Any]) -> ChangeTerms:
        """Read the `changes` of a stored channel; `{}` are the usual terms."""
        return ChangeTerms(
            customer_kinds=tuple(body.get("customer_kinds", CUSTOMER_KINDS)),
            fees={each["stage"]: percent(each["percent"]) for each in body.get("cancellation_fees") or ()},
            adjustment=percent(body.get("adjustment_limit_percent", "100")),
            goodwill=body.get("goodwill_limits") or {},
            trust=bool(body.get("trust", False)),
        )
