"""Labels and pickups for goods that come back: a port, and what may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LabelWanted:
    """What a label is wanted for. `reference` is the return's id: the same again gives the same label. Addresses hold
    personal data and are for the carrier only. `pickup_from`: the parcel is to be fetched, from then on; None: the
    customer brings it.
    """

    reference: str
    customer: Mapping[str, Any]
    merchant: Mapping[str, Any]
    weight_g: int
    pickup_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A label that was had. `url` is where it is printed from: whoever has it sees the customer's address. `cost` is in
    minor units of `currency`, as far as the carrier says.
    """

    tracking_number: str
    url: str
    cost: int | None = None
    currency: str | None = None


class LabelRefused(Exception):
    """The carrier gives no label for this; the same again is refused again. `code` is its own, without what it says."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The carrier refused: {code}.")
        self.code = code


class LabelUnavailable(Exception):
    """The carrier did not answer, or not now: the same again is right. `reason` is `timeout`, `transport`,
    `http_<status>` or `unreadable`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The carrier did not answer: {reason}.")
        self.reason = reason


class Labels(Protocol):
    """Whoever makes labels."""

    def order(self, wanted: LabelWanted) -> Label:
        """The label; the same again gives the same one. Raises `LabelRefused` or `LabelUnavailable`."""
        ...
