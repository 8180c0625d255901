"""How handlers come to stock, reservations and lots in the Supply table."""

from __future__ import annotations

from ordo.catalog.lot_policies import lot_policies
from ordo.inventory.lot_shelf import Expiry, LotShelf
from ordo.inventory.relief import Relief
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.service import StockService
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import Shortages
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.ids import new_id


def stock_in(table: str, clock: Clock = system_clock) -> StockService:
    """Stock; movements that are short are relieved of reservations that have expired."""
    return StockService(DynamoStockRepository(table), clock, relief_in(table, clock))


def relief_in(table: str, clock: Clock = system_clock) -> Relief:
    """For who is short."""
    return Relief(DynamoReservations(table), clock)


def shortages_in(table: str, clock: Clock = system_clock) -> Shortages:
    """What is short or low, and what is to be bought."""
    return Shortages(DynamoShortages(table), clock, new_id)


def lot_shelf(supply_table: str, catalog_table: str, clock: Clock = system_clock) -> LotShelf:
    """Lots that may be picked; what is said of them is in the Catalog table."""
    return LotShelf(DynamoStockRepository(supply_table), lot_policies(catalog_table), clock)


def lot_expiry(supply_table: str, catalog_table: str, shortages: Shortages) -> Expiry:
    """What takes out lots that may not."""
    policies = lot_policies(catalog_table)
    return Expiry(DynamoStockRepository(supply_table), policies, shortages, system_clock, new_id)
