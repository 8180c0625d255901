"""The placement in the stock machine: the state machine's steps, by the product's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ordo.catalog.snapshot import is_stale
from ordo.inventory.errors import OutOfStock
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.checking import with_stock
from ordo.orders.commit import commit_draft
from ordo.orders.gifts import plan_draft
from ordo.orders.placement import PlacementDraft, pack_draft, read_draft
from ordo.runtime.steps import StepOutput, StepProblem
from ordo.sourcing.errors import NoNode
from tests.support.orders import CONTACT, SHIP_TO

if TYPE_CHECKING:
    from tests.proof.stock_shop import Shop

LONG_S = 600.0
"""Time budgets: waiting for others takes no time here, but looking at everything after each step does."""
TRIES = 6


@dataclass
class Workflow:
    """The placement's steps in the order of the state machine, each as its function does it."""

    shop: Shop

    def run(self, draft: str, name: str) -> StepOutput:
        """The outcome for a packed draft."""
        present = read_draft(draft)
        for attempt in range(TRIES):
            try:
                present = self._planned(self._seen(present, attempt))
            except (OutOfStock, NoNode) as refusal:
                return StepOutput(outcome="short", draft=draft, problem=StepProblem.of(refusal))
            result = commit_draft(
                present,
                {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)},
                self.shop.orders,
                clock=self.shop.clock,
                ids=self.shop.ids,
                shelves=lambda skus, nodes: self.shop.service.counters(skus, nodes, consistent=True),
                budget_s=LONG_S,
            )
            if result.outcome not in ("changed", "stale_price"):
                for place in result.collected:
                    self.shop.bring_together(*place)
                return StepOutput(outcome=result.outcome, draft=pack_draft(result.draft), problem=result.problem)
            present = self._priced_again(present)
        return StepOutput(outcome="busy", draft=draft)

    def _seen(self, draft: PlacementDraft, attempt: int) -> PlacementDraft:
        """As check_stock."""
        shop = self.shop
        return with_stock(
            draft, shop.catalogue, shop.service, shop.relief, shop.clock(), shop.views, consistent=attempt > 0
        )

    def _planned(self, draft: PlacementDraft) -> PlacementDraft:
        """As allocate_order."""
        lines = draft.require_priced().lines
        plan = plan_draft(draft, lines, SHIP_TO, self.shop.sourcing, self.shop.clock())
        return draft.with_(stock=None, plan=plan)

    def _priced_again(self, draft: PlacementDraft) -> PlacementDraft:
        """As price_order, where the price was made from too old a catalogue."""
        now = self.shop.clock()
        if draft.catalog_read_at is not None and is_stale(from_iso(draft.catalog_read_at), now):
            return draft.with_(catalog_read_at=to_iso(now))
        return draft
