"""What is odd about a product's availability, but no reason to refuse it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ordo.catalog.availability import AvailabilityMode
from ordo.catalog.model import Node, Product
from ordo.catalog.warnings import DocumentWarning, warning_at


def availability_warnings(product: Product, nodes: Iterable[Node], now: datetime) -> list[DocumentWarning]:
    """Of a product that orders may wait for; `nodes` are the active ones.

    Codes: `already_launched`, `no_node_for_it`.
    """
    policy = product.availability
    if policy.mode is AvailabilityMode.IN_STOCK:
        return []
    found: list[DocumentWarning] = []
    if policy.mode is AvailabilityMode.PRE_ORDER and policy.launches_at(now) is None:
        found.append(
            warning_at(
                ("availability", "launch_on"),
                "already_launched",
                "The launch is past: the product is sold from stock only.",
                "上市日期已过：该商品现在只按现货销售。",
            )
        )
    elif not any(set(product.requires) <= node.terms.capabilities for node in nodes):
        found.append(
            warning_at(
                ("availability",),
                "no_node_for_it",
                "No active node can do what the product requires, so no order can wait for it anywhere.",
                "没有启用的节点具备该商品所需的能力，因此没有地方可以等货。",
            )
        )
    return found
