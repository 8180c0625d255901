"""What a bundle is made of: parts that are products of their own, and why one may not be sold in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ordo.catalog.errors import InvalidOption
from ordo.catalog.model import BundlePart, Product, ProductKind, State
from ordo.catalog.options import Choice, choose

UNKNOWN, INACTIVE, NOT_GOODS = "unknown_part", "part_inactive", "part_is_bundle"
WRONG_OPTIONS, NEEDS_CHOICE = "part_options", "part_needs_choice"


@dataclass(frozen=True, slots=True)
class ChosenPart:
    """A part with its product and what its options resolve to. `quantity` is how many are in one bundle."""

    product: Product
    choice: Choice
    quantity: int
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class PartFault:
    """Why the part at `place` cannot be sold: `unknown_part`, `part_inactive`, `part_is_bundle`, `part_options`, or
    `part_needs_choice` (a custom choice that somebody would have to make).
    """

    place: int
    sku: str
    reason: str


def choose_parts(product: Product, products: Mapping[str, Product]) -> tuple[ChosenPart, ...] | PartFault:
    """The parts of a bundle in their order, or the first that cannot be sold; nothing of any other product."""
    found: list[ChosenPart] = []
    for place, part in enumerate(product.parts):
        chosen = _chosen(part, products.get(part.sku))
        if isinstance(chosen, str):
            return PartFault(place, part.sku, chosen)
        found.append(chosen)
    return tuple(found)


def part_faults(product: Product, products: Mapping[str, Product]) -> Iterator[PartFault]:
    """Every part that cannot be sold."""
    for place, part in enumerate(product.parts):
        chosen = _chosen(part, products.get(part.sku))
        if isinstance(chosen, str):
            yield PartFault(place, part.sku, chosen)


def skus_of_parts(product: Product) -> tuple[str, ...]:
    """The products that it is made of, each once; none of what is no bundle."""
    return tuple(dict.fromkeys(part.sku for part in product.parts))


def weight_of(product: Product, parts: tuple[ChosenPart, ...]) -> int:
    """Grams of one unit, for shipping: its own, else those of its parts together; 0 where nothing is known."""
    if product.weight_g is not None or not parts:
        return product.weight_g or 0
    return sum((part.product.weight_g or 0) * part.quantity for part in parts)


def _chosen(part: BundlePart, product: Product | None) -> ChosenPart | str:
    if product is None:
        return UNKNOWN
    if product.state is not State.ACTIVE:
        return INACTIVE
    if product.kind is not ProductKind.GOODS:
        return NOT_GOODS
    if any(choice.required for choice in product.custom):
        return NEEDS_CHOICE
    try:
        return ChosenPart(product, choose(product, part.options, ""), part.quantity, part.weight)
    except InvalidOption:
        return WRONG_OPTIONS
