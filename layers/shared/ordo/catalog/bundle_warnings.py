"""Parts that keep a bundle from being sold now. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.catalog.bundles import INACTIVE, NEEDS_CHOICE, NOT_GOODS, UNKNOWN, WRONG_OPTIONS, part_faults
from ordo.catalog.model import Product
from ordo.catalog.warnings import DocumentWarning, warning_at

_TEXTS = {
    UNKNOWN: (
        "There is no product {sku} yet: the bundle is not sold until there is.",
        "尚无商品 {sku}：在其建立之前，该套装不可售。",
    ),
    INACTIVE: ("{sku} is not for sale now, and so the bundle is not.", "{sku} 当前不可售，因此该套装也不可售。"),
    NOT_GOODS: (
        "{sku} is a bundle itself: only goods are parts, so this bundle is not sold.",
        "{sku} 本身是套装：套装的组成只能是普通商品，因此该套装不可售。",
    ),
    WRONG_OPTIONS: (
        "{sku} is not made with these options: the bundle is not sold until they are right.",
        "{sku} 没有这样的选项组合：更正之前，该套装不可售。",
    ),
    NEEDS_CHOICE: (
        "{sku} asks its buyer for a custom choice, which nobody makes for a part: the bundle is not sold.",
        "{sku} 需要买家填写定制内容，而套装的组成无法填写，因此该套装不可售。",
    ),
}


def bundle_warnings(product: Product, products: Mapping[str, Product]) -> list[DocumentWarning]:
    """Of a bundle beside the products that its parts name and that exist. The codes are those of `PartFault`."""
    return [
        warning_at(("parts", fault.place), fault.reason, *(text.format(sku=fault.sku) for text in _TEXTS[fault.reason]))
        for fault in part_faults(product, products)
    ]
