"""The promotion document: what it looks like, and whether it can be meant so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from ordo.catalog.errors import Finding
from ordo.catalog.fields import Id, Ids, NameText, PeriodText, Strict
from ordo.catalog.older_forms import written_at
from ordo.catalog.promotion_checks import check_promotion
from ordo.catalog.promotion_examples import EXAMPLES
from ordo.catalog.promotions import OnReturn, Promotion, PromotionState, Shortfall
from ordo.catalog.reward_schemas import RewardText
from ordo.catalog.selection_schemas import ConditionText, RegionText, SelectionText
from ordo.catalog.selections import Judged


class ReturnPolicyText(Strict):
    """What happens when part of what earned the promotion comes back; `shortfall` is for `claw_back`.

    `keep`: the units that stay keep their shares. `claw_back`: they are priced by what they still earn, and the
    difference lowers the refund; when it is larger than the refund, later refunds of the order are lower (`carry`) or
    the customer is asked for it (`charge`). `forbid_partial`: everything comes back, or nothing.
    """

    type: OnReturn = OnReturn.KEEP
    shortfall: Shortfall = Shortfall.CARRY


def _policy_of_its_kind(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class PromotionDocument(PeriodText):
    """A promotion. Higher `priority` goes first, then the id. `scope` are the lines that are rewarded, all `conditions`
    must hold. An exclusive one that gives something is applied alone; of one `group` only one is. Percentages are of
    what earlier promotions left or, with `base` original, of original prices; the units of one that `consumes` are
    hidden from those after it. No channels, segments or regions named means any.
    """

    id_field = "promotion_id"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        hide_input_in_errors=True,
        json_schema_extra={"examples": list(EXAMPLES.values())},
    )

    promotion_id: Id | None = None
    name: NameText
    state: PromotionState = PromotionState.ACTIVE
    channels: Ids = Field(default_factory=list)
    segments: Ids = Field(default_factory=list)
    regions: Annotated[list[RegionText], Field(max_length=500)] = Field(default_factory=list)
    first_order_only: bool = False
    requires_coupon: bool = False
    scope: SelectionText = Field(default_factory=SelectionText)
    conditions: Annotated[list[ConditionText], Field(max_length=20)] = Field(default_factory=list)
    reward: RewardText
    priority: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] = 0
    exclusive: bool = False
    group: Id | None = None
    base: Judged = Judged.LEFT
    consumes: bool = False
    return_policy: Annotated[ReturnPolicyText, BeforeValidator(_policy_of_its_kind)] = Field(
        default_factory=ReturnPolicyText
    )

    def findings(self) -> Iterator[Finding]:
        """See `Document`."""
        body = self.body()
        return ((written_at(body, where), text) for where, text in check_promotion(Promotion.of("", body, 0)))
