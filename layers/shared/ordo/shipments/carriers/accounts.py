"""The carrier accounts in the secret that this stack keeps for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ordo.shipments.errors import UnknownCarrier


@dataclass(frozen=True, slots=True)
class Account:
    """The secrets that are good now, and the zone of the account's times that name none."""

    secrets: tuple[str, ...]
    zone: str = ""


def account_of(kept: Mapping[str, Any], carrier: str, account: str = "") -> Account:
    """The account under `<carrier>` or `<carrier>/<account>`; raises `UnknownCarrier`.

    An entry is a text of secrets with spaces between, a list of secrets (which may hold spaces), a JWKS document, or an
    object with `secrets` of one of these kinds and `zone`.
    """
    entry = kept.get(f"{carrier}/{account}" if account else carrier)
    if entry is None or "/" in carrier:
        raise UnknownCarrier(carrier)
    if isinstance(entry, dict) and "secrets" in entry:
        return Account(tuple(_secrets(entry["secrets"])), str(entry.get("zone") or ""))
    return Account(tuple(_secrets(entry)))


def _secrets(entry: Any) -> Iterator[str]:
    if isinstance(entry, list):
        for each in entry:
            yield each if isinstance(each, str) else json.dumps(each)
    elif isinstance(entry, dict):
        yield json.dumps(entry)
    elif str(entry).lstrip().startswith(("{", "-----BEGIN")):
        yield str(entry)
    else:
        yield from str(entry).split()
