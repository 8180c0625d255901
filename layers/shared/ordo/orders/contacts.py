"""What an order is found again by of the person it is for: the phone and the e-mail of its contact, as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

FoundBy = Literal["phone", "email"]
FOUND_BY: tuple[FoundBy, ...] = ("phone", "email")

CONTACT = "contact"
"""The slot of the order's contact. Others hold proposals, and nothing is found by those."""


def sought(kind: FoundBy, value: str) -> str:
    """The form in which values are compared: an e-mail without regard to case."""
    return value.casefold() if kind == "email" else value


def known_by(slot: str, contact: Mapping[str, Any]) -> dict[FoundBy, str]:
    """What the contact in this slot is found by."""
    given: dict[FoundBy, Any] = {kind: contact.get(kind) for kind in FOUND_BY} if slot == CONTACT else {}
    return {kind: sought(kind, value) for kind, value in given.items() if value}
