"""How functions come to the desk of returns, and to carriers' labels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ordo.aftersales.claiming import Remedies
from ordo.aftersales.receiving import Desk
from ordo.aftersales.service import ReturnDesk
from ordo.inventory.service import StockRepository, shelf_of
from ordo.inventory.wiring import stock_in
from ordo.orders.accounts import Accounts
from ordo.orders.adding import Goods
from ordo.orders.again import Again
from ordo.orders.change_kinds import Means, channels_of
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.wiring import order_desk
from ordo.runtime.files import FileBucket
from ordo.shipments.proof_service import ProofDesk

if TYPE_CHECKING:
    from ordo.aftersales.labelling import LabelDesk
    from ordo.catalog.documents import CatalogRepository
    from ordo.orders.decision import Decision
    from ordo.shipments.waiting import WaitingStore
    from ordo.sourcing.service import SourcingService


def return_desk(
    catalog: CatalogRepository,
    sourcing: SourcingService,
    shelves: StockRepository,
    store: WaitingStore,
    supply_table: str,
    files_bucket: str,
) -> ReturnDesk:
    """The desk on the tables that the environment names, and the bucket that photos go to."""
    desk = order_desk(channels=catalog)
    accounts = Accounts(desk.repository, catalog)
    again = Again(catalog, stock_in(supply_table))
    means = Means(
        accounts,
        channels_of(catalog),
        desk.repository.contact,
        Goods(again, sourcing),
        ElsewhereSearch(again, sourcing, desk.repository, asked=True),
    )
    return ReturnDesk(
        ProofDesk(desk, FileBucket(files_bucket)),
        catalog,
        Remedies(means),
        Desk(accounts, partial(shelf_of, shelves)),
        store,
        partial(_fill, supply_table),
    )


def _fill(supply_table: str, decision: Decision) -> None:
    """Who waits for goods that are on a shelf again gets them at once."""
    from ordo.orders.arrivals import fill_after

    if decision.movement is not None:
        fill_after(supply_table, decision.movement)


def label_desk(returns: ReturnDesk, store: WaitingStore, carrier_secret_id: str) -> LabelDesk:
    """Labels of the accounts in the secret of carriers."""
    from ordo.aftersales.label_accounts import labels_of
    from ordo.aftersales.labelling import LabelDesk
    from ordo.runtime.secrets import secret

    def weights(channel: str, skus: tuple[str, ...]) -> dict[str, int]:
        products = returns.catalog.load_snapshot(channel, skus, (), returns.desk.now()).products
        return {sku: each.weight_g for sku, each in products.items() if each.weight_g}

    accounts = partial(labels_of, partial(secret, carrier_secret_id))
    return LabelDesk(returns.desk, store, accounts, returns.policy, weights)
