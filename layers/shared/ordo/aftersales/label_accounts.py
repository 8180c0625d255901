"""Which account labels are had from: an entry of the secret of carriers, with what else its adapter needs.

`"easypost": {"secrets": "<API key>", "labels": {"carrier_account": "ca_…", "service": "…", "url": "https://…"}}`; `url`
only where it is reached by another address than its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ordo.aftersales.easypost_labels import ADDRESS, EasyPostLabels
from ordo.aftersales.labels import LabelRefused, Labels
from ordo.shipments.carriers.accounts import account_of
from ordo.shipments.errors import UnknownCarrier


def labels_of(kept: Callable[[], Mapping[str, Any]], name: str) -> Labels:
    """The account `<carrier>` or `<carrier>/<account>`; raises `LabelRefused` when it gives no labels."""
    carrier, _, account = name.partition("/")
    entries = kept()
    try:
        keys = account_of(entries, carrier, account).secrets
    except UnknownCarrier:
        raise LabelRefused("unknown_account") from None
    entry = entries.get(name)
    terms: Mapping[str, Any] = (entry.get("labels") if isinstance(entry, dict) else None) or {}
    if carrier != "easypost" or not keys or not terms.get("carrier_account") or not terms.get("service"):
        raise LabelRefused("no_labels")
    address = str(terms.get("url") or ADDRESS)
    return EasyPostLabels(keys[0], str(terms["carrier_account"]), str(terms["service"]), address)
