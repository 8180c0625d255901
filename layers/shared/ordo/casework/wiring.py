"""How functions come to the executions that carry cases of orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ordo.casework.open_repository import orders_with_open
from ordo.casework.signals import Case, Kind
from ordo.runtime.machines import start_execution


def kind_of_orders(
    name: str, find: Callable[[str], Iterable[Case]], late: frozenset[str], orders_table: str, machine_arn: str
) -> Kind:
    """Cases of this name that belong to orders, carried by this machine."""
    open_subjects = partial(orders_with_open, orders_table, name)
    return Kind(name, find, partial(start_execution, machine_arn), late, open_subjects=open_subjects)
