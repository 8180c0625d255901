"""How functions come to the executions that carry incidents."""

from __future__ import annotations

from functools import partial

from ordo.casework.signals import Kind
from ordo.orders.ports import OrderRepository
from ordo.runtime.machines import start_execution
from ordo.shipments.carrying import incident_cases
from ordo.shipments.incident_repository import orders_with_open


def incident_kind(orders: OrderRepository, orders_table: str, machine_arn: str) -> Kind:
    """Incidents of orders, carried by this machine."""
    return Kind(
        "incident",
        incident_cases(orders),
        partial(start_execution, machine_arn),
        late=frozenset({"incident.escalated"}),
        open_subjects=partial(orders_with_open, orders_table),
    )
