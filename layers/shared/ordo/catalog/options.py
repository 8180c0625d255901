"""Which options a line chose, and which stock SKU that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ordo.catalog.errors import InvalidOption, pointer_token
from ordo.catalog.model import Product, Variant


@dataclass(frozen=True, slots=True)
class Choice:
    """The SKU to take from stock, the options in the product's own order, and the variant if there is one."""

    stock_sku: str
    options: dict[str, str]
    variant: Variant | None = None


def choose(product: Product, chosen: Mapping[str, str], pointer: str) -> Choice:
    """Check what a line chose against the product; `pointer` is that of the line's `options`.

    Raises `InvalidOption` pointing at the axis (missing, unknown, a value that is not offered) or, for a combination
    that does not exist, at the options; `facts` list what is offered.
    """
    for axis in chosen:
        if axis not in product.options:
            raise _wrong(product, axis, pointer, f"{product.sku} has no option {axis!r}.")
    for axis, values in product.options.items():
        if axis not in chosen:
            raise _wrong(product, axis, pointer, f"{product.sku} needs the option {axis!r}.")
        if chosen[axis] not in values:
            raise _wrong(product, axis, pointer, f"{axis!r} of {product.sku} has no value {chosen[axis]!r}.")
    if not product.options:
        return Choice(product.sku, {})
    options = {axis: chosen[axis] for axis in product.options}
    _check_combination(product, options, pointer)
    if not product.variants:
        return Choice(product.sku, options)
    for variant in product.variants:
        if matches(variant.options, options):
            return Choice(variant.sku, options, variant)
    raise _impossible(product, options, pointer)


def matches(rule: Mapping[str, str], options: Mapping[str, str]) -> bool:
    """Whether every axis that the rule names has the rule's value; axes it does not name may have any."""
    return all(options.get(axis) == value for axis, value in rule.items())


def _check_combination(product: Product, options: Mapping[str, str], pointer: str) -> None:
    if any(matches(rule, options) for rule in product.forbidden):
        raise _impossible(product, options, pointer)
    if product.allowed and not any(matches(rule, options) for rule in product.allowed):
        raise _impossible(product, options, pointer)


def _wrong(product: Product, axis: str, pointer: str, detail: str) -> InvalidOption:
    return InvalidOption(
        detail,
        pointer=f"{pointer}/{pointer_token(axis)}",
        facts={"sku": product.sku, "offered": {name: list(values) for name, values in product.options.items()}},
    )


def _impossible(product: Product, options: Mapping[str, str], pointer: str) -> InvalidOption:
    return InvalidOption(
        f"{product.sku} is not made in this combination.",
        pointer=pointer,
        facts={"sku": product.sku, "combination": dict(options)},
    )
