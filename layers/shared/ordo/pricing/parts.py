"""The parts of a bundle's line, and how what each unit costs is divided over them: once, at placement, and fixed. Pure.

Amounts are minor units. The parts of one unit add up to exactly that unit, in gross, tax and net.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ordo.catalog.bundles import ChosenPart, PartFault, choose_parts
from ordo.kernel.errors import Code, OrdoError
from ordo.pricing.errors import NotForSale
from ordo.pricing.part_model import PartShare, PricedPart
from ordo.pricing.prices import LinePrice, line_price
from ordo.pricing.shares import allocate_runs

if TYPE_CHECKING:
    from ordo.catalog.model import Product
    from ordo.pricing.model import PricedLine

MAX_ALL_PARTS = 500
"""What one cart may take from stock, in lines and parts of bundles together: as many as an order has lines."""


def sold_parts(product: Product, pointer: str, products: Mapping[str, Product]) -> tuple[ChosenPart, ...]:
    """The parts of a bundle; raises `NotForSale` pointing at the `sku` of its line when one cannot be sold."""
    found = choose_parts(product, products)
    if isinstance(found, PartFault):
        raise NotForSale(
            f"{product.sku}: Its part {found.sku} cannot be sold now.",
            pointer=f"{pointer}/sku",
            facts={"sku": product.sku, "part": found.place, "part_sku": found.sku, "reason": found.reason},
        )
    return found


def require_few_parts(counts: Sequence[int]) -> None:
    """Raises `too_many_lines` when lines with so many parts each (0: no bundle) take too much at once; how many lines
    there may be without bundles is not asked here.
    """
    wanted = sum(max(1, count) for count in counts)
    if any(counts) and wanted > MAX_ALL_PARTS:
        raise OrdoError(
            "The bundles have too many parts together; order them in parts.",
            code=Code.TOO_MANY_LINES,
            pointer="/lines",
            facts={"parts": wanted, "limit": MAX_ALL_PARTS},
        )


def with_parts(line: PricedLine, products: Mapping[str, Product], lists: Sequence[str]) -> PricedLine:
    """The line with its parts, if its product is a bundle whose parts can be sold. What is not known of a bundle's cost
    is that of its parts together, where all of them are known.
    """
    parts = choose_parts(products[line.sku], products)
    if isinstance(parts, PartFault) or not parts:
        return line
    prices = [_own_price(part, lists) for part in parts]
    weights = part_weights(parts, prices)
    divided = [divide(run.gross, run.tax, weights) for run in line.runs]
    priced = tuple(
        PricedPart(
            sku=part.product.sku,
            stock_sku=part.choice.stock_sku,
            name=part.product.name,
            options=part.choice.options,
            quantity=part.quantity,
            weight=weights[place][1],
            shares=tuple(tuple(by_part[place]) for by_part in divided),
        )
        for place, part in enumerate(parts)
    )
    return replace(line, parts=priced, cost=_cost(parts, prices) if line.cost is None else line.cost)


def part_weights(parts: Sequence[ChosenPart], prices: Sequence[LinePrice | None]) -> list[tuple[int, int]]:
    """`(units in a bundle, weight of one)` of each part: as the bundle says, else by what each sells for alone, else
    the same for all units.
    """
    given = [part.weight for part in parts]
    own = [0 if price is None else price.price for price in prices]
    if any(given):
        weights = [weight or 0 for weight in given]
    else:
        weights = own if any(own) and None not in prices else [1] * len(parts)
    return [(part.quantity, weight) for part, weight in zip(parts, weights, strict=True)]


def divide(gross: int, tax: int, weights: Sequence[tuple[int, int]]) -> list[list[PartShare]]:
    """What one bundle costs over the units of its parts, `(count, weight)` each, by largest remainder: the gross by
    weight, then the tax in it by what each unit got of the gross, so that no unit has more tax than it costs.
    """
    shares = allocate_runs(gross, weights)
    flat = [(count, share) for part in shares for count, share in part]
    taxes = iter(allocate_runs(tax, flat))
    return [[PartShare(count, share, own) for _, share in part for count, own in next(taxes)] for part in shares]


def _own_price(part: ChosenPart, lists: Sequence[str]) -> LinePrice | None:
    try:
        return line_price(part.product, part.choice, 1, lists, "")
    except NotForSale:
        return None


def _cost(parts: Sequence[ChosenPart], prices: Sequence[LinePrice | None]) -> int | None:
    total = 0
    for part, price in zip(parts, prices, strict=True):
        if price is None or price.cost is None:
            return None
        total += price.cost * part.quantity
    return total
