"""Whose variant a SKU of stock is: a product with `lots` leaves a pointer for each of its variants.

`pk = variant#<sku>`, `sk = variant`. A pointer is never taken away: it is believed only while its product has that
variant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ordo.catalog.documents import Body, Kind
from ordo.runtime.dynamo import Put, batch_get, transact

POINTER_SCHEMA = 1
POINTER_SK = "variant"
_AT_ONCE = 100

ProductsOf = Callable[[Iterable[str]], Mapping[str, str]]
"""By the SKU of a variant the product that may have it."""


def variants_with_lots(body: Body) -> Iterator[str]:
    """SKUs of a product's variants whose pointers it needs."""
    if body.get("lots"):
        yield from sorted({variant["sku"] for variant in body.get("variants", ())})


def put_pointers(table: str, kind: Kind, sku: str, body: Body) -> None:
    """Before the product itself is written: pointers by themselves say nothing. Raises `Conflict`."""
    puts = [
        Put(table, {"pk": f"variant#{variant}", "sk": POINTER_SK, "schema": POINTER_SCHEMA, "product": sku})
        for variant in (variants_with_lots(body) if kind is Kind.PRODUCT else ())
    ]
    for start in range(0, len(puts), _AT_ONCE):
        transact(puts[start : start + _AT_ONCE])


def dynamo_products_of(table: str) -> ProductsOf:
    """`ProductsOf` over the Catalog table; one read for each hundred SKUs."""

    def products_of(skus: Iterable[str]) -> Mapping[str, str]:
        items = batch_get([(table, f"variant#{sku}", POINTER_SK) for sku in skus], consistent=True)
        return {item["pk"].removeprefix("variant#"): item["product"] for item in items}

    return products_of
