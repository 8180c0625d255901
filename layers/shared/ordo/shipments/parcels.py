"""What is in the parcels of a dispatch: together exactly the fulfilment's units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ordo.kernel.errors import Code
from ordo.shipments.errors import ParcelsWrong
from ordo.shipments.model import Fulfilment, LineQuantity, Parcel

MAX_WRITES = 100
"""What one DynamoDB transaction holds: a dispatch is one commit."""

_OTHER_WRITES = 5
"""Header, event, fulfilment, shipment and ledger row; each parcel claims its number, each SKU moves its counter."""


@dataclass(frozen=True, slots=True)
class PackedParcel:
    """One box as the node tells it: which units of which order line."""

    tracking_number: str
    lines: tuple[tuple[str, int], ...]


def fill_parcels(fulfilment: Fulfilment, told: Sequence[PackedParcel]) -> tuple[Parcel, ...]:
    """The parcels of the fulfilment; raises `ParcelsWrong` with a pointer to what is too much, missing or unknown."""
    _check_size(fulfilment, told)
    left = {line.line_id: line.quantity for line in fulfilment.lines}
    skus = {line.line_id: line.sku for line in fulfilment.lines}
    parcels = []
    for place, parcel in enumerate(told):
        if any(parcel.tracking_number == other.tracking_number for other in told[:place]):
            raise ParcelsWrong(
                "Every parcel needs a tracking number of its own.", pointer=f"/parcels/{place}/tracking_number"
            )
        for at, (line_id, quantity) in enumerate(parcel.lines):
            _take(left, line_id, quantity, f"/parcels/{place}/lines/{at}")
        lines = tuple(LineQuantity(line_id=line, sku=skus[line], quantity=units) for line, units in parcel.lines)
        parcels.append(Parcel(tracking_number=parcel.tracking_number, lines=lines))
    missing = {line_id: units for line_id, units in left.items() if units}
    if missing:
        raise ParcelsWrong(
            "The parcels leave out units of the fulfilment.",
            code=Code.INVALID_QUANTITY,
            pointer="/parcels",
            facts={"missing": missing},
        )
    return tuple(parcels)


def _take(left: dict[str, int], line_id: str, quantity: int, pointer: str) -> None:
    if line_id not in left:
        raise ParcelsWrong(f"The fulfilment has no line {line_id!r}.", pointer=f"{pointer}/line_id")
    if quantity > left[line_id]:
        raise ParcelsWrong(
            f"Only {left[line_id]} units of line {line_id!r} are left for this parcel.",
            code=Code.INVALID_QUANTITY,
            pointer=f"{pointer}/quantity",
            facts={"left": left[line_id]},
        )
    left[line_id] -= quantity


def _check_size(fulfilment: Fulfilment, told: Sequence[PackedParcel]) -> None:
    most = MAX_WRITES - _OTHER_WRITES - len({line.sku for line in fulfilment.lines})
    if len(told) > most:
        raise ParcelsWrong(f"This fulfilment can be dispatched in at most {most} parcels.", pointer="/parcels")
