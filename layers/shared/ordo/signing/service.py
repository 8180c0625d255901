"""The courier's page and what it sends: read the link, show the parcels, offer uploads, record the handover once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.kernel.errors import Code, NotFound, OrdoError
from ordo.kernel.geo import Location
from ordo.orders.errors import OrderNotFound
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor, OrderHeader
from ordo.shipments.errors import AlreadyProven, ShipmentNotFound
from ordo.shipments.evidence import Named
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proof_service import ProofDesk, Proven, Upload
from ordo.shipments.proving import Prove
from ordo.signing.links import ANY, SigningLink, ends_at, read, sign
from ordo.signing.view import Handing, handing_of, is_open, parcels_of
from ordo.tracking.links import LinkExpired, LinkUnknown
from ordo.tracking.words import Speech

COURIER = Actor(type="carrier", id="signing_link")
CLIENT = "~signing"
"""Whose keys the page's proofs have: no API client has an id that begins so."""


@dataclass(frozen=True, slots=True)
class Minted:
    """A link: its token, until when it is valid, and the parcels that are still to be proven by it."""

    token: str
    until: datetime
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SigningService:
    """`keys` gives the keys that sign links, the present one first."""

    proofs: ProofDesk
    keys: Callable[[], Sequence[bytes]]

    def mint(self, shipment_id: str, number: str | None, visible: Callable[[OrderHeader], bool]) -> Minted:
        """A link for a shipment, or for its parcel of this number. Writes nothing.

        Raises `ShipmentNotFound`, `invalid_request` for a number that it has not, `AlreadyProven` when nothing of it
        is left to be proven.
        """
        state = self.proofs.shipment_order(shipment_id, visible)
        numbers = [each.tracking_number for each in state.shipments[shipment_id].parcels]
        if number is not None and number not in numbers:
            facts = {"tracking_numbers": numbers, "parameter": "tracking_number"}
            raise OrdoError(f"The shipment has no parcel {number!r}.", facts=facts)
        link = SigningLink(shipment_id, numbers.index(number) + 1 if number is not None else ANY)
        parcels = parcels_of(state.shipments[shipment_id], link)
        left = tuple(each.tracking_number for each in parcels if is_open(state, shipment_id, each))
        if not left:
            raise AlreadyProven("The delivery of every parcel is proven already.")
        token = sign(link, self.proofs.desk.now(), self.keys())
        return Minted(token, ends_at(token), left)

    def handing(self, token: str, speech: Speech) -> Handing:
        """The page's parcels; raises `LinkUnknown` and `LinkExpired`."""
        link = read(token, self.proofs.desk.now(), self.keys())
        repository = self.proofs.desk.repository
        try:
            state = repository.load(link.order_id)
        except OrderNotFound:
            raise LinkUnknown from None
        found = handing_of(state, link, repository.contact(link.order_id), speech)
        if found is None:
            raise LinkUnknown
        return found

    def offer(self, token: str, kind: FileKind, content_type: str) -> Upload:
        """A form for a signature or photo; raises as `allowed` does, and `ShipmentNotFound`."""
        return self.proofs.offer_for_shipment(self.allowed(token).shipment_id, kind, content_type, _everyone)

    def record(
        self, link: SigningLink, command: Prove, named: tuple[Named, ...], place: Location | None, key: str
    ) -> Proven:
        """Record a handover; again with the same key it gives the first answer, whatever uploads it names by then.

        The key is made on the device for one handover of one parcel, so it alone says what is the same: uploads are
        made anew when the first ones have gone. Raises what `ProofDesk.record` raises.
        """
        self._require_allowed(link, command)
        owned = CommandKey.of(CLIENT, key, f"sign#{link.shipment_id}", link.order_id, command.tracking_number or "")
        return self.proofs.record(command, named, place, owned, actor=COURIER, visible=_everyone)

    def allowed(self, token: str) -> SigningLink:
        """What the token allows, for what answers in JSON; raises `link_unknown` and `link_expired`."""
        try:
            return read(token, self.proofs.desk.now(), self.keys())
        except LinkExpired:
            raise OrdoError("This link has expired.", code=Code.LINK_EXPIRED) from None
        except LinkUnknown:
            raise NotFound("This link leads to no parcel.") from None

    def _require_allowed(self, link: SigningLink, command: Prove) -> None:
        if link.parcel == ANY:
            return
        state = self.proofs.shipment_order(link.shipment_id, _everyone)
        (parcel,) = parcels_of(state.shipments[link.shipment_id], link) or (None,)
        if parcel is None:
            raise ShipmentNotFound(link.shipment_id)
        if command.tracking_number != parcel.tracking_number:
            raise OrdoError("This link is of another parcel.", pointer="/tracking_number")


def _everyone(_header: Any) -> bool:
    return True
