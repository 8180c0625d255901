"""What changes read, for tests in memory: an order's account without promotions, and a channel with usual terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ordo.catalog.channels import ChannelPolicy
from ordo.orders.accounts import Accounts
from ordo.orders.change_kinds import Means
from ordo.orders.model import OrderState
from ordo.orders.ports import OrderRepository
from ordo.orders.reship import Elsewhere


class NoPromotions:
    """A catalogue whose orders had none."""

    def promotion_versions(self, wanted: object) -> dict[tuple[str, int], Any]:
        return {}


def means_for(
    repository: OrderRepository, changes: Mapping[str, Any] | None = None, elsewhere: Elsewhere | None = None
) -> Means:
    """Means without goods: `changes` is the channel's policy."""

    def channel(state: OrderState, _now: datetime) -> ChannelPolicy:
        return ChannelPolicy(state.header.channel, {}, changes=changes or {})

    return Means(Accounts(repository, NoPromotions()), channel, repository.contact, elsewhere=elsewhere)
