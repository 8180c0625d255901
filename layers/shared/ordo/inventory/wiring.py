"""How handlers come to stock and reservations in the Supply table."""

from __future__ import annotations

from ordo.inventory.relief import Relief
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.service import StockService
from ordo.kernel.clock import Clock, system_clock


def stock_in(table: str, clock: Clock = system_clock) -> StockService:
    """Stock; movements that are short are relieved of reservations that have expired."""
    return StockService(DynamoStockRepository(table), clock, relief_in(table, clock))


def relief_in(table: str, clock: Clock = system_clock) -> Relief:
    """For who is short."""
    return Relief(DynamoReservations(table), clock)
