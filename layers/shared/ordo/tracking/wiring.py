"""How functions come to links and to the page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ordo.kernel.clock import Clock, system_clock
from ordo.orders.wiring import order_desk
from ordo.runtime.secrets import signing_keys
from ordo.tracking.links import STOP, STOP_DAYS, link_path, sign_link, stop_path_of

if TYPE_CHECKING:
    from ordo.catalog.documents import CatalogRepository
    from ordo.tracking.service import TrackingService, Wishes

SALT_BYTES = 32


def link_keys(secret_id: str) -> Callable[[], Sequence[bytes]]:
    """The keys of links, as they are now: the first signs, all are good."""
    return partial(signing_keys, secret_id)


def tracking_service(secret_id: str, files_bucket: str, catalog: CatalogRepository, wishes: Wishes) -> TrackingService:
    """The page on the tables that the environment names, and the bucket that photos go to."""
    from ordo.orders.accounts import Accounts
    from ordo.orders.change_kinds import Means, channels_of
    from ordo.runtime.files import FileBucket
    from ordo.shipments.proof_service import ProofDesk
    from ordo.shipments.report_service import ReportDesk
    from ordo.tracking.service import TrackingService

    desk = order_desk(budget_s=3.0, channels=catalog)
    proofs = ProofDesk(desk, FileBucket(files_bucket))
    means = Means(Accounts(desk.repository, catalog), channels_of(catalog), desk.repository.contact)
    salt = partial(secrets.token_hex, SALT_BYTES)
    return TrackingService(ReportDesk(proofs, catalog), link_keys(secret_id), salt, wishes, means, catalog)


def tracking_path(secret_id: str, clock: Clock = system_clock) -> Callable[[str], str]:
    """`path(order id)`: where the customer's page of an order is, below the API's stage."""
    keys = link_keys(secret_id)

    def path(order_id: str) -> str:
        return link_path(sign_link(order_id, clock(), keys()))

    return path


def stop_path(secret_id: str, clock: Clock = system_clock) -> Callable[[str], str]:
    """`path(order id)`: where the reader of its mails stops those that are not necessary."""
    keys = link_keys(secret_id)

    def path(order_id: str) -> str:
        return stop_path_of(sign_link(order_id, clock(), keys(), STOP, STOP_DAYS))

    return path
