"""What an order agrees on how it is paid: tenders and parts that add up to its price. Pure.

Plain values, as drafts carry them: pricing calls this at each placement that says how it is paid, and at no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.percent import percent

STORE_CREDIT = "store_credit"


class DoesNotAddUp(OrdoError):
    """Tenders or parts come to another amount than the price."""

    code = Code.TENDERS_DO_NOT_ADD_UP

    def __init__(self, pointer: str, total: int, named: int) -> None:
        super().__init__(
            f"They come to {named} and the price is {total}: let one take the rest.",
            pointer=pointer,
            facts={"total": total, "named": named},
        )


def agreed(
    tenders: Sequence[Mapping[str, Any]],
    parts: Sequence[Mapping[str, Any]],
    total: int,
    *,
    customer_id: str | None,
    moment: str,
) -> dict[str, Any] | None:
    """Tenders and parts as the order keeps them (`ordo.payments.paying.Paying`), None when it says neither.

    A tender without `amount` takes the rest; a part may name `percent` of the price instead. Raises `DoesNotAddUp`, or
    `invalid_request` for store credit without a customer, a date that is over, and parts of which none is due first.
    """
    if not tenders and not parts:
        return None
    require_tenders(tenders, total, customer_id)
    kept = [_part(each, total, place, moment) for place, each in enumerate(parts)]
    _require(total, [each.get("amount") for each in kept], "/payment_schedule")
    return {
        "tenders": [numbered(each, place) for place, each in enumerate(tenders, start=1)],
        "parts": kept,
    }


def require_tenders(tenders: Sequence[Mapping[str, Any]], total: int, customer_id: str | None) -> None:
    """Raise unless the tenders come to `total`, and store credit is somebody's."""
    _require(total, [each.get("amount") for each in tenders], "/tenders")
    for place, each in enumerate(tenders):
        if each["provider"] == STORE_CREDIT and customer_id is None:
            raise OrdoError("Store credit is a customer's: the order names none.", pointer=f"/tenders/{place}/provider")


def numbered(tender: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The tender with an id of its order."""
    return {"tender_id": f"tnd_{number}", **{name: value for name, value in tender.items() if value is not None}}


def _part(part: Mapping[str, Any], total: int, place: int, moment: str) -> dict[str, Any]:
    kept = {name: value for name, value in part.items() if value is not None and name != "percent"}
    if part.get("percent") is not None:
        kept["amount"] = percent(part["percent"]).of(total)
    if part["due"] == "date" and part["due_at"] <= moment:
        raise OrdoError("This day is over.", pointer=f"/payment_schedule/{place}/due_at")
    return kept


def _require(total: int, amounts: Iterable[int | None], pointer: str) -> None:
    """The amounts come to the total, or to no more where one of them (None) takes the rest."""
    found = list(amounts)
    named = sum(each for each in found if each is not None)
    if found and (named > total or (named < total and None not in found)):
        raise DoesNotAddUp(pointer, total, named)
