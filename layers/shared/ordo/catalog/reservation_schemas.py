"""A channel's policy for reservations as the API takes and gives it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ordo.catalog.fields import Strict, contradictions

MOST_MINUTES = 1440
"""A day: a reservation is for a checkout; who wants more places an order."""


class ReservationsText(Strict):
    """Reservations last `minutes` unless their client says otherwise, and `max_minutes` at most with every extension.

    A customer (or a session, where the customer is not known) holds at most `max_units_per_customer` of a SKU at once.
    """

    minutes: Annotated[int, Field(strict=True, ge=1, le=MOST_MINUTES)] = 15
    max_minutes: Annotated[int, Field(strict=True, ge=1, le=MOST_MINUTES)] = 60
    max_units_per_customer: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 20

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.minutes > self.max_minutes:
            raise contradictions([(("minutes",), "reservations would last longer than max_minutes")])
        return self
