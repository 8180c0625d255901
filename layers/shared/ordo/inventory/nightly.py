"""What the nightly run does at each SKU and node that it comes by."""

from __future__ import annotations

from collections.abc import Callable, Container

from ordo.inventory.lot_shelf import Expiry
from ordo.inventory.refusals import Failed, look_at
from ordo.inventory.shortages import Shortages
from ordo.inventory.verification import Place


def looking(
    shortages: Shortages, expiry: Expiry, kept_by_lot: Container[Place], failed: Failed
) -> Callable[[Place], None]:
    """Lots that may not be picked any more leave the books; then reorder points: two orders at once may each stay above
    one and cross it together, and nobody has told of that. What fails at one place is told and stops nothing.
    """

    def look(place: Place) -> None:
        if place in kept_by_lot:
            try:
                expiry.look(*place)
            except Exception as error:  # noqa: BLE001  the next night does it; the other places come first
                failed(" at ".join(place), error)
        look_at(shortages, [place], failed)

    return look
