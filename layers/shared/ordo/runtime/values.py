"""Plain Python values as DynamoDB's typed ones and back (boto3's own converters bring half of boto3 with them)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

MAX_DIGITS = 38
"""Digits that DynamoDB keeps of a number."""


def serialize(value: Any) -> dict[str, Any]:
    """The typed value of None, bool, int, Decimal, str, bytes, list, tuple or mapping; `TypeError` for any other."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": _number(value)}
        case bytes() | bytearray():
            return {"B": bytes(value)}
        case list() | tuple():
            return {"L": [serialize(inner) for inner in value]}
        case Mapping():
            return {"M": {name: serialize(inner) for name, inner in value.items()}}
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def deserialize(typed: Mapping[str, Any]) -> Any:
    """The plain value: whole numbers as `int`, others as `Decimal`, binary as `bytes`."""
    ((kind, value),) = typed.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return _plain_number(value)
        case "M":
            return {name: deserialize(inner) for name, inner in value.items()}
        case "L":
            return [deserialize(inner) for inner in value]
        case "B":
            return bytes(value)
        case "NULL":
            return None
    raise TypeError(f"Ordo does not store DynamoDB's type {kind}")


def _number(value: int | Decimal) -> str:
    text = str(value)
    if isinstance(value, Decimal) and not value.is_finite():
        raise TypeError("DynamoDB has no infinite numbers")
    if len(text) > MAX_DIGITS and sum(map(str.isdigit, text)) > MAX_DIGITS:
        raise ValueError(f"DynamoDB keeps {MAX_DIGITS} digits of a number")
    return text


def _plain_number(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else number
