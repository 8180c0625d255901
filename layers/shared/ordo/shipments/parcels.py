"""What is in the parcels of a dispatch: together exactly the fulfilment's units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ordo.inventory.demand import demand_key
from ordo.kernel.errors import Code
from ordo.shipments.errors import ParcelsWrong
from ordo.shipments.model import Fulfilment, LineQuantity, Parcel

MAX_WRITES = 100
"""What one DynamoDB transaction holds: a dispatch is one commit."""

_OTHER_WRITES = 5
"""Header, event, fulfilment, shipment, and the job of its moves; each parcel claims its number."""


@dataclass(frozen=True, slots=True)
class PackedParcel:
    """One box as the node tells it: which units of which order line `(line_id, quantity)`, or of which part of a
    bundle's `(line_id, quantity, part)`.
    """

    tracking_number: str
    lines: tuple[tuple[str, int] | tuple[str, int, int | None], ...]


def fill_parcels(fulfilment: Fulfilment, told: Sequence[PackedParcel]) -> tuple[Parcel, ...]:
    """The parcels of the fulfilment; raises `ParcelsWrong` with a pointer to what is too much, missing or unknown."""
    _check_size(fulfilment, told)
    left = {line.key: line.quantity for line in fulfilment.lines}
    skus = {line.key: line.sku for line in fulfilment.lines}
    parcels = []
    for place, parcel in enumerate(told):
        if any(parcel.tracking_number == other.tracking_number for other in told[:place]):
            raise ParcelsWrong(
                "Every parcel needs a tracking number of its own.", pointer=f"/parcels/{place}/tracking_number"
            )
        lines = []
        for at, (line_id, quantity, *rest) in enumerate(parcel.lines):
            part = rest[0] if rest else None
            _take(left, line_id, part, quantity, f"/parcels/{place}/lines/{at}")
            sku = skus[demand_key(line_id, part)]
            lines.append(LineQuantity(line_id=line_id, sku=sku, quantity=quantity, part=part))
        parcels.append(Parcel(tracking_number=parcel.tracking_number, lines=tuple(lines)))
    missing = {line_id: units for line_id, units in left.items() if units}
    if missing:
        raise ParcelsWrong(
            "The parcels leave out units of the fulfilment.",
            code=Code.INVALID_QUANTITY,
            pointer="/parcels",
            facts={"missing": missing},
        )
    return tuple(parcels)


def _take(left: dict[str, int], line_id: str, part: int | None, quantity: int, pointer: str) -> None:
    key = demand_key(line_id, part)
    if key not in left:
        raise _unknown(left, line_id, part, pointer)
    if quantity > left[key]:
        of_part = "" if part is None else f", part {part},"
        raise ParcelsWrong(
            f"Only {left[key]} units of line {line_id!r}{of_part} are left for this parcel.",
            code=Code.INVALID_QUANTITY,
            pointer=f"{pointer}/quantity",
            facts={"left": left[key]},
        )
    left[key] -= quantity


def _unknown(left: Mapping[str, int], line_id: str, part: int | None, pointer: str) -> ParcelsWrong:
    """A line that the fulfilment does not have, or a part that it does not have of the line."""
    if not any(key.partition("#")[0] == line_id for key in left):
        return ParcelsWrong(f"The fulfilment has no line {line_id!r}.", pointer=f"{pointer}/line_id")
    if part is None:
        detail = f"Line {line_id!r} is a bundle: say which part of it is in the parcel."
    else:
        detail = f"The fulfilment has no part {part} of line {line_id!r}."
    return ParcelsWrong(detail, pointer=f"{pointer}/part")


def _check_size(fulfilment: Fulfilment, told: Sequence[PackedParcel]) -> None:
    most = MAX_WRITES - _OTHER_WRITES
    if len(told) > most:
        raise ParcelsWrong(f"This fulfilment can be dispatched in at most {most} parcels.", pointer="/parcels")
