"""How handlers come to lots: stock in the Supply table, what is said of it in the Catalog table."""

from __future__ import annotations

from ordo.catalog.lot_policies import lot_policies
from ordo.inventory.lot_shelf import Expiry, LotShelf
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.shortages import Shortages
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.ids import new_id


def lot_shelf(supply_table: str, catalog_table: str, clock: Clock = system_clock) -> LotShelf:
    """Lots that may be picked."""
    return LotShelf(DynamoStockRepository(supply_table), lot_policies(catalog_table), clock)


def lot_expiry(supply_table: str, catalog_table: str, shortages: Shortages) -> Expiry:
    """What takes out lots that may not."""
    policies = lot_policies(catalog_table)
    return Expiry(DynamoStockRepository(supply_table), policies, shortages, system_clock, new_id)
