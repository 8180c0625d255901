"""A channel's policy for reservations that are made before the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReservationTerms:
    """How long a reservation lasts when its client says nothing, how long at most with all extensions, and how many
    units of one SKU a customer may hold in reservations at once.
    """

    minutes: int = 15
    max_minutes: int = 60
    max_units_per_customer: int = 20

    @staticmethod
    def of(body: Mapping[str, Any]) -> ReservationTerms | None:
        """Read it of a stored channel: one that says nothing has the usual terms, `null` means that it offers none."""
        said = body.get("reservations", {})
        return None if said is None else ReservationTerms(**said)


USUAL_RESERVATIONS = ReservationTerms()
"""What a channel has that says nothing of reservations."""
