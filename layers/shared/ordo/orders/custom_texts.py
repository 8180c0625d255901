"""Custom texts (an engraving) against what their products want of them, once the envelope is open. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.catalog.custom import fits
from ordo.catalog.errors import InvalidOption, pointer_token
from ordo.orders.placement import PlacementDraft

Texts = Mapping[str, Mapping[str, str]]
"""By line and name. Personal data."""


def check_texts(draft: PlacementDraft, texts: Texts) -> None:
    """Each choice that is a text has one, and no other has; each fits its pattern.

    Raises `InvalidOption` pointing at the choice. What was written is never repeated.
    """
    rules = draft.text_rules or {}
    for place, line in enumerate(draft.lines):
        wanted, given = rules.get(line.line_id, {}), texts.get(line.line_id, {})
        for name in line.custom:
            if (name in wanted) is not (name in given):
                raise _wrong(place, line.sku, name, "a text" if name in wanted else "a number")
            pattern = wanted.get(name)
            if pattern is not None and not fits(pattern, given[name]):
                raise _wrong(place, line.sku, name, "of another form")


def _wrong(place: int, sku: str, name: str, wanted: str) -> InvalidOption:
    return InvalidOption(
        f"{name!r} of {sku} is {wanted}.",
        pointer=f"/lines/{place}/custom/{pointer_token(name)}",
        facts={"sku": sku, "custom": name},
    )
