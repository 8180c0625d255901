"""Gifts of a draft that nodes do not have: the cart is priced again without them, as their promotions say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ordo.inventory.demand import demand_of
from ordo.inventory.errors import OutOfStock
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.placement import PlacementDraft, require_commit
from ordo.pricing.model import PricedLine
from ordo.sourcing.errors import NoNode
from ordo.sourcing.service import SourcingService

MAX_TRIES = 8
"""Plans that are looked for with one more gift: each may take some 10 ms of the step's 5 s."""


def without_short_gifts(draft: PlacementDraft, short: OutOfStock | NoNode) -> PlacementDraft | None:
    """The draft to be priced again when only gifts are short; None when something that is paid for is."""
    gifts = {line.line_id: line.stock_sku for line in _gifts(draft)}
    lines = [each["line_id"] for each in short.facts.get("lines", ())]
    if not gifts or not lines or not all(line_id in gifts for line_id in lines):
        return None
    return _unavailable(draft, [gifts[line_id] for line_id in lines])


def short_gifts(sourcing: SourcingService, lines: Sequence[PricedLine], channel: str, now: datetime) -> frozenset[str]:
    """The stock SKUs of those gifts that the channel's nodes do not have, beside what is paid for of the same SKU.

    What else the order needs is not looked at, nor whether nodes can be combined.
    """
    gifts = {line.line_id: line.stock_sku for line in lines if line.gift_of is not None}
    if not gifts:
        return frozenset()
    demand = demand_of(lines)
    skus = {each.sku for each in demand if each.line_id in gifts}
    try:
        sourcing.check([each for each in demand if each.sku in skus], channel, now)
    except OutOfStock as short:
        return frozenset(gifts[each["line_id"]] for each in short.facts["lines"] if each["line_id"] in gifts)
    except NoNode:
        pass  # the placement is refused whatever is given
    return frozenset()


def without_gifts(
    draft: PlacementDraft, ship_to: Mapping[str, Any], sourcing: SourcingService, now: datetime
) -> PlacementDraft | None:
    """The draft, which cannot be planned, to be priced again without those gifts that do not fit beside the rest; None
    when the order could not be planned without any gift either.

    Gifts are added one SKU after the other, in the order of their lines, and stay where a plan is found with them. At
    most `MAX_TRIES` of them are tried: with very many gifts the last ones are not given.
    """
    lines = draft.priced.lines if draft.priced else ()
    skus = list(dict.fromkeys(line.stock_sku for line in lines if line.gift_of is not None))

    def fits(kept: Sequence[str]) -> bool:
        wanted = [line for line in lines if line.gift_of is None or line.stock_sku in kept]
        try:
            plan_draft(draft, wanted, ship_to, sourcing, now)
        except OrdoError as refusal:
            if not does_not_fit(refusal):
                raise
            return False
        return True

    if not skus or not fits(()):
        return None
    kept: list[str] = []
    for sku in skus[:MAX_TRIES]:
        if fits([*kept, sku]):
            kept.append(sku)
    return _unavailable(draft, [sku for sku in skus if sku not in kept])


def does_not_fit(refusal: OrdoError) -> bool:
    """Whether a plan was refused by where things are, or by how much one commit can take: fewer lines may fit."""
    return isinstance(refusal, NoNode) or refusal.code is Code.TOO_MANY_LINES


def plan_draft(
    draft: PlacementDraft,
    lines: Sequence[PricedLine],
    ship_to: Mapping[str, Any],
    sourcing: SourcingService,
    now: datetime,
) -> dict[str, Any]:
    """The plan for some lines of the draft, from the stock that it carries; raises `NoNode` or `too_many_lines`."""
    limit = draft.terms.max_fulfilments
    demand = demand_of(lines, draft.needs)
    plan = sourcing.plan(
        demand,
        draft.channel,
        ship_to,
        draft.stock or {},
        now,
        max_fulfilments=limit,
        terms=draft.sourcing,
        open_units=draft.open_units,
        kept=draft.kept,
        prospects=draft.backorders,
    )
    found = plan.to_dict()
    require_commit(found, draft.coupon_takes, draft.pending())
    return found


def _gifts(draft: PlacementDraft) -> list[PricedLine]:
    return [line for line in draft.priced.lines if line.gift_of is not None] if draft.priced else []


def _unavailable(draft: PlacementDraft, skus: Sequence[str]) -> PlacementDraft:
    found = dict.fromkeys((*draft.unavailable, *skus))
    return draft.with_(priced=None, stock=None, plan=None, unavailable=tuple(found))
