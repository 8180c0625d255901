"""How functions come to what changes of orders read beside the order."""

from __future__ import annotations

from ordo.capacity.wiring import loads_in
from ordo.catalog.documents import CatalogRepository
from ordo.inventory.wiring import relief_in, stock_in
from ordo.orders.accounts import Accounts
from ordo.orders.adding import Goods
from ordo.orders.again import Again
from ordo.orders.change_kinds import Means, channels_of
from ordo.orders.desk import OrderDesk
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.sourcing.service import SourcingService


def change_means(desk: OrderDesk, catalog: CatalogRepository, supply_table: str) -> Means:
    """For changes that staff make: units are looked for at any node, and what has expired there is given back."""
    stock = stock_in(supply_table)
    sourcing = SourcingService(catalog, stock, loads_in(supply_table), relief=relief_in(supply_table))
    again = Again(catalog, stock)
    return Means(
        Accounts(desk.repository, catalog),
        channels_of(catalog),
        desk.repository.contact,
        Goods(again, sourcing),
        ElsewhereSearch(again, sourcing, desk.repository, asked=True),
    )
