"""How long the answer about a priced cart would be: what cannot be told is not placed, and not quoted either.

Lambda hands over 6 MB at most, as JSON within JSON. An order is told in full: every adjustment, and of every run of
equal units every share, so the answer grows with lines times promotions times different units. Whoever places an order
must be able to read it, so this is asked before the commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ordo.kernel.errors import Code, OrdoError
from ordo.pricing.model import AppliedPromotion, PricedCart, PricedLine, RejectedPromotion, UnitRun
from ordo.pricing.part_model import PricedPart
from ordo.runtime.body import MAX_ANSWER_BYTES

MAX_PRICE_BYTES = MAX_ANSWER_BYTES * 5 // 6
"""The rest is for the plan, fulfilments, shipments and holds of the order."""
_MONEY = 34
"""Characters of an amount without its digits, in JSON within JSON."""
_LINE, _ADJUSTMENT, _RUN, _APPLIED, _REJECTED, _PART, _SHARE = 453, 84, 121, 180, 300, 108, 58
"""Characters of the names of fields, and of what is always about as long."""


def require_answerable(priced: PricedCart) -> None:
    """Raises `too_many_lines` when the answer about this price would not fit."""
    size = price_bytes(priced)
    if size > MAX_PRICE_BYTES:
        raise OrdoError(
            "With so many lines, promotions and different units the answer would be too long; order them in parts.",
            code=Code.TOO_MANY_LINES,
            pointer="/lines",
            facts={"limit_bytes": MAX_PRICE_BYTES, "bytes": size},
        )


def price_bytes(priced: PricedCart) -> int:
    """About what lines and trace take in the answer."""
    trace = priced.trace
    return sum(map(_line, priced.lines)) + sum(map(_applied, trace.applied)) + sum(map(_rejected, trace.not_applied))


def _line(line: PricedLine) -> int:
    worth = _MONEY + len(str(line.price * line.quantity))
    adjustments = sum(_ADJUSTMENT + len(each.promotion_id) + _text(each.name) + 2 * worth for each in line.adjustments)
    texts = _text(line.name) + _text(line.options) + _text(line.custom)
    ids = len(line.line_id) + len(line.sku) + len(line.stock_sku)
    runs = _runs(line.runs, _MONEY + len(str(line.list_price)))
    return _LINE + texts + ids + adjustments + runs + sum(map(_part, line.parts))


def _part(part: PricedPart) -> int:
    """Its own amounts, and of each run of the line what its units cost."""
    shares = sum(_SHARE + 3 * (_MONEY + len(str(share.gross))) for run in part.shares for share in run)
    return _PART + 3 * (_MONEY + 12) + _text(part.name) + _text(part.options) + 2 * len(part.sku) + shares


def _runs(runs: Iterable[UnitRun], money: int) -> int:
    """Seven amounts and the shares of each run; a tuple's text has two characters besides each number's digits."""
    return sum(_RUN + 7 * money + len(run.shares) * (_MONEY - 1) + len(str(run.shares)) for run in runs)


def _applied(applied: AppliedPromotion) -> int:
    ids = sum(len(each) + 5 for each in (*applied.lines, *applied.gift_lines))
    return _APPLIED + 3 * (_MONEY + 9) + len(applied.promotion_id) + _text(applied.name) + ids


def _rejected(rejected: RejectedPromotion) -> int:
    return _REJECTED + len(rejected.promotion_id) + _text(rejected.name)


def _text(value: object) -> int:
    return len(json.dumps(json.dumps(value)))
