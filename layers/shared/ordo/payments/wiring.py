"""How handlers come to the ledger of store credit."""

from __future__ import annotations

from ordo.kernel.clock import Clock, system_clock
from ordo.payments.credit_repository import DynamoCreditStore
from ordo.payments.credit_service import CreditProvider, CreditService


def credit_service(customers_table: str, clock: Clock = system_clock) -> CreditService:
    """The ledger in the Customers table."""
    return CreditService(DynamoCreditStore(customers_table), clock)


def credit_provider(customers_table: str, clock: Clock = system_clock) -> CreditProvider:
    """Store credit as the provider of a tender."""
    return CreditProvider(credit_service(customers_table, clock))
