"""What the courier sees: where the parcels go and what may be noted of them, and nothing that costs money. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ordo.orders.model import OrderState
from ordo.pricing.model import PricedLine
from ordo.shipments.model import LineQuantity, Parcel, Shipment
from ordo.shipments.proof_model import Handover
from ordo.shipments.proving import proofs_of
from ordo.signing.links import ANY, SigningLink
from ordo.tracking.words import Speech


@dataclass(frozen=True, slots=True)
class Line:
    """Units of one thing in a box, for what was damaged or not taken."""

    line_id: str
    part: int | None
    name: str
    quantity: int

    @property
    def key(self) -> str:
        """A word for it that is unlike that of each other line of the box."""
        return self.line_id if self.part is None else f"{self.line_id}.{self.part}"


@dataclass(frozen=True, slots=True)
class Box:
    """One parcel that is to be handed over."""

    number: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Handing:
    """The page: `boxes` that are open, of `count` that the link allows. No receiver: the person was erased."""

    shipment_id: str
    boxes: tuple[Box, ...]
    count: int
    receiver: str
    address: tuple[str, ...]


def handing_of(
    state: OrderState, link: SigningLink, contact: Mapping[str, Any] | None, speech: Speech
) -> Handing | None:
    """What is to be handed over by this link; None when there is no such shipment or parcel.

    Nothing of the person is told once every box is proven.
    """
    shipment = state.shipments.get(link.shipment_id)
    parcels = parcels_of(shipment, link) if shipment else ()
    if not parcels:
        return None
    lines = {line.line_id: line for line in state.lines}
    open_ones = [each for each in parcels if is_open(state, link.shipment_id, each)]
    boxes = tuple(
        Box(each.tracking_number, tuple(_line(one, lines, speech) for one in each.lines)) for each in open_ones
    )
    person = contact if boxes and contact else {}
    return Handing(
        link.shipment_id, boxes, len(parcels), str(person.get("name") or ""), _address(person.get("ship_to") or {})
    )


def parcels_of(shipment: Shipment, link: SigningLink) -> tuple[Parcel, ...]:
    """The parcels that the link allows."""
    if link.parcel == ANY:
        return shipment.parcels
    return shipment.parcels[link.parcel - 1 : link.parcel]


def is_open(state: OrderState, shipment_id: str, parcel: Parcel) -> bool:
    """Whether its delivery is not proven yet; one that was refused may be delivered after all."""
    known = proofs_of(state, shipment_id, parcel.tracking_number)
    return all(each.handover is not Handover.DELIVERED for each in known)


def _line(units: LineQuantity, lines: Mapping[str, PricedLine], speech: Speech) -> Line:
    line = lines[units.line_id]
    thing = line if units.part is None else line.parts[units.part]
    name = " · ".join([speech.name(thing.name), *thing.options.values()])
    return Line(units.line_id, units.part, name, units.quantity)


_LARGEST_FIRST = ("CN", "HK", "MO", "TW")
"""Where addresses are written from the largest part to the smallest."""


def _address(ship_to: Mapping[str, Any]) -> tuple[str, ...]:
    """As it is written where it is; empty parts left out, and a region once where it is the city."""
    part = {name: str(value) for name, value in ship_to.items() if isinstance(value, str)}
    streets = (part.get("line1"), part.get("line2"))
    found: tuple[str | None, ...]
    if part.get("country") in _LARGEST_FIRST:
        town = "".join(dict.fromkeys(part.get(name, "") for name in ("region", "city", "district")))
        found = (town, *streets, part.get("postal_code"))
    else:
        town = " ".join(part[name] for name in ("postal_code", "district", "city") if part.get(name))
        found = (*streets, town, part.get("region"), part.get("country"))
    return tuple(dict.fromkeys(each for each in found if each))
