"""How functions come to the desk of complaints, to what makes them good, and to their queue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ordo.casework.signals import Kind
from ordo.catalog.documents import CatalogRepository
from ordo.complaints.carrying import complaint_cases
from ordo.complaints.policies import CatalogPolicies
from ordo.complaints.repository import DynamoComplaintRepository
from ordo.complaints.service import ComplaintDesk
from ordo.complaints.taking import Send
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.ids import new_id
from ordo.runtime.machines import start_execution
from ordo.runtime.queues import send_in_order
from ordo.runtime.secrets import purpose_key

if TYPE_CHECKING:
    from ordo.complaints.resolving import AllRemedies
    from ordo.orders.change_kinds import Means
    from ordo.orders.desk import OrderDesk


def complaint_desk(
    orders_table: str,
    customers_table: str,
    catalog: CatalogRepository,
    clock: Clock = system_clock,
    *,
    budget_s: float = 5.0,
) -> ComplaintDesk:
    """The desk on these tables, with what the catalogue says."""
    repository = DynamoComplaintRepository(orders_table, customers_table)
    return ComplaintDesk(repository, CatalogPolicies(catalog, clock), clock, new_id, budget_s=budget_s)


def complaints_in(orders_table: str, customers_table: str) -> DynamoComplaintRepository:
    """Complaints in these tables, to be read."""
    return DynamoComplaintRepository(orders_table, customers_table)


def enqueue(queue_url: str) -> Send:
    """Puts complaints on their queue; those of an order are opened one after the other."""
    return lambda complaint_id, group: send_in_order(queue_url, {"complaint_id": complaint_id}, group)


def all_remedies(
    orders: OrderDesk, catalog: CatalogRepository, means: Means, clock: Clock = system_clock
) -> AllRemedies:
    """What makes complaints good: changes of orders, and coupons whose codes nobody can guess."""
    from ordo.complaints.order_remedies import ChangesOfOrders
    from ordo.complaints.resolving import AllRemedies

    return AllRemedies(ChangesOfOrders(orders, means), catalog, partial(purpose_key, "coupon"), clock)


def complaint_kind(orders_table: str, machine_arn: str) -> Kind:
    """Complaints, carried by this machine."""
    repository = DynamoComplaintRepository(orders_table)
    return Kind(
        "complaint",
        complaint_cases(repository),
        partial(start_execution, machine_arn),
        late=frozenset({"complaint.escalated", "complaint.reopened"}),
        subject="complaint_id",
        open_subjects=repository.open_ones,
    )
