"""Reading what carriers send, whatever they send: nothing in here raises for a value of the wrong kind."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from ordo.kernel.errors import Code
from ordo.runtime.body import parse_json
from ordo.shipments.carriers.port import Unreadable

MAX_EVENTS = 500
"""Events of one shipment that are read of one push; the rest is told as unread."""
MAX_PARCELS = 100
"""Shipments that are read of one push."""
MAX_WORDS = 1000
MAX_PLACE = 300
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,59}")


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in a body; raises `OrdoError` (`malformed_body`, `body_too_deep`) or `Unreadable`."""
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise unreadable("not_an_object")
    return value


def form_fields(raw: bytes) -> dict[str, bytes]:
    """The fields of a form body as the bytes that were encoded; of a name that comes twice the first one counts."""
    found: dict[str, bytes] = {}
    for pair in raw.split(b"&"):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        found.setdefault(unquote_to_bytes(name).decode("latin-1"), unquote_to_bytes(value))
    return found


def unreadable(what: str) -> Unreadable:
    """`what` names the part that is wrong, in our words."""
    return Unreadable(f"The push cannot be read: {what}.", code=Code.INVALID_REQUEST, facts={"unread": what})


def table(value: Any, *path: str) -> dict[str, Any]:
    """The object at a path; an empty one when it is something else."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or the one that stands where a list should; what else there is is left out."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def word(value: Any) -> str:
    """A code or a name as text; numbers too, for some carriers send them so. Empty for anything else."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else ""
    return value.strip() if isinstance(value, str) else ""


def words(*values: Any) -> str:
    """A carrier's own words, one line of at most 1,000 characters."""
    return " ".join(text for text in map(word, values) if text)[:MAX_WORDS]


def place(*values: Any) -> str:
    """A place of what is there of it, with commas between."""
    return ", ".join(dict.fromkeys(text for text in map(word, values) if text))[:MAX_PLACE]


def number(value: Any) -> str:
    """A tracking number as it is compared (no spaces, upper case); empty when it can be none."""
    text = "".join(word(value).split()).upper()
    return text if _NUMBER.fullmatch(text) else ""


def courier(value: Any) -> str:
    """A courier's code as our carriers are named: lower case, `_` for what else there is. Empty when there is none."""
    text = re.sub(r"[^a-z0-9-]+", "_", word(value).lower()).strip("_-")[:40]
    return COURIERS.get(text, text)


COURIERS = {"sf": "sf_express", "shunfeng": "sf_express", "sf-express": "sf_express", "dhl": "dhl_unified"}
"""Codes of aggregators for carriers that have an adapter of another name."""


def seconds(value: Any) -> float | None:
    """A number of seconds since 1970, from a number or its text; milliseconds are recognised by their size."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return value / 1000 if value >= 10**11 else float(value)
