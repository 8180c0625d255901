"""The courier's link: who holds it may prove the handover of one shipment, or of one parcel of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ordo.orders.model import order_of, shipment_id
from ordo.tracking.links import end_of, numbers_of, read_link, sign_link

PURPOSE, NUMBERS = "sign", 2
SIGN_DAYS = 14
"""Days that a link is valid, and the rest of the day on which that ends: a round that is put off, and no more."""
ANY = 0


@dataclass(frozen=True, slots=True)
class SigningLink:
    """`parcel` counts from 1 within the shipment; `ANY` is each of its parcels."""

    shipment_id: str
    parcel: int = ANY

    @property
    def order_id(self) -> str:
        """The order that the shipment is of."""
        return order_of(self.shipment_id)


def sign(link: SigningLink, now: datetime, keys: Sequence[bytes]) -> str:
    """The token, the same all day; raises `ValueError` for what is no shipment's id."""
    numbers = (int(link.shipment_id.rpartition("_")[2]), link.parcel)
    return sign_link(link.order_id, now, keys, PURPOSE, SIGN_DAYS, numbers)


def read(token: str, now: datetime, keys: Sequence[bytes]) -> SigningLink:
    """What a token allows; raises `LinkUnknown` and `LinkExpired`."""
    order_id = read_link(token, now, keys, PURPOSE, NUMBERS)
    shipment, parcel = numbers_of(token, NUMBERS)
    return SigningLink(shipment_id(order_id, shipment), parcel)


def ends_at(token: str) -> datetime:
    """When a token that was read is valid no more."""
    return end_of(token, NUMBERS)


def path_of(token: str) -> str:
    """Where the API serves the page, below its stage."""
    return f"/sign/{token}"
