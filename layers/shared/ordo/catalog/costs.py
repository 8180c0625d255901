"""What products cost the merchant is seen and set only by keys with the scope `prices:cost`. Pure.

To other keys a product is shown without costs, and without the warning that a price is below one. What they are shown
can be edited and PUT back: the costs that are kept stay, of each price list as long as the product or variant has a
price in it. A cost in such a PUT is refused with `missing_scope` rather than passed over: a cost that somebody thinks
was set makes margins wrong for as long as nobody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ordo.catalog.documents import Body, Document, Kind
from ordo.catalog.price_warnings import BELOW_COST
from ordo.kernel.errors import Code, OrdoError

if TYPE_CHECKING:
    from ordo.catalog.service import PutDocument

SCOPE = "prices:cost"


def shown_to(document: Document, scopes: Collection[str]) -> Document:
    """The document as a key with these scopes may see it."""
    if document.kind is not Kind.PRODUCT or SCOPE in scopes:
        return document
    warnings = tuple(each for each in document.warnings if each.code != BELOW_COST)
    return replace(document, body=_without_costs(document.body), warnings=warnings)


def limited_to(put: PutDocument, scopes: Collection[str]) -> PutDocument:
    """The write as a key with these scopes may do it; raises `missing_scope` where it would set a cost and may not."""
    if put.kind is not Kind.PRODUCT or SCOPE in scopes:
        return put
    for pointer, _, prices in _price_maps(put.body):
        for price_list, entry in prices.items():
            if _cost(entry) is not None:
                raise _may_not_set(f"{pointer}/{price_list}/cost")
    return replace(put, keeps_costs=True)


def _may_not_set(pointer: str) -> OrdoError:
    detail = f"Setting a cost needs the scope {SCOPE!r}; without it leave costs out, and those that are kept stay."
    return OrdoError(detail, code=Code.MISSING_SCOPE, pointer=pointer, facts={"scope": SCOPE})


def with_costs_of(body: Body, kept: Body) -> Body:
    """The body with the costs that are kept of the same price lists, product and variants (by SKU)."""
    costs = {
        (sku, price_list): cost
        for _, sku, prices in _price_maps(kept)
        for price_list, entry in prices.items()
        if (cost := _cost(entry)) is not None
    }

    def costed(sku: str, price_list: str, entry: Any) -> Any:
        cost = costs.get((sku, price_list))
        return entry if cost is None else _as_entry(entry) | {"cost": cost}

    return _changed(body, costed)


def _without_costs(body: Body) -> Body:
    def plain(_sku: str, _price_list: str, entry: Any) -> Any:
        return entry if _cost(entry) is None else {name: entry[name] for name in entry if name != "cost"}

    return _changed(body, plain)


def _price_maps(body: Body) -> Iterator[tuple[str, str, Body]]:
    """Pointer, SKU (of the product itself none) and prices of everything that has a price."""
    yield "/prices", "", body.get("prices", {})
    for place, variant in enumerate(body.get("variants", ())):
        yield f"/variants/{place}/prices", variant["sku"], variant.get("prices", {})


def _changed(body: Body, change: Callable[[str, str, Any], Any]) -> Body:
    """The body with each price as `change(SKU, price list, price)` gives it."""

    def each_of(sku: str, prices: Body) -> dict[str, Any]:
        return {name: change(sku, name, entry) for name, entry in prices.items()}

    changed = {**body, "prices": each_of("", body.get("prices", {}))}
    if "variants" in body:
        variants = body["variants"]
        changed["variants"] = [{**each, "prices": each_of(each["sku"], each.get("prices", {}))} for each in variants]
    return changed


def _cost(entry: Any) -> int | None:
    cost: int | None = entry.get("cost") if isinstance(entry, dict) else None
    return cost


def _as_entry(price: Any) -> dict[str, Any]:
    """A price that is only a number, as an entry is stored."""
    return price if isinstance(price, dict) else {"price": price, "breaks": []}
