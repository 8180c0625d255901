"""What a customer may do with an order now: exactly what the commands would allow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.catalog.errors import UnknownChannel
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.change_kinds import Means, preview_for
from ordo.orders.completion import ARRIVED
from ordo.orders.model import OrderState


@dataclass(frozen=True, slots=True)
class Offers:
    """`refund` is what cancelling gives back, in minor units; None: it cannot be cancelled."""

    receipt: bool
    address: bool
    refund: int | None
    damage: bool = False
    messages: str | None = None
    """`on`: messages that are not necessary can be stopped; `off`: they were, and can be had again."""

    @property
    def any(self) -> bool:
        """Whether there is anything to offer."""
        return self.receipt or self.address or bool(self.damage or self.messages) or self.refund is not None


def offers_of(
    state: OrderState,
    now: datetime,
    means: Means,
    *,
    has_address: bool,
    damage: bool = False,
    messages: str | None = None,
) -> Offers:
    """Buttons for what would work. `has_address`: personal data are there, and so an address that may change; `damage`:
    something has come of which damage may be reported; `messages`: whether those that are not necessary go out.
    """
    unsolved = state.header.open_incidents or state.header.open_returns
    cancel = _preview(state, now, "cancel", means)
    return Offers(
        receipt=state.header.status in ARRIVED and not unsolved,
        damage=damage,
        messages=messages,
        address=has_address and _preview(state, now, "address", means) is not None,
        refund=cancel["refund"]["amount"] if cancel else None,
    )


def _preview(
    state: OrderState, now: datetime, kind: Literal["cancel", "address"], means: Means
) -> dict[str, Any] | None:
    try:
        return preview_for(state, now, kind, "customer", means)
    except (NotAllowedNow, UnknownChannel):
        return None
