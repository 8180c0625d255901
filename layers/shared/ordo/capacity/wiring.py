"""How functions come to what nodes have open."""

from __future__ import annotations

from ordo.capacity.repository import DynamoLoads


def loads_in(supply_table: str) -> DynamoLoads:
    """Loads of nodes in this Supply table."""
    return DynamoLoads(supply_table)
