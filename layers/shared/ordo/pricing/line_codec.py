"""Priced lines as plain JSON values and back, as short as can be: a state holds 256 KB, a unit of writing 1,024 bytes.

`{"promotions": [[id, version, name], …], "lines": [row, …]}`. In a row `adjustments` name promotions by their number,
and what else an adjustment says is added only where it does not follow from the units. `units` are columns of its runs:
counts, shares, and taxes, each as the difference to the one before; then how the net follows from these, and who used
units up. `parts` of a bundle say of each of these runs `[units, gross, tax]` of their units in one bundle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from ordo.kernel.money import allocate
from ordo.pricing.model import Adjustment, PricedLine, UnitRun
from ordo.pricing.part_model import PartShare, PricedPart
from ordo.pricing.plain import Json, from_plain, to_plain

WITHIN, ADDED = 0, 1
"""Tax is within what is left to pay for a unit, or comes to it. Where it is neither, all nets are there as a list."""
Runs = Sequence[tuple[int, Sequence[int]]]
"""Of each run `(count, shares)`."""


def lines_to_json(lines: Iterable[PricedLine]) -> Json:
    """The lines, with a table of the promotions that adjust them."""
    table: dict[tuple[str, int], int] = {}
    promotions: list[list[Any]] = []
    rows = []
    for line in lines:
        for each in line.adjustments:
            if (each.promotion_id, each.version) not in table:
                table[each.promotion_id, each.version] = len(promotions)
                promotions.append([each.promotion_id, each.version, each.name])
        numbers = [table[each.promotion_id, each.version] for each in line.adjustments]
        rows.append(
            {
                **to_plain(line, "adjustments", "runs", "parts"),
                **({"parts": list(map(_part_to_json, line.parts))} if line.parts else {}),
                "adjustments": _short_adjustments(line, numbers),
                "units": _columns(line),
            }
        )
    return {"promotions": promotions, "lines": rows}


def lines_from_json(body: Any) -> tuple[PricedLine, ...]:
    """What `lines_to_json` was given; a list is of the time before there was a table."""
    if isinstance(body, Mapping):
        return tuple(_line(row, body["promotions"]) for row in body["lines"])
    return tuple(map(_older_line, body))


def _short_adjustments(line: PricedLine, numbers: Sequence[int]) -> list[Any]:
    following = _following(line.price * line.quantity, [(run.count, run.shares) for run in line.runs])
    return [
        number if facts == (each.amount, each.base, each.units) else [number, each.amount, each.base, each.units]
        for number, each, facts in zip(numbers, line.adjustments, following, strict=False)
    ]


def _following(left: int, runs: Runs) -> Iterator[tuple[int, int, int]]:
    """Amount, base and units of one adjustment after the other, as they follow from the units' shares; `(0, left, 0)`
    for ever behind the last.
    """
    depth = max((len(shares) for _, shares in runs), default=0)
    for place in range(depth):
        given = [(count, shares[place]) for count, shares in runs if place < len(shares)]
        amount = sum(count * share for count, share in given)
        yield amount, left, sum(count for count, share in given if share)
        left -= amount
    while True:
        yield 0, left, 0


def _columns(line: PricedLine) -> list[Any]:
    taxes = [run.tax for run in line.runs]
    net = _net(line.runs)
    used_by = [run.used_by for run in line.runs]
    columns: list[Any] = [
        [run.count for run in line.runs],
        [list(run.shares) for run in line.runs],
        [*taxes[:1], *(after - before for before, after in pairwise(taxes))],
    ]
    if any(used_by):
        return [*columns, net, used_by]
    return columns if net == WITHIN else [*columns, net]


def _net(runs: Sequence[UnitRun]) -> int | list[int]:
    lefts = [run.price - run.discount for run in runs]
    if all(run.net == left - run.tax for run, left in zip(runs, lefts, strict=True)):
        return WITHIN
    if all(run.net == left for run, left in zip(runs, lefts, strict=True)):
        return ADDED
    return [run.net for run in runs]


def _line(row: Mapping[str, Any], promotions: Sequence[Any]) -> PricedLine:
    runs = tuple(_runs(row["price"], *row["units"]))
    following = _following(row["price"] * row["quantity"], [(run.count, run.shares) for run in runs])
    adjustments = []
    for each, facts in zip(row["adjustments"], following, strict=False):
        number, amount, base, units = (each, *facts) if isinstance(each, int) else each
        promotion_id, version, name = promotions[number]
        adjustments.append(Adjustment(promotion_id, version, name, amount, base, units))
    parts = tuple(map(_part, row.get("parts", ())))
    return from_plain(PricedLine, {**row, "adjustments": tuple(adjustments), "runs": runs, "parts": parts})


def _part_to_json(part: PricedPart) -> Json:
    return {**to_plain(part, "shares"), "shares": [[list(share) for share in run] for run in part.shares]}


def _part(row: Mapping[str, Any]) -> PricedPart:
    shares = tuple(tuple(PartShare(*share) for share in run) for run in row["shares"])
    return from_plain(PricedPart, {**row, "shares": shares})


def _runs(
    price: int,
    counts: Sequence[int],
    shares: Sequence[Sequence[int]],
    taxes: Sequence[int],
    net: int | Sequence[int] = WITHIN,
    used_by: Sequence[str] = (),
) -> Iterator[UnitRun]:
    for place, (count, each, tax) in enumerate(zip(counts, shares, accumulate(taxes), strict=True)):
        left = price - sum(each)
        own = (left if net == ADDED else left - tax) if isinstance(net, int) else net[place]
        yield UnitRun(count, price, tuple(each), own, tax, own + tax, used_by[place] if used_by else "")


def _older_line(body: Mapping[str, Any]) -> PricedLine:
    """A line of the time when each adjustment told all and each run was a list `[count, shares, net, tax]`, with who
    used the units up; those of the time before shares were kept are lifted.
    """
    if body["runs"] and isinstance(body["runs"][0], Mapping):
        body = _lifted(body)
    price = body["price"]
    return from_plain(
        PricedLine,
        {
            **body,
            "adjustments": tuple(Adjustment(**each) for each in body["adjustments"]),
            "runs": tuple(
                UnitRun(count, price, tuple(shares), net, tax, net + tax, *used_by)
                for count, shares, net, tax, *used_by in body["runs"]
            ),
        },
    )


def _lifted(body: Mapping[str, Any]) -> Json:
    """A line that kept a discount for each unit, but not which adjustment gave how much of it: that is shared by what
    each adjustment took off the line.
    """
    weights = [each["amount"] for each in body["adjustments"]]
    runs = [
        [run["count"], allocate(run["discount"], weights) if weights else [], run["net"], run["tax"]]
        for run in body["runs"]
    ]
    adjustments = [{"units": body["quantity"], **each} for each in body["adjustments"]]
    return {"price": body["list_price"], **body, "adjustments": adjustments, "runs": runs}
