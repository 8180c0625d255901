"""What orders recorded as moved, by provider and day: `moved#<provider>#<day>` / `<kind>#<reference>` in Orders.

Written in the commit of the report, for providers that give a list to compare it with; gone after fifty days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from ordo.kernel.clock import from_iso
from ordo.orders.model import OrderHeader
from ordo.payments.model import Payment, PaymentKind
from ordo.payments.paying import STRIPE

LISTED = frozenset({STRIPE})
"""Providers that list what they moved."""
KEPT = timedelta(days=50)
_KINDS = (PaymentKind.CAPTURED, PaymentKind.REFUNDED)


def moved_items(header: OrderHeader, records: Iterable[object]) -> Iterator[dict[str, Any]]:
    """The rows of a commit's reports, of orders with such a tender."""
    if not any(each.provider in LISTED for each in header.paying.tenders):
        return
    for each in records:
        if isinstance(each, Payment) and each.kind in _KINDS and each.provider in LISTED:
            at = from_iso(each.reported_at)
            yield {
                "pk": moved_pk(each.provider, at.date()),
                "sk": f"{each.kind}#{each.reference}",
                "schema": 1,
                "order_id": each.order_id,
                "amount": each.amount,
                "currency": header.currency,
                "expires_at": int((at + KEPT).timestamp()),
            }


def moved_pk(provider: str, day: date) -> str:
    """The partition of a provider's day."""
    return f"moved#{provider}#{day.isoformat()}"
