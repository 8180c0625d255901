"""How handlers come to the ledger of store credit, and to stock for orders that come back when they are paid."""

from __future__ import annotations

from ordo.catalog.documents import CatalogRepository
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.wiring import relief_in, stock_in
from ordo.kernel.clock import Clock, system_clock
from ordo.orders.again import Again
from ordo.orders.desk import OrderDesk
from ordo.payments.credit_repository import DynamoCreditStore
from ordo.payments.credit_service import CreditProvider, CreditService
from ordo.payments.resupply import sourced_anew
from ordo.payments.ways import Resource
from ordo.sourcing.service import Loads, SourcingService


def credit_service(customers_table: str, clock: Clock = system_clock) -> CreditService:
    """The ledger in the Customers table."""
    return CreditService(DynamoCreditStore(customers_table), clock)


def credit_provider(customers_table: str, clock: Clock = system_clock) -> CreditProvider:
    """Store credit as the provider of a tender."""
    return CreditProvider(credit_service(customers_table, clock))


def resource_in(catalog: CatalogRepository, loads: Loads, supply_table: str, desk: OrderDesk) -> Resource:
    """Where an order that is paid after it was cancelled takes its stock."""
    stock, supply = stock_in(supply_table), DynamoSupply(supply_table)
    sourcing = SourcingService(catalog, stock, loads, relief=relief_in(supply_table), supply=supply)
    return sourced_anew(sourcing, Again(catalog, stock), desk.repository)


def tell_unmatched(provider: str, reference: str) -> None:
    """Log a movement that a provider lists and that is of no order."""
    from ordo.runtime.observability import logger

    logger.warning("payment of no order", extra={"provider": provider, "reference": reference})
